"""One channel's stream for many viewers: the newest stretch in memory, and an index a viewer.

Never waits for a viewer: one that falls out of the stretch is dropped, the others do not notice.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque

from runtime.mpegts.stream import Unit
from runtime.throttle import TICKS

KEEP_BYTES = 2 * 1024 * 1024
KEEP_SECONDS = 2
KEEP_GOPS = 3
JOIN_BEHIND = 2 * TICKS
"""A viewer begins this far behind the live edge, so that its player has data to probe at once."""
BURST = 5 * TICKS // 2
"""Most that a joining viewer is sent at once; what lies further back follows at the stream's pace."""
SEND_BYTES = 64 * 1024


class ViewerDropped(Exception):
    """The viewer was too slow: what it needs next is no longer kept."""


class Fanout:
    """Owner of one channel's viewers and of the stretch of stream that they share."""

    def __init__(self) -> None:
        self._units: deque[Unit] = deque()
        self._first = 0
        self._bytes = 0
        self._keyframes: deque[int] = deque()
        self._viewers: set[Viewer] = set()
        self.live_tick = 0

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    def join(self) -> Viewer:
        """Adds a viewer, starting at the newest keyframe at least 2 s behind the live edge."""
        viewer = Viewer(self, *self._start())
        self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Forgets a viewer; once is enough, twice is harmless."""
        self._viewers.discard(viewer)

    def publish(self, units: list[Unit]) -> None:
        """Adds what goes on air now and wakes the viewers."""
        for unit in units:
            if unit.keyframe:
                self._keyframes.append(self._first + len(self._units))
            self._units.append(unit)
            self._bytes += len(unit.data)
        if units:
            self.live_tick = max(self.live_tick, units[-1].tick)
        self._forget()
        for viewer in list(self._viewers):
            viewer.wake(self._first)

    def kept(self) -> list[Unit]:
        """What a viewer who joins now could be sent: the stretch in memory."""
        return list(self._units)

    def close(self) -> None:
        """Ends every viewer's stream and forgets the stretch: the channel goes off air."""
        for viewer in list(self._viewers):
            viewer.end()
        self._viewers.clear()
        self._first += len(self._units)
        self._units.clear()
        self._keyframes.clear()
        self._bytes = 0
        self.live_tick = 0

    def take(self, index: int, until_tick: int) -> tuple[bytes, int]:
        """Gives up to 64 KB from a unit on, none of it later than a tick, and the index of the unit after.

        Raises ViewerDropped if that unit is no longer kept.
        """
        if index < self._first:
            raise ViewerDropped
        parts: list[bytes] = []
        size = 0
        while index < self._first + len(self._units) and size < SEND_BYTES:
            unit = self._units[index - self._first]
            if unit.tick > until_tick:
                break
            parts.append(unit.data)
            size += len(unit.data)
            index += 1
        return b"".join(parts), index

    def _start(self) -> tuple[int, int]:
        """Index to start at, and how many ticks to stay behind the live edge for ever."""
        if not self._keyframes:
            return self._first + len(self._units), 0
        behind = [i for i in self._keyframes if self._tick(i) <= self.live_tick - JOIN_BEHIND]
        start = behind[-1] if behind else self._keyframes[0]
        return start, max(0, self.live_tick - self._tick(start) - BURST)

    def _tick(self, index: int) -> int:
        return self._units[index - self._first].tick

    def _forget(self) -> None:
        """Drops the oldest units beyond max(2 MB, 3 GOPs + 2 s)."""
        while self._bytes > KEEP_BYTES and self._units[0].tick < self._needed_from():
            self._bytes -= len(self._units.popleft().data)
            self._first += 1
        while self._keyframes and self._keyframes[0] < self._first:
            self._keyframes.popleft()

    def _needed_from(self) -> int:
        two_seconds = self.live_tick - KEEP_SECONDS * TICKS
        before = bisect_left([self._tick(i) for i in self._keyframes], two_seconds)
        oldest = before - KEEP_GOPS
        return self._tick(self._keyframes[oldest]) if oldest >= 0 else 0


class Viewer:
    """One viewer's place in a channel's stream."""

    def __init__(self, fanout: Fanout, index: int, lag: int) -> None:
        self._fanout = fanout
        self._index = index
        self._lag = lag
        self._news = asyncio.Event()
        self._ended = False
        self.dropped = asyncio.Event()
        """Set when the viewer has fallen out of what is kept, even while it is not reading."""

    async def read(self) -> bytes:
        """Waits for the next stretch and gives it; nothing when the channel has ended.

        Raises ViewerDropped if the viewer was too slow.
        """
        while not self._ended:
            self._news.clear()
            data, self._index = self._fanout.take(self._index, self._fanout.live_tick - self._lag)
            if data:
                return data
            await self._news.wait()
        return b""

    def wake(self, first: int) -> None:
        """Says that there is more, and that units before `first` are not kept any longer."""
        self._news.set()
        if self._index < first:
            self.dropped.set()

    def end(self) -> None:
        """Says that nothing more will come."""
        self._ended = True
        self._news.set()

    def leave(self) -> None:
        """Stops watching."""
        self._fanout.leave(self)
