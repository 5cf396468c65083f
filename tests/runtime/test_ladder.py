from fractions import Fraction

from runtime.ladder import BRIDGE_SECONDS, Ladder
from runtime.process.breaker import AGAIN_SECONDS, FAILURES, OPEN_SECONDS, CircuitBreaker
from runtime.segment import Segment
from runtime.status import Step
from runtime.throttle import RUN_AHEAD_SECONDS, PlanClock

RATE = 30
PLAN = PlanClock(Fraction(RATE), 0, 1_800_000_000_000, 100.0)
ITEM = Segment(Step.ITEM, 0, 3000, None, "films:a")
FALLBACK = Segment(Step.FALLBACK, 30, 300, None, "films:f")


def frame_at(mono: float) -> int:
    return round((mono - 100.0 + RUN_AHEAD_SECONDS) * RATE)


def test_a_first_failure_holds_nothing_back() -> None:
    ladder = Ladder(CircuitBreaker(), PLAN, 100.0)
    ladder.failed(ITEM, PLAN, 110.0)
    assert ladder.hold.until == 0


def test_a_second_failure_holds_the_item_back_and_the_fallback_plays() -> None:
    ladder = Ladder(CircuitBreaker(), PLAN, 100.0)
    ladder.failed(ITEM, PLAN, 110.0)
    ladder.failed(ITEM, PLAN, 111.0)
    assert ladder.hold.until == frame_at(110.0 + AGAIN_SECONDS)
    assert ladder.hold.step is Step.FALLBACK


def test_a_fallback_that_fails_gives_way_to_the_slate_until_the_item_is_tried() -> None:
    ladder = Ladder(CircuitBreaker(), PLAN, 100.0)
    for now in (110.0, 111.0):
        ladder.failed(ITEM, PLAN, now)
    held = ladder.hold.until
    ladder.failed(FALLBACK, PLAN, 112.0)
    assert (ladder.hold.step, ladder.hold.until) == (Step.SLATE, held)
    ladder.failed(ITEM, PLAN, 145.0)
    assert ladder.hold.step is Step.FALLBACK


def test_fallbacks_take_turns() -> None:
    ladder = Ladder(CircuitBreaker(), PLAN, 100.0)
    ladder.played(FALLBACK, 110.0)
    assert ladder.hold.fallback == 1


def test_an_airing_under_an_open_circuit_starts_with_the_fallback() -> None:
    breaker = CircuitBreaker()
    for n in range(FAILURES):
        breaker.failed(90.0 + n)
    ladder = Ladder(breaker, PLAN, 100.0)
    assert ladder.hold.until == frame_at(90.0 + FAILURES - 1 + OPEN_SECONDS)


def test_what_came_too_late_is_bridged_by_the_slate() -> None:
    ladder = Ladder(CircuitBreaker(), PLAN, 100.0)
    ladder.bridge(PLAN, 600)
    assert ladder.hold.bridge == 600 + BRIDGE_SECONDS * RATE
    ladder.forget()
    assert (ladder.hold.bridge, ladder.hold.until) == (0, 0)
