"""Which broadcast days a rule means, and which of several rules a day follows.

A day is the proleptic ordinal of its date. How specific a rule is, is a number: how many days of `SPAN` it
fits. Sets of days are whole numbers with a bit for each day, so that counting and comparing them is quick.
calendar.py and blocks.py choose by it; nothing here knows what is chosen.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import Protocol, TypeVar

from compiler.station import DateRange, DayRule

FIRST_YEAR, LAST_YEAR = 1988, 2099
"""Four times 28 years: every date falls on every weekday equally often, so that like rules count alike."""
SPAN = range(date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR + 1, 1, 1).toordinal())

_EASTER_YEARS = 3
"""A rule has three digits for the days from Easter."""

_T = TypeVar("_T")
_MonthDay = tuple[int, int]


class Ruled(Protocol):
    """What can be chosen for a day."""

    @property
    def rule(self) -> DayRule: ...

    @property
    def priority(self) -> int: ...


_R = TypeVar("_R", bound=Ruled)


def matches(rule: DayRule, day: int) -> bool:
    """Tells whether a broadcast day is one that a rule means: all that the rule says must hold."""
    today = date.fromordinal(day)
    last = monthrange(today.year, today.month)[1]
    weekday = today.weekday()
    # The first Friday is in the days 1 to 7, the last one in the last seven.
    nth = ((today.day - 1) // 7 + 1, weekday), (-((last - today.day) // 7 + 1), weekday)
    return (
        (not rule.days or weekday in rule.days)
        and (not rule.months or today.month in rule.months)
        and (not rule.days_of_month or bool({today.day, today.day - last - 1} & rule.days_of_month))
        and (not rule.nth or any(each in rule.nth for each in nth))
        and (rule.weeks is None or (today.isocalendar().week % 2 == 1) == (rule.weeks == "odd"))
        and (not rule.dates or any(_covers(dates, today) for dates in rule.dates))
        and (rule.easter is None or _near_easter(rule.easter, today))
    )


def rank(rule: DayRule) -> int:
    """How specific a rule is: the number of days that it fits; the least is the most specific."""
    return fitting(rule).bit_count()


def ranked(rules: Iterable[_R]) -> tuple[_R, ...]:
    """Rules in the order in which a day asks them: the most specific, then by priority, then as written."""
    # Sorting is stable: what was written first stays first.
    return tuple(sorted(rules, key=lambda each: (rank(each.rule), -each.priority)))


def choose(rules: Iterable[_R], day: int) -> _R | None:
    """The rule that a broadcast day follows, of rules that are `ranked`."""
    return next((each for each in rules if matches(each.rule, day)), None)


def chosen(rules: Sequence[Ruled]) -> list[int]:
    """For each rule the days of `SPAN` that follow it, a bit each."""
    taken = 0
    found: dict[int, int] = {}
    for each in ranked(rules):
        days = fitting(each.rule)
        found[id(each)] = days & ~taken
        taken |= days
    return [found[id(each)] for each in rules]


def following(days: int) -> int:
    """The days after these, a bit each."""
    return days << 1 & _ALL


@lru_cache(maxsize=256)
def easter(year: int) -> date:
    """Western Easter Sunday."""
    century = year // 100
    golden = year % 19
    moon = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon -= moon // 28 * (1 - 29 // (moon + 1) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    return date(year, 3, 28) + timedelta(moon - weekday)


@lru_cache(maxsize=1024)
def fitting(rule: DayRule) -> int:
    """The days of `SPAN` that a rule means, a bit each."""
    found = _ALL
    for days in _conditions(rule):
        found &= days
    return found


def _covers(dates: DateRange, today: date) -> bool:
    first, last = dates.first, dates.last
    if first[0]:
        return first <= (today.year, today.month, today.day) <= last
    return _wraps_to(first[1:], last[1:], (today.month, today.day))


def _wraps_to(first: _MonthDay, last: _MonthDay, today: _MonthDay) -> bool:
    return first <= today <= last if first <= last else today >= first or today <= last


def _near_easter(offsets: tuple[int, int], today: date) -> bool:
    # Far from Easter it may be another year's.
    sundays = (easter(today.year + years) for years in range(-_EASTER_YEARS, _EASTER_YEARS + 1))
    return any(offsets[0] <= (today - sunday).days <= offsets[1] for sunday in sundays)


def _conditions(rule: DayRule) -> Iterator[int]:
    """The days that each thing the rule says allows."""
    if rule.days:
        yield _any(_weekday, rule.days)
    if rule.months:
        yield _any(_month, rule.months)
    if rule.days_of_month:
        yield _any(_day_of_month, rule.days_of_month)
    if rule.nth:
        yield _any(_nth, rule.nth)
    if rule.weeks is not None:
        yield _odd_weeks() if rule.weeks == "odd" else _ALL & ~_odd_weeks()
    if rule.dates:
        yield _any(_dates, rule.dates)
    if rule.easter is not None:
        yield _around_easter(rule.easter)


def _any(days_of: Callable[[_T], int], values: Iterable[_T]) -> int:
    found = 0
    for value in values:
        found |= days_of(value)
    return found


def _run(first: int, last: int) -> int:
    """The days from one ordinal to another, both included, as far as they are in the span."""
    low, high = max(first, SPAN.start) - SPAN.start, min(last, SPAN.stop - 1) - SPAN.start
    return (1 << high + 1) - (1 << low) if low <= high else 0


def _runs(runs: Iterator[tuple[int, int]]) -> int:
    """Several such runs; their bits are put together as bytes, as a number is copied whole at each change."""
    bits = bytearray(len(SPAN))
    for first, last in runs:
        low, high = max(first, SPAN.start) - SPAN.start, min(last + 1, SPAN.stop) - SPAN.start
        if low < high:
            bits[low:high] = b"\1" * (high - low)
    bits.reverse()
    return int(bits.translate(_DIGITS), 2)


_DIGITS = bytes.maketrans(b"\0\1", b"01")
_ALL = _run(SPAN.start, SPAN.stop - 1)
_YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


@cache
def _months() -> tuple[tuple[int, int, int], ...]:
    """(month, ordinal of its first day, ordinal of its last) for each month of the span."""
    firsts = [date(year, month, 1) for year in _YEARS for month in range(1, 13)]
    edges = [*(each.toordinal() for each in firsts), SPAN.stop]
    return tuple(
        (first.month, start, stop - 1) for first, (start, stop) in zip(firsts, pairwise(edges), strict=True)
    )


@cache
def _weekday(weekday: int) -> int:
    # An ordinal divisible by 7 is a Sunday.
    first = SPAN.start + (weekday + 1 - SPAN.start) % 7
    return _runs((day, day) for day in range(first, SPAN.stop, 7))


@cache
def _month(month: int) -> int:
    return _runs((first, last) for each, first, last in _months() if each == month)


@cache
def _day_of_month(number: int) -> int:
    if number < 0:
        return _runs((last + number + 1,) * 2 for _, _, last in _months())
    days = ((first + number - 1, last) for _, first, last in _months())
    return _runs((day, day) for day, last in days if day <= last)


@cache
def _nth(which: tuple[int, int]) -> int:
    number, weekday = which
    found: list[int] = []
    for _, first, last in _months():
        earliest = first + (weekday + 1 - first) % 7
        latest = last - (last - weekday - 1) % 7
        day = earliest + 7 * (number - 1) if number > 0 else latest + 7 * (number + 1)
        if first <= day <= last:
            found.append(day)
    return _runs((day, day) for day in found)


@cache
def _odd_weeks() -> int:
    mondays = range(SPAN.start - (SPAN.start - 1) % 7, SPAN.stop, 7)
    odd = (day for day in mondays if date.fromordinal(day).isocalendar().week % 2)
    return _runs((day, day + 6) for day in odd)


@lru_cache(maxsize=256)
def _dates(dates: DateRange) -> int:
    first, last = dates.first, dates.last
    if first[0]:
        return _run(date(*first).toordinal(), date(*last).toordinal())
    wraps = first > last
    # One year before the span too: its range may end in the first.
    starts = (
        (_on_or_after(year, first[1:]), _on_or_before(year + wraps, last[1:]))
        for year in range(FIRST_YEAR - 1, LAST_YEAR + 1)
    )
    return _runs(starts)


def _on_or_after(year: int, day: _MonthDay) -> int:
    skips = day == (2, 29) and not isleap(year)
    return date(year, 3, 1).toordinal() if skips else date(year, *day).toordinal()


def _on_or_before(year: int, day: _MonthDay) -> int:
    skips = day == (2, 29) and not isleap(year)
    return date(year, 2, 28).toordinal() if skips else date(year, *day).toordinal()


@lru_cache(maxsize=64)
def _around_easter(offsets: tuple[int, int]) -> int:
    sundays = (
        easter(year).toordinal() for year in range(FIRST_YEAR - _EASTER_YEARS, LAST_YEAR + _EASTER_YEARS + 1)
    )
    return _runs((sunday + offsets[0], sunday + offsets[1]) for sunday in sundays)
