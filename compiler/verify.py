"""Proves what every timeline promises, whatever the scheduler believes: a failure here is our bug.

Nothing that fails is published. A user's mistake never comes this far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from compiler.lower.wall import WallClock
from compiler.schedule.horizon import Rows
from compiler.schedule.placed import Run
from compiler.station import StationChannel
from exstv import codes
from exstv.clock import to_iso
from exstv.diagnostics import Diagnostic
from exstv.timeline.model import PlayoutItem, Programme


def verify(
    channel: StationChannel,
    rows: Rows,
    placed: Sequence[Run],
    durations: Mapping[str, int],
    wall: WallClock,
) -> list[Diagnostic]:
    """What is wrong with a channel's rows; `durations` are those of the media, by id."""
    broken = [
        *_continuous("playout item", rows.items),
        *_continuous("programme", rows.programmes),
        *_points(rows.items, durations),
        *_covered(rows),
        *_fixed_starts(placed, wall),
    ]
    return [codes.INTERNAL.at(channel.origin, stage="verify", reason=reason) for reason in broken[:3]]


def _continuous(what: str, rows: Sequence[PlayoutItem | Programme]) -> Iterator[str]:
    for row in rows:
        if row.start_ms >= row.finish_ms:
            yield f"a {what} at {to_iso(row.start_ms)} takes no time"
    for before, after in pairwise(rows):
        if before.finish_ms != after.start_ms:
            word = "gap" if before.finish_ms < after.start_ms else "overlap"
            yield f"{word} between {what}s at {to_iso(before.finish_ms)}"


def _points(items: Sequence[PlayoutItem], durations: Mapping[str, int]) -> Iterator[str]:
    for item in items:
        if item.finish_ms - item.start_ms != item.out_point_ms - item.in_point_ms or item.in_point_ms < 0:
            yield f"in and out points at {to_iso(item.start_ms)} do not match the time on air"
        if item.media_id is not None and item.out_point_ms > durations[item.media_id]:
            yield f"`{item.media_id}` at {to_iso(item.start_ms)} plays beyond its end"


def _covered(rows: Rows) -> Iterator[str]:
    listed = {programme.id: programme for programme in rows.programmes}
    for item in rows.items:
        programme = listed.get(item.programme_id or "")
        if programme is None or not programme.start_ms <= item.start_ms < programme.finish_ms:
            yield f"the item at {to_iso(item.start_ms)} is not in the programme that it names"


def _fixed_starts(placed: Sequence[Run], wall: WallClock) -> Iterator[str]:
    before = None
    for row in placed:
        feature, before_feature, before = row.feature, before, row.feature
        if feature is None or feature is before_feature or feature.fixed_start_ms is None:
            continue
        due = wall.at(wall.day_of(row.start_ms), feature.fixed_start_ms).ms
        if row.start_ms != due:
            yield f"a fixed start due at {to_iso(due)} is at {to_iso(row.start_ms)}"
