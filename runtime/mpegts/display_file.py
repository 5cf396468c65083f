"""The display sets of a whole film, found in the transport stream that ffmpeg wrote of its subtitles.

Pure: it is given the bytes, and reads a set out of them when that is due: all of a film's are 40 MB and more.
A second stream is what they were made of, and read for what it says of their screen alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from mmap import mmap

from runtime.mpegts.display import LARGEST_BYTES, Display, Malformed, read_display, read_size
from runtime.mpegts.packet import PACKET, SYNC, payload_at, read_timestamp
from runtime.mpegts.tables import PRIVATE_TYPE, read_pmt, read_section

ROUNDED = 180
"""Ticks by which times may miss: they are rounded to ms, and of two at once ffmpeg moves the second one."""


class DisplayFile:
    """The sets by number, in the order of their times, which are counted in ticks from the film's start."""

    def __init__(self, data: bytes | mmap) -> None:
        """Finds the sets. Raises Malformed, also where one is too large to be sent."""
        self._data = data
        self._places: list[int] = []
        self._starts: list[int] = []
        self._pid = self._origin_pid = -1
        self._told: tuple[int, int] | None = None
        self._clears = True
        # Whole packets, however the file ends.
        self._end = len(data) // PACKET * PACKET
        if set(data[: self._end : PACKET]) != {SYNC}:
            raise Malformed("it is no transport stream")
        for at, packet in self._beginnings():
            self._note(at, packet)

    @property
    def size(self) -> tuple[int, int] | None:
        """The screen's that the sets are drawn for, None where they do not say. Raises Malformed."""
        return self._told or (self.read(0).size if self._starts else None)

    def at(self, tick: int) -> int | None:
        """The number of the set that holds at a time; None before the first one."""
        place = bisect_right(self._starts, tick + ROUNDED)
        return place - 1 if place else None

    def ticks(self, number: int) -> int | None:
        """How long a set holds; None for the last one."""
        following = number + 1
        return self._starts[following] - self._starts[number] if following < len(self._starts) else None

    def read(self, number: int) -> Display:
        """Gives a set. Raises Malformed."""
        following = number + 1
        end = self._places[following] if following < len(self._places) else self._end
        block = self._data[self._places[number] : end]
        pes = b"".join(
            block[at + payload_at(block, at) : at + PACKET]
            for at in range(0, len(block), PACKET)
            if _pid(block, at) == self._pid
        )
        return read_display(pes[9 + pes[8] : 6 + (pes[4] << 8 | pes[5])])

    def _beginnings(self) -> Iterator[tuple[int, bytes]]:
        """The packets that begin something, and where they lie."""
        for number, second in enumerate(self._data[1 : self._end : PACKET]):
            if second & 0x40:
                yield number * PACKET, self._data[number * PACKET : (number + 1) * PACKET]

    def _note(self, at: int, packet: bytes) -> None:
        pid = _pid(packet)
        if self._pid < 0:
            section = read_section(packet)
            streams = read_pmt(section) if section is not None else {}
            found = [each for each, kind in streams.items() if kind == PRIVATE_TYPE]
            self._pid, self._origin_pid = (*found, -1, -1)[:2]
        elif pid == self._pid:
            self._note_set(at, packet[payload_at(packet) :])
        elif pid == self._origin_pid:
            header = packet[payload_at(packet) :]
            self._told = self._told or (read_size(header[9 + header[8] :]) if len(header) > 9 else None)

    def _note_set(self, at: int, header: bytes) -> None:
        if len(header) < 14 or not header[7] & 0x80:
            raise Malformed("a picture of it has no time")
        if not 0 < (header[4] << 8 | header[5]) <= LARGEST_BYTES:
            raise Malformed("a picture of it is too large for DVB subtitles")
        start, clears = read_timestamp(header, 9), _clears(header)
        # Pictures of which no end is told have one at once: they stand until the next ones.
        if clears and not self._clears and start - self._starts[-1] <= ROUNDED:
            return
        self._places.append(at)
        self._starts.append(start)
        self._clears = clears


def _clears(pes: bytes) -> bool:
    """Tells whether a packet, of which this is the beginning at least, clears the screen."""
    end = 6 + (pes[4] << 8 | pes[5])
    return len(pes) >= end and not read_display(pes[9 + pes[8] : end]).regions


def _pid(data: bytes, at: int = 0) -> int:
    return (data[at + 1] & 31) << 8 | data[at + 2]
