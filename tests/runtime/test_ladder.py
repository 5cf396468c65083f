from dataclasses import replace
from fractions import Fraction

import pytest

from exstv.timeline.model import ItemKind, PlayoutItem
from runtime.ladder import BRIDGE_SECONDS, Ladder
from runtime.process.breaker import CircuitBreaker, RestartRules, RestartThrottle
from runtime.process.states import ExitKind, Failure
from runtime.segment import Segment, key_of
from runtime.status import Step
from runtime.throttle import RUN_AHEAD_SECONDS, PlanClock

RATE = 30
RULES = RestartRules()
PLAN = PlanClock(Fraction(RATE), 0, 1_800_000_000_000, 100.0)
FILM = PlayoutItem(
    channel="c",
    seq=1,
    start_ms=PLAN.plan_ms,
    finish_ms=PLAN.plan_ms + 100_000,
    in_point_ms=0,
    out_point_ms=100_000,
    media_id="films:a",
    kind=ItemKind.CONTENT,
    rule="",
    file="",
    line=1,
)
ITEM = Segment(Step.ITEM, 0, 3000, FILM, "films:a")
SOFTWARE = replace(ITEM, step=Step.SOFTWARE)
FALLBACK = Segment(Step.FALLBACK, 30, 300, FILM, "films:f")
ENCODER = Failure(ExitKind.ENCODER_FAILED, "no device")
INPUT = Failure(ExitKind.INPUT_FAILED, "no such film")
STUCK = Failure(ExitKind.STUCK, "nothing comes")


def frame_at(mono: float) -> int:
    return round((mono - 100.0 + RUN_AHEAD_SECONDS) * RATE)


def ladder() -> Ladder:
    return Ladder(CircuitBreaker(), PLAN, 100.0)


def in_hardware(failure: Failure) -> Failure:
    return replace(failure, in_hardware=True)


def test_a_first_failure_holds_nothing_back() -> None:
    steps = ladder()
    steps.failed(ITEM, PLAN, 110.0, INPUT)
    assert (steps.hold.until, steps.reason) == (0, "no such film")


def test_a_second_failure_holds_the_item_back_and_the_fallback_plays() -> None:
    steps = ladder()
    steps.failed(ITEM, PLAN, 110.0, INPUT)
    steps.failed(ITEM, PLAN, 111.0, INPUT)
    assert steps.hold.until == frame_at(110.0 + RULES.again_seconds)
    assert (steps.hold.step, steps.hold.item) == (Step.FALLBACK, key_of(FILM))


def test_what_fails_before_its_turn_gives_its_turn_away() -> None:
    steps = ladder()
    later = replace(ITEM, first=6000, last=9000)
    for now in (110.0, 111.0):
        steps.failed(later, PLAN, now, INPUT)
    assert steps.hold.until == later.first + BRIDGE_SECONDS * RATE


def test_what_gives_nothing_before_its_turn_is_not_waited_for_a_second_time() -> None:
    steps = ladder()
    later = replace(ITEM, first=6000, last=9000)
    steps.failed(later, PLAN, 110.0, STUCK)
    assert steps.hold.until == later.first + RULES.again_seconds * RATE


def test_a_fallback_that_fails_gives_way_to_the_slate_until_the_item_is_tried() -> None:
    steps = ladder()
    for now in (110.0, 111.0):
        steps.failed(ITEM, PLAN, now, INPUT)
    held = steps.hold.until
    steps.failed(FALLBACK, PLAN, 112.0, STUCK)
    assert (steps.hold.step, steps.hold.until) == (Step.SLATE, held)
    assert steps.reason == "no such film; the fallback failed too: nothing comes"
    steps.failed(ITEM, PLAN, 145.0, INPUT)
    assert steps.hold.step is Step.FALLBACK


def test_fallbacks_take_turns() -> None:
    steps = ladder()
    steps.played(FALLBACK, 110.0)
    assert steps.hold.fallback == 1


