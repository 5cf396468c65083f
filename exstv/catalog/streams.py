"""What makes two streams alike, so that one may follow the other without being encoded anew. Pure.

The compiler asks it of the media of a channel that copies, the runtime of one item and the channel's profile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from exstv.catalog.model import Stream

VIDEO_CODECS = {"h264": "h264", "hevc": "hevc", "mpeg2video": "mpeg2"}
AUDIO_CODECS = {"aac": "aac", "ac3": "ac3", "mp2": "mp2"}
"""What a channel's stream can carry: libavcodec's names, and those of the station language."""

PICTURE_SUBTITLES = frozenset({"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub"})
"""The codecs of subtitles that are pictures instead of text."""

MOST_REORDERED = 4
"""Pictures by which a copied stream may be reordered; a channel that copies shows all so much later."""

SQUARE = "1:1"

_SPARE_TITLE = re.compile(
    r"commentar|kommentar|commentaire|comentari|commento"
    r"|descri(pti|pci|ção|bed|zione)|deskription|hörfilm"
    r"|\bSDH\b|\bCC\b|\(HI\)|hearing.impaired|malentendant|hörgeschädigt|gehörlos|sordos|slechthorend",
    re.IGNORECASE,
)
_FORCED_TITLE = re.compile(
    r"(?<!\bno.)(?<!\bnot.)(?<!\bnon.)\b(forced|forcé|forzad|erzwungen|signs\b|foreign (part|dialog))",
    re.IGNORECASE,
)

_COMMON = tuple(
    rate
    for whole in (24, 25, 30, 48, 50, 60, 100, 120)
    for rate in (Fraction(whole), Fraction(whole * 1000, 1001))
)
_NEAR = Fraction(1, 5000)
"""Containers round: 23.98 and 2997/125 both mean 24000/1001; 30 and 29.97 lie five times further apart."""


def rate_of(stream: Stream) -> Fraction | None:
    """Frames a second; one that only misses a usual rate by rounding is that rate."""
    return nearest_rate(Fraction(stream.frame_rate)) if stream.frame_rate else None


def nearest_rate(rate: Fraction) -> Fraction:
    """The usual rate that this one is but for rounding, else this one."""
    near = min(_COMMON, key=lambda common: abs(common - rate))
    return near if abs(near - rate) <= near * _NEAR else rate


@lru_cache(maxsize=256)
def written_rate(rate: float) -> str:
    """A rate that a server tells as a decimal number, as it is written in a Stream: `24000/1001`."""
    return str(nearest_rate(Fraction(rate).limit_denominator(1001)))


def picture_facts(stream: Stream) -> Iterator[tuple[str, object]]:
    """What a decoder is set up for, by name: alike in all pictures that follow each other unencoded."""
    yield "codec", stream.codec
    yield "profile", stream.profile
    yield "level", stream.level
    yield "size", f"{stream.width}x{stream.height}"
    yield "pixel shape", stream.shape or SQUARE
    yield "frame rate", rate_of(stream)
    yield "pixel format", stream.pixel_format
    yield "colour", stream.colour
    yield "interlacing", bool(stream.interlaced)


def sound_facts(stream: Stream) -> Iterator[tuple[str, object]]:
    """The same of sound."""
    yield "codec", stream.codec
    yield "profile", stream.profile
    yield "number of channels", stream.channels
    yield "sample rate", stream.sample_rate


def is_spare_title(title: str) -> bool:
    """Tells whether a stream is called a commentary or the like: few files carry the flags."""
    return _SPARE_TITLE.search(title) is not None


def is_forced_title(title: str) -> bool:
    """Tells whether subtitles are called those of foreign dialogue and signs: few carry the flag."""
    return _FORCED_TITLE.search(title) is not None


def first(streams: tuple[Stream, ...], type_: str) -> Stream | None:
    """The first stream of a type."""
    return next((stream for stream in streams if stream.type == type_), None)
