"""The pixels of DVB subtitles as ffmpeg encodes them, mended where older versions do it wrongly. Pure.

A line of 8-bit pixels ends with two bytes of zero (EN 300 743, 7.2.5.2) before the byte that ends any line.
The encoder of ffmpeg 5 wrote one: only its own decoder makes sense of that.
"""

from __future__ import annotations

_DEEP = b"\x12"
"""What begins a line of 8-bit pixels."""
_SHORT, _WHOLE = b"\x00\xf0", b"\x00\x00\xf0"
_HEAD = 7
"""Bytes of an object before its pixels, of which the last four are the sizes of its two fields."""


def mended(body: bytes, width: int, height: int) -> bytes:
    """An object's segment, of a region so large that it fills, whose lines all end as they should."""
    top_size, bottom_size = (int.from_bytes(body[at : at + 2], "big") for at in (3, 5))
    middle, end = _HEAD + top_size, _HEAD + top_size + bottom_size
    fields = body[_HEAD:middle], body[middle:end]
    # No pixels' code ends with a zero: that byte would be the first of two.
    if not all(each.startswith(_DEEP) and each.endswith(_SHORT) for each in fields):
        return body
    if any(each.endswith(_WHOLE) for each in fields):
        return body
    top, bottom = (_mended(each, width, height // 2) for each in fields)
    sizes = len(top).to_bytes(2, "big") + len(bottom).to_bytes(2, "big")
    return b"".join((body[:3], sizes, top, bottom, body[end:]))


def _mended(field: bytes, width: int, lines: int) -> bytes:
    seam = _SHORT + _DEEP
    if field.count(seam) == lines - 1:
        return field[: -len(_SHORT)].replace(seam, _WHOLE + _DEEP) + _WHOLE
    # So may a run of pixels look, too: then they are counted, which takes a hundred times as long.
    found, at = [], 0
    while at < len(field):
        end = _line_end(field, at + len(_DEEP), width)
        found.append(field[at:end] + _WHOLE)
        at = end + len(_SHORT)
    return b"".join(found)


def _line_end(field: bytes, at: int, width: int) -> int:
    """Where the pixels of a line end that begin at an offset."""
    pixels = 0
    while pixels < width and at + 1 < len(field):
        if field[at]:
            pixels, at = pixels + 1, at + 1
        else:
            run = field[at + 1]
            pixels, at = pixels + (run & 0x7F), at + (3 if run & 0x80 else 2)
    return at