@pytest.mark.parametrize("failure", [ENCODER, STUCK])
def test_what_hardware_cannot_encode_is_encoded_in_software_at_once_and_so_is_what_follows(
    failure: Failure,
) -> None:
    steps = ladder()
    steps.failed(ITEM, PLAN, 110.0, in_hardware(failure))
    assert (steps.hold.until, steps.hold.software) == (0, frame_at(110.0 + RULES.open_seconds))
    steps.failed(SOFTWARE, PLAN, 112.0, failure)
    assert (steps.hold.until, steps.hold.step) == (frame_at(110.0 + RULES.again_seconds), Step.FALLBACK)


def test_hardware_that_fails_again_and_again_does_not_open_the_circuit() -> None:
    breaker = CircuitBreaker()
    for n in range(10):
        steps = Ladder(breaker, PLAN, 100.0)
        now = 110.0 + n * RULES.open_seconds
        steps.failed(ITEM, PLAN, now, in_hardware(ENCODER))
        assert breaker.not_before(now) == now


@pytest.mark.parametrize("failure", [in_hardware(INPUT), ENCODER])
def test_software_is_no_step_for_a_dead_film_or_for_what_no_hardware_encoded(failure: Failure) -> None:
    steps = ladder()
    steps.failed(ITEM, PLAN, 110.0, failure)
    assert steps.hold.software == 0


def test_an_open_circuit_holds_every_item_back_and_says_so() -> None:
    steps = ladder()
    for n in range(RULES.failures):
        steps.failed(ITEM, PLAN, 110.0 + n, INPUT)
    assert steps.hold.item is None
    assert steps.reason == "no such film; 5 failures: its items are left alone for 120 s"


def test_an_airing_under_an_open_circuit_starts_with_the_fallback() -> None:
    breaker = CircuitBreaker()
    for n in range(RULES.failures):
        breaker.failed(90.0 + n)
    steps = Ladder(breaker, PLAN, 100.0)
    assert steps.hold.until == frame_at(90.0 + RULES.failures - 1 + RULES.open_seconds)
    assert steps.hold.item is None and steps.reason


def test_too_many_restarts_over_all_channels_wait_on_the_fallback() -> None:
    throttle = RestartThrottle(RestartRules(most=1))
    first, second = (Ladder(CircuitBreaker(throttle), PLAN, 100.0) for _ in range(2))
    first.failed(ITEM, PLAN, 110.0, INPUT)
    second.failed(ITEM, PLAN, 111.0, INPUT)
    assert (first.hold.until, second.hold.until) == (0, frame_at(110.0 + RULES.most_seconds))
    assert second.reason == "no such film; too many channels restart at once: it waits"


def test_no_place_is_nobodys_failure_and_the_slate_plays_for_a_while() -> None:
    breaker = CircuitBreaker()
    steps = Ladder(breaker, PLAN, 100.0)
    for n in range(RULES.failures):
        steps.no_place(PLAN, 600 + n, "waits for a process: memory guard")
    assert breaker.not_before(110.0) == 110.0
    bridge = replace(ITEM, step=Step.SLATE, first=600 + n, last=660 + n, media_id=None)
    assert (steps.hold.until, steps.why(bridge)) == (0, "waits for a process: memory guard")
    assert steps.hold.bridge > 600


def test_a_fallback_that_waited_for_its_process_still_says_what_it_stands_in_for() -> None:
    steps = ladder()
    steps.failed(ITEM, PLAN, 110.0, INPUT)
    steps.no_place(PLAN, 600, "waits for a process: memory guard")
    assert steps.why(replace(FALLBACK, step=Step.SLATE, first=600)) == "waits for a process: memory guard"
    assert steps.why(replace(FALLBACK, first=660)) == "no such film"


def test_what_came_too_late_is_bridged_by_the_slate() -> None:
    steps = ladder()
    steps.bridge(PLAN, 600)
    assert steps.hold.bridge == 600 + BRIDGE_SECONDS * RATE
    steps.forget(PLAN, 120.0)
    assert (steps.hold.bridge, steps.hold.until) == (0, 0)
