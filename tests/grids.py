"""Schedules in short, and who is on at an instant: for the tests of grids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from compiler.lower.rundown import Grid, Occurrence, Segment
from compiler.lower.wall import WallClock
from compiler.station import (
    PLAIN,
    Content,
    DayBlock,
    Entry,
    Mode,
    Order,
    Origin,
    Placement,
    Slot,
    SlotsSchedule,
)
from exstv.catalog.model import MediaItem
from exstv.clock import from_iso
from exstv.diagnostics import Span
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS, parse_time_of_day

DAILY = frozenset(range(7))
SIX = 6 * HOUR_MS

CHANGES = [
    ("UTC", "2026-01-01T00:00Z"),
    ("Europe/Amsterdam", "2026-03-29T01:00Z"),
    ("Europe/Amsterdam", "2026-10-25T01:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00Z"),
    ("America/Sao_Paulo", "2019-02-17T02:00Z"),
    ("America/St_Johns", "2011-11-06T02:31Z"),
    ("Africa/Cairo", "2026-04-23T22:00Z"),
    ("Africa/Cairo", "2026-10-29T21:00Z"),
    ("Asia/Beirut", "2026-10-24T21:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ("Pacific/Apia", "2011-12-30T10:00Z"),
]
"""Zones with an instant at which their clocks change."""

QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 15 * MINUTE_MS)
WALLS = st.tuples(st.sampled_from(CHANGES), QUARTERS).map(lambda pair: WallClock(pair[0][0], pair[1]))


def origin(line: int, name: str = "") -> Origin:
    return Origin(Span("station.yaml", line, 1, line, 2), name)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def change_day(wall: WallClock) -> int:
    """The broadcast day of a change of the zone's clock."""
    return wall.day_of(from_iso(dict(reversed(CHANGES))[wall.timezone]))


def media(name: str, duration_ms: int = 30 * MINUTE_MS) -> MediaItem:
    return MediaItem(
        id=f"cards:{name}", source="cards", kind="clip", title=name, locator=name, duration_ms=duration_ms
    )


def content(*names: str) -> Content:
    items = tuple(media(name) for name in names)
    return Content("cards", items, Order.LISTED, f"cards/{names}", origin(1))


def slot(name: str, start: str, days: Iterable[int] = DAILY, **facts: Any) -> Slot:
    facts = {"content": content(name), **facts}
    return Slot(
        name, frozenset(days), parse_time_of_day(start), PLAIN, origin(sum(map(ord, name)), name), **facts
    )


def slots(*listed: Slot) -> SlotsSchedule:
    return SlotsSchedule("week", listed, origin(1, "week"))


def entry(name: str, mode: Mode = Mode.FIT, **facts: Any) -> Entry:
    return Entry(name, content(name), mode, PLAIN, origin(2, name), **facts)


def block(name: str, hours: float, *entries: Entry, **facts: Any) -> DayBlock:
    listed = entries or (entry(name),)
    return DayBlock(name, int(hours * HOUR_MS), listed, PLAIN, origin(3, name), **facts)


def place(line: int, at: str, placed: DayBlock) -> Placement:
    return Placement(parse_time_of_day(at), placed, origin(line, placed.name))


def shown(segments: Sequence[Segment], wall: WallClock) -> list[str]:
    """Each segment as `06:00 news`, at the local time of its start."""
    names = (each.occurrence.appointment.identity if each.occurrence else "-" for each in segments)
    return [f"{wall.local(each.start_ms):%H:%M} {name}" for each, name in zip(segments, names, strict=True)]


def tiles(grid: Grid, wall: WallClock, days: Sequence[int]) -> list[Segment]:
    """The segments of days that follow each other, which must fill each day exactly."""
    found: list[Segment] = []
    for each in days:
        segments = grid.plan.segments(wall, each)
        now = wall.day_start(each)
        for segment in segments:
            assert segment.start_ms == now < segment.finish_ms
            now = segment.finish_ms
        assert now == wall.day_start(each + 1)
        found += segments
    return found


def agree(segments: Sequence[Segment]) -> None:
    """Wherever one occurrence is met again it is planned alike, and no stretch lies outside of it."""
    planned: dict[tuple[str, int], Occurrence] = {}
    for segment in segments:
        if segment.occurrence is not None:
            one = segment.occurrence
            assert one.start_ms <= segment.start_ms < segment.finish_ms <= one.finish_ms
            assert planned.setdefault((one.appointment.identity, one.start_ms), one) == one


def written_at(wall: WallClock, day: int, time_of_day_ms: int) -> int:
    """A start on the clock as written, whatever the clock does."""
    return (day + (time_of_day_ms < wall.broadcast_day_ms)) * DAY_MS + time_of_day_ms
