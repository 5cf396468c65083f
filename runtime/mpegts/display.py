"""Display sets of DVB subtitles (ETSI EN 300 743): reads those that ffmpeg writes, writes ours. Pure.

A set is all that stands on screen from its time on; one without regions clears the screen. Each of ours is
whole, and all are on one page. When they are sent: subtitle_track.py.
"""

from __future__ import annotations

import msgspec

from runtime.mpegts.pixels import mended

PAGE_ID = 1
"""Of the only page; `tables` names it. There is no other one that it shares its pictures with."""
PLAIN = (720, 576)
"""The screen of sets that do not say for which they are (7.2.1)."""
LARGEST_BYTES = 62 * 1024
"""Of a set: one that does not fit into one PES packet is not read by ffmpeg, and so by few players.

What is mended of it is at most two bytes a line.
"""

_FIELD, _END_OF_FIELD = b"\x20\x00", b"\xff"
_SYNC = 0x0F
_PAGE, _REGION, _COLOURS, _OBJECT, _DISPLAY, _END, _STUFFING = 0x10, 0x11, 0x12, 0x13, 0x14, 0x80, 0xFF
_PARTS = frozenset({_REGION, _COLOURS, _OBJECT})
_ACQUISITION, _MODE_CHANGE = 1, 2
_FILLED, _DEEP = 0x08, 3
"""Of a region: the flag that it is filled with a colour first, and the code of 8-bit pixels."""
_HEAD = 6
"""Bytes before what a segment holds."""


class Malformed(ValueError):
    """Some bytes are no DVB subtitles, or none that can be sent; the message says why."""


class Region(msgspec.Struct, frozen=True):
    """A part of the screen that is drawn on, and where it lies."""

    id: int
    left: int
    top: int


class Display(msgspec.Struct, frozen=True):
    """One display set. `size` is the screen's that it is drawn for, None where it does not say."""

    size: tuple[int, int] | None
    regions: tuple[Region, ...]
    parts: bytes
    """What the regions are made of: the segments of their compositions, colours and objects."""


class Plane(msgspec.Struct, frozen=True):
    """The screen that sets are sent for, and where in it the one lies that they were drawn for."""

    width: int
    height: int
    left: int = 0
    top: int = 0


class Page(msgspec.Struct, frozen=True):
    """What a set says of itself: `version` tells it from the one before, `display` its plane."""

    version: int
    display: int
    seconds: int
    """How long it stands at most: a receiver that gets nothing more takes it off."""
    again: bool = False
    """It stands already, and is sent for who has just tuned in."""


def read_display(field: bytes) -> Display:
    """Reads the data of one PES packet. Raises Malformed."""
    if field[:2] != _FIELD:
        raise Malformed("it is no DVB subtitle")
    size, regions, parts = None, tuple[Region, ...](), b""
    clear, extents = dict[int, int](), dict[int, tuple[int, int]]()
    at = len(_FIELD)
    while field[at : at + 1] == bytes((_SYNC,)):
        end = at + _HEAD + _number(field, at + 4)
        if end > len(field):
            raise Malformed("one of its segments is cut off")
        kind, body = field[at + 1], field[at + _HEAD : end]
        if kind == _DISPLAY:
            size = _number(body, 1) + 1, _number(body, 3) + 1
        elif kind == _PAGE:
            places = range(2, len(body) - 5, 6)
            regions = tuple(Region(body[n], _number(body, n + 2), _number(body, n + 4)) for n in places)
        elif kind == _COLOURS and (colour := _transparent(body)) is not None:
            clear[body[0]] = colour
        elif kind == _REGION:
            extents[body[0]] = _number(body, 2), _number(body, 4)
            body = _roomier(body, regions, size or PLAIN, clear)
        elif kind == _OBJECT:
            # ffmpeg gives each region one object, of its number and size.
            body = mended(body, *extents.get(_number(body, 0), (0, 0)))
        if kind in _PARTS:
            parts += _segment(kind, body)
        at = end
    if field[at : at + 1] != _END_OF_FIELD:
        raise Malformed("one of its segments is damaged")
    return Display(size, regions, parts)


def read_size(field: bytes) -> tuple[int, int] | None:
    """The screen's that a set is for, of the beginning of a PES packet's data, if that says so first."""
    said = field[:4] == _FIELD + bytes((_SYNC, _DISPLAY)) and len(field) >= 13
    return (_number(field, 9) + 1, _number(field, 11) + 1) if said else None


def write_display(display: Display | None, plane: Plane, page: Page) -> bytes:
    """Writes the data of one PES packet; without a display one that clears the screen."""
    regions, parts = (display.regions, display.parts) if display is not None else ((), b"")
    size = (plane.width - 1).to_bytes(2, "big") + (plane.height - 1).to_bytes(2, "big")
    state = _ACQUISITION if page.again else _MODE_CHANGE
    composition = bytes((page.seconds, page.version << 4 | state << 2 | 3)) + b"".join(
        bytes((region.id, 0xFF)) + _place(region.left + plane.left) + _place(region.top + plane.top)
        for region in regions
    )
    return b"".join(
        (
            _FIELD,
            _segment(_DISPLAY, bytes((page.display << 4,)) + size),
            _segment(_PAGE, composition),
            parts,
            _segment(_END, b""),
            _END_OF_FIELD,
        )
    )


def stuffing() -> bytes:
    """The data of a PES packet that says nothing: receivers skip it (EN 300 743, 7.2.6)."""
    # Empty it would be, with its head, shorter than ffmpeg takes for a packet.
    return _FIELD + _segment(_STUFFING, b"\xff") + _END_OF_FIELD


def _segment(kind: int, body: bytes) -> bytes:
    return bytes((_SYNC, kind)) + PAGE_ID.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def _transparent(colours: bytes) -> int | None:
    """A colour of a table that is not seen."""
    return next((colours[at] for at in range(2, len(colours) - 5, 6) if colours[at + 5] == 0xFF), None)


def _roomier(body: bytes, regions: tuple[Region, ...], size: tuple[int, int], clear: dict[int, int]) -> bytes:
    """A region with room for one pixel more in each line, which is not seen.

    In older versions ffmpeg's decoder loses its way behind a line of 8-bit pixels that fills its region.
    """
    width, deep, colour = _number(body, 2), body[6] >> 2 & 7 == _DEEP, clear.get(body[7])
    left = next((region.left for region in regions if region.id == body[0]), size[0])
    if not deep or colour is None or left + width >= size[0]:
        return body
    return b"".join(
        (
            body[:1],
            bytes((body[1] | _FILLED,)),
            (width + 1).to_bytes(2, "big"),
            body[4:8],
            bytes((colour,)),
            body[9:],
        )
    )


def _place(pixels: int) -> bytes:
    """What lies beyond the left or upper edge, where pictures are cropped, is moved to it."""
    return max(0, pixels).to_bytes(2, "big")


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
