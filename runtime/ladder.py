"""The ladder: what plays after a segment failed, and when the plan's item is tried again. Pure.

item → the same item again → the channel's fallback → slate. The times are process/breaker.py's.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.process.breaker import CircuitBreaker
from runtime.segment import Hold, Segment
from runtime.status import Step
from runtime.throttle import PlanClock

BRIDGE_SECONDS = 2
"""Slate while what came too late is cued again: it needs no time to start."""


class Ladder:
    """Owner of one airing's standing order; the breaker outlives the airing."""

    def __init__(self, breaker: CircuitBreaker, plan: PlanClock, now: float) -> None:
        """Starts with the plan's item, unless the channel's circuit is open."""
        self._breaker = breaker
        self.hold = Hold(until=_frame_at(plan, breaker.not_before(now), now))

    def played(self, segment: Segment, now: float) -> None:
        """Notes that a segment played to its end."""
        if segment.step is Step.ITEM:
            self._breaker.succeeded(now)
        elif segment.step is Step.FALLBACK:
            self.hold = replace(self.hold, fallback=self.hold.fallback + 1)

    def failed(self, segment: Segment, plan: PlanClock, now: float) -> None:
        """Notes that a segment ended before its last frame."""
        if segment.step is Step.FALLBACK:
            self.hold = replace(self.hold, step=Step.SLATE)
        elif segment.step is Step.ITEM:
            until = _frame_at(plan, self._breaker.failed(now).retry_at, now)
            self.hold = replace(self.hold, until=until, step=Step.FALLBACK)

    def bridge(self, plan: PlanClock, frame: int) -> None:
        """Puts the slate on at once for a while: the viewers' time in hand is used up."""
        self.hold = replace(self.hold, bridge=frame + round(BRIDGE_SECONDS * plan.rate))

    def forget(self) -> None:
        """Tries the plan's item at once: the channel has gone elsewhere in its plan."""
        self.hold = replace(self.hold, until=0, bridge=0)


def _frame_at(plan: PlanClock, retry_at: float, now: float) -> int:
    """The frame from which a planned item may be tried: any, if that time is not in the future."""
    return plan.frame_due_at(retry_at) if retry_at > now else 0
