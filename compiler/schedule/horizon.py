"""From when to when a channel is scheduled, what a recompile keeps, and the anchors on the way.

A cold channel starts at the start of the broadcast day that holds `now`, with an empty state. A recompile
keeps what it must and takes over at a programme junction, with the state that the old rows say it had there:
neither the old YAML nor the old lock is needed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from compiler.guide import is_programme_junction
from compiler.lower.wall import WallClock
from compiler.schedule.placed import Run
from compiler.schedule.state import Json, decode, encode, fold
from exstv.timeline.model import Anchor, StoredRows

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

    def fresh_ms(self, wall: WallClock, anchors: Sequence[Anchor]) -> tuple[int, int]:
        """The span around `now` in which the day, the window's end and the start of history stay the same."""
        today, last = wall.day_of(self.now_ms), wall.day_of(self.now_ms + self.horizon_ms - 1)
        ahead = self.horizon_ms - 1
        since = bisect_right(anchors, self.now_ms - self.history_ms, key=lambda anchor: anchor.at_ms)
        starts = [wall.day_start(today), wall.day_start(last) - ahead]
        ends = [wall.day_start(today + 1), wall.day_start(last + 1) - ahead]
        if since > 0:
            starts.append(anchors[since - 1].at_ms + self.history_ms)
        # The anchor after the first is the next start of history.
        ends += [anchor.at_ms + self.history_ms for anchor in anchors[max(since, 1) : max(since, 1) + 1]]
        return max(starts), min(ends)


@dataclass(frozen=True)
class Kept:
    """What a channel keeps, and the state with which it goes on at `start_ms`."""

    start_ms: int
    rows: Rows = field(default_factory=Rows)
    state: dict[str, Json] = field(default_factory=dict)
    next_seq: int = 0


def keep(old: Rows | None, times: Times, wall: WallClock) -> Kept:
    """What stays of a channel's old rows; None or nothing usable: a cold start."""
    today = wall.day_start(wall.day_of(times.now_ms))
    if old is None or not old.items or old.items[0].start_ms > times.now_ms:
        return Kept(today)
    if old.items[-1].finish_ms <= today:
        # Nobody saw the days in between: progress goes on where it was, the time starts afresh.
        return Kept(today, state=_state_at(old, old.items[-1].finish_ms), next_seq=old.items[-1].seq + 1)
    return _take_over(old, times)


def _take_over(old: Rows, times: Times) -> Kept:
    place = _junction(old, times.now_ms + times.freeze_ms)
    junction = old.items[place].start_ms if place < len(old.items) else old.items[-1].finish_ms
    since = _history_start(old.anchors, times.now_ms - times.history_ms)
    programmes = [
        msgspec.structs.replace(programme, finish_ms=min(programme.finish_ms, junction))
        for programme in old.programmes
        if programme.start_ms < junction and programme.finish_ms > since
    ]
    rows = Rows(
        items=[item for item in old.items[:place] if item.finish_ms > since],
        programmes=programmes,
        anchors=[anchor for anchor in old.anchors if since <= anchor.at_ms < junction],
        presentations=old.presentations,
    )
    next_seq = old.items[place - 1].seq + 1 if place else 0
    return Kept(junction, rows, _state_at(old, junction), next_seq)


def _junction(old: Rows, from_ms: int) -> int:
    """Index of the first item before which a recompile may take over."""
    kinds = {programme.id: programme.kind for programme in old.programmes}
    first = bisect_left(old.items, from_ms, key=lambda item: item.start_ms)
    for index in range(first, len(old.items)):
        if is_programme_junction(old.items, index, kinds):
            return index
    return len(old.items)


def _history_start(anchors: Sequence[Anchor], before_ms: int) -> int:
    """History begins at a broadcast day's start, so that its first rows follow an anchor."""
    place = bisect_right(anchors, before_ms, key=lambda anchor: anchor.at_ms)
    return anchors[max(place - 1, 0)].at_ms


def _state_at(old: Rows, junction_ms: int) -> dict[str, Json]:
    place = bisect_right(old.anchors, junction_ms, key=lambda anchor: anchor.at_ms)
    anchor = old.anchors[place - 1]
    state = decode(anchor.state)
    fold(state, (item.advance for item in old.items if anchor.at_ms <= item.start_ms < junction_ms))
    return state


def anchors(channel: str, wall: WallClock, kept: Kept, placed: Sequence[Run]) -> Iterator[Anchor]:
    """The state at the start of each broadcast day that the new rows reach."""
    state = dict(kept.state)
    rows = iter(placed)
    row = next(rows, None)
    end = placed[-1].finish_ms if placed else kept.start_ms
    for edge in _day_starts(wall, kept.start_ms, end):
        advances: list[str] = []
        while row is not None and row.start_ms < edge:
            advances.append(row.advance)
            row = next(rows, None)
        fold(state, advances)
        yield Anchor(channel=channel, at_ms=edge, state=encode(state))


def _day_starts(wall: WallClock, start_ms: int, end_ms: int) -> Iterable[int]:
    day = wall.day_of(start_ms)
    if wall.day_start(day) < start_ms:
        day += 1
    while (edge := wall.day_start(day)) <= end_ms:
        yield edge
        day += 1
