from __future__ import annotations

import pytest
from display_sets import HD, drawn

from runtime.mpegts.display import (
    Malformed,
    Page,
    Plane,
    Region,
    read_display,
    read_size,
    stuffing,
    write_display,
)

FFMPEG_SET = (
    "2000"
    "0f1400010005" + "00077f0437"  # display definition: 1920x1080
    "0f1000010008" + "1e0b" + "00ff" + "01e0032a"  # page composition: 30 s, mode change, a region at 480, 810
    "0f120001000e" + "000f" + "003f10808000" + "013feb808000"  # colours
    "0f1100010010" + "0007" + "03c00087" + "2f00" + "0003" + "00000000f000"  # region composition
    "0f1300010002" + "0000"  # an object, cut short
    "0f8000010000" + "ff"
)  # fmt: skip
"""As `ffmpeg -c:s dvbsub` writes one."""


def test_a_set_of_ffmpegs_reads_and_is_written_for_another_screen() -> None:
    found = read_display(bytes.fromhex(FFMPEG_SET))
    assert found.size == (1920, 1080) and found.regions == (Region(0, 480, 810),)
    written = write_display(found, Plane(1920, 1440, 0, 180), Page(version=7, display=2, seconds=5))
    assert written.hex() == (
        FFMPEG_SET.replace("00077f0437", "20077f059f").replace("1e0b00ff01e0032a", "057b00ff01e003de")
    )
    assert read_display(written).parts == found.parts


def test_a_clear_page_says_no_more_than_it_must() -> None:
    field = write_display(None, HD, Page(version=3, display=1, seconds=2))
    assert field.hex() == "20000f140001000510077f04370f1000010002023b0f8000010000ff"
    assert read_display(field).regions == ()


def test_a_set_that_stands_already_is_an_acquisition_point() -> None:
    first, again = (write_display(drawn(1), HD, Page(3, 1, 2, again)) for again in (False, True))
    assert (first[20] >> 2 & 3, again[20] >> 2 & 3) == (2, 1)
    assert first[:20] + first[21:] == again[:20] + again[21:]


def test_what_lies_beyond_an_edge_is_moved_to_it() -> None:
    field = write_display(drawn(1), Plane(1440, 1080, left=-240), Page(0, 0, 2))
    assert read_display(field).regions == (Region(0, 0, 900),)


def test_stuffing_says_nothing() -> None:
    assert stuffing().hex() == "20000fff00010001ffff"
    assert read_display(stuffing()).regions == () and read_display(stuffing()).parts == b""


@pytest.mark.parametrize("field", ["", "10000f", "2000", "20000f1000010099ff", FFMPEG_SET[:-2], "200047"])
def test_what_is_broken_is_told(field: str) -> None:
    with pytest.raises(Malformed):
        read_display(bytes.fromhex(field))


def test_the_size_of_the_screen_is_read_off_the_beginning_of_a_set() -> None:
    assert read_size(bytes.fromhex(FFMPEG_SET)[:13]) == (1920, 1080)
    assert read_size(bytes.fromhex(FFMPEG_SET)[:12]) is None
    assert read_size(stuffing()) is None


def test_lines_of_deep_pixels_get_room_for_one_that_is_not_seen() -> None:
    colours = bytes.fromhex("0f120001000e000f" + "013feb808000" + "023f108080ff")
    region = bytes.fromhex("0f110001001000" + "0703c00087" + "6f00" + "0003" + "00000000f000")
    head, end = bytes.fromhex(FFMPEG_SET)[:27], b"\x0f\x80\x00\x01\x00\x00\xff"
    parts = read_display(head + colours + region + end).parts
    # A pixel wider, and filled with the colour that is transparent.
    assert parts.hex() == (colours + region).hex().replace("0703c00087", "0f03c10087").replace(
        "6f000003", "6f000203"
    )
    # Not where none is, nor where it would lie beyond the screen.
    seen = colours.replace(b"\xff", b"\0")
    assert read_display(head + seen + region + end).parts == seen + region
    edge = head.replace(bytes.fromhex("01e0032a"), bytes.fromhex("03c0032a"))
    assert read_display(edge + colours + region + end).parts == colours + region
