"""Grids, mixes and events in short, and what they put on air: lines such as `06:00 cards:news`."""

from __future__ import annotations

from typing import Any

from grids import media, origin
from promises import runs_of

from compiler.lower.wall import WallClock
from compiler.station import (
    PLAIN,
    Content,
    Entry,
    Event,
    FillerSet,
    LoopSchedule,
    Mode,
    Order,
    Schedule,
    StationChannel,
)
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic
from exstv.units import MINUTE_MS, parse_time_of_day

NOW = "2026-03-06T12:00Z"
"""A Friday."""


def plays(name: str, *minutes: float) -> Content:
    """Media `name0`, `name1`, … of so many minutes, in that order."""
    items = tuple(media(f"{name}{n}", int(length * MINUTE_MS)) for n, length in enumerate(minutes))
    return Content(name, items, Order.LISTED, name, origin(1, name))


def entry(content: Content, mode: Mode = Mode.ONE, start: str | None = None, **facts: Any) -> Entry:
    at = None if start is None else parse_time_of_day(start)
    name = content.collection
    return Entry(name, content, mode, PLAIN, origin(1, name), start_ms=at, **facts)


def loop(*entries: Entry, name: str = "loop", **facts: Any) -> LoopSchedule:
    return LoopSchedule(name, entries, origin(1, name), **facts)


def channel(schedule: Schedule, zone: str = "UTC", **facts: Any) -> StationChannel:
    here = origin(1, "one")
    return StationChannel("one", "1", "One", "one.test", zone, schedule, FillerSet(), "hd", here, **facts)


def event(content: Content, start: str, mode: Mode = Mode.ONE, **facts: Any) -> Event:
    """On the Friday of `NOW`."""
    return Event((2026, 3, 6), entry(content, mode, start, **facts))


def on_air(
    schedule: Schedule | StationChannel, hours: float = 24, now: str = NOW
) -> tuple[list[str], list[Diagnostic]]:
    """`06:00 news0` for each run from the day's start on, `-` for what fills time, and what was found."""
    one = schedule if isinstance(schedule, StationChannel) else channel(schedule)
    wall = WallClock(one.timezone, 6 * 60 * MINUTE_MS)
    runs, found = runs_of(one, from_iso(now), 2)
    until = runs[0].start_ms + hours * 60 * MINUTE_MS
    lines: list[str] = []
    for run in runs:
        item = run.feature.item if run.feature else None
        name = item.title if item else "off air" if run.feature else "-"
        line = f"{wall.local(run.start_ms):%H:%M} {name}"
        if run.start_ms < until and not (name == "-" and lines and lines[-1].endswith(" -")):
            lines.append(line)
    return lines, found
