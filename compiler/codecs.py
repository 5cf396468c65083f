"""What the encoders take: the sizes, rates and channels that a codec of a profile knows. Pure.

By the words of the station language. What no standard says was found by asking ffmpeg 5.1 and 9.0, and
tests/test_encoders.py asks it again. Who reports what does not fit: compiler/rules/profiles.py for what is
written, compiler/encoding.py for what media decide.
"""

from __future__ import annotations

from fractions import Fraction

MPEG2_RATES = tuple(
    Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
)
"""ISO/IEC 13818-2, table 6-4."""
MOST_CHANNELS = {"aac": 7, "ac3": 6, "mp2": 2}
"""AAC goes out in ADTS, whose header counts its channels in three bits (ISO/IEC 13818-7, 6.2.2)."""
VIDEO_BIT_RATES = (1000, 1_073_000_000)
"""Least and most: x264 and x265 count in thousands; ffmpeg has 31 bits for the buffer, twice as large."""
NO_HARDWARE = {"mpeg2": ("nvenc", "videotoolbox", "amf")}
"""The kinds of hardware for which ffmpeg has no encoder of a codec."""

_HEVC_LEAST_SIDE = 32
"""x265 takes no side under 16, and none under 32 at high bit rates."""
_MPEG2_SIDE_UNIT = 4096
"""No multiple of it is a side of a picture: the lower 12 bits must not be zero (ISO/IEC 13818-2, 6.3.3)."""
_MP2_MONO = (32, 48, 56, 64, 80, 96, 112, 128, 160, 192)
_MP2_STEREO = (64, 96, 112, 128, 160, 192, 224, 256, 320, 384)
"""Kilobits a second: ISO/IEC 11172-3, 2.4.2.3."""
_AC3 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
"""Kilobits a second: ATSC A/52, table 5.18."""
_AC3_SHAPE = 16
"""Kilobits a second that the coarse shape of one channel of AC-3 takes at most; all else takes less."""


def audio_bit_rates(codec: str, channels: int) -> tuple[int, ...]:
    """The bits a second that sound may have; empty where a codec takes any."""
    match codec:
        case "ac3":
            # The coarse shape must fit in, whatever the sound: six channels failed at 64 kb/s.
            known = tuple(rate for rate in _AC3 if rate >= _AC3_SHAPE * (channels + 1))
        case "mp2":
            known = _MP2_MONO if channels == 1 else _MP2_STEREO
        case _:
            known = ()
    return tuple(kilobits * 1000 for kilobits in known)


def nearest_size(codec: str, width: int, height: int) -> tuple[int, int]:
    """The size that a codec knows and that is nearest to this one: this one itself, if it is known."""
    if codec == "hevc":
        return max(width, _HEVC_LEAST_SIDE), max(height, _HEVC_LEAST_SIDE)
    if codec == "mpeg2":
        return _mpeg2_side(width), _mpeg2_side(height)
    return width, height


def _mpeg2_side(side: int) -> int:
    return side if side % _MPEG2_SIDE_UNIT else side - 2
