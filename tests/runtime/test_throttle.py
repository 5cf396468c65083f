from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from runtime.throttle import RUN_AHEAD_SECONDS, TICKS, PlanClock

RATES = st.sampled_from(
    [Fraction(30), Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(50)]
)
NOON_MS = 1_800_000_000_000


@given(RATES, st.integers(0, 10**7), st.integers(0, 10**9))
def test_a_plan_instant_is_shown_by_the_nearest_frame(rate: Fraction, frame: int, later_ms: int) -> None:
    clock = PlanClock(rate, frame, NOON_MS, 100.0)
    found = clock.frame_of(NOON_MS + later_ms)
    assert abs(clock.plan_of(found) - (NOON_MS + later_ms)) <= 500 / rate + 1


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
