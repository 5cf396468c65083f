"""A channel's multivariant playlist: its one stream, and the subtitles beside it (RFC 8216 §4.3.4). Pure.

Only channels that send subtitles beside their pictures have one: without, there is nothing to choose from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from exstv.timeline.model import Presentation, Profile
from runtime.ffmpeg.codecs import frame_rate
from runtime.ffmpeg.languages import shortest
from runtime.mpegts.demux import Demuxer
from runtime.mpegts.packet import CLOCK, PACKET
from runtime.mpegts.parameters import video_codec
from runtime.mpegts.segment import MediaSegment

VIDEO = "video.m3u8"
SUBTITLES = "subtitles.m3u8"
GROUP = "subtitles"
_NAME = "Subtitles"
_VIDEO_TYPES = frozenset({0x1B, 0x24, 0x02})
_FIRST_PACKETS = 200
"""Of a segment: as many as its first picture needs to say how it is encoded."""
_SOUNDS = {"aac": "mp4a.40.2", "ac3": "ac-3"}
_PACKETS_COST = Fraction(21, 20)
"""What headers of packets and tables add to a stream, at most."""


@dataclass(frozen=True)
class Rendition:
    """The subtitles of a channel as a player lists them."""

    language: str | None
    forced: bool

    @classmethod
    def of(cls, worn: Iterable[Presentation]) -> Rendition | None:
        """The one of all presentations of a channel that send subtitles beside; None without any.

        An item's own language may be another: one rendition holds whatever was picked.
        """
        embedded = [each for each in worn if each.subtitle_render == "embed" and each.subtitle_mode != "none"]
        if not embedded:
            return None
        languages = [language for each in embedded for language in each.subtitle_languages[:1]]
        forced = all(each.subtitle_mode == "forced" for each in embedded)
        return cls(shortest(languages[0]) if languages else None, forced)


@dataclass(frozen=True)
class Variant:
    """What there is to say of a stream: the profile that it is encoded by, and its newest segment."""

    profile: Profile
    newest: MediaSegment


def multivariant(variant: Variant, rendition: Rendition, folder: str, query: str) -> str:
    """The playlist; the media playlists' addresses are below the folder, with the query, if there is one."""
    language = f'LANGUAGE="{rendition.language}",' if rendition.language else ""
    forced = ",FORCED=YES" if rendition.forced else ""
    shown = f'GROUP-ID="{GROUP}",NAME="{_NAME}",{language}DEFAULT=YES,AUTOSELECT=YES{forced}'
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:6",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,{shown},URI="{folder}/{SUBTITLES}{query}"',
        f'#EXT-X-STREAM-INF:{",".join(_attributes(variant))},SUBTITLES="{GROUP}"',
        f"{folder}/{VIDEO}{query}",
    ]
    return "\n".join(lines) + "\n"


def _attributes(variant: Variant) -> list[str]:
    profile = variant.profile
    average = (profile.video_bitrate + profile.audio_bitrate) * _PACKETS_COST
    # The encoder's buffer holds 2 s, so that the shortest segment may hold twice its share of pictures.
    peak = (2 * profile.video_bitrate + profile.audio_bitrate) * _PACKETS_COST
    # What is not encoded has whatever bit rate it has.
    measured = Fraction(8 * len(variant.newest.data) * CLOCK, variant.newest.ticks)
    codecs = _codecs(variant)
    return [
        f"BANDWIDTH={round(max(peak, measured))}",
        f"AVERAGE-BANDWIDTH={round(max(average, measured))}",
        # Safari and hls.js refuse what says it wrongly, and look for themselves where it is not said.
        *([f'CODECS="{codecs}"'] if codecs else []),
        f"RESOLUTION={profile.width}x{profile.height}",
        f"FRAME-RATE={float(frame_rate(profile)):.3f}",
    ]


def _codecs(variant: Variant) -> str | None:
    """How pictures and sound are encoded, as RFC 6381 names it; None where it has no name."""
    demuxer = Demuxer(_VIDEO_TYPES, ())
    units = demuxer.feed(variant.newest.data[: _FIRST_PACKETS * PACKET]) + demuxer.flush()
    pictures = next((unit.elementary() for unit in units if unit.video), b"")
    video = video_codec(variant.profile.video_codec, pictures)
    sound = _SOUNDS.get(variant.profile.audio_codec)
    return f"{video},{sound}" if video and sound else None
