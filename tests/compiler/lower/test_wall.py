"""Wall time to UTC, around the days that have 23 and 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.lower.wall import Irregular, WallClock
from exstv.clock import from_iso, to_ms
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS

AMSTERDAM = WallClock("Europe/Amsterdam", 6 * HOUR_MS)
ZONES = st.sampled_from(
    ["UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
)
INSTANTS = st.integers(from_iso("2011-12-01T00:00Z"), from_iso("2037-01-01T00:00Z"))


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
    local = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).replace(tzinfo=UTC)
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
