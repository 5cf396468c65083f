"""The profiles of a station, and what its channels' media decide of them.

They decide with `frame_rate: source` and with `codec: copy`: then a channel gets a profile of its own,
`hd@retro`; else it has that of its profile's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from compiler.codecs import MOST_CHANNELS, MPEG2_RATES, audio_bit_rates
from compiler.documents.declared import Declared, Documents
from compiler.documents.profiles import ProfileDocument
from compiler.findings import Findings
from compiler.names import DEFAULT_PROFILE
from compiler.parts import parts
from compiler.station import StationChannel
from exstv import codes
from exstv.catalog.model import MediaItem, Stream
from exstv.catalog.streams import (
    AUDIO_CODECS,
    MOST_REORDERED,
    VIDEO_CODECS,
    first,
    picture_facts,
    rate_of,
    sound_facts,
)
from exstv.diagnostics import Diagnostic
from exstv.nodes import Node, at
from exstv.timeline.model import Presentation, Profile
from exstv.units import format_bit_rate

_COPY = "copy"
_GENERATED = "lavfi"
_Found = list[tuple[MediaItem, Stream]]


class Encodings:
    """Makes profiles; owns those in use so far."""

    def __init__(self, documents: Documents, findings: Findings) -> None:
        self._declared = documents.profiles
        self._drawn = frozenset(
            name
            for name, source in documents.sources.items()
            if source.document and source.document.type == _GENERATED
        )
        self._findings = findings
        self.profiles: dict[str, Profile] = {}

    def settle(self, channels: Sequence[StationChannel]) -> tuple[StationChannel, ...]:
        """Gives each channel the name of the profile that it is encoded by."""
        for name, declared in self._declared.items():
            if declared.document and not _asks_media(declared.document):
                self.profiles[name] = _profile(name, declared.document)
        if DEFAULT_PROFILE not in self._declared:
            self.profiles[DEFAULT_PROFILE] = _profile(DEFAULT_PROFILE, ProfileDocument())
        return tuple(self._settled(channel) for channel in channels)

    def _settled(self, channel: StationChannel) -> StationChannel:
        declared = self._declared.get(channel.profile)
        if declared is None or declared.document is None or not _asks_media(declared.document):
            return channel
        name = f"{channel.profile}@{channel.key}"
        self.profiles[name] = self._by_media(_profile(name, declared.document), declared, channel)
        return replace(channel, profile=name)

    def _by_media(
        self, profile: Profile, declared: Declared[ProfileDocument], channel: StationChannel
    ) -> Profile:
        node, document = declared.node, declared.document
        if node is None or document is None:
            return profile
        media = {item.id: item for item in parts(channel, MediaItem)}
        filmed = [media[key] for key in sorted(media) if media[key].source not in self._drawn]
        if document.video.codec == _COPY:
            self._check_untouched(channel, at(node, "video", "codec"))
            return self._copied_sound(self._copied_pictures(profile, node, filmed), document, node, filmed)
        if document.frame_rate is None:
            profile = self._source_rate(profile, at(node, "frame_rate"), channel, filmed)
        return self._copied_sound(profile, document, node, filmed)

    def _source_rate(
        self, profile: Profile, where: Node, channel: StationChannel, filmed: list[MediaItem]
    ) -> Profile:
        also = [(channel.origin.span, "this channel uses it")]
        pictures = _streams(filmed, "video")
        rated = [(item, rate) for item, stream in pictures if (rate := rate_of(stream)) is not None]
        if not rated:
            help = "name a rate"
            self._findings.add(codes.RATE_UNKNOWN.at(where, also=also, channel=channel.key, help=help))
            return profile
        item, rate = rated[0]
        other = next(((each, its) for each, its in rated if its != rate), None)
        if other is not None:
            self._findings.add(
                codes.RATES_DIFFER.at(
                    where,
                    also=also,
                    help=f"write `frame_rate: {rate}`: the others are brought to it",
                    first=item.id,
                    rate=rate,
                    second=other[0].id,
                    other=other[1],
                )
            )
        if profile.video_codec == "mpeg2" and rate not in MPEG2_RATES:
            self._findings.add(_not_of_mpeg2(where, item.id, rate))
        return msgspec.structs.replace(
            profile, frame_rate_num=rate.numerator, frame_rate_den=rate.denominator
        )

    def _copied_pictures(self, profile: Profile, node: Node, filmed: list[MediaItem]) -> Profile:
        pictures = self._alike(filmed, "video", at(node, "video", "codec"))
        if pictures is None:
            return profile
        rate = rate_of(pictures) or Fraction(0)
        return msgspec.structs.replace(
            profile,
            video_codec=VIDEO_CODECS[pictures.codec],
            width=pictures.width or 0,
            height=pictures.height or 0,
            frame_rate_num=rate.numerator,
            frame_rate_den=rate.denominator,
        )

    def _copied_sound(
        self, profile: Profile, document: ProfileDocument, node: Node, filmed: list[MediaItem]
    ) -> Profile:
        if document.audio.codec != _COPY:
            return profile
        sound = self._alike(filmed, "audio", at(node, "audio", "codec"))
        if sound is None:
            return profile
        codec, channels = AUDIO_CODECS[sound.codec], sound.channels or 0
        self._check_slate(at(node, "audio", "bitrate"), codec, channels, profile.audio_bitrate)
        return msgspec.structs.replace(
            profile, audio_codec=codec, audio_channels=channels, sample_rate=sound.sample_rate or 0
        )

    def _check_slate(self, where: Node, codec: str, channels: int, bit_rate: int) -> None:
        """Sees that the slate's sound can be encoded like that of the media."""
        known = audio_bit_rates(codec, channels)
        if known and bit_rate not in known:
            near = min(known, key=lambda each: abs(each - bit_rate))
            help = f"write `{format_bit_rate(near)}`, or leave it out"
            value = f"`{format_bit_rate(bit_rate)}`, and the slate is encoded like the media"
            self._findings.add(
                codes.CODEC_CANNOT.at(where, help=help, codec=codec, what="bit rate", value=value)
            )

    def _alike(self, filmed: list[MediaItem], type_: str, where: Node) -> Stream | None:
        """The stream that all of them are like; None if there is none that can be sent."""
        found = _streams(filmed, type_)
        unknown = [(item, None) for item in filmed if not item.streams]
        for item, stream in (*unknown, *found):
            if reason := _obstacle(stream):
                help = "encode it: name a codec"
                self._findings.add(codes.COPY_IMPOSSIBLE.at(where, id=item.id, reason=reason, help=help))
                return None
        for item, stream in found[1:]:
            if difference := _difference(found[0][1], stream):
                self._differ(where, found[0][0], item, difference)
                break
        return found[0][1] if found else None

    def _differ(
        self, where: Node, one: MediaItem, item: MediaItem, difference: tuple[str, object, object]
    ) -> None:
        what, value, other = difference
        self._findings.add(
            codes.COPY_DIFFERS.at(
                where,
                help="name a codec; `copy_when_conformant` still copies what can be copied",
                what=what,
                first=one.id,
                value=value,
                second=item.id,
                other=other,
            )
        )

    def _check_untouched(self, channel: StationChannel, where: Node) -> None:
        for dress in parts(channel, Presentation):
            what = "a watermark" if dress.watermark_image else ""
            if dress.subtitle_mode != "none" and dress.subtitle_render == "burn":
                what = what or "subtitles to burn in"
            if what:
                also = [(channel.origin.span, "this channel uses it")]
                self._findings.add(codes.COPY_UNTOUCHED.at(where, also=also, channel=channel.key, what=what))
                return


