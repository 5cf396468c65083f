from __future__ import annotations

import pytest

from runtime.mpegts.pixels import mended

WIDTH = 130
LINES = {
    "plain": (b"\x12" + b"\x00\x7f" + b"\x05\x05\x07", WIDTH),
    # A run of 112 pixels in colour 0x12, which looks like the end of a line and the next one's beginning.
    "like an end": (b"\x12" + b"\x00\xf0\x12" + b"\x00\x12", WIDTH),
}


def body(*fields: bytes) -> bytes:
    sizes = b"".join(len(field).to_bytes(2, "big") for field in fields)
    return b"\x00\x00\x11" + sizes + b"".join(fields) + b"\x00"


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("lines", [1, 2, 5])
def test_each_line_of_an_older_ffmpeg_gets_the_end_that_it_lacks(name: str, lines: int) -> None:
    line, width = LINES[name]
    wrong, right = ((line + end) * lines for end in (b"\x00\xf0", b"\x00\x00\xf0"))
    assert mended(body(wrong, wrong), width, 2 * lines) == body(right, right)
    assert mended(body(right, right), width, 2 * lines) == body(right, right)


def test_what_has_no_deep_pixels_stays_as_it_is() -> None:
    shallow = body(b"\x11\x23\x00\xf0", b"\x11\x23\x00\xf0")
    assert mended(shallow, 2, 2) == shallow
    assert mended(body(b"", b""), 2, 2) == body(b"", b"")
    # One that is cut short comes to an end, whatever that is.
    assert mended(body(b"\x12\x00\xf0", b"\x12\x00\x00\x00\x00\xf0"), 900, 8)
