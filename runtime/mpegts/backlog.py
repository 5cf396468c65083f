"""What a live process has given before its turn, without what has grown old. Pure: the time is told.

A live stream goes on whether it is shown or not. Kept is what a viewer who had tuned in as it came would have
yet to see: the pictures are as fresh as that viewer's, and what a server gives in advance against its own
pauses (three pieces of HLS, say) is still there. Bytes in, bytes out; `splice` reads them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from runtime.mpegts.packet import CLOCK, PACKET, RANDOM_ACCESS, SYNC, payload_at, read_timestamp, signed33
from runtime.mpegts.tables import PAT_PID, read_pat, read_pmt, read_section

MOST_BYTES = 32 * 1024 * 1024
"""What is kept at most: half a minute at 8 Mb/s."""
_VIDEO_TYPES = frozenset({0x02, 0x1B, 0x24})


class Backlog:
    """Owner of the newest groups of pictures, each from its keyframe on, and of the tables to read them."""

    def __init__(self) -> None:
        self._rest = b""
        self._tables: dict[int, bytes] = {}
        self._map_pid = self._video_pid = -1
        self._groups: deque[tuple[int, bytearray]] = deque()
        self._began: tuple[int, float] | None = None
        self.size = 0
        """Bytes of what is kept."""

    def put(self, data: bytes, now: float) -> None:
        """Takes the next bytes at a monotonic second; forgets what would have been shown by then."""
        data = self._rest + data
        whole = len(data) // PACKET * PACKET
        self._rest = data[whole:]
        for at in range(0, whole, PACKET):
            self._take(data[at : at + PACKET], now)
        self._forget(now)

    def give(self, now: float) -> Iterator[bytes]:
        """Gives what is kept, from the keyframe that is shown now on, and is empty then."""
        self._forget(now)
        if self._groups:
            yield b"".join(self._tables.values())
        while self._groups:
            yield bytes(self._groups.popleft()[1])
        yield self._rest
        self._rest, self.size = b"", 0

    def _take(self, packet: bytes, now: float) -> None:
        pid, starts = (packet[1] & 31) << 8 | packet[2], bool(packet[1] & 0x40)
        if packet[0] == SYNC and starts and pid in (PAT_PID, self._map_pid):
            self._read_table(pid, packet)
        elif starts and pid == self._video_pid and (tick := _keyframe(packet)) is not None:
            self._began = self._began or (tick, now)
            self._groups.append((tick, bytearray()))
        if self._groups:
            self._groups[-1][1].extend(packet)
            self.size += PACKET

    def _read_table(self, pid: int, packet: bytes) -> None:
        self._tables[pid] = packet
        section = read_section(packet)
        if section is not None and pid == PAT_PID:
            self._map_pid = read_pat(section) or -1
        elif section is not None:
            streams = read_pmt(section).items()
            self._video_pid = next((each for each, kind in streams if kind in _VIDEO_TYPES), -1)

    def _forget(self, now: float) -> None:
        if self._began is None:
            return
        first, at = self._began
        shown = round((now - at) * CLOCK)
        while len(self._groups) > 1 and (
            signed33(self._groups[1][0] - first) <= shown or self.size > MOST_BYTES
        ):
            self.size -= len(self._groups.popleft()[1])


def _keyframe(packet: bytes) -> int | None:
    """The time of the keyframe that begins in a packet; None if none does."""
    at = payload_at(packet)
    header = packet[at:]
    if at <= 5 or not packet[5] & RANDOM_ACCESS or len(header) < 14 or not header[7] & 0x80:
        return None
    return read_timestamp(header, 9)
