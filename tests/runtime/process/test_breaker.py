from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runtime.process.breaker import Circuit, CircuitBreaker, RestartRules, RestartThrottle

RULES = RestartRules()


def test_the_first_failure_is_retried_at_once_and_the_next_one_waits() -> None:
    breaker = CircuitBreaker()
    assert breaker.failed(100.0).retry_at == 100.0
    assert breaker.failed(101.0).retry_at == 100.0 + RULES.again_seconds


def test_a_failure_long_after_the_last_restart_is_retried_at_once() -> None:
    breaker = CircuitBreaker()
    breaker.failed(100.0)
    later = 100.0 + RULES.again_seconds
    assert breaker.failed(later).retry_at == later


def test_five_failures_open_the_circuit_and_half_open_lets_one_try() -> None:
    breaker = CircuitBreaker()
    verdicts = [breaker.failed(100.0 + n) for n in range(RULES.failures)]
    assert [verdict.circuit for verdict in verdicts[:-1]] == [Circuit.CLOSED] * (RULES.failures - 1)
    assert verdicts[-1].circuit is Circuit.OPEN
    opened = 100.0 + RULES.failures - 1
    assert breaker.not_before(opened + 1) == opened + RULES.open_seconds
    assert breaker.circuit(opened + RULES.open_seconds) is Circuit.HALF_OPEN
    assert breaker.not_before(opened + RULES.open_seconds) == opened + RULES.open_seconds
    assert breaker.failed(opened + RULES.open_seconds).circuit is Circuit.OPEN


def test_a_success_closes_a_half_open_circuit() -> None:
    breaker = CircuitBreaker()
    for n in range(RULES.failures):
        breaker.failed(float(n))
    now = RULES.failures - 1 + RULES.open_seconds
    assert breaker.failures(now) == RULES.failures
    breaker.succeeded(now)
    assert breaker.circuit(now) is Circuit.CLOSED and breaker.failures(now) == 0
    assert breaker.failed_ever == RULES.failures
    assert breaker.failed(now + RULES.again_seconds).circuit is Circuit.CLOSED


@given(st.lists(st.floats(0.1, 400), min_size=1, max_size=40))
def test_no_channel_restarts_more_often_than_the_rules_allow(gaps: list[float]) -> None:
    breaker = CircuitBreaker()
    now, restarts = 1000.0, []
    for gap in gaps:
        now += gap
        verdict = breaker.failed(now)
        assert verdict.retry_at >= now
        restarts.append(verdict.retry_at)
        now = max(now, verdict.retry_at)
    assert all(b - a >= RULES.again_seconds - 1e-6 for a, b in pairwise(restarts))
    assert RULES.failure_seconds > RULES.open_seconds


@given(
    st.lists(st.tuples(st.floats(0, 30), st.sampled_from([0.0, 30.0, 120.0])), min_size=1, max_size=60),
    st.integers(1, 4),
)
def test_all_channels_together_restart_no_more_often_than_the_throttle_allows(
    wanted: list[tuple[float, float]], most: int
) -> None:
    throttle = RestartThrottle(RestartRules(most=most, most_seconds=20.0))
    now, times = 1000.0, []
    for gap, wait in wanted:
        now += gap
        times.append(throttle.reserve(now + wait, now))
        assert times[-1] >= now + wait
    times.sort()
    assert all(last - first >= 20.0 - 1e-6 for first, last in zip(times, times[most:], strict=False))


def test_the_eleventh_restart_of_a_minute_waits_for_the_first_to_be_forgotten() -> None:
    throttle = RestartThrottle()
    verdicts = [CircuitBreaker(throttle).failed(100.0 + n) for n in range(RULES.most + 1)]
    assert [verdict.throttled for verdict in verdicts] == [False] * RULES.most + [True]
    assert verdicts[-1].retry_at == 100.0 + RULES.most_seconds


def test_a_restart_in_another_way_does_not_wait_for_the_channels_own_last_one() -> None:
    breaker = CircuitBreaker()
    breaker.failed(100.0)
    assert breaker.failed(101.0, next_step=True).retry_at == 101.0


def test_failures_count_until_they_are_forgotten_and_restarts_for_ever() -> None:
    throttle = RestartThrottle()
    breaker = CircuitBreaker(throttle)
    for at in (100.0, 200.0):
        breaker.failed(at)
    assert [breaker.failures(at) for at in (200.0, 100.0 + RULES.failure_seconds, 9000.0)] == [2, 1, 0]
    assert (breaker.failed_ever, throttle.granted) == (2, 2)
