"""A channel's calendar: which schedule a broadcast day has, where that changes, and its one-off appointments.

Owns no time of its own: it answers questions about days and instants, and scheduling asks. How rules are
compared is days.py's.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import NamedTuple, Protocol

from compiler.lower.days import Ruled, choose, chosen, fitting, ranked
from compiler.lower.wall import Instant, WallClock
from compiler.station import CalendarRule, Event, Origin, Schedule, StationChannel
from exstv import codes
from exstv.diagnostics import Diagnostic
from exstv.units import format_time_of_day

FURTHEST_DAYS = 400
"""How far ahead a change of schedules is looked for: longer than a year, in which every rule has its days."""

FURTHEST_YEARS = 8
"""How far ahead an event is looked for: around 2100 as many years lie between two leap days."""


class Booking(NamedTuple):
    """An event at its instant."""

    start: Instant
    event: Event


class _Written(Ruled, Protocol):
    @property
    def origin(self) -> Origin: ...


@dataclass(frozen=True, eq=False)
class Calendar:
    """What one channel does on which day. Answers are kept, as scheduling asks the same again and again."""

    channel: StationChannel
    wall: WallClock
    _ranked: tuple[CalendarRule, ...] = field(init=False, repr=False)
    _rules: dict[int, CalendarRule | None] = field(default_factory=dict, repr=False)
    _changes: dict[int, int | None] = field(default_factory=dict, repr=False)
    _bookings: dict[int, list[Booking]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ranked", ranked(self.channel.calendar))

    def rule_of(self, day: int) -> CalendarRule | None:
        """The rule that a broadcast day follows; None: the channel's own schedule."""
        if day not in self._rules:
            self._rules[day] = choose(self._ranked, day)
        return self._rules[day]

    def schedule_of(self, day: int) -> Schedule:
        """The schedule of a broadcast day."""
        rule = self.rule_of(day)
        return self.channel.schedule if rule is None else rule.schedule

    def boundary(self, at_ms: int) -> int | None:
        """The next start of a day with another schedule, after an instant; None: none in `FURTHEST_DAYS`."""
        if not self.channel.calendar:
            return None
        day = self.wall.day_of(at_ms)
        if day not in self._changes:
            change = self._next_change(day)
            # The same answer for every day up to it; without one, tomorrow looks a day further.
            for each in range(day, change or day + 1):
                self._changes[each] = change
        change = self._changes[day]
        return None if change is None else self.wall.day_start(change)

    def next_event(self, after_ms: int) -> Booking | None:
        """The first event that starts after an instant; None: there is none within `FURTHEST_YEARS`."""
        if not self.channel.events:
            return None
        year = date.fromordinal(self.wall.day_of(after_ms)).year
        for each in range(year, year + FURTHEST_YEARS + 1):
            bookings = self._of_year(each)
            index = bisect_left(bookings, after_ms + 1, key=lambda booking: booking.start.ms)
            if index < len(bookings):
                return self._last_written(bookings, index)
        return None

    def event_at(self, at_ms: int) -> Booking | None:
        """The event that starts at an instant."""
        found = self.next_event(at_ms - 1)
        return found if found is not None and found.start.ms == at_ms else None

    def _next_change(self, day: int) -> int | None:
        name = self.schedule_of(day).name
        for each in range(day + 1, day + FURTHEST_DAYS + 1):
            # A day that the zone left out has no time in which it could be different.
            if self.schedule_of(each).name != name and self.wall.day_start(each) < self.wall.day_start(
                each + 1
            ):
                return each
        return None

    def _of_year(self, year: int) -> list[Booking]:
        """The events of the broadcast days of a year, in order."""
        found = self._bookings.get(year)
        if found is None:
            found = [
                Booking(self.wall.at(day, event.entry.start_ms or 0), event)
                for event in self.channel.events
                if (day := _day_in(event.date, year)) is not None
            ]
            found.sort(key=lambda booking: (booking.start.ms, *self._place(booking.event)))
            self._bookings[year] = found
        return found

    def _place(self, event: Event) -> tuple[int, int, bool, int]:
        """Where its start stands in a year as written, without what the clock does."""
        start = event.entry.start_ms or 0
        return (*event.date[1:], start < self.wall.broadcast_day_ms, start)

    def _last_written(self, bookings: list[Booking], index: int) -> Booking:
        """Where a change of the clock lets two events start at once, the one written for the later time."""
        while index + 1 < len(bookings) and bookings[index + 1].start.ms == bookings[index].start.ms:
            index += 1
        return bookings[index]


def check_calendar(channel: StationChannel) -> list[Diagnostic]:
    """What is wrong with a channel's calendar and events."""
    return [*never_chosen(channel.calendar), *_collisions(channel.events)]


def never_chosen(rules: Sequence[_Written]) -> Iterator[Diagnostic]:
    """Rules that no day follows: none fits, or other rules are chosen on all that do."""
    for rule, days in zip(rules, chosen(rules), strict=True):
        if days:
            continue
        if fitting(rule.rule):
            help = "the rule that fits fewer days is chosen, of equals the one with the higher `priority`"
            yield codes.RULE_NEVER_CHOSEN.at(rule.origin, help=help)
        else:
            yield codes.NO_DAY_FITS.at(rule.origin)


def _collisions(events: Sequence[Event]) -> Iterator[Diagnostic]:
    by_start: defaultdict[tuple[int, int, int | None], list[Event]] = defaultdict(list)
    for event in events:
        by_start[event.date[1], event.date[2], event.entry.start_ms].append(event)
    for (month, day, start_ms), equals in by_start.items():
        for first, second in combinations(equals, 2):
            years = {event.date[0] for event in (first, second)} - {0}
            if len(years) < 2:
                year = f"{years.pop():04}-" if years else ""
                yield codes.EVENTS_COLLIDE.at(
                    second.entry.origin,
                    also=((first.entry.origin, "and so does this one"),),
                    time=format_time_of_day(start_ms or 0),
                    date=f"{year}{month:02}-{day:02}",
                )


def _day_in(written: tuple[int, int, int], year: int) -> int | None:
    """The ordinal of an event's date in a year, if it has one there."""
    own, month, day = written
    if own not in (0, year) or day > monthrange(year, month)[1]:
        return None
    return date(year, month, day).toordinal()
