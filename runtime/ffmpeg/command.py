"""Profile + input + place -> the arguments of one ffmpeg that encodes one playout item.

Pure. Every item of a channel leaves with the same codecs, size, rates and PIDs, so that runtime/mpegts can
splice them; sound and picture are padded and cut to exactly the frames asked for. There is no `-re`: the full
pipe paces. Filters that come from the profile are in filters.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from exstv.sources.base import DEMUXERS, FileInput, GraphInput, PlayableInput
from exstv.timeline.model import Profile
from runtime.ffmpeg.codecs import (
    SOFTWARE,
    Encoder,
    audio_args,
    device_args,
    frame_rate,
    last_filters,
    video_args,
)
from runtime.ffmpeg.conformance import NOTHING_COPIED, Copies
from runtime.ffmpeg.filters import audio_filters, video_filters

COPIED_SECONDS = 2
"""How much more of copied pictures is asked for: those that are decoded last are not those shown last."""


@dataclass(frozen=True)
class EncodeSpec:
    """One item to encode: from `in_point_ms` of the input, exactly `frames` frames of the profile's rate."""

    ffmpeg: str
    profile: Profile
    input: PlayableInput
    in_point_ms: int
    frames: int
    has_video: bool = True
    has_audio: bool = True
    encoder: Encoder = SOFTWARE
    """Of the pictures."""
    copies: Copies = NOTHING_COPIED
    """Which streams are sent as they are."""


def encode_argv(spec: EncodeSpec) -> list[str]:
    """Builds the whole command line; the stream goes to standard output."""
    seconds = spec.frames / frame_rate(spec.profile)
    return [
        spec.ffmpeg,
        *("-hide_banner", "-nostdin", "-loglevel", "warning"),
        *([] if spec.copies.video else device_args(spec.encoder)),
        *_inputs(spec),
        *_video(spec),
        *_audio(spec),
        *("-t", f"{float(seconds) + (COPIED_SECONDS if spec.copies.video else 0):.6f}"),
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        # One audio frame a PES: the splicer joins at audio frames. PCR and tables are the splicer's own.
        *("-f", "mpegts", "-pes_payload_size", "0", "-muxdelay", "0.7", "pipe:1"),
    ]


def _video(spec: EncodeSpec) -> list[str]:
    if spec.copies.video:
        return ["-c:v", "copy"]
    chain = ",".join((video_filters(spec.profile), *last_filters(spec.encoder)))
    return ["-vf", chain, "-frames:v", str(spec.frames), *video_args(spec.profile, spec.encoder)]


def _audio(spec: EncodeSpec) -> list[str]:
    if spec.copies.audio:
        return ["-c:a", "copy"]
    return ["-af", audio_filters(spec.profile), *audio_args(spec.profile)]


def _inputs(spec: EncodeSpec) -> list[str]:
    """Inputs and maps: what the input lacks is made up, black pictures or silence."""
    args: list[str] = []
    video = audio = None
    match spec.input:
        case FileInput(path=path):
            args += _file_input(path, spec.in_point_ms + spec.copies.late_ms)
            video, audio = ("0:v:0" if spec.has_video else None), ("0:a:0" if spec.has_audio else None)
            count = 1
        case GraphInput(video=graph, audio=sound):
            args += ["-f", "lavfi", "-i", graph]
            video, count = "0:v:0", 1
            if sound is not None:
                args += ["-f", "lavfi", "-i", sound]
                audio, count = "1:a:0", 2
    if video is None:
        args += ["-f", "lavfi", "-i", _black(spec.profile)]
        video, count = f"{count}:v:0", count + 1
    if audio is None:
        args += ["-f", "lavfi", "-i", f"anullsrc=r={spec.profile.sample_rate}:cl=stereo"]
        audio = f"{count}:a:0"
    return [*args, "-map", video, "-map", audio]


def _file_input(path: str, in_point_ms: float) -> list[str]:
    seek = ["-ss", f"{in_point_ms / 1000:.3f}"] if in_point_ms > 0 else []
    # `file:` and an absolute path: no name is taken for a protocol, an option or an image pattern.
    return [*seek, "-protocol_whitelist", "file", "-format_whitelist", DEMUXERS, "-i", f"file:{path}"]


def _black(profile: Profile) -> str:
    rate = f"{profile.frame_rate_num}/{profile.frame_rate_den}"
    return f"color=c=black:s={profile.width}x{profile.height}:r={rate}"
