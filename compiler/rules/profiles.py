"""What the codecs of a profile demand of the values beside them. What they know is compiler/codecs.py's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from compiler.codecs import (
    MOST_CHANNELS,
    MPEG2_RATES,
    NO_HARDWARE,
    VIDEO_BIT_RATES,
    audio_bit_rates,
    nearest_size,
)
from compiler.rules.words import Found, useless
from exstv import codes
from exstv.diagnostics import Diagnostic
from exstv.nodes import Mapping, Node, Scalar
from exstv.units import (
    format_bit_rate,
    format_resolution,
    parse_bit_rate,
    parse_frame_rate,
    parse_resolution,
)

T = TypeVar("T")
_NO_PRESETS = {"mpeg2": ("none", "vaapi")}
"""The words of `hardware` with which no encoder of a codec has presets."""


def check_profile(node: Mapping) -> Found:
    """What a profile's keys demand of each other."""
    video, audio = node.get("video"), node.get("audio")
    copied = [_codec(video, "h264") == "copy", _codec(audio, "aac") == "copy"]
    if copied[0]:
        keys = ("resolution", "frame_rate", "deinterlace")
        yield from useless(node, keys, "with `video: {codec: copy}`")
    if isinstance(audio, Mapping) and copied[1]:
        yield from useless(audio, ("channels", "sample_rate", "loudness"), "with `codec: copy`", "codec")
    if all(copied):
        yield from useless(node, ("copy_when_conformant",), "where all is copied")
    yield from _pictures(node, _codec(video, "h264"))
    if isinstance(video, Mapping):
        yield from _video_bit_rate(video)
    if isinstance(audio, Mapping):
        yield from _channels(audio)
        yield from _audio_bit_rate(audio)


def _codec(node: Node | None, default: str) -> str:
    codec = node.get("codec") if isinstance(node, Mapping) else None
    return codec.text if isinstance(codec, Scalar) else default


def _pictures(profile: Mapping, codec: str) -> Found:
    """Size, frame rate and hardware, which stand beside `video`."""
    written, size = _read(profile, "resolution", parse_resolution)
    if written and size and size != (near := nearest_size(codec, *size)):
        yield _cannot(codec, "picture size", written, format_resolution(*near))
    written, rate = _read(profile, "frame_rate", parse_frame_rate)
    if written and rate and codec == "mpeg2" and rate not in MPEG2_RATES:
        yield _cannot(codec, "frame rate", written, str(min(MPEG2_RATES, key=lambda each: abs(each - rate))))
    hardware = profile.get("hardware")
    wanted = hardware.text if isinstance(hardware, Scalar) else "none"
    if isinstance(hardware, Scalar) and wanted in NO_HARDWARE.get(codec, ()):
        yield _cannot(codec, "hardware encoder", hardware, "auto")
    video = profile.get("video")
    if isinstance(video, Mapping) and wanted in _NO_PRESETS.get(codec, ()):
        yield from useless(video, ("preset",), f"with `codec: {codec}`", "codec")


def _video_bit_rate(video: Mapping) -> Found:
    written, rate = _read(video, "bitrate", parse_bit_rate)
    least, most = VIDEO_BIT_RATES
    # Also where pictures are copied: the slate is encoded.
    if written and rate and not least <= rate <= most:
        yield _cannot(
            _codec(video, "h264"), "bit rate", written, format_bit_rate(max(least, min(rate, most)))
        )


def _channels(audio: Mapping) -> Found:
    codec, node = _codec(audio, "aac"), audio.get("channels")
    most = MOST_CHANNELS.get(codec)
    # More than any codec has are told of already, as are fewer than one.
    if most and isinstance(node, Scalar) and node.value in range(most + 1, max(MOST_CHANNELS.values()) + 1):
        yield _cannot(codec, "number of channels", node, str(most))


def _audio_bit_rate(audio: Mapping) -> Found:
    written, rate = _read(audio, "bitrate", parse_bit_rate)
    node, codec = audio.get("channels"), _codec(audio, "aac")
    channels = node.value if isinstance(node, Scalar) and isinstance(node.value, int) else 2
    if not written or not rate or channels > MOST_CHANNELS.get(codec, 0):
        return
    known = audio_bit_rates(codec, channels)
    if known and rate not in known:
        near = format_bit_rate(min(known, key=lambda each: abs(each - rate)))
        yield _cannot(codec, "bit rate", written, near, f" for {_counted(channels)}")


def _counted(channels: int) -> str:
    return "one channel" if channels == 1 else f"{channels} channels"


def _read(node: Mapping, key: str, parse: Callable[[str], T]) -> tuple[Scalar | None, T | None]:
    """A value with the node that it was written at; nothing of one that is reported by itself."""
    written = node.get(key)
    if not isinstance(written, Scalar):
        return None, None
    try:
        return written, parse(written.text)
    except ValueError:
        return None, None


def _cannot(codec: str, what: str, node: Scalar, near: str, beside: str = "") -> Diagnostic:
    help = f"write `{near}`, or name another codec"
    return codes.CODEC_CANNOT.at(node, codec=codec, what=what, value=f"`{node.text}`{beside}", help=help)
