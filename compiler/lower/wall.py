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

# Offsets are kept by the quarter of an hour: nearly all changes are on one.
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
    _midnights: dict[int, int | None] = field(default_factory=dict, repr=False, compare=False)

    def at(self, day: int, time_of_day_ms: int) -> Instant:
        """The instant of a time of day in a broadcast day."""
        found = self._instants.get((day, time_of_day_ms))
        if found is None:
            clock_day = day + 1 if time_of_day_ms < self.broadcast_day_ms else day
            midnight = self._midnight(clock_day)
            if midnight is None:
                found = _resolve(_zone(self.timezone), clock_day, time_of_day_ms)
            else:
                found = Instant(midnight + time_of_day_ms)
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
        # A skipped time near the end of the day before may be this day's first instant.
        day = self.day_of(at_ms) - 1
        while (found := self.at(day, time_of_day_ms)).ms < at_ms:
            day += 1
        return found

    def next_mark(self, at_ms: int, every_ms: int) -> int:
        """The next instant at which the local clock shows a multiple of `every_ms` from midnight."""
        mark = at_ms
        while True:
            offset = self.offset(mark)
            local = (mark + offset) % DAY_MS
            rest = min(-local % every_ms, DAY_MS - local)
            # Where the clock changes on the way, what would be a mark is none, and another may come sooner.
            if rest == 0 or self.offset(mark + rest) == offset:
                return mark + rest
            mark = _change(_zone(self.timezone), mark, mark + rest)

    def offset(self, at_ms: int) -> int:
        """Local time minus UTC, in ms."""
        quarter = at_ms // _QUARTER_MS
        found = self._offsets.get(quarter)
        if found is None:
            zone = _zone(self.timezone)
            found = _offset_ms(zone, quarter * _QUARTER_MS)
            last = _offset_ms(zone, (quarter + 1) * _QUARTER_MS - 1)
            if last != found:
                # Newfoundland changed its clocks a minute after midnight until 2011.
                return _offset_ms(zone, at_ms)
            self._offsets[quarter] = found
        return found

    def local(self, at_ms: int) -> datetime:
        """The wall clock's reading, for people."""
        return datetime.fromtimestamp(at_ms / 1000, _zone(self.timezone))

    def _midnight(self, clock_day: int) -> int | None:
        """The instant at which a clock day begins; None for one on which the clock changes."""
        if clock_day not in self._midnights:
            zone = _zone(self.timezone)
            first, last = _resolve(zone, clock_day, 0), _resolve(zone, clock_day + 1, 0)
            plain = not first.irregular and not last.irregular and last.ms - first.ms == DAY_MS
            self._midnights[clock_day] = first.ms if plain else None
        return self._midnights[clock_day]


@cache
def wall_clock(timezone: str, broadcast_day_ms: int) -> WallClock:
    """The clock of a zone, shared by all channels of a process: what one converted the others know."""
    return WallClock(timezone, broadcast_day_ms)


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
