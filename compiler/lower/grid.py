"""What stands at each instant of a grid: occurrences that may overlap, told apart and cut into segments.

Owns the rule of who covers an instant: the highest priority, then the latest start; where a change of the
clock lets two begin at once, the one written for the later time. What occurs when is the business of
slots.py, blocks.py and external.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

from compiler.lower.rundown import Occurrence, Segment
from compiler.lower.wall import WallClock
from exstv.units import DAY_MS, HOUR_MS

_SHORTEST_DAY_MS = 22 * HOUR_MS
_KEPT_DAYS = 64


class Candidate(NamedTuple):
    """An occurrence, after what decides whether it covers another: compared from the left, the least wins."""

    against_priority: int
    against_start: int
    against_written: int
    """Minus the place of its start in the grid as written, in ms."""
    occurrence: Occurrence


class DayRota(Protocol):
    """Says what begins on a broadcast day."""

    @property
    def reach_days(self) -> int:
        """How many days after its own an occurrence can still go on."""
        ...

    def beginning(self, wall: WallClock, day: int) -> tuple[Candidate, ...]:
        """What begins on a broadcast day, in order of start; what takes no time covers nothing."""
        ...


@dataclass(frozen=True, eq=False)
class RotaPlan:
    """The plan of a grid whose days each have their own list of starts; keeps the lists of the last days."""

    rota: DayRota
    _kept: dict[tuple[str, int, int], tuple[Candidate, ...]] = field(default_factory=dict, repr=False)

    def segments(self, wall: WallClock, day: int) -> tuple[Segment, ...]:
        """The whole broadcast day, in order and without gap."""
        start = wall.day_start(day)
        finish = wall.day_start(day + 1)
        before = day - self.rota.reach_days
        going = [
            candidate
            for each in range(before, day)
            for candidate in self._beginning(wall, each)
            if candidate.occurrence.finish_ms > start
        ]
        return tile([*going, *self._beginning(wall, day)], start, finish)

    def _beginning(self, wall: WallClock, day: int) -> tuple[Candidate, ...]:
        key = (wall.timezone, wall.broadcast_day_ms, day)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _KEPT_DAYS:
                self._kept.clear()
            found = self._kept[key] = self.rota.beginning(wall, day)
        return found


def tile(candidates: Iterable[Candidate], start_ms: int, finish_ms: int) -> tuple[Segment, ...]:
    """Cuts [start, finish) into segments: whoever wins an instant has it, and what nobody covers is None's.

    The candidates are in order of start, as days and the lists of each are.
    """
    waiting = [each for each in candidates if each.occurrence.start_ms < finish_ms]
    waiting.reverse()
    found: list[Segment] = []
    active: list[Candidate] = []
    now = start_ms
    while now < finish_ms:
        while waiting and waiting[-1].occurrence.start_ms <= now:
            heappush(active, waiting.pop())
        while active and active[0].occurrence.finish_ms <= now:
            heappop(active)
        until = waiting[-1].occurrence.start_ms if waiting else finish_ms
        covering = active[0].occurrence if active else None
        if covering is not None:
            until = min(until, covering.finish_ms, finish_ms)
        if found and found[-1].occurrence is covering:
            found[-1] = Segment(found[-1].start_ms, until, covering)
        else:
            found.append(Segment(now, until, covering))
        now = until
    return tuple(found)


def reach_of(longest_ms: int) -> int:
    """How many days after its own an occurrence of at most this length can still go on."""
    # One more for a day that a zone leaves out.
    return -(-longest_ms // _SHORTEST_DAY_MS) + 1


def place_in_day(time_of_day_ms: int, broadcast_day_ms: int) -> int:
    """Where a time of day stands in the broadcast day, in ms from its begin on an even day."""
    return (time_of_day_ms - broadcast_day_ms) % DAY_MS