def _asks_media(document: ProfileDocument) -> bool:
    return document.frame_rate is None or _COPY in (document.video.codec, document.audio.codec)


def _profile(name: str, document: ProfileDocument) -> Profile:
    """A profile by what is written; where media decide, what is encoded if there are none."""
    width, height = document.resolution
    rate, video, audio = document.frame_rate or Fraction(30), document.video, document.audio
    return Profile(
        name=name,
        width=width,
        height=height,
        scaling=document.scaling,
        frame_rate_num=rate.numerator,
        frame_rate_den=rate.denominator,
        video_codec="h264" if video.codec == _COPY else video.codec,
        video_bitrate=video.bitrate,
        preset=video.preset,
        gop_ms=video.gop,
        audio_codec="aac" if audio.codec == _COPY else audio.codec,
        audio_bitrate=audio.bitrate,
        audio_channels=audio.channels,
        sample_rate=audio.sample_rate,
        deinterlace=document.deinterlace,
        loudness=audio.loudness,
        hardware=document.hardware,
        copy_when_conformant=document.copy_when_conformant,
        video_copy=video.codec == _COPY,
        audio_copy=audio.codec == _COPY,
    )


def _not_of_mpeg2(where: Node, id_: str, rate: Fraction) -> Diagnostic:
    near = min(MPEG2_RATES, key=lambda each: abs(each - rate))
    help = f"write `frame_rate: {near}`: the media are brought to it"
    value = f"{rate}, which `{id_}` has"
    return codes.CODEC_CANNOT.at(where, help=help, codec="mpeg2", what="frame rate", value=value)


def _obstacle(stream: Stream | None) -> str:
    if stream is None:
        return "its streams are not known"
    if stream.type == "audio":
        if stream.codec not in AUDIO_CODECS:
            return f"its sound is {stream.codec}, and only aac, ac3 and mp2 can be sent"
        most = MOST_CHANNELS[AUDIO_CODECS[stream.codec]]
        if (stream.channels or 0) > most:
            return f"its sound has {stream.channels} channels, and the slate's can have {most}"
        return "" if stream.channels and stream.sample_rate else "its sound is not known well enough"
    if stream.codec not in VIDEO_CODECS:
        return f"its pictures are {stream.codec}, and only h264, hevc and mpeg2 can be sent"
    if not (stream.width and stream.height and rate_of(stream)):
        return "its size or frame rate is not known"
    if (stream.reorder or 0) > MOST_REORDERED:
        return f"its pictures are reordered by {stream.reorder}, and {MOST_REORDERED} is the most"
    return ""


def _difference(one: Stream, other: Stream) -> tuple[str, object, object] | None:
    facts = picture_facts if one.type == "video" else sound_facts
    pairs = zip(facts(one), facts(other), strict=True)
    return next(((what, a, b) for (what, a), (_, b) in pairs if a != b), None)


def _streams(media: Sequence[MediaItem], type_: str) -> _Found:
    found = ((item, first(item.streams, type_)) for item in media)
    return [(item, stream) for item, stream in found if stream is not None]
