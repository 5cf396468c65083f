"""Wall time to UTC and back, for one channel: the only place of the compiler that knows zones.

Owns what a broadcast day is: day N begins at the station's `broadcast_day` on the date with ordinal N, and a
time of day below that means the next clock day. Days have 23, 24 or 25 h. Zones come from the package
`tzdata`, never from the machine: same inputs, same timeline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from exstv.clock import to_ms
from exstv.units import DAY_MS, MINUTE_MS

# No zone has changed its offset anywhere but on a quarter of an hour of UTC since 1972.
_QUARTER_MS = 15 * MINUTE_MS


class Irregular(StrEnum):
    """What a change to or from summer time did to a local time."""

    SKIPPED = "skipped"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Instant:
    """A local time as UTC ms; skipped: the first instant that exists; repeated: the first of the two."""

    ms: int
    irregular: Irregular | None = None


@dataclass(frozen=True)
class WallClock:
    """The wall clock of one zone, and its broadcast days. Conversions are kept, as schedules repeat them."""

    timezone: str
    broadcast_day_ms: int
    _instants: dict[tuple[int, int], Instant] = field(default_factory=dict, repr=False, compare=False)
    _offsets: dict[int, int] = field(default_factory=dict, repr=False, compare=False)

    def at(self, day: int, time_of_day_ms: int) -> Instant:
        """The instant of a time of day in a broadcast day."""
        found = self._instants.get((day, time_of_day_ms))
        if found is None:
            clock_day = day + 1 if time_of_day_ms < self.broadcast_day_ms else day
            found = _resolve(_zone(self.timezone), clock_day, time_of_day_ms)
            self._instants[day, time_of_day_ms] = found
        return found

    def day_start(self, day: int) -> int:
        """The first instant of a broadcast day."""
        return self.at(day, self.broadcast_day_ms).ms

    def day_of(self, at_ms: int) -> int:
        """The broadcast day that holds an instant."""
        local = at_ms + self.offset(at_ms) - self.broadcast_day_ms
        day = local // DAY_MS + _EPOCH_DAY
        # Near a change of the clock the local reading may be on the wrong side of the day's edge.
        if at_ms < self.day_start(day):
            return day - 1
        return day + 1 if at_ms >= self.day_start(day + 1) else day

    def first_at_or_after(self, at_ms: int, time_of_day_ms: int) -> Instant:
        """The next time that the clock comes to a time of day, this instant included."""
        day = self.day_of(at_ms)
        today = self.at(day, time_of_day_ms)
        return today if today.ms >= at_ms else self.at(day + 1, time_of_day_ms)

    def next_mark(self, at_ms: int, every_ms: int) -> int:
        """The next instant at which the local clock shows a multiple of `every_ms` from midnight."""
        mark = at_ms
        # The clock may change on the way; then what was a mark is none, and the next one is looked for.
        for _ in range(3):
            local = (mark + self.offset(mark)) % DAY_MS
            rest = min(-local % every_ms, DAY_MS - local)
            if rest == 0:
                break
            mark += rest
        return mark

    def offset(self, at_ms: int) -> int:
        """Local time minus UTC, in ms."""
        quarter = at_ms // _QUARTER_MS
        found = self._offsets.get(quarter)
        if found is None:
            found = self._offsets[quarter] = _offset_ms(_zone(self.timezone), quarter * _QUARTER_MS)
        return found

    def local(self, at_ms: int) -> datetime:
        """The wall clock's reading, for people."""
        return datetime.fromtimestamp(at_ms / 1000, _zone(self.timezone))


_EPOCH_DAY = date(1970, 1, 1).toordinal()


@cache
def _zone(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, name)


def _offset_ms(zone: ZoneInfo, at_ms: int) -> int:
    offset = datetime.fromtimestamp(at_ms // 1000, zone).utcoffset()
    return 0 if offset is None else offset // timedelta(milliseconds=1)


def _resolve(zone: ZoneInfo, clock_day: int, time_of_day_ms: int) -> Instant:
    naive = datetime.fromordinal(clock_day) + timedelta(milliseconds=time_of_day_ms)
    local_ms = to_ms(naive.replace(tzinfo=UTC))
    # fold=0 reads an unclear time with the offset before the change, fold=1 with the one after it.
    before, after = (
        (naive.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta()) // timedelta(milliseconds=1)
        for fold in (0, 1)
    )
    if before == after:
        return Instant(local_ms - before)
    if before > after:
        return Instant(local_ms - before, Irregular.REPEATED)
    return Instant(_change(zone, local_ms - after, local_ms - before), Irregular.SKIPPED)


def _change(zone: ZoneInfo, low_ms: int, high_ms: int) -> int:
    """The second in (low, high] at which the offset changes."""
    before = _offset_ms(zone, low_ms)
    low, high = low_ms // 1000, -(-high_ms // 1000)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_ms(zone, middle * 1000) == before:
            low = middle
        else:
            high = middle
    return high * 1000
