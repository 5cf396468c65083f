"""Plays a grid: whatever appointment covers the instant, up to its end.

`grid:GRID`   [appointment, its start ms, phase, items left]: the occurrence that last had its turn. Its start
              may be still to come: with `padding: next` it began early.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Protocol

from compiler.lower.rundown import Appointment, Block, Grid, Loop, Occurrence, Rundown, Segment
from compiler.schedule.placed import Feature, Part
from compiler.schedule.room import OPEN, Room
from compiler.schedule.transmission import Bounds, Group, Idle, Transmission
from compiler.station import FillerSet, Padding, Show, Tail
from exstv.units import DAY_MS

# As in room.py: a member that is asked for at every decision is looked for once.
_BLOCK = Show.BLOCK
_OFFLINE = Tail.OFFLINE
_UNPADDED = Padding.NONE
_PADDED_BY_LOOP = Padding.LOOP
_PADDED_BY_NEXT = Padding.NEXT

_FURTHEST_MS = 8 * DAY_MS
"""How far ahead the end of a segment is looked for: no slot lasts longer than a week."""

CONTENT, LOOPED, PADDED = 0, 1, 2
"""It plays what it was asked for; more of it, with `padding: loop`; filler."""


class Player(Protocol):
    """What plays a rundown."""

    def step(self, bounds: Bounds) -> Idle | None:
        """Places one thing and gives None, or tells until when it has nothing to place."""
        ...


class GridPlayer:
    """One grid of one channel. `player_of` gives the player of a rundown inside it."""

    def __init__(
        self, grid: Grid, air: Transmission, chain: str, player_of: Callable[[Rundown, str], Player]
    ) -> None:
        self._grid = grid
        self._air = air
        self._chain = chain
        self._player_of = player_of
        self._key = f"grid:{grid.name}"
        self._chains = {id(each): f"{chain} › {each.origin.name}" for each in grid.appointments}
        self._days: dict[int, tuple[Segment, ...]] = {}
        self._found = (Segment(0, 0, None), Segment(0, 0, None))
        """The segments that were looked for last."""
        self._ahead: Iterator[Segment] = iter(())
        """The segments of the day that follow the last one found, but for the day's last."""
        self._around: tuple[Segment | None, Bounds | None, Room] = (None, None, OPEN)
        """The room of a segment as it was asked for last."""

    def step(self, bounds: Bounds) -> Idle | None:
        """Places one thing and gives None, or tells until when it has nothing to place."""
        segment = self._current()
        if segment.occurrence is None:
            return Idle(segment.finish_ms, self._grid.filler, self._grid.origin, self._chain)
        self._enter(segment.occurrence)
        while True:
            occurrence = segment.occurrence
            assert occurrence is not None
            idle = self._play(occurrence.appointment, segment, bounds)
            if idle is None:
                return None
            following = self._after(segment) if self._ends_early(occurrence, idle, segment) else None
            if following is None or following.occurrence is None:
                return idle
            segment = following
            self._enter(following.occurrence)

    def _play(self, appointment: Appointment, segment: Segment, bounds: Bounds) -> Idle | None:
        room = self._room_around(appointment, segment, bounds)
        chain = self._chains[id(appointment)]
        group = bounds.group or self._group(appointment, segment)
        body = appointment.body
        if isinstance(body, Block):
            return self._block(body, appointment, room, group, segment.finish_ms)
        idle = self._player_of(body, chain).step(Bounds(room, group=group))
        if idle is None:
            return None
        return self._padding(appointment, idle.filler, min(idle.until_ms, room.edge_ms), idle.chain)

    def _room_around(self, appointment: Appointment, segment: Segment, bounds: Bounds) -> Room:
        known_segment, known_bounds, room = self._around
        if known_segment is not segment or known_bounds is not bounds:
            end, over = min(segment.finish_ms, bounds.soft_ms), appointment.over
            room = bounds.room.within(end, over, appointment.max_late_ms)
            room = room.before_strict(bounds.strict_ms, over)
            self._around = (segment, bounds, room)
        return room

    def _block(
        self, body: Block, appointment: Appointment, room: Room, group: Group | None, end_ms: int
    ) -> Idle | None:
        name, start, phase, left = self._air.state.get(self._key)
        chain = self._chains[id(appointment)]
        if body.tail is _OFFLINE:
            dark = Part(None, 0, min(room.edge_ms, end_ms) - self._air.now, None, body.origin)
            self._air.put((dark,), dark.length_ms, Feature(None), chain)
            return None
        if phase != PADDED and left != 0:
            drawn = self._air.draw(body, room)
            if drawn is not None:
                self._air.state.set(self._key, [name, start, phase, None if left is None else left - 1])
                self._air.place(body, drawn, group, chain)
                return None
        if left == 0 and appointment.padding is _PADDED_BY_LOOP:
            self._air.state.set(self._key, [name, start, LOOPED, None])
            return self._block(body, appointment, room, group, end_ms)
        if room.edge_ms >= end_ms:
            # Nothing but its own end was in the way: the content is over.
            self._air.state.set(self._key, [name, start, PADDED, 0])
        return self._padding(appointment, body.look.filler, room.edge_ms, chain)

    def _padding(self, appointment: Appointment, filler: FillerSet, until_ms: int, chain: str) -> Idle:
        if appointment.padding is _UNPADDED:
            filler = FillerSet(fallback=filler.fallback)
        return Idle(until_ms, filler, appointment.origin, chain)

    def _ends_early(self, occurrence: Occurrence, idle: Idle, segment: Segment) -> bool:
        if occurrence.appointment.padding is not _PADDED_BY_NEXT or idle.until_ms < segment.finish_ms:
            return False
        # A grid that is a whole day ahead of its times has nothing left to begin early.
        return segment.start_ms - self._air.now < DAY_MS

    def _group(self, appointment: Appointment, segment: Segment) -> Group | None:
        if appointment.look.show is not _BLOCK or segment.occurrence is None:
            return None
        key = f"{self._chain}\x1f{appointment.identity}\x1f{segment.occurrence.start_ms}"
        return Group(key, appointment.look.title or appointment.origin.name)

    def _enter(self, occurrence: Occurrence) -> None:
        """Begins an occurrence where it is another than the last."""
        appointment, state = occurrence.appointment, self._air.state
        entry = state.get(self._key)
        if entry is not None and entry[1] == occurrence.start_ms and entry[0] == appointment.identity:
            return
        if entry is not None:
            self._note_skipped(entry[1], occurrence.start_ms)
        self._air.findings.irregular_occurrence(occurrence, self._air.wall)
        body = appointment.body
        left = self._air.items_of(body) if isinstance(body, Block) else None
        if isinstance(body, Loop) and body.once:
            state.set(f"loop:{body.name}", None)
        state.set(self._key, [appointment.identity, occurrence.start_ms, CONTENT, left])

    def _note_skipped(self, before_ms: int, start_ms: int) -> None:
        """Notes the occurrences between two that had no instant of their own."""
        if start_ms - before_ms > DAY_MS or start_ms > self._air.now:
            return
        last = self._segment(start_ms - 1).occurrence
        if last is not None and last.start_ms == before_ms:
            return
        segment = self._segment(before_ms)
        while segment is not None and segment.start_ms < start_ms:
            other = segment.occurrence
            if other is not None and before_ms < other.start_ms < start_ms:
                self._air.findings.skipped(other, self._air.wall)
            segment = self._after(segment)

    def _current(self) -> Segment:
        """The segment that has its turn: the one of this instant, or one that began early."""
        entry, now = self._air.state.get(self._key), self._air.now
        if entry is not None and entry[1] > now:
            early = self._segment(entry[1])
            if early.occurrence is not None and early.occurrence.appointment.identity == entry[0]:
                return early
        return self._segment(now)

    def _segment(self, at_ms: int) -> Segment:
        """The segment at an instant, whole where a broadcast day's edge cuts it."""
        for known in self._found:
            if known.start_ms <= at_ms < known.finish_ms:
                return known
        # Nearly always the next one.
        following = next(self._ahead, None)
        if following is not None and following.start_ms <= at_ms < following.finish_ms:
            self._found = (following, self._found[0])
            return following
        return self._search(at_ms)

    def _search(self, at_ms: int) -> Segment:
        day = self._air.wall.day_of(at_ms)
        segments = self._on(day)
        place = bisect_right(segments, at_ms, key=_start)
        found, finish = segments[place - 1], segments[-1].finish_ms
        # The last of a day may go on in the next one.
        self._ahead = iter(segments[place:-1])
        while found.finish_ms == finish and finish - at_ms < _FURTHEST_MS:
            day += 1
            # A day that the zone left out has no time.
            following = next(iter(self._on(day)), None)
            if following is not None and not _is_same(found, following):
                break
            if following is not None:
                found, finish = found._replace(finish_ms=following.finish_ms), self._on(day)[-1].finish_ms
        if found.finish_ms - at_ms < _FURTHEST_MS:
            # The end of one that has none so near depends on where it is looked from.
            self._found = (found, self._found[0])
        return found

    def _after(self, segment: Segment) -> Segment:
        return self._segment(segment.finish_ms)

    def _on(self, day: int) -> tuple[Segment, ...]:
        found = self._days.get(day)
        if found is None:
            if len(self._days) > 16:
                self._days.clear()
            found = self._days[day] = self._grid.plan.segments(self._air.wall, day)
        return found


def _start(segment: Segment) -> int:
    return segment.start_ms


def _is_same(segment: Segment, following: Segment) -> bool:
    one, other = segment.occurrence, following.occurrence
    if one is None or other is None:
        return one is other
    return one.appointment is other.appointment and one.start_ms == other.start_ms
