"""Finds where decoding can start, in elementary streams whose muxer did not say so."""

from __future__ import annotations

import re

_START = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)
_MPEG2, _H264, _HEVC = 0x02, 0x1B, 0x24


def starts_decoding(stream_type: int, elementary: bytes) -> bool | None:
    """Tells whether the first picture in the bytes can be decoded without another; None if there is none."""
    for match in _START.finditer(elementary):
        code = match[1][0]
        if stream_type == _H264 and 1 <= code & 31 <= 5:
            return code & 31 == 5
        if stream_type == _HEVC and code >> 1 < 32:
            return 16 <= code >> 1 <= 21
        if stream_type == _MPEG2 and code == 0:
            header = elementary[match.end() : match.end() + 2]
            return header[1] >> 3 & 7 == 1 if len(header) == 2 else None
    return None
