"""When to try again after a failure: the restart rules, as pure state machines.

The numbers are DESIGN.md's (Restarts), unless config.yaml sets others. Owns no process and no clock: it is
told what failed and when, and answers when to try again. ladder.py says what plays meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import msgspec


class RestartRules(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers that config.yaml sets under `restarts`."""

    again_seconds: float = 30.0
    """A second restart of a channel within this time waits on the ladder's next step."""
    failures: int = 5
    failure_seconds: float = 300.0
    open_seconds: float = 120.0
    most: int = 10
    most_seconds: float = 60.0


class Circuit(StrEnum):
    """Whether planned items are tried at all."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class Verdict:
    """What to do after a failure: try at once, or not before `retry_at` (monotonic seconds)."""

    retry_at: float
    circuit: Circuit
    throttled: bool = False
    """Whether the limit over all channels makes it wait longer than its own rules."""


class RestartThrottle:
    """Owner of the times of all channels' restarts: at most `most` in any `most_seconds`."""

    def __init__(self, rules: RestartRules | None = None) -> None:
        self.rules = rules or RestartRules()
        self._times: list[float] = []
        self.granted = 0
        """How many restarts were given a time since the start."""

    def reserve(self, earliest: float, now: float) -> float:
        """Gives a restart its time: the first from `earliest` on that keeps the limit."""
        del self._times[: bisect_right(self._times, now - self.rules.most_seconds)]
        at = earliest
        while (crowded := self._crowded(at)) is not None:
            at = crowded + self.rules.most_seconds
        insort(self._times, at)
        self.granted += 1
        return at

    def _crowded(self, at: float) -> float | None:
        """The start of a window that one more restart at this time would overfill; None if there is none."""
        width, most = self.rules.most_seconds, self.rules.most
        near = self._times[bisect_right(self._times, at - width) : bisect_left(self._times, at + width)]
        for first, last in zip(near, near[most - 1 :], strict=False):
            # Written so that `first + width`, the answer, never counts as crowded again by rounding.
            if max(last, at) < min(first, at) + width:
                return first
        return None


class CircuitBreaker:
    """Owner of one channel's failure counts; the throttle is shared by all channels."""

    def __init__(self, throttle: RestartThrottle | None = None) -> None:
        self._throttle = throttle or RestartThrottle()
        self._failures: deque[float] = deque()
        self.failed_ever = 0
        """All failures since the start."""
        self._last_restart: float | None = None
        self._open_until: float | None = None

    @property
    def rules(self) -> RestartRules:
        """The numbers in force."""
        return self._throttle.rules

    def circuit(self, now: float) -> Circuit:
        """The state at an instant."""
        if self._open_until is None:
            return Circuit.CLOSED
        return Circuit.OPEN if now < self._open_until else Circuit.HALF_OPEN

    def failures(self, now: float) -> int:
        """How many failures still count at an instant."""
        return sum(at > now - self.rules.failure_seconds for at in self._failures)

    def not_before(self, now: float) -> float:
        """From when on a planned item may be tried: now, unless the circuit is open."""
        return now if self._open_until is None else max(now, self._open_until)

    def failed(self, now: float, *, next_step: bool = False) -> Verdict:
        """Counts a failure and says when the item may be tried again.

        `next_step` tells that the item will be tried in another way, so that the channel's own wait is none.
        """
        half_open = self.circuit(now) is Circuit.HALF_OPEN
        self._failures.append(now)
        self.failed_ever += 1
        while self._failures[0] <= now - self.rules.failure_seconds:
            self._failures.popleft()
        if half_open or len(self._failures) >= self.rules.failures:
            self._open_until = self._throttle.reserve(now + self.rules.open_seconds, now)
            return Verdict(self._open_until, Circuit.OPEN)
        earliest = now if next_step else self._restart_at(now)
        self._last_restart = self._throttle.reserve(earliest, now)
        return Verdict(self._last_restart, Circuit.CLOSED, throttled=self._last_restart > earliest)

    def succeeded(self, now: float) -> None:
        """Closes a half-open circuit: the item that was let through played to its end."""
        if self.circuit(now) is Circuit.HALF_OPEN:
            self._open_until = None
            self._failures.clear()

    def _restart_at(self, now: float) -> float:
        if self._last_restart is None:
            return now
        return max(now, self._last_restart + self.rules.again_seconds)
