"""DVB subtitles for tests: display sets made by hand, and a file of them as ffmpeg writes one."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.mpegts.display import Display, Page, Plane, Region, write_display
from runtime.mpegts.packet import CLOCK, PACKET, packetise, pes_header
from runtime.mpegts.tables import SUBTITLE_PID, pat, pmt

HD = Plane(1920, 1080)


def drawn(mark: int, size: tuple[int, int] | None = (1920, 1080)) -> Display:
    """A set with one region, whose object has a byte that tells it from others."""
    return Display(size, (Region(0, 100, 900),), bytes((0x0F, 0x13, 0, 1, 0, 1, mark)))


def file_of(sets: Sequence[tuple[float, Display | None]]) -> bytes:
    """A stream of display sets, each with the second at which it is shown; None clears the screen."""
    data, counter = pat() + pmt(0x1B, 0x0F, "nld"), 0
    for version, (second, display) in enumerate(sets):
        field = write_display(display, HD, Page(version & 15, 0, 30))
        tick = round(second * CLOCK)
        size = len(field) if len(field) < 0xFFF0 else None
        packets = packetise(SUBTITLE_PID, pes_header(0xBD, tick, tick, size, aligned=True) + field, counter)
        counter = counter + len(packets) // PACKET & 15
        data += packets
    return data
