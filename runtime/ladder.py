"""The ladder: what plays after a segment failed, why, and when the plan's item is tried again. Pure.

item in hardware → item in software → the channel's fallback → slate. A first failure is tried again at once;
the times are process/breaker.py's. What no hardware encoded has no step in software.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.process.breaker import Circuit, CircuitBreaker, Verdict
from runtime.process.states import ExitKind, Failure
from runtime.segment import Hold, Segment, key_of
from runtime.status import Step
from runtime.throttle import PlanClock

BRIDGE_SECONDS = 3
"""Slate while what came too late is cued again: it needs no time to start."""

_MAY_BE_HARDWARE = {ExitKind.ENCODER_FAILED, ExitKind.STUCK, ExitKind.FAILED}
"""What software may do better: not a film that cannot be read, nor a process that somebody killed."""


class Ladder:
    """Owner of one airing's standing order; the breaker outlives the airing.

    `reason` says in words why the plan's item is not tried; who waits for a process has another one (`why`).
    """

    def __init__(self, breaker: CircuitBreaker, plan: PlanClock, now: float) -> None:
        """Starts with the plan's item, unless the channel's circuit is open."""
        self._breaker = breaker
        self.reason: str | None = None
        self._waits: str | None = None
        self.hold = Hold()
        self.forget(plan, now)

    def played(self, segment: Segment, now: float) -> None:
        """Notes that a segment played to its end."""
        if segment.step.planned:
            self._breaker.succeeded(now)
        elif segment.step is Step.FALLBACK:
            self.hold = replace(self.hold, fallback=self.hold.fallback + 1)

    def failed(self, segment: Segment, plan: PlanClock, now: float, failure: Failure) -> None:
        """Notes that a segment failed, before its turn or before its last frame."""
        self._waits = None
        if segment.step is Step.FALLBACK:
            before = f"{self.reason}; " if self.reason else ""
            self.reason = f"{before}the fallback failed too: {failure.words}"
            self.hold = replace(self.hold, step=Step.SLATE)
        elif segment.item is not None and segment.step.planned:
            software = failure.in_hardware and failure.kind in _MAY_BE_HARDWARE
            verdict = self._breaker.failed(now, next_step=software)
            self.reason = failure.words + self._wait_words(verdict)
            until = _frame_at(plan, verdict.retry_at, now)
            if plan.due(segment.first) > now:
                until = self._turn_given_away(segment, plan, until, failure)
            self.hold = replace(
                self.hold,
                until=until,
                # Another item is no restart, unless the channel's circuit is open.
                item=None if verdict.circuit is Circuit.OPEN else key_of(segment.item),
                step=Step.FALLBACK,
            )
            if software:
                again_at = now + self._breaker.rules.open_seconds
                self.hold = replace(self.hold, software=_frame_at(plan, again_at, now))

    def why(self, segment: Segment) -> str | None:
        """Says why a segment plays that is not the plan's item as it should be."""
        bridges = segment.step is Step.SLATE and segment.first < self.hold.bridge
        return self._waits if bridges and self._waits is not None else self.reason

    def no_place(self, plan: PlanClock, frame: int, why: str) -> None:
        """Notes that the pool had no place: nobody's failure, so the slate plays for a while."""
        self._waits = why
        self.bridge(plan, frame)

    def bridge(self, plan: PlanClock, frame: int) -> None:
        """Puts the slate on at once for a while: the viewers' time in hand is used up."""
        self.hold = replace(self.hold, bridge=frame + round(BRIDGE_SECONDS * plan.rate))

    def forget(self, plan: PlanClock, now: float) -> None:
        """Tries the plan's item at once, if the circuit is closed: the channel went elsewhere in its plan."""
        until = _frame_at(plan, self._breaker.not_before(now), now)
        self.hold = replace(self.hold, until=until, item=None, bridge=0)
        if until:
            self.reason = "too many failures: its items are left alone for a while"

    def _turn_given_away(self, segment: Segment, plan: PlanClock, until: int, failure: Failure) -> int:
        """When to try again what failed before its turn: in its place only if it fails quickly."""
        if failure.kind is ExitKind.STUCK:
            return max(until, segment.first + round(self._breaker.rules.again_seconds * plan.rate))
        return max(until, segment.first + round(BRIDGE_SECONDS * plan.rate)) if until else 0

    def _wait_words(self, verdict: Verdict) -> str:
        rules = self._breaker.rules
        if verdict.circuit is Circuit.OPEN:
            failures = "1 failure" if rules.failures == 1 else f"{rules.failures} failures"
            return f"; {failures}: its items are left alone for {rules.open_seconds:g} s"
        return "; too many channels restart at once: it waits" if verdict.throttled else ""


def _frame_at(plan: PlanClock, retry_at: float, now: float) -> int:
    """The frame from which a planned item may be tried: any, if that time is not in the future."""
    return plan.frame_due_at(retry_at) if retry_at > now else 0
