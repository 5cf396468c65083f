"""Wall time to UTC, around the days that have 23 and 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.lower.wall import Irregular, WallClock
from exstv.clock import from_iso, to_ms
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS

AMSTERDAM = WallClock("Europe/Amsterdam", 6 * HOUR_MS)
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Amsterdam",
        "America/New_York",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ]
)
INSTANTS = st.integers(from_iso("2010-12-01T00:00Z"), from_iso("2037-01-01T00:00Z"))


def zone_info(name: str) -> ZoneInfo:
    """The zone as the package knows it: the machine's own may be of another year."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, name)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_a_broadcast_day_runs_past_midnight() -> None:
    assert AMSTERDAM.at(day("2026-01-09"), 1 * HOUR_MS).ms == from_iso("2026-01-10T01:00+01:00")
    assert AMSTERDAM.at(day("2026-01-09"), 6 * HOUR_MS).ms == from_iso("2026-01-09T06:00+01:00")
    assert AMSTERDAM.day_of(from_iso("2026-01-10T05:59:59.999+01:00")) == day("2026-01-09")


def test_days_have_23_and_25_hours() -> None:
    lengths = {
        name: AMSTERDAM.day_start(day(name) + 1) - AMSTERDAM.day_start(day(name))
        for name in ("2026-03-28", "2026-10-24", "2026-07-01")
    }
    assert lengths == {"2026-03-28": 23 * HOUR_MS, "2026-10-24": 25 * HOUR_MS, "2026-07-01": DAY_MS}


def test_a_skipped_time_is_the_first_instant_that_exists() -> None:
    instant = AMSTERDAM.at(day("2026-03-28"), 2 * HOUR_MS + 30 * MINUTE_MS)
    assert instant.ms == from_iso("2026-03-29T01:00Z")
    assert instant.irregular is Irregular.SKIPPED


def test_a_repeated_time_is_the_first_of_the_two() -> None:
    instant = AMSTERDAM.at(day("2026-10-24"), 2 * HOUR_MS + 30 * MINUTE_MS)
    assert instant.ms == from_iso("2026-10-25T02:30+02:00")
    assert instant.irregular is Irregular.REPEATED


def test_a_broadcast_day_that_a_zone_left_out_takes_no_time() -> None:
    apia = WallClock("Pacific/Apia", 0)
    assert apia.day_start(day("2011-12-30")) == apia.day_start(day("2011-12-31"))


@settings(max_examples=200, deadline=None)
@given(ZONES, INSTANTS, st.integers(0, 23))
def test_every_instant_is_in_exactly_one_broadcast_day(zone: str, at_ms: int, hour: int) -> None:
    wall = WallClock(zone, hour * HOUR_MS)
    found = wall.day_of(at_ms)
    assert wall.day_start(found) <= at_ms < wall.day_start(found + 1)


@settings(max_examples=200, deadline=None)
@given(ZONES, INSTANTS)
def test_offsets_are_the_zones_own(zone: str, at_ms: int) -> None:
    local = datetime.fromtimestamp(at_ms / 1000, zone_info(zone)).replace(tzinfo=UTC)
    assert abs(at_ms + WallClock(zone, 0).offset(at_ms) - to_ms(local)) <= 1


@settings(max_examples=200, deadline=None)
@given(ZONES, INSTANTS, st.sampled_from([5, 10, 15, 30, 60, 120, 7 * 60]))
def test_a_mark_is_a_multiple_on_the_local_clock(zone: str, at_ms: int, minutes: int) -> None:
    wall = WallClock(zone, 0)
    mark = wall.next_mark(at_ms, minutes * MINUTE_MS)
    local = (mark + wall.offset(mark)) % DAY_MS
    assert mark >= at_ms
    assert local % (minutes * MINUTE_MS) == 0


