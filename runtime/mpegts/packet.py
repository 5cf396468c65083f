"""The bits of MPEG-TS (ISO/IEC 13818-1): packets, clocks, timestamps, and the grids that units are put on.

Knows nothing of channels, items or tables. Start with `tables`, `demux` and `mux`, which are built on it.
"""

from __future__ import annotations

from fractions import Fraction

PACKET = 188
SYNC = 0x47
CLOCK = 90_000
"""Ticks a second of PTS, DTS and the PCR's base."""
WRAP = 1 << 33
"""Where PTS, DTS and the PCR's base begin again at 0: after 26.5 hours."""

PAYLOAD = PACKET - 4
RANDOM_ACCESS = 0x40
HAS_PCR = 0x10
CONTENTS = bytes(byte & 0x30 for byte in range(256))
"""A table for `translate`: what of each packet's fourth byte says whether it has an adaptation field and a
payload, without its counter."""


class Grid:
    """Equal steps on the 90 kHz clock, rounded down one by one, so that no error adds up over days."""

    def __init__(self, step: Fraction) -> None:
        """Takes the step in ticks, which need not be whole."""
        self._over, self._under = step.numerator, step.denominator
        if self._over <= 0:
            raise ValueError(f"a grid needs a positive step: {step}")

    def tick(self, slot: int) -> int:
        """Where a slot begins."""
        return slot * self._over // self._under

    def nearest(self, tick: int) -> int:
        """The slot that begins nearest to a tick."""
        return (2 * tick * self._under + self._over) // (2 * self._over)


def signed33(difference: int) -> int:
    """Reads a difference of two 33-bit clock values as the short way round: within 13 hours."""
    return (difference + WRAP // 2) % WRAP - WRAP // 2


def read_timestamp(data: bytes, at: int) -> int:
    """Reads the five bytes of a PTS or DTS."""
    high, middle, low = data[at], data[at + 1] << 8 | data[at + 2], data[at + 3] << 8 | data[at + 4]
    return (high >> 1 & 7) << 30 | middle >> 1 << 15 | low >> 1


def write_timestamp(mark: int, ticks: int) -> bytes:
    """Writes a PTS or DTS; the mark is 2 for a PTS alone, 3 for a PTS before a DTS, 1 for that DTS."""
    high, middle, low = ticks >> 30 & 7, ticks >> 15 & 0x7FFF, ticks & 0x7FFF
    return bytes(
        (mark << 4 | high << 1 | 1, middle >> 7, middle << 1 & 0xFF | 1, low >> 7, low << 1 & 0xFF | 1)
    )


def pes_header(stream_id: int, pts: int, dts: int, size: int | None, *, aligned: bool = False) -> bytes:
    """Writes a PES header for `size` bytes of elementary stream, or for an unbounded unit (video only).

    `aligned` says that what is a unit to the decoder begins right behind it.
    """
    stamps = write_timestamp(2, pts)
    if pts != dts:
        stamps = write_timestamp(3, pts) + write_timestamp(1, dts)
    flags = 0xC0 if pts != dts else 0x80
    marks = 0x84 if aligned else 0x80
    length = 0 if size is None else size + 3 + len(stamps)
    return bytes((0, 0, 1, stream_id, length >> 8, length & 0xFF, marks, flags, len(stamps))) + stamps


def clock_field(pcr: int, *, random_access: bool = False) -> bytes:
    """Writes an adaptation field, without its length byte, that holds a PCR given in 90 kHz ticks."""
    flags = HAS_PCR | (RANDOM_ACCESS if random_access else 0)
    # 33 bits of base, six reserved ones, an extension of 0: our slots are whole ticks of 90 kHz.
    return bytes((flags,)) + ((pcr % WRAP) << 15 | 0x7E00).to_bytes(6, "big")


def clock_packet(pid: int, pcr: int, counter: int) -> bytes:
    """Writes a packet that holds a PCR and no payload; its counter repeats that of the packet before it."""
    field = clock_field(pcr)
    return bytes((SYNC, pid >> 8, pid & 0xFF, 0x20 | counter, PAYLOAD - 1)) + field.ljust(
        PAYLOAD - 1, b"\xff"
    )


def packetise(pid: int, payload: bytes, counter: int, adaptation: bytes = b"") -> bytes:
    """Cuts a unit into packets from `counter` on; the adaptation field goes into the first of them."""
    packets = []
    at, start = 0, 0x40
    while at < len(payload):
        room = PAYLOAD - (len(adaptation) + 1 if adaptation else 0)
        piece = payload[at : at + room]
        field = _adaptation(PAYLOAD - len(piece), adaptation)
        control = (0x30 if field else 0x10) | counter
        packets += [bytes((SYNC, start | pid >> 8, pid & 0xFF, control)), field, piece]
        at, start, counter, adaptation = at + room, 0, counter + 1 & 15, b""
    return b"".join(packets)


def _adaptation(size: int, content: bytes) -> bytes:
    """The adaptation field that takes exactly `size` bytes, its length byte included."""
    if size < 2:
        return bytes(size)
    return bytes((size - 1,)) + (content or b"\x00").ljust(size - 1, b"\xff")


def payload_at(packet: bytes | bytearray, at: int = 0) -> int:
    """Where the payload begins in the packet at an offset, from that packet's start; 188 if it has none."""
    control = packet[at + 3] & 0x30
    if control == 0x10:
        return 4
    return min(5 + packet[at + 4], PACKET) if control == 0x30 else PACKET


def is_stuffed(packet: bytes) -> bool:
    """Tells whether the packet was filled up, as a muxer does with the last packet of a unit."""
    if packet[3] & 0x20 == 0:
        return False
    needed = 7 if packet[5] & HAS_PCR else 1
    return packet[4] == 0 or packet[4] > needed or not packet[5]
