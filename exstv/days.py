"""Days as the station language writes them: weekdays, dates, ranges of dates, months, `last fri`, Easter.

Owns their words, patterns (also used by the JSON schema) and parsing. Weekdays are numbers, Monday 0; a date
is (year, month, day), year 0 in every year. Parsers raise ValueError and know no files;
`Backwards` and `NoSuchDay` say what a pattern cannot. Which instants a day has is compiler/lower's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from exstv.clock import from_iso
from exstv.units import TIME_PATTERN, parse_time_of_day

Day = tuple[int, int, int]
"""(year, month, day); year 0: every year."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EVERY_DAY = frozenset(range(7))
WEEKDAY_SETS: dict[str, frozenset[int]] = {
    **{word: frozenset((number,)) for number, word in enumerate(WEEKDAYS)},
    "weekdays": frozenset(range(5)),
    "weekends": frozenset((5, 6)),
    "daily": EVERY_DAY,
}
"""Every word for days of the week."""

_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "last": -1,
}

_YEARLY = "[0-9]{2}-[0-9]{2}"
_DATED = f"[0-9]{{4}}-{_YEARLY}"
DAY_PATTERN = f"^({_DATED}|{_YEARLY})$"
DAYS_PATTERN = rf"^({_DATED}(\.\.{_DATED})?|{_YEARLY}(\.\.{_YEARLY})?)$"
NTH_PATTERN = f"^({'|'.join(_ORDINALS)}) ({'|'.join(WEEKDAYS)})$"
EASTER_PATTERN = r"^-?[0-9]{1,3}(\.\.-?[0-9]{1,3})?$"
_CLOCK = TIME_PATTERN.strip("^$")
MOMENT_PATTERN = (
    f"^({'|'.join(WEEKDAYS)}) {_CLOCK}$|^{_DATED}[ T]{_CLOCK}(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$"
)

_LEAP_YEAR = 2024
"""29 February is a day of every year: of those that have it."""


class Backwards(ValueError):
    """A range that ends before it begins."""


class NoSuchDay(ValueError):
    """A date that no calendar has."""


@dataclass(frozen=True)
class Moment:
    """A time by the clock: one instant (`utc_ms`), or a local time of a `date` or of a `weekday`."""

    time_ms: int
    date: Day | None = None
    weekday: int | None = None
    utc_ms: int | None = None


def parse_day(text: str) -> Day:
    """One date: `2026-12-25`, or `12-25` in every year."""
    _demand(DAY_PATTERN, text)
    return _day(text)


def parse_days(text: str) -> tuple[Day, Day]:
    """A date or a range of them, both ends included: `12-24..01-02` may wrap the year."""
    _demand(DAYS_PATTERN, text)
    first, dots, last = text.partition("..")
    start = _day(first)
    end = _day(last) if dots else start
    if start[0] and end < start:
        raise Backwards(text)
    return start, end


def parse_nth(text: str) -> tuple[int, int]:
    """A weekday of a month: `last fri` is (-1, 4), `2nd mon` (2, 0)."""
    _demand(NTH_PATTERN, text)
    which, _, day = text.partition(" ")
    return _ORDINALS[which], WEEKDAYS.index(day)


def parse_easter(text: str) -> tuple[int, int]:
    """Days relative to Easter Sunday, both included: `-2..1`, or `0` for the Sunday alone."""
    _demand(EASTER_PATTERN, text)
    first, dots, last = text.partition("..")
    found = int(first), int(last if dots else first)
    if found[1] < found[0]:
        raise Backwards(text)
    return found


def parse_moment(text: str) -> Moment:
    """`sat 08:10`, `2026-12-25 20:30` (local), or an instant: `2026-12-25T20:30Z`."""
    _demand(MOMENT_PATTERN, text)
    if text[:3] in WEEKDAYS:
        return Moment(parse_time_of_day(text[4:]), weekday=WEEKDAYS.index(text[:3]))
    day = _day(text[:10])
    clock, zone = (*re.split(r"(?=[Z+-])", text[11:], maxsplit=1), "")[:2]
    time_ms = parse_time_of_day(clock)
    if not zone:
        return Moment(time_ms, date=day)
    hour, _, rest = clock.partition(":")
    return Moment(time_ms, utc_ms=from_iso(f"{text[:10]}T{hour:>02}:{rest}{zone}"))


def _day(text: str) -> Day:
    dated = len(text) > len("12-25")
    year = int(text[:4]) if dated else 0
    month, day = int(text[-5:-3]), int(text[-2:])
    try:
        date(year if dated else _LEAP_YEAR, month, day)
    except ValueError:
        raise NoSuchDay(text) from None
    return year, month, day


def _demand(pattern: str, text: str) -> None:
    # fullmatch: `$` alone would take a line break at the end.
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{text!r} does not match {pattern}")