@pytest.mark.parametrize("text", ["2026-03-29T00:00Z", "2026-03-29T01:00Z"])
def test_on_a_mark_nothing_is_added(text: str) -> None:
    assert AMSTERDAM.next_mark(from_iso(text), HOUR_MS) == from_iso(text)


CHANGES = [
    ("Europe/Amsterdam", "2026-03-29T01:00Z"),
    ("Europe/Amsterdam", "2026-10-25T01:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00Z"),
    ("America/Sao_Paulo", "2019-02-17T02:00Z"),
    ("America/St_Johns", "2011-03-13T03:31Z"),
    ("Africa/Cairo", "2026-04-23T22:00Z"),
    ("Africa/Cairo", "2026-10-29T21:00Z"),
    ("Asia/Beirut", "2026-03-28T22:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ("Pacific/Apia", "2011-12-30T10:00Z"),
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.integers(-30 * 60, 30 * 60),
    st.sampled_from([5, 15, 30, 60, 120, 7 * 60, 24 * 60]),
)
def test_no_mark_near_a_change_is_missed(change: tuple[str, str], minutes: int, every: int) -> None:
    wall = WallClock(change[0], 0)
    at_ms = from_iso(change[1]) + minutes * MINUTE_MS
    zone = zone_info(change[0])
    every_minute = (at_ms + step * MINUTE_MS for step in range(3 * 24 * 60))
    locals_ = ((each, datetime.fromtimestamp(each / 1000, zone)) for each in every_minute)
    expected = next(each for each, local in locals_ if (local.hour * 60 + local.minute) % every == 0)
    assert wall.next_mark(at_ms, every * MINUTE_MS) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.integers(-30 * 60, 30 * 60),
    st.integers(0, 24 * 4 - 1),
    st.integers(0, 24 * 4 - 1),
)
def test_the_next_time_of_day_is_the_soonest_of_any_day(
    change: tuple[str, str], minutes: int, quarter: int, edge: int
) -> None:
    wall = WallClock(change[0], edge * 15 * MINUTE_MS)
    at_ms = from_iso(change[1]) + minutes * MINUTE_MS
    time_of_day = quarter * 15 * MINUTE_MS
    around = range(wall.day_of(at_ms) - 4, wall.day_of(at_ms) + 5)
    expected = min(ms for day in around if (ms := wall.at(day, time_of_day).ms) >= at_ms)
    assert wall.first_at_or_after(at_ms, time_of_day).ms == expected


def test_a_time_that_comes_again_after_midnight_is_noted_as_repeated() -> None:
    newfoundland = WallClock("America/St_Johns", 0)
    assert newfoundland.at(day("2010-11-06"), 23 * HOUR_MS + 30 * MINUTE_MS).irregular is Irregular.REPEATED


def test_a_start_is_not_missed_where_the_day_begins_in_the_same_skipped_hour() -> None:
    wall = WallClock("Europe/Amsterdam", 2 * HOUR_MS + 30 * MINUTE_MS)
    change = from_iso("2026-03-29T01:00Z")
    assert wall.first_at_or_after(change, 2 * HOUR_MS).ms == change


@settings(max_examples=200, deadline=None)
@given(ZONES, INSTANTS, st.integers(0, 24 * 60 - 1))
def test_a_time_of_day_is_the_first_instant_that_shows_it_or_later(
    zone: str, at_ms: int, minute: int
) -> None:
    wall = WallClock(zone, 0)
    clock_day = datetime.fromtimestamp(at_ms / 1000, zone_info(zone)).toordinal()
    found = wall.at(clock_day, minute * MINUTE_MS)
    wanted = datetime.fromordinal(clock_day) + timedelta(minutes=minute)
    shown = [
        datetime.fromtimestamp(ms / 1000, zone_info(zone)).replace(tzinfo=None)
        for ms in (found.ms - 1000, found.ms)
    ]
    assert shown[0] < wanted <= shown[1]
    assert (shown[1] == wanted) == (found.irregular is not Irregular.SKIPPED)
