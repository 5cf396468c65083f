from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.throttle import (
    BURST_AHEAD_SECONDS,
    FASTEST,
    RUN_AHEAD_SECONDS,
    SLOWEST,
    TICKS,
    PlanClock,
    Throttle,
    run_ahead,
    speed,
)

RATES = st.sampled_from(
    [Fraction(30), Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(50)]
)
NOON_MS = 1_800_000_000_000


@given(RATES, st.integers(0, 10**7), st.integers(0, 10**9))
def test_a_plan_instant_is_shown_by_the_nearest_frame(rate: Fraction, frame: int, later_ms: int) -> None:
    clock = PlanClock(rate, frame, NOON_MS, 100.0)
    found = clock.frame_of(NOON_MS + later_ms)
    assert abs(clock.plan_of(found) - (NOON_MS + later_ms)) <= 500 / rate + 1


def test_items_that_end_in_the_middle_of_a_frame_take_turns() -> None:
    clock = PlanClock(Fraction(25), 0, NOON_MS, 100.0)
    starts = [clock.frame_of(NOON_MS + 1500 * n) for n in range(9)]
    assert {b - a for a, b in zip(starts, starts[2:], strict=False)} == {75}


@given(RATES, st.integers(0, 10**6))
def test_ticks_and_frames_are_due_together(rate: Fraction, frame: int) -> None:
    clock = PlanClock(rate, 1000, NOON_MS, 50.0)
    tick = int(frame * TICKS / rate)
    assert abs(clock.due_tick(tick) - clock.due(frame)) < 1 / TICKS * 2
    assert clock.frame_due_at(clock.due(frame)) == frame


def test_the_stream_runs_ahead_of_what_is_watched() -> None:
    clock = PlanClock(Fraction(30), 0, NOON_MS, 50.0)
    assert clock.watched_at(300) == 60.0
    assert clock.due(300) == 60.0 - RUN_AHEAD_SECONDS


def test_a_clock_step_parts_plan_and_wall_clock_and_rejoining_mends_it() -> None:
    clock = PlanClock(Fraction(30), 0, NOON_MS, 50.0)
    assert not clock.parted(300, NOON_MS + 10_000, 60.0)
    stepped_ms = NOON_MS + 10_000 + 3_600_000
    assert clock.parted(300, stepped_ms, 60.0)
    rejoined = clock.rejoined(360, stepped_ms, 60.0)
    assert not rejoined.parted(360, stepped_ms, 60.0)
    # Frame 360 had been promised for second 62: it still is, and now shows what the plan has there.
    assert rejoined.watched_at(360) == 62.0
    assert rejoined.plan_of(360) == stepped_ms + 2000


def test_a_stream_that_fell_behind_rejoins_with_nothing_owed() -> None:
    clock = PlanClock(Fraction(30), 0, NOON_MS, 50.0)
    now_ms = NOON_MS + 20_000
    assert clock.parted(300, now_ms, 70.0)
    rejoined = clock.rejoined(300, now_ms, 70.0)
    assert rejoined.watched_at(300) == 70.0
    assert rejoined.plan_of(300) == now_ms


AHEAD = st.floats(RUN_AHEAD_SECONDS, BURST_AHEAD_SECONDS)
QUEUED = st.none() | st.floats(0, 60)
ELAPSED = st.floats(0, 1)


@given(st.sampled_from(Throttle), AHEAD, QUEUED, ELAPSED)
def test_no_throttle_leaves_viewers_less_than_two_seconds_or_sends_more_than_ten_ahead(
    throttle: Throttle, ahead: float, queued: float | None, elapsed: float
) -> None:
    assert RUN_AHEAD_SECONDS <= run_ahead(throttle, ahead, queued, elapsed) <= BURST_AHEAD_SECONDS


@given(st.sampled_from(Throttle), AHEAD, QUEUED, ELAPSED)
def test_a_stream_that_is_to_run_less_far_ahead_goes_on_at_half_its_speed_or_more(
    throttle: Throttle, ahead: float, queued: float | None, elapsed: float
) -> None:
    assert run_ahead(throttle, ahead, queued, elapsed) >= ahead - (1 - SLOWEST) * elapsed - 1e-9


@given(AHEAD, st.floats(0, 60), ELAPSED)
def test_adaptive_is_never_faster_than_a_fifth_over_real_time(
    ahead: float, queued: float, elapsed: float
) -> None:
    assert run_ahead(Throttle.ADAPTIVE, ahead, queued, elapsed) <= ahead + (FASTEST - 1) * elapsed + 1e-9


@given(st.floats(0, 60), st.floats(0, 60))
def test_the_fuller_a_queue_the_slower_adaptive_is(queued: float, fuller: float) -> None:
    low, high = sorted((queued, fuller))
    assert SLOWEST <= speed(high) <= speed(low) <= FASTEST


def test_adaptive_fills_prompt_viewers_and_gives_way_to_crowded_ones() -> None:
    ahead = RUN_AHEAD_SECONDS
    for _ in range(600):
        ahead = run_ahead(Throttle.ADAPTIVE, ahead, 0.0, 0.1)
    assert ahead == BURST_AHEAD_SECONDS
    for _ in range(200):
        ahead = run_ahead(Throttle.ADAPTIVE, ahead, 5.0, 0.1)
    assert ahead == RUN_AHEAD_SECONDS


@given(RATES, st.integers(0, 10**6), st.floats(0, 3600), st.sampled_from((2.0, 10.0)))
def test_hurrying_changes_when_a_frame_goes_out_and_not_what_it_shows(
    rate: Fraction, frame: int, early: float, ahead: float
) -> None:
    clock = PlanClock(rate, 1000, NOON_MS, 5000.0, ahead)
    tick = int(frame * TICKS / rate)
    mono = clock.due_tick(tick) - early
    hurried = clock.hurried(tick, mono)
    assert abs(hurried.due_tick(tick) - mono) < 1e-6
    assert hurried.plan_of(frame) == clock.plan_of(frame)
    assert hurried.hurried(tick, mono + 1) == hurried, "what is late is not made later"


@given(RATES, st.integers(1000, 10**6), st.integers(-(10**7), 10**7))
def test_a_stream_that_hurries_is_off_plan_only_behind_the_wall_clock(
    rate: Fraction, frame: int, late_ms: int
) -> None:
    clock = PlanClock(rate, 1000, NOON_MS, 5000.0)
    assert clock.behind(frame, clock.plan_of(frame) + late_ms) == (late_ms > 2000)


@given(RATES, st.integers(0, 10**6), AHEAD)
def test_the_slate_steps_in_when_viewers_have_two_seconds_left_however_far_ahead_the_stream_runs(
    rate: Fraction, frame: int, ahead: float
) -> None:
    clock = PlanClock(rate, 0, NOON_MS, 50.0, ahead)
    assert clock.watched_at(frame) - clock.latest(frame) == pytest.approx(RUN_AHEAD_SECONDS)
    assert clock.due(frame) <= clock.latest(frame) + 1e-9
