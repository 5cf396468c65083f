"""Lowers an external list: each programme is an appointment at its own instants, none between them.

Owns when a list that repeats stands again. Reading the list is resolve's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from compiler.lower.rundown import Appointment, Block, Grid, Occurrence, Over, Segment
from compiler.lower.wall import WallClock
from compiler.station import Content, ExternalProgramme, ExternalSchedule, Mode, Order, Tail
from exstv.catalog.model import MediaItem
from exstv.clock import to_iso


def lower_external(schedule: ExternalSchedule) -> Grid:
    """The rundown of an external list."""
    contents: dict[str, Content] = {}
    appointments = tuple(_appointment(schedule, programme, contents) for programme in schedule.programmes)
    plan = ExternalPlan(schedule.programmes, appointments, schedule.period_ms)
    return Grid(schedule.name, plan, appointments, schedule.origin, schedule.look.filler)


def _appointment(
    schedule: ExternalSchedule, programme: ExternalProgramme, contents: dict[str, Content]
) -> Appointment:
    look = schedule.look if programme.title is None else replace(schedule.look, title=programme.title)
    # By its time, not by its place: that changes with every programme before it.
    identity = f"{schedule.name}@{to_iso(programme.start_ms)}"
    length = programme.finish_ms - programme.start_ms
    content = None if programme.item is None else _content(schedule, programme.item, contents)
    body = Block(
        identity=identity,
        content=content,
        # Off air has a length and no content, so that all of it is what follows the content.
        mode=Mode.DURATION if content is None else Mode.ONE,
        look=look,
        origin=schedule.origin,
        duration_ms=length if content is None else 0,
        over=Over.CUT,
        tail=Tail.OFFLINE if content is None else Tail.FILLER,
        in_point_ms=programme.in_point_ms,
    )
    return Appointment(identity, body, look, schedule.origin, Over.CUT)


def _content(schedule: ExternalSchedule, item: MediaItem, contents: dict[str, Content]) -> Content:
    """One item as a content. Nothing is remembered of it but that it played, so a cursor an item will do."""
    found = contents.get(item.id)
    if found is None:
        cursor = f"{schedule.name}/{item.id}"
        found = Content(schedule.name, (item,), Order.LISTED, cursor, schedule.origin)
        contents[item.id] = found
    return found


@dataclass(frozen=True, eq=False)
class ExternalPlan:
    """Programmes at instants, in order, each with the appointment of the same index."""

    programmes: tuple[ExternalProgramme, ...]
    appointments: tuple[Appointment, ...]
    period_ms: int

    def segments(self, wall: WallClock, day: int) -> tuple[Segment, ...]:
        """The whole broadcast day, in order and without gap."""
        now, finish = wall.day_start(day), wall.day_start(day + 1)
        found: list[Segment] = []
        for occurrence in self._from(now):
            if occurrence.start_ms >= finish:
                break
            if occurrence.start_ms > now:
                found.append(Segment(now, occurrence.start_ms, None))
            start = max(occurrence.start_ms, now)
            now = min(occurrence.finish_ms, finish)
            found.append(Segment(start, now, occurrence))
        if now < finish:
            found.append(Segment(now, finish, None))
        return tuple(found)

    def _from(self, at_ms: int) -> Iterator[Occurrence]:
        """What is on at an instant and all that follows, without end where the list repeats."""
        if not self.programmes:
            return
        first = self.programmes[0].start_ms
        shift = (at_ms - first) // self.period_ms * self.period_ms if self.period_ms else 0
        index = bisect_right(self.programmes, at_ms - shift, key=lambda programme: programme.finish_ms)
        while True:
            for programme, appointment in zip(
                self.programmes[index:], self.appointments[index:], strict=True
            ):
                yield Occurrence(appointment, programme.start_ms + shift, programme.finish_ms + shift)
            if not self.period_ms:
                return
            index = 0
            shift += self.period_ms
