"""What a recompile keeps of a channel, and the state with which it takes over.

Of a channel with an equal recipe everything is kept; of another the past and what is on air, up to the next
programme junction, or up to the end of the freeze where the channel says `apply: now`. The state there is
what the old rows say: neither the old YAML nor the old lock is needed. withdrawal.py changes kept rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from compiler.lower.wall import WallClock
from compiler.schedule.horizon import Kept, Rows, Times
from exstv.timeline.model import Anchor
from exstv.timeline.progress import decode, instant_before, is_programme_junction, next_junction, state_at


class Reuse(StrEnum):
    """How much of a channel's old rows still holds."""

    NOT = "not"
    """Up to the take-over."""
    EXTEND = "extend"
    """All; the window has moved."""
    COPY = "copy"
    """All, and nothing is missing."""


@dataclass(frozen=True)
class TakeOver:
    """How a recompile takes over a channel.

    `cuts`: at the end of the freeze itself, not at the next programme junction (`apply: now`). `carried` is
    the progress of a channel that has no rows, and when it goes on.
    """

    reuse: Reuse = Reuse.NOT
    cuts: bool = False
    carried: Anchor | None = None


AT_JUNCTION = TakeOver()


@dataclass(frozen=True)
class Carry:
    """What a channel goes on from: its old rows, if it has any; `recipe` is that of the new ones."""

    rows: Rows | None = None
    how: TakeOver = AT_JUNCTION
    recipe: str = ""


def reuse(recipe: str, new_recipe: str, fresh_ms: tuple[int, int], now_ms: int) -> Reuse:
    """What a channel can have of its old rows: only an equal recipe says that they still hold.

    `fresh_ms` is the span in which the window of the old rows is that of a compile at `now`.
    """
    if not recipe or recipe != new_recipe or now_ms < fresh_ms[0]:
        return Reuse.NOT
    return Reuse.COPY if now_ms < fresh_ms[1] else Reuse.EXTEND


def keep(old: Rows | None, times: Times, wall: WallClock, how: TakeOver = AT_JUNCTION) -> Kept:
    """What stays of a channel's old rows; None or nothing usable: a cold start, or what was carried."""
    today = wall.day_start(wall.day_of(times.now_ms))
    if how.carried is not None:
        return Kept(how.carried.at_ms, state=decode(how.carried.state))
    if old is None or not old.items or old.items[0].start_ms > times.now_ms:
        return Kept(today)
    if old.items[-1].finish_ms <= today:
        # Nobody saw the days in between: progress goes on where it was, the time starts afresh.
        return Kept(today, state=state_at(old, old.items[-1].finish_ms), next_seq=old.items[-1].seq + 1)
    from_ms = times.now_ms + times.freeze_ms
    if how.reuse is Reuse.EXTEND:
        return _kept(old, times, _last_junction(old))
    if how.cuts and from_ms < old.items[-1].finish_ms:
        old = _cut(old, from_ms)
        return _kept(old, times, len(old.items))
    return _kept(old, times, next_junction(old, from_ms))


def history_start(anchors: Sequence[int], before_ms: int) -> int:
    """History begins at a broadcast day's start, so that its first rows follow an anchor; given are those."""
    return anchors[max(bisect_right(anchors, before_ms) - 1, 0)]


def _kept(old: Rows, times: Times, place: int) -> Kept:
    """What is kept by a take-over before an item."""
    junction = instant_before(old, place)
    since = history_start([anchor.at_ms for anchor in old.anchors], times.now_ms - times.history_ms)
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
    return Kept(junction, rows, state_at(old, junction), next_seq)


def _cut(old: Rows, cut_ms: int) -> Rows:
    """The rows up to an instant: what is on air there is cut."""
    items = [item for item in old.items if item.start_ms < cut_ms]
    last = items[-1]
    if last.finish_ms > cut_ms:
        out_point = last.in_point_ms + cut_ms - last.start_ms
        items[-1] = msgspec.structs.replace(last, finish_ms=cut_ms, out_point_ms=out_point)
    return old._replace(items=items)


def _last_junction(old: Rows) -> int:
    """Index of the last item before which a recompile may take over.

    Not the end of the rows: what follows there may still belong to the last programme.
    """
    kinds = {programme.id: programme.kind for programme in old.programmes}
    indexes = range(len(old.items) - 1, -1, -1)
    return next(i for i in indexes if is_programme_junction(old.items, i, kinds))
