"""From when to when a channel is scheduled, and the anchors on the way.

A cold channel starts at the start of the broadcast day that holds `now`, with an empty state; takeover.py
says what a recompile keeps.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from compiler.lower.wall import WallClock
from compiler.schedule.placed import Run
from exstv.timeline.model import Anchor, StoredRows
from exstv.timeline.progress import Json, change, encode

Rows = StoredRows
"""One channel's rows in a timeline."""


@dataclass(frozen=True)
class Times:
    """The instants of one compile: `now`, and how far it looks each way."""

    now_ms: int
    horizon_ms: int
    history_ms: int
    freeze_ms: int

    def until_ms(self, wall: WallClock) -> int:
        """The end of the broadcast day in which the horizon lies."""
        return wall.day_start(wall.day_of(self.now_ms + self.horizon_ms - 1) + 1)

    def fresh_ms(self, wall: WallClock, anchors: Sequence[int]) -> tuple[int, int]:
        """The span around `now` in which the day, the window's end and the start of history stay the same.

        `anchors` are the instants of the channel's.
        """
        today, last = wall.day_of(self.now_ms), wall.day_of(self.now_ms + self.horizon_ms - 1)
        ahead = self.horizon_ms - 1
        since = bisect_right(anchors, self.now_ms - self.history_ms)
        starts = [wall.day_start(today), wall.day_start(last) - ahead]
        ends = [wall.day_start(today + 1), wall.day_start(last + 1) - ahead]
        if since > 0:
            starts.append(anchors[since - 1] + self.history_ms)
        # The anchor after the first is the next start of history.
        ends += [at_ms + self.history_ms for at_ms in anchors[max(since, 1) : max(since, 1) + 1]]
        return max(starts), min(ends)


@dataclass(frozen=True)
class Kept:
    """What a channel keeps, and the state with which it goes on at `start_ms`."""

    start_ms: int
    rows: Rows = field(default_factory=Rows)
    state: dict[str, Json] = field(default_factory=dict)
    next_seq: int = 0


def anchors(channel: str, wall: WallClock, kept: Kept, placed: Sequence[Run]) -> Iterator[Anchor]:
    """The state at the start of each broadcast day that the new rows reach."""
    state = dict(kept.state)
    if state and not kept.rows.items and wall.day_start(wall.day_of(kept.start_ms)) != kept.start_ms:
        # No row before tells the state that it begins with.
        yield Anchor(channel=channel, at_ms=kept.start_ms, state=encode(state))
    rows = iter(placed)
    row = next(rows, None)
    end = placed[-1].finish_ms if placed else kept.start_ms
    for edge in _day_starts(wall, kept.start_ms, end):
        changes = []
        while row is not None and row.start_ms < edge:
            changes.append(row.changes)
            row = next(rows, None)
        change(state, changes)
        yield Anchor(channel=channel, at_ms=edge, state=encode(state))


def _day_starts(wall: WallClock, start_ms: int, end_ms: int) -> Iterable[int]:
    day = wall.day_of(start_ms)
    if wall.day_start(day) < start_ms:
        day += 1
    while (edge := wall.day_start(day)) <= end_ms:
        yield edge
        day += 1
