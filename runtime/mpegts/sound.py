"""Cuts a PES of sound into its frames: AAC in ADTS, AC-3, MP2.

ffmpeg puts several frames into one PES as long as they fit one packet, even with `-pes_payload_size 0`: that
happens in quiet passages, always in silence, and with AC-3 and MP2 at their lowest rates.
"""

from __future__ import annotations

_HEADER = 7
_AC3_KILOBITS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
"""ATSC A/52, table 5.18."""
_MP2_KILOBITS = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0)
_MP2_RATES = (44_100, 48_000, 32_000, 0)
"""ISO/IEC 11172-3, 2.4.2.3."""


def split_frames(data: bytes) -> list[bytes]:
    """The frames, without a broken one at the end; what begins with no known header is one frame."""
    size_at = next((each for each in (_adts, _ac3, _mp2) if each(data, 0)), None)
    if size_at is None:
        return [data] if data else []
    frames, at = [], 0
    while size := size_at(data, at):
        if at + size > len(data):
            break
        frames.append(data[at : at + size])
        at += size
    return frames


def _adts(data: bytes, at: int) -> int:
    """The size of the frame that begins here; 0 if none does (ISO/IEC 13818-7, 6.2)."""
    # Layer 0 tells AAC from MP2.
    if len(data) < at + _HEADER or data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
        return 0
    return max(_HEADER, (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5)


def _ac3(data: bytes, at: int) -> int:
    """The same of AC-3 (ATSC A/52, 5.3.1); E-AC-3 has other identifications from 11 on."""
    if len(data) < at + _HEADER or data[at : at + 2] != b"\x0b\x77" or data[at + 5] >> 3 > 10:
        return 0
    rate, code = data[at + 4] >> 6, data[at + 4] & 63
    if code >> 1 >= len(_AC3_KILOBITS):
        return 0
    kilobits = _AC3_KILOBITS[code >> 1]
    return 2 * (kilobits * 2, kilobits * 320 // 147 + (code & 1), kilobits * 3, 0)[rate]


def _mp2(data: bytes, at: int) -> int:
    """The same of MPEG-1 layer II."""
    if len(data) < at + _HEADER or data[at] != 0xFF or data[at + 1] & 0xFE != 0xFC:
        return 0
    kilobits, rate = _MP2_KILOBITS[data[at + 2] >> 4], _MP2_RATES[data[at + 2] >> 2 & 3]
    return 144_000 * kilobits // rate + (data[at + 2] >> 1 & 1) if kilobits and rate else 0
