"""The guide as a table: channels down, hours across, each cell as wide as what is in it is long. Pure.

A cell is never too narrow to be read: programmes of a few minutes share one, under each other, each with its
time. The window begins at a half hour of the station's clock. guide.py reads the rows, guide.html.j2 lays
them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from exstv.clock import to_iso, to_ms, to_utc
from exstv.timeline.model import Channel, Programme, ProgrammeKind
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS
from runtime.routes.words import clock_words, number_words

WINDOW_MS = 4 * HOUR_MS
UNIT_MS = 5 * MINUTE_MS
"""Width of the table's finest column: cells begin and end at the nearest one."""
UNITS = WINDOW_MS // UNIT_MS
LEAST_MS = 30 * MINUTE_MS
"""Width of the narrowest cell, unless the window holds no more of it."""
HALF = 30
STEP_MS = HALF * MINUTE_MS
LITTLE_MS = 15 * MINUTE_MS
"""What was on so short a while ago is shown, too, if nothing else is asked for."""
OVER, NOW = "over", "now"
FURTHEST_MS = 50 * 366 * DAY_MS
"""Beyond this from now no timeline is."""
MOST_DAYS = 31
"""Days that are offered at once, those around the one that is shown."""


class Entry(msgspec.Struct, frozen=True):
    """One programme in a cell. `at` is an instant in it, for the page that explains it."""

    start: str
    title: str
    detail: str
    at: str
    look: str
    """`over` or `now`, and `quiet` for filler and off air."""


class Cell(msgspec.Struct, frozen=True):
    """Programmes that follow each other; none where nothing is planned. `span` is in units."""

    span: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Row:
    """One channel's window."""

    channel: Channel
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Day:
    """A day that can be gone to, at the hour that is shown; `at` is its address."""

    name: str
    at: str
    shown: bool


@dataclass(frozen=True)
class Window:
    """What part of the timeline the guide shows."""

    start_ms: int
    now_ms: int
    zone: ZoneInfo

    @property
    def finish_ms(self) -> int:
        """The first instant that is not shown."""
        return self.start_ms + WINDOW_MS

    @property
    def marks(self) -> list[str]:
        """The clock at every half hour."""
        return [clock_words(at, self.zone) for at in range(self.start_ms, self.finish_ms, STEP_MS)]

    @property
    def now_unit(self) -> float | None:
        """Where the window's present is, in units; None where it is not in it."""
        if not self.start_ms <= self.now_ms < self.finish_ms:
            return None
        return round((self.now_ms - self.start_ms) / UNIT_MS, 2)


def window(at: str | None, now_ms: int, zone: ZoneInfo) -> Window:
    """The window that begins at a local time, `2026-12-25T20:00`; without one, a little before now.

    Raises ValueError.
    """
    if at is None:
        local = to_utc(now_ms - LITTLE_MS).astimezone(zone)
    else:
        moment = datetime.fromisoformat(at)
        local = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    # By the zone's own clock: some are a quarter of an hour off.
    begins = local.replace(minute=local.minute // HALF * HALF, second=0, microsecond=0)
    return Window(to_ms(begins), now_ms, zone)


def local_at(instant_ms: int, zone: ZoneInfo) -> str:
    """An instant as `window` reads it."""
    return to_utc(instant_ms).astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def days(shown: Window, start_ms: int, finish_ms: int) -> list[Day]:
    """The days that a timeline has, each at the hour that is shown: going there changes the day alone."""
    begins = to_utc(shown.start_ms).astimezone(shown.zone)
    first, last = (to_utc(at).astimezone(shown.zone).date() for at in (start_ms, finish_ms - 1))
    if (last - first).days >= MOST_DAYS:
        first = max(first, begins.date() - timedelta(days=MOST_DAYS // 2))
        last = min(last, first + timedelta(days=MOST_DAYS - 1))
    today = to_utc(shown.now_ms).astimezone(shown.zone).date()
    return [_day(first + timedelta(days=number), begins, today) for number in range((last - first).days + 1)]


def hours(shown: Window) -> list[Day]:
    """The windows of the day that is shown."""
    begins = to_utc(shown.start_ms).astimezone(shown.zone)
    every = WINDOW_MS // HOUR_MS
    return [
        Day(f"{hour:02}:00", f"{begins:%Y-%m-%d}T{hour:02}:00", hour == begins.hour and begins.minute == 0)
        for hour in range(0, 24, every)
    ]


def rows(channels: Sequence[Channel], programmes: Sequence[Programme], shown: Window) -> list[Row]:
    """A row for each channel, in their order; `programmes` are in order on each channel."""
    by_channel: dict[str, list[Programme]] = {channel.key: [] for channel in channels}
    for programme in programmes:
        by_channel[programme.channel].append(programme)
    return [Row(channel, tuple(_cells(by_channel[channel.key], shown))) for channel in channels]


def entry(programme: Programme, zone: ZoneInfo, now_ms: int) -> Entry:
    """A programme in words."""
    over, begun = programme.finish_ms <= now_ms, programme.start_ms <= now_ms
    quiet = "" if programme.kind is ProgrammeKind.PROGRAMME else " quiet"
    return Entry(
        start=clock_words(programme.start_ms, zone),
        title=programme.title,
        detail=" · ".join(part for part in (number_words(programme), programme.sub_title or "") if part),
        at=to_iso(programme.start_ms),
        look=(OVER if over else NOW if begun else "") + quiet,
    )


def _cells(programmes: Sequence[Programme], shown: Window) -> Iterator[Cell]:
    """Cells that fill the window: see the module for which programmes share one."""
    done = 0
    for start_ms, finish_ms, group in _groups(programmes, shown):
        start = max(_unit(start_ms, shown), done)
        if start >= UNITS:
            break
        if start > done:
            yield Cell(start - done, ())
        # Also what lasts a minute, with nothing planned around it, is shown.
        done = max(_unit(finish_ms, shown), start + 1)
        yield Cell(done - start, tuple(entry(each, shown.zone, shown.now_ms) for each in group))
    if done < UNITS:
        yield Cell(UNITS - done, ())


def _groups(programmes: Sequence[Programme], shown: Window) -> Iterator[tuple[int, int, Sequence[Programme]]]:
    """Programmes that share a cell, and from when to when it lasts."""
    group: list[Programme] = []
    for place, programme in enumerate(programmes):
        if group and programme.start_ms > group[-1].finish_ms:
            yield _bounds(group, shown)
            group = []
        group.append(programme)
        start_ms, finish_ms, _ = _bounds(group, shown)
        rest_ms = shown.finish_ms - finish_ms
        last = place + 1 == len(programmes)
        # What would be left for the last cell must be wide enough, too.
        if last or (finish_ms - start_ms >= LEAST_MS and rest_ms >= LEAST_MS):
            yield _bounds(group, shown)
            group = []


def _bounds(group: Sequence[Programme], shown: Window) -> tuple[int, int, Sequence[Programme]]:
    start_ms, finish_ms = group[0].start_ms, group[-1].finish_ms
    return max(start_ms, shown.start_ms), min(finish_ms, shown.finish_ms), tuple(group)


def _unit(instant_ms: int, shown: Window) -> int:
    return round((instant_ms - shown.start_ms) / UNIT_MS)


def _day(day: date, begins: datetime, today: date) -> Day:
    names = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
    name = names.get((day - today).days) or f"{day:%a} {day.day} {day:%b}"
    at = datetime.combine(day, time(begins.hour, begins.minute))
    return Day(name, f"{at:%Y-%m-%dT%H:%M}", day == begins.date())
