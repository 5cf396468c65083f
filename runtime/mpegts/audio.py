"""Puts the sound of all items on one grid without gap or overlap: which frame stands in which slot.

Knows the picture's clock only by the ticks it is told, and nothing of packets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from runtime.mpegts.packet import CLOCK, Grid, signed33

LATEST = CLOCK // 4
"""Sound this far behind the picture, in ticks, is taken for missing: silence stands in for it."""
JITTER = CLOCK // 500
"""Frames of a started run may miss their slot by this much more than half a frame: PTS are rounded."""
_WAITING = 2_000  # frames that may wait for their picture: more than 20 s, and an end to memory


class AudioTrack:
    """Owner of the next free slot and of the frames that wait for their picture."""

    def __init__(self, grid: Grid, silence: bytes) -> None:
        """Starts at slot 0."""
        self._grid = grid
        self._silence = silence
        self._half = grid.tick(1) // 2
        self._next = 0
        self._waiting: deque[tuple[int, bytes]] = deque(maxlen=_WAITING)
        self._anchor: tuple[int, int] | None = None
        self._run = False

    def begin(self) -> None:
        """Forgets the item before: its frames and its clock."""
        self._waiting.clear()
        self._anchor = None
        self._run = False

    def anchor(self, pts: int, tick: int) -> None:
        """Says that what the item calls `pts` is shown at `tick`."""
        self._anchor = (pts, tick)

    def put(self, pts: int, frames: Iterable[bytes]) -> None:
        """Takes frames of the item, of which the first is heard at `pts`."""
        self._waiting.extend((pts + self._grid.tick(index), frame) for index, frame in enumerate(frames))

    def complete(self, tick: int) -> bool:
        """Tells whether the sound reaches a tick, to half a frame."""
        return self._next >= self._grid.nearest(tick)

    def until(self, shown: int, clock: int) -> Iterator[tuple[int, bytes]]:
        """Gives the sound, as ticks and frames, of the picture so far.

        It never runs ahead of the picture that was sent, up to the tick `shown`, so that an item may end
        anywhere; it follows within `LATEST` of the tick `clock`, by silence if need be.
        """
        end = self._grid.nearest(shown)
        yield from self._placed(end)
        yield from self._silent(min(end, self._grid.nearest(clock - LATEST)))

    def finish(self, tick: int) -> Iterator[tuple[int, bytes]]:
        """Gives the rest of the item's sound up to its end, completed by silence."""
        end = self._grid.nearest(tick)
        yield from self._placed(end)
        yield from self._silent(end)

    def _placed(self, end: int) -> Iterator[tuple[int, bytes]]:
        while self._next < end and self._waiting and self._anchor is not None:
            pts, frame = self._waiting[0]
            zero_pts, zero = self._anchor
            error = zero + signed33(pts - zero_pts) - self._grid.tick(self._next)
            tolerance = self._half + (JITTER if self._run else 0)
            if error <= tolerance:
                self._waiting.popleft()
            if error >= -tolerance:
                self._run = error <= tolerance
                yield self._take(frame if self._run else self._silence)

    def _silent(self, end: int) -> Iterator[tuple[int, bytes]]:
        while self._next < end:
            self._run = False
            yield self._take(self._silence)

    def _take(self, frame: bytes) -> tuple[int, bytes]:
        tick = self._grid.tick(self._next)
        self._next += 1
        return tick, frame
