"""One channel's stream for many viewers: the newest stretch in memory, and an index a viewer.

Never waits for a viewer: one that falls out of the stretch is dropped, the others do not notice.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from typing import Protocol

from runtime.mpegts.stream import Unit
from runtime.throttle import RUN_AHEAD_SECONDS, TICKS

KEEP_BYTES = 2 * 1024 * 1024
KEEP_GOPS = 3
"""Whole ones, before the place where a viewer joins."""
MORE_AT_ONCE = TICKS // 2
"""What a joining viewer is sent at once beyond what it must; what lies further back follows at the stream's
pace."""
SEND_BYTES = 128 * 1024
"""Most that is written at once: all that one read from a process becomes, with no crumb left for a second
write."""


class Sink(Protocol):
    """Where a viewer's stream goes."""

    def has_room(self) -> bool:
        """Tells whether it takes a portion now."""
        ...

    def write(self, data: bytes) -> None:
        """Takes a portion, for which it has room."""
        ...


class ViewerDropped(Exception):
    """The viewer was too slow: what it needs next is no longer kept."""


class Fanout:
    """Owner of one channel's viewers and of the stretch of stream that they share."""

    def __init__(self) -> None:
        self._units: deque[Unit] = deque()
        self._first = 0
        self._bytes = 0
        self._keyframes: deque[int] = deque()
        self._keyframe_ticks: deque[int] = deque()
        self._viewers: set[Viewer] = set()
        self._behind = 0
        self._portions: dict[tuple[int, int], tuple[bytes, int]] = {}
        self.live_tick = 0
        self.sent_bytes = 0
        """What all viewers together took since the start."""
        self.taken = asyncio.Event()
        """Set whenever a viewer takes some, or one comes or goes."""
        self._reset()

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    def queued(self) -> float | None:
        """Seconds of stream that wait for the slowest viewer who is not dropped; None if there is none."""
        end = self._first + len(self._units)
        waiting = [
            0 if viewer.index == end else self.live_tick - viewer.lag - self._tick(viewer.index)
            for viewer in self._viewers
            if viewer.index >= self._first
        ]
        return max(0.0, max(waiting) / TICKS) if waiting else None

    def join(self) -> Viewer:
        """Adds a viewer, starting at the newest keyframe as far behind the live edge as that runs ahead."""
        viewer = Viewer(self, *self._start())
        self._viewers.add(viewer)
        self.taken.set()
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Forgets a viewer; once is enough, twice is harmless."""
        self._viewers.discard(viewer)
        self.taken.set()

    def publish(self, units: list[Unit], ahead: float = RUN_AHEAD_SECONDS) -> None:
        """Adds what goes on air now, so many seconds before it is watched, and wakes the viewers."""
        self._behind = round(ahead * TICKS)
        self._portions.clear()
        for unit in units:
            if unit.keyframe:
                self._keyframes.append(self._first + len(self._units))
                self._keyframe_ticks.append(unit.tick)
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
        self._reset()

    def take(self, index: int, until_tick: int) -> tuple[bytes, int]:
        """Gives up to 128 KB from a unit on, none of it later than a tick, and the index of the unit after.

        Raises ViewerDropped if that unit is no longer kept.
        """
        if index < self._first:
            raise ViewerDropped
        self.taken.set()
        # Viewers who keep up all take the same.
        if (portion := self._portions.get((index, until_tick))) is None:
            portion = self._portions[index, until_tick] = self._portion(index, until_tick)
        self.sent_bytes += len(portion[0])
        return portion

    def _portion(self, index: int, until_tick: int) -> tuple[bytes, int]:
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

    def _reset(self) -> None:
        self._units.clear()
        self._keyframes.clear()
        self._keyframe_ticks.clear()
        self._portions.clear()
        self._bytes = 0
        self._behind = round(RUN_AHEAD_SECONDS * TICKS)
        self.live_tick = 0

    def _start(self) -> tuple[int, int]:
        """Index to start at, and how many ticks to stay behind the live edge for ever."""
        if not self._keyframes:
            return self._first + len(self._units), 0
        behind = bisect_right(self._keyframe_ticks, self.live_tick - self._behind)
        place = max(0, behind - 1)
        lag = self.live_tick - self._keyframe_ticks[place] - self._behind - MORE_AT_ONCE
        return self._keyframes[place], max(0, lag)

    def _tick(self, index: int) -> int:
        return self._units[index - self._first].tick

    def _forget(self) -> None:
        """Drops the oldest units beyond max(2 MB, 3 GOPs + what a viewer who joins is sent)."""
        behind = bisect_right(self._keyframe_ticks, self.live_tick - self._behind)
        oldest = behind - 1 - KEEP_GOPS
        needed = self._keyframes[oldest] if oldest >= 0 else self._first
        while self._bytes > KEEP_BYTES and self._first < needed:
            self._bytes -= len(self._units.popleft().data)
            self._first += 1
        while self._keyframes and self._keyframes[0] < self._first:
            self._keyframes.popleft()
            self._keyframe_ticks.popleft()


class Viewer:
    """One viewer's place in a channel's stream.

    A viewer that has a sink is sent everything as it goes on air, without a task that would have to be woken:
    most of the cost of hundreds of viewers was waking them.
    """

    def __init__(self, fanout: Fanout, index: int, lag: int) -> None:
        self._fanout = fanout
        self.index = index
        self.lag = lag
        self._news = asyncio.Event()
        self._sink: Sink | None = None
        self.ended = asyncio.Event()
        """Set when nothing more will come."""
        self.dropped = asyncio.Event()
        """Set when the viewer has fallen out of what is kept, even while it is not reading."""

    async def read(self) -> bytes:
        """Waits for the next stretch and gives it; nothing when the channel has ended.

        Raises ViewerDropped if the viewer was too slow.
        """
        while not self.ended.is_set():
            self._news.clear()
            data, self.index = self._fanout.take(self.index, self._fanout.live_tick - self.lag)
            if data:
                return data
            await self._news.wait()
        return b""

    def pour(self, sink: Sink) -> None:
        """Sends everything from here on into a sink, as far as that has room."""
        self._sink = sink
        self.go_on()

    def go_on(self) -> None:
        """Sends what there is, where the sink has room again."""
        sink = self._sink
        while sink is not None and sink.has_room() and not (self.ended.is_set() or self.dropped.is_set()):
            data, self.index = self._fanout.take(self.index, self._fanout.live_tick - self.lag)
            if not data:
                return
            sink.write(data)

    def wake(self, first: int) -> None:
        """Says that there is more, and that units before `first` are not kept any longer."""
        if self.index < first:
            self.dropped.set()
        if self._sink is None:
            self._news.set()
        else:
            self.go_on()

    def end(self) -> None:
        """Says that nothing more will come."""
        self.ended.set()
        self._news.set()

    def leave(self) -> None:
        """Stops watching."""
        self._sink = None
        self._fanout.leave(self)
