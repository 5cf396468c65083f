"""Which days a rule means, and which rule a day follows."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.lower.days import SPAN, choose, chosen, easter, fitting, following, matches, rank, ranked
from compiler.station import DateRange, DayRule

MON, FRI, SAT, SUN = 0, 4, 5, 6


@dataclass(frozen=True, eq=False)
class Rule:
    rule: DayRule
    priority: int = 0


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def yearly(first: tuple[int, int], last: tuple[int, int] | None = None) -> DateRange:
    return DateRange((0, *first), (0, *(last or first)))


def in_year(rule: DayRule, year: int) -> list[str]:
    days = range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    return [date.fromordinal(each).strftime("%m-%d") for each in days if matches(rule, each)]


@pytest.mark.parametrize(
    "text",
    [
        "1818-03-22",
        "1943-04-25",
        "1954-04-18",
        "1961-04-02",
        "1981-04-19",
        "1990-04-15",
        "1999-04-04",
        "2000-04-23",
        "2001-04-15",
        "2008-03-23",
        "2011-04-24",
        "2016-03-27",
        "2019-04-21",
        "2021-04-04",
        "2022-04-17",
        "2023-04-09",
        "2024-03-31",
        "2025-04-20",
        "2026-04-05",
        "2027-03-28",
        "2028-04-16",
        "2029-04-01",
        "2030-04-21",
        "2038-04-25",
        "2049-04-18",
        "2076-04-19",
        "2285-03-22",
    ],
)
def test_easter(text: str) -> None:
    assert easter(int(text[:4])).isoformat() == text


def test_easter_is_a_sunday_between_its_limits() -> None:
    for year in range(1900, 2200):
        found = easter(year)
        assert found.weekday() == SUN
        assert date(year, 3, 22) <= found <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("rule", "year", "expected"),
    [
        (DayRule(easter=(-2, 1)), 2026, ["04-03", "04-04", "04-05", "04-06"]),
        (DayRule(easter=(49, 49)), 2026, ["05-24"]),
        (DayRule(easter=(-100, -100)), 2023, ["12-22"]),
        (DayRule(dates=(yearly((12, 30), (1, 2)),)), 2026, ["01-01", "01-02", "12-30", "12-31"]),
        (DayRule(dates=(yearly((2, 29)),)), 2028, ["02-29"]),
        (DayRule(dates=(yearly((2, 29)),)), 2026, []),
        (DayRule(dates=(yearly((2, 28), (2, 29)),)), 2026, ["02-28"]),
        (DayRule(dates=(yearly((2, 28), (2, 29)),)), 2028, ["02-28", "02-29"]),
        (DayRule(dates=(yearly((2, 29), (3, 1)),)), 2026, ["03-01"]),
        (DayRule(dates=(yearly((7, 4)), yearly((1, 1)))), 2026, ["01-01", "07-04"]),
        (DayRule(dates=(DateRange((2026, 5, 1), (2026, 5, 2)),)), 2026, ["05-01", "05-02"]),
        (DayRule(dates=(DateRange((2026, 5, 1), (2026, 5, 2)),)), 2027, []),
        (DayRule(dates=(DateRange((2025, 12, 31), (2026, 1, 1)),)), 2026, ["01-01"]),
        (DayRule(months=frozenset({2}), days_of_month=frozenset({-1})), 2028, ["02-29"]),
        (
            DayRule(months=frozenset({1, 2}), days_of_month=frozenset({15, 31})),
            2026,
            ["01-15", "01-31", "02-15"],
        ),
        (DayRule(months=frozenset({5}), nth=((1, FRI), (-1, MON))), 2026, ["05-01", "05-25"]),
        (DayRule(months=frozenset({5}), nth=((5, FRI),)), 2026, ["05-29"]),
        (DayRule(months=frozenset({6}), nth=((5, FRI),)), 2026, []),
        (
            DayRule(months=frozenset({6}), days=frozenset({SUN}), days_of_month=frozenset({14})),
            2026,
            ["06-14"],
        ),
        (DayRule(months=frozenset({1}), days=frozenset({MON}), weeks="odd"), 2026, ["01-12", "01-26"]),
        (DayRule(months=frozenset({1}), days=frozenset({MON}), weeks="even"), 2026, ["01-05", "01-19"]),
    ],
)
def test_the_days_of_a_year(rule: DayRule, year: int, expected: list[str]) -> None:
    assert in_year(rule, year) == expected


def test_week_53_and_week_1_are_both_odd() -> None:
    odd = DayRule(weeks="odd")
    assert [matches(odd, day(text)) for text in ("2026-12-31", "2027-01-04", "2027-01-11")] == [
        True,
        True,
        False,
    ]


def test_an_empty_rule_is_every_day() -> None:
    assert all(matches(DayRule(), each) for each in range(day("2026-01-01"), day("2027-01-01")))
    assert rank(DayRule()) == len(SPAN)


MONTH_DAYS = st.dates(date(2000, 1, 1), date(2000, 12, 31)).map(lambda each: (each.month, each.day))
YEARLY = st.tuples(MONTH_DAYS, MONTH_DAYS).map(lambda ends: yearly(*ends))
ONCE = st.tuples(st.dates(date(1980, 1, 1), date(2110, 1, 1)), st.integers(0, 5000)).map(
    lambda pair: DateRange(pair[0].timetuple()[:3], (pair[0] + timedelta(pair[1])).timetuple()[:3])
)


def _offsets(pair: tuple[int, int]) -> tuple[int, int]:
    return pair[0], min(pair[0] + pair[1], 999)


RULES = st.builds(
    DayRule,
    days=st.frozensets(st.integers(0, 6), max_size=3),
    dates=st.lists(YEARLY | ONCE, max_size=2).map(tuple),
    months=st.frozensets(st.integers(1, 12), max_size=3),
    days_of_month=st.frozensets(st.integers(1, 31) | st.just(-1), max_size=3),
    nth=st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 5, -1]), st.integers(0, 6)), max_size=2).map(tuple),
    weeks=st.sampled_from([None, "odd", "even"]),
    easter=st.none() | st.tuples(st.integers(-999, 999), st.integers(0, 150)).map(_offsets),
)
DAYS = st.integers(SPAN.start, SPAN.stop - 1)


@settings(max_examples=60, deadline=None)
@given(RULES, st.integers(0, 400), DAYS)
def test_the_bits_of_a_rule_are_the_days_that_match(rule: DayRule, step: int, some: int) -> None:
    bits = fitting(rule)
    looked_at = [SPAN.start, SPAN.stop - 1, some, *range(SPAN.start + step, SPAN.stop, 401)]
    assert all((bits >> each - SPAN.start & 1) == matches(rule, each) for each in looked_at)


def test_like_rules_are_equally_specific() -> None:
    assert len({rank(DayRule(days=frozenset({each}))) for each in range(7)}) == 1
    assert len({rank(DayRule(nth=((2, each),))) for each in range(7)}) == 1
    assert rank(DayRule(days=frozenset({MON}), days_of_month=frozenset({1}))) == rank(
        DayRule(days=frozenset({SUN}), days_of_month=frozenset({1}))
    )


def test_the_fewest_days_win_then_priority_then_the_first_written() -> None:
    christmas = Rule(DayRule(dates=(yearly((12, 25)),)))
    once = Rule(DayRule(dates=(DateRange((2026, 12, 25), (2026, 12, 25)),)), priority=-5)
    fridays = Rule(DayRule(days=frozenset({FRI})), priority=99)
    always = Rule(DayRule(), priority=100)
    december = Rule(DayRule(months=frozenset({12})))
    friday = day("2026-12-25")
    rules = [always, fridays, december, christmas, once]
    assert ranked(rules) == (once, christmas, december, fridays, always)
    assert choose(ranked(rules), friday) is once
    assert choose(ranked(rules), friday + 1) is december
    assert choose((fridays,), friday + 1) is None
    plain, urgent, also_plain = (Rule(DayRule(days=frozenset({SAT})), priority) for priority in (0, 1, 0))
    assert choose(ranked((plain, urgent)), friday + 1) is urgent
    assert choose(ranked((also_plain, plain)), friday + 1) is also_plain


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(Rule, RULES, st.integers(0, 2)), max_size=5), DAYS)
def test_the_days_that_follow_each_rule(rules: list[Rule], some: int) -> None:
    days = chosen(rules)
    follow = [rule for rule, own in zip(rules, days, strict=True) if own >> some - SPAN.start & 1]
    expected = choose(ranked(rules), some)
    assert follow == ([] if expected is None else [expected])


def test_days_that_follow_others() -> None:
    mondays = fitting(DayRule(days=frozenset({MON})))
    assert following(mondays) & ~fitting(DayRule(days=frozenset({MON + 1}))) == 0
    assert following(fitting(DayRule())).bit_count() == len(SPAN) - 1


def test_every_month_has_its_last_day() -> None:
    last = DayRule(days_of_month=frozenset({-1}))
    found = in_year(last, 2027)
    assert found == [f"{month:02}-{monthrange(2027, month)[1]}" for month in range(1, 13)]
