"""How an item of a timeline would be encoded: the arguments of its ffmpeg, without one being run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from exstv.catalog.model import Stream
from exstv.sources.base import GraphInput, Place
from exstv.sources.registry import open_source
from exstv.timeline.model import Channel, PlayoutItem, Profile, Timeline
from runtime.ffmpeg.codecs import SOFTWARE, Encoder, frame_rate
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.ffmpeg.conformance import NOTHING_COPIED, Use, copies
from runtime.ffmpeg.hardware import Machine, Proof, candidates
from runtime.ffmpeg.pickers import pick

_MACHINE = Machine("ffmpeg", 0, 0, "linux", ("/dev/dri/renderD128",))
"""A machine on which all hardware works."""


PARTS = ("input", "filters", "encoder", "sound")


def encoding(timeline: Timeline, channel: Channel, item: PlayoutItem, media_root: Path) -> dict[str, str]:
    """The arguments of an item's input, of its pictures' filters, of their encoder and of its sound."""
    argv = encode_argv(_spec(timeline, channel, item, media_root))
    pictures, sound = (
        at
        for at, word in enumerate(argv)
        if word == "-filter_complex" or (word == "-map" and argv[at - 2] != "-filter_complex")
    )
    first, encoder, end = argv.index("-loglevel") + 2, argv.index("-c:v"), argv.index("-t")
    parts = (argv[first:pictures], argv[pictures:encoder], argv[encoder:sound], argv[sound:end])
    words = (" ".join(part).replace(str(media_root), "MEDIA") for part in parts)
    return dict(zip(PARTS, words, strict=True))


def encoders(profile: Profile) -> Iterator[str]:
    """What is tried for the pictures on that machine, best first; what is proved first encodes."""
    tried = [
        Proof(profile.video_codec, each).name
        for each in candidates(profile.video_codec, profile.hardware, _MACHINE)
    ]
    yield f"tries {', '.join(tried) or 'no hardware'}"


def _spec(timeline: Timeline, channel: Channel, item: PlayoutItem, media_root: Path) -> EncodeSpec:
    """As runtime/cue.py makes it, for an item that nothing is laid over."""
    profile = next(each for each in timeline.profiles if each.name == channel.profile)
    media = next(each for each in timeline.media if each.id == item.media_id)
    source = next(each for each in timeline.sources if each.name == media.source)
    worn = next(
        each.plain
        for each in timeline.presentations
        if (each.channel, each.id) == (channel.key, item.presentation or 0)
    )
    place = Place(media_root=media_root, channel_name=channel.name, title=media.title, start_ms=item.start_ms)
    playable = open_source(source, {}).resolve(media, place)
    streams = msgspec.json.decode(media.streams, type=list[Stream])
    picks = pick(streams, worn) if streams and not isinstance(playable, GraphInput) else None
    frames = round((item.finish_ms - item.start_ms) * frame_rate(profile) / 1000)
    return EncodeSpec(
        ffmpeg="ffmpeg",
        profile=profile,
        input=playable,
        in_point_ms=item.in_point_ms,
        frames=frames,
        picks=picks,
        loudness=profile.loudness,
        encoder=_encoder(profile),
        copies=copies(profile, Use(picks.video, picks.audio, item.in_point_ms, frames))
        if picks
        else NOTHING_COPIED,
    )


def _encoder(profile: Profile) -> Encoder:
    return next(iter(candidates(profile.video_codec, profile.hardware, _MACHINE)), SOFTWARE)
