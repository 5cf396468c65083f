"""What the pictures of an elementary stream say of their encoding, as RFC 6381 names it for players."""

from __future__ import annotations

import re

_START = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)
_H264_SPS, _HEVC_SPS = 7, 33
_PTL_BYTES = 12
"""Of HEVC's profile, tier and level (H.265, 7.3.3), as far as its name holds them."""


def video_codec(codec: str, elementary: bytes) -> str | None:
    """The name of `h264` or `hevc` with profile and level, `avc1.64001F`; None where they are not found."""
    for match in _START.finditer(elementary):
        code, body = match[1][0], elementary[match.end() : match.end() + 64]
        if codec == "h264" and code & 31 == _H264_SPS and len(body) >= 3:
            return f"avc1.{body[:3].hex().upper()}"
        if codec == "hevc" and code >> 1 == _HEVC_SPS:
            # Behind the rest of the header and a byte of numbers.
            ptl = body[1:].replace(b"\x00\x00\x03", b"\x00\x00")[1 : 1 + _PTL_BYTES]
            return _hevc(ptl) if len(ptl) == _PTL_BYTES else None
    return None


def _hevc(ptl: bytes) -> str:
    """ISO/IEC 14496-15, E.3: the compatibility flags backwards, the constraints without zeros at the end."""
    space, tier, profile = ptl[0] >> 6, ptl[0] >> 5 & 1, ptl[0] & 31
    flags = int(f"{int.from_bytes(ptl[1:5], 'big'):032b}"[::-1], 2)
    constraints = "".join(f".{byte:X}" for byte in ptl[5:11].rstrip(b"\x00"))
    return f"hvc1.{'ABC'[space - 1] if space else ''}{profile}.{flags:X}.{'LH'[tier]}{ptl[11]}{constraints}"
