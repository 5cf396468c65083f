"""Proves what every timeline promises, whatever the scheduler believes: a failure here is our bug.

Nothing that fails is published. A user's mistake never comes this far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from compiler.lower.wall import WallClock
from compiler.schedule.placed import Run
from compiler.station import StationChannel
from exstv import codes
from exstv.clock import to_iso
from exstv.diagnostics import Diagnostic
from exstv.timeline.columns import NONE, ChannelRows, Column, ItemColumns, ProgrammeColumns

_NO_END = 2**62
"""The last instant of media without a duration: a live item lasts as long as its place."""


def verify(
    channel: StationChannel,
    rows: ChannelRows,
    placed: Sequence[Run],
    durations: Mapping[str, int | None],
    wall: WallClock,
) -> list[Diagnostic]:
    """What is wrong with a channel's rows; `durations` are those of the media by id, None for live ones."""
    broken = [
        *_continuous("playout item", rows.items),
        *_continuous("programme", rows.programmes),
        *_numbered(rows.items),
        *_points(rows, durations),
        *_listed(rows),
        *_fixed_starts(placed, wall),
    ]
    return [codes.INTERNAL.at(channel.origin, stage="verify", reason=reason) for reason in broken[:3]]


def _continuous(what: str, rows: ItemColumns | ProgrammeColumns) -> Iterator[str]:
    for at_ms in _first(rows.start_ms, rows.start_ms >= rows.finish_ms):
        yield f"a {what} at {to_iso(at_ms)} takes no time"
    before, after = rows.finish_ms[:-1], rows.start_ms[1:]
    for at_ms in _first(before, before < after):
        yield f"gap between {what}s at {to_iso(at_ms)}"
    for at_ms in _first(before, before > after):
        yield f"overlap between {what}s at {to_iso(at_ms)}"


def _numbered(items: ItemColumns) -> Iterator[str]:
    for at_ms in _first(items.start_ms[1:], np.diff(items.seq) != 1):
        yield f"the item at {to_iso(at_ms)} does not have the next number"


def _points(rows: ChannelRows, durations: Mapping[str, int | None]) -> Iterator[str]:
    items = rows.items
    length = items.finish_ms - items.start_ms
    wrong = (length != items.out_point_ms - items.in_point_ms) | (items.in_point_ms < 0)
    for at_ms in _first(items.start_ms, wrong):
        yield f"in and out points at {to_iso(at_ms)} do not match the time on air"
    # The code of nothing is −1, which picks the last.
    ends = [_NO_END if (known := durations[media]) is None else known for media in rows.media]
    beyond = items.out_point_ms > np.array([*ends, _NO_END], dtype=np.int64)[items.media]
    for place in np.flatnonzero(beyond)[:1].tolist():
        media = rows.media[items.media[place]]
        yield f"`{media}` at {to_iso(int(items.start_ms[place]))} plays beyond its end"


def _listed(rows: ChannelRows) -> Iterator[str]:
    items, programmes = rows.items, rows.programmes
    outside = items.programme == NONE
    if len(programmes):
        starts, finishes = programmes.start_ms[items.programme], programmes.finish_ms[items.programme]
        outside |= (items.start_ms < starts) | (items.start_ms >= finishes)
    for at_ms in _first(items.start_ms, outside):
        yield f"the item at {to_iso(at_ms)} is not in the programme that it names"
    for at_ms in _first(items.start_ms[1:], np.diff(items.programme) < 0):
        yield f"the item at {to_iso(at_ms)} goes back to an earlier programme"


def _fixed_starts(placed: Sequence[Run], wall: WallClock) -> Iterator[str]:
    before = None
    for run in placed:
        feature = run.feature
        if feature is not before and feature is not None and feature.fixed_start_ms is not None:
            due = wall.at(wall.day_of(run.start_ms), feature.fixed_start_ms).ms
            if run.start_ms != due:
                yield f"a fixed start due at {to_iso(due)} is at {to_iso(run.start_ms)}"
        before = feature


def _first(instants: Column, where: Column) -> list[int]:
    """The first instant at which something is wrong, if there is one: the others are seldom news."""
    found: list[int] = instants[where][:1].tolist()
    return found
