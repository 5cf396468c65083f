"""What the codecs of a profile demand of the values beside them."""

from __future__ import annotations

from fractions import Fraction

from compiler.rules.words import Found, useless
from exstv import codes
from exstv.diagnostics import Diagnostic
from exstv.nodes import Mapping, Node, Scalar
from exstv.units import format_bit_rate, parse_bit_rate, parse_frame_rate

_MPEG2_RATES = tuple(
    Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
)
"""ISO/IEC 13818-2, table 6-4."""
_MOST_CHANNELS = {"ac3": 6, "mp2": 2}
_MP2_MONO = (32, 48, 56, 64, 80, 96, 112, 128, 160, 192)
_MP2_STEREO = (64, 96, 112, 128, 160, 192, 224, 256, 320, 384)
"""Kilobits a second: ISO/IEC 11172-3, 2.4.2.3."""
_AC3 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
"""Kilobits a second: ATSC A/52, table 5.18."""


def check_profile(node: Mapping) -> Found:
    """What a profile's keys demand of each other."""
    video, audio = node.get("video"), node.get("audio")
    copied = [_codec(video) == "copy", _codec(audio) == "copy"]
    if copied[0]:
        keys = ("resolution", "frame_rate", "deinterlace")
        yield from useless(node, keys, "with `video: {codec: copy}`")
    if isinstance(audio, Mapping) and copied[1]:
        yield from useless(audio, ("channels", "sample_rate", "loudness"), "with `codec: copy`", "codec")
    if all(copied):
        yield from useless(node, ("copy_when_conformant",), "where all is copied")
    if _codec(video) == "mpeg2":
        yield from _picture_rate(node.get("frame_rate"))
    if isinstance(audio, Mapping):
        yield from _channels(audio)
        yield from _bit_rate(audio)


def _codec(node: Node | None) -> str:
    codec = node.get("codec") if isinstance(node, Mapping) else None
    return codec.text if isinstance(codec, Scalar) else ""


def _picture_rate(node: Node | None) -> Found:
    if not isinstance(node, Scalar):
        return
    try:
        rate = parse_frame_rate(node.text)
    except ValueError:
        return
    if rate not in _MPEG2_RATES:
        near = min(_MPEG2_RATES, key=lambda known: abs(known - rate))
        yield _cannot("mpeg2", "frame rate", node, str(near))


def _channels(audio: Mapping) -> Found:
    most, node = _MOST_CHANNELS.get(_codec(audio)), audio.get("channels")
    if most and isinstance(node, Scalar) and isinstance(node.value, int) and node.value > most:
        yield _cannot(_codec(audio), "number of channels", node, str(most))


def _bit_rate(audio: Mapping) -> Found:
    node, channels = audio.get("bitrate"), audio.get("channels")
    mono = isinstance(channels, Scalar) and channels.text == "1"
    known = {"ac3": _AC3, "mp2": _MP2_MONO if mono else _MP2_STEREO}.get(_codec(audio))
    if known is None or not isinstance(node, Scalar):
        return
    try:
        rate = parse_bit_rate(node.text)
    except ValueError:
        return
    if rate not in (kilobits * 1000 for kilobits in known):
        near = min(known, key=lambda kilobits: abs(kilobits * 1000 - rate))
        yield _cannot(_codec(audio), "bit rate", node, format_bit_rate(near * 1000))


def _cannot(codec: str, what: str, node: Scalar, near: str) -> Diagnostic:
    help = f"write `{near}`, or name another codec"
    return codes.CODEC_CANNOT.at(node, codec=codec, what=what, value=f"`{node.text}`", help=help)
