from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv import days
from exstv.clock import from_iso
from exstv.days import Backwards, Moment, NoSuchDay


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-25", ((2026, 12, 25), (2026, 12, 25))),
        ("12-25", ((0, 12, 25), (0, 12, 25))),
        ("12-24..01-02", ((0, 12, 24), (0, 1, 2))),
        ("2026-12-24..2027-01-02", ((2026, 12, 24), (2027, 1, 2))),
        ("02-29", ((0, 2, 29), (0, 2, 29))),
    ],
)
def test_dates_are_ranges_of_days(text: str, expected: tuple[days.Day, days.Day]) -> None:
    assert days.parse_days(text) == expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("2026-02-29", NoSuchDay),
        ("13-01", NoSuchDay),
        ("0000-12-25", NoSuchDay),
        ("2026-12-24..2026-12-01", Backwards),
        ("2026-12-24..01-02", ValueError),
        ("12-24...01-02", ValueError),
        ("12-25\n", ValueError),
        ("25-12-2026", ValueError),
    ],
)
def test_what_is_no_date_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        days.parse_days(text)
    assert caught.type is error


@given(st.dates(), st.dates())
def test_every_range_in_order_is_read(first: object, last: object) -> None:
    lower, upper = sorted((str(first), str(last)))
    found = days.parse_days(f"{lower}..{upper}")
    assert found == tuple(tuple(int(part) for part in each.split("-")) for each in (lower, upper))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("last fri", (-1, 4)), ("2nd mon", (2, 0)), ("first sun", (1, 6)), ("5th wed", (5, 2))],
)
def test_weekdays_of_a_month_are_counted(text: str, expected: tuple[int, int]) -> None:
    assert days.parse_nth(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("0", (0, 0)), ("-2..1", (-2, 1)), ("-2", (-2, -2)), ("39", (39, 39))]
)
def test_days_around_easter_are_a_range(text: str, expected: tuple[int, int]) -> None:
    assert days.parse_easter(text) == expected


def test_a_range_around_easter_does_not_end_before_it_begins() -> None:
    with pytest.raises(Backwards):
        days.parse_easter("1..-2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sat 08:10", Moment(29_400_000, weekday=5)),
        ("2026-12-25 20:30", Moment(73_800_000, date=(2026, 12, 25))),
        ("2026-12-25T8:30:15", Moment(30_615_000, date=(2026, 12, 25))),
        ("2026-12-25T8:30Z", Moment(30_600_000, utc_ms=from_iso("2026-12-25T08:30Z"))),
        ("2026-12-25 20:30+01:00", Moment(73_800_000, utc_ms=from_iso("2026-12-25T19:30Z"))),
    ],
)
def test_a_moment_is_of_a_weekday_a_date_or_an_instant(text: str, expected: Moment) -> None:
    assert days.parse_moment(text) == expected


@pytest.mark.parametrize("text", ["saturday 08:10", "08:10", "2026-12-25", "2026-12-25 25:00", "12-25 20:30"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not match"):
        days.parse_moment(text)
