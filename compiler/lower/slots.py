"""Lowers a weekly grid: each slot is an appointment on its days, up to the next slot or for its duration.

Owns when slots begin and end; who wins where they overlap is grid.py's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import NamedTuple

from compiler.lower.grid import Candidate, RotaPlan, place_in_day, reach_of
from compiler.lower.rundown import Appointment, Block, Grid, Occurrence, Over, Rundown
from compiler.lower.wall import WallClock
from compiler.station import Flex, Mode, Schedule, Slot, SlotsSchedule
from exstv import codes
from exstv.days import WEEKDAYS
from exstv.diagnostics import Diagnostic
from exstv.units import DAY_MS, format_time_of_day

_SOME_WEEK = date(2001, 1, 1).toordinal()

LowerSchedule = Callable[[Schedule], tuple[Rundown, list[Diagnostic]]]
"""Lowers a schedule that a slot plays."""

_OVER = {Flex.NONE: Over.CUT, Flex.EXTEND: Over.EXTEND, Flex.COMPRESS: Over.COMPRESS}


def lower_slots(
    schedule: SlotsSchedule, broadcast_day_ms: int, lower: LowerSchedule
) -> tuple[Grid, list[Diagnostic]]:
    """The rundown of a weekly grid."""
    found = list(_collisions(schedule.slots))
    appointments: list[Appointment] = []
    for slot in schedule.slots:
        body, inner = _body(slot, lower)
        found += inner
        appointments.append(_appointment(slot, body))
    plan = RotaPlan(_rota(schedule.slots, appointments, broadcast_day_ms))
    grid = Grid(schedule.name, plan, tuple(appointments), schedule.origin, schedule.filler)
    if not found and any(slot.priority or slot.duration_ms for slot in schedule.slots):
        found += _never_on(schedule.slots, grid, broadcast_day_ms)
    return grid, found


def _body(slot: Slot, lower: LowerSchedule) -> tuple[Block | Rundown, list[Diagnostic]]:
    if slot.schedule is not None:
        return lower(slot.schedule)
    block = Block(
        identity=slot.identity,
        content=slot.content,
        mode=slot.mode,
        look=slot.look,
        origin=slot.origin,
        count=1 if slot.mode is Mode.ONE else slot.count,
        over=_OVER[slot.flex],
        max_late_ms=slot.max_late_ms,
    )
    return block, []


def _appointment(slot: Slot, body: Block | Rundown) -> Appointment:
    return Appointment(
        identity=slot.identity,
        body=body,
        look=slot.look,
        origin=slot.origin,
        over=_OVER[slot.flex],
        padding=slot.padding,
        max_late_ms=slot.max_late_ms,
    )


class _Start(NamedTuple):
    """A slot on a weekday: when it begins, and what ends it."""

    appointment: Appointment
    against_priority: int
    time_of_day_ms: int
    place_ms: int
    duration_ms: int | None
    end: tuple[int, int]
    """Days on, and a time of day: the next slot's start, for one with a duration its own next start."""


@dataclass(frozen=True, eq=False)
class SlotRota:
    """Says which slots begin on a day: `week` has the starts of each weekday in order."""

    week: tuple[tuple[_Start, ...], ...]
    reach_days: int

    def beginning(self, wall: WallClock, day: int) -> tuple[Candidate, ...]:
        """What begins on a broadcast day, in order of start; in a skipped hour some of it takes no time."""
        found: list[Candidate] = []
        for start in self.week[date.fromordinal(day).weekday()]:
            begin = wall.at(day, start.time_of_day_ms)
            finish = wall.at(day + start.end[0], start.end[1]).ms
            if start.duration_ms is not None:
                finish = min(finish, begin.ms + start.duration_ms)
            occurrence = Occurrence(start.appointment, begin.ms, finish, begin.irregular)
            written = -(day * DAY_MS + start.place_ms)
            found.append(Candidate(start.against_priority, -begin.ms, written, occurrence))
        return tuple(found)


def _rota(slots: Sequence[Slot], appointments: Sequence[Appointment], broadcast_day_ms: int) -> SlotRota:
    places = [place_in_day(slot.start_ms, broadcast_day_ms) for slot in slots]
    times = dict(zip(places, (slot.start_ms for slot in slots), strict=True))
    every = sorted(
        {day * DAY_MS + place for slot, place in zip(slots, places, strict=True) for day in slot.days}
    )
    week: list[list[_Start]] = [[] for _ in WEEKDAYS]
    for slot, appointment, place in zip(slots, appointments, places, strict=True):
        own = sorted(day * DAY_MS + place for day in slot.days)
        for day in slot.days:
            after = _after(every if slot.duration_ms is None else own, day * DAY_MS + place)
            end = (after // DAY_MS - day, times[after % DAY_MS])
            start = _Start(appointment, -slot.priority, slot.start_ms, place, slot.duration_ms, end)
            week[day].append(start)
    starts = tuple(tuple(sorted(day, key=lambda start: start.place_ms)) for day in week)
    return SlotRota(starts, max((_reach(start) for day in starts for start in day), default=0))


def _reach(start: _Start) -> int:
    return start.end[0] if start.duration_ms is None else min(start.end[0], reach_of(start.duration_ms))


def _after(places: list[int], place: int) -> int:
    """The next of these places in the week, or the first one a week later."""
    index = bisect_right(places, place)
    return places[index] if index < len(places) else places[0] + 7 * DAY_MS


def _collisions(slots: tuple[Slot, ...]) -> Iterator[Diagnostic]:
    by_start: defaultdict[tuple[int, int], list[Slot]] = defaultdict(list)
    for slot in slots:
        by_start[slot.start_ms, slot.priority].append(slot)
    for (start_ms, _), equals in by_start.items():
        for first, second in combinations(equals, 2):
            if both := first.days & second.days:
                days = ", ".join(WEEKDAYS[day] for day in sorted(both)) if len(both) < 7 else "every day"
                yield codes.SLOTS_COLLIDE.at(
                    second.origin,
                    also=((first.origin, "and so does this one"),),
                    help="give one of them other days, another start or a `priority`",
                    time=format_time_of_day(start_ms),
                    days=days,
                )


def _never_on(slots: tuple[Slot, ...], grid: Grid, broadcast_day_ms: int) -> Iterator[Diagnostic]:
    """Slots that others cover whole, all week: told by a week in a zone where the clock never changes."""
    wall = WallClock("UTC", broadcast_day_ms)
    days = range(_SOME_WEEK, _SOME_WEEK + 7)
    week = [segment for day in days for segment in grid.plan.segments(wall, day)]
    on = {segment.occurrence.appointment.identity for segment in week if segment.occurrence}
    for slot in slots:
        if slot.identity not in on:
            yield codes.SLOT_NEVER_ON.at(slot.origin, name=slot.origin.name)
