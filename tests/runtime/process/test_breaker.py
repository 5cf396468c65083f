from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runtime.process.breaker import (
    AGAIN_SECONDS,
    FAILURES,
    OPEN_SECONDS,
    WINDOW_SECONDS,
    Circuit,
    CircuitBreaker,
)


def test_the_first_failure_is_retried_at_once_and_the_next_one_waits() -> None:
    breaker = CircuitBreaker()
    assert breaker.failed(100.0).retry_at == 100.0
    assert breaker.failed(101.0).retry_at == 100.0 + AGAIN_SECONDS


def test_a_failure_long_after_the_last_restart_is_retried_at_once() -> None:
    breaker = CircuitBreaker()
    breaker.failed(100.0)
    later = 100.0 + AGAIN_SECONDS
    assert breaker.failed(later).retry_at == later


def test_five_failures_open_the_circuit_and_half_open_lets_one_try() -> None:
    breaker = CircuitBreaker()
    verdicts = [breaker.failed(100.0 + n) for n in range(FAILURES)]
    assert [verdict.circuit for verdict in verdicts[:-1]] == [Circuit.CLOSED] * (FAILURES - 1)
    assert verdicts[-1].circuit is Circuit.OPEN
    opened = 100.0 + FAILURES - 1
    assert breaker.not_before(opened + 1) == opened + OPEN_SECONDS
    assert breaker.circuit(opened + OPEN_SECONDS) is Circuit.HALF_OPEN
    assert breaker.not_before(opened + OPEN_SECONDS) == opened + OPEN_SECONDS
    assert breaker.failed(opened + OPEN_SECONDS).circuit is Circuit.OPEN


def test_a_success_closes_a_half_open_circuit() -> None:
    breaker = CircuitBreaker()
    for n in range(FAILURES):
        breaker.failed(float(n))
    now = FAILURES - 1 + OPEN_SECONDS
    breaker.succeeded(now)
    assert breaker.circuit(now) is Circuit.CLOSED
    assert breaker.failed(now + AGAIN_SECONDS).circuit is Circuit.CLOSED


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
    assert all(b - a >= AGAIN_SECONDS - 1e-6 for a, b in pairwise(restarts))
    assert WINDOW_SECONDS > OPEN_SECONDS
