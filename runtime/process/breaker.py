"""When to try again after a failure: the restart rules of one channel, as a pure state machine.

The numbers are DESIGN.md's (Restarts). Owns no process and no clock: it is told what failed and when, and
answers which step of the ladder to take until when.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

AGAIN_SECONDS = 30.0
"""A second restart within this time waits on the ladder's next step."""
FAILURES = 5
WINDOW_SECONDS = 300.0
OPEN_SECONDS = 120.0


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


class CircuitBreaker:
    """Owner of one channel's failure counts."""

    def __init__(self) -> None:
        self._failures: deque[float] = deque()
        self._last_restart: float | None = None
        self._open_until: float | None = None

    def circuit(self, now: float) -> Circuit:
        """The state at an instant."""
        if self._open_until is None:
            return Circuit.CLOSED
        return Circuit.OPEN if now < self._open_until else Circuit.HALF_OPEN

    def not_before(self, now: float) -> float:
        """From when on a planned item may be tried: now, unless the circuit is open."""
        return now if self._open_until is None else max(now, self._open_until)

    def failed(self, now: float) -> Verdict:
        """Counts a failure and says when the item may be tried again."""
        half_open = self.circuit(now) is Circuit.HALF_OPEN
        self._failures.append(now)
        while self._failures[0] <= now - WINDOW_SECONDS:
            self._failures.popleft()
        if half_open or len(self._failures) >= FAILURES:
            self._open_until = now + OPEN_SECONDS
            return Verdict(self._open_until, Circuit.OPEN)
        self._last_restart = self._restart_at(now)
        return Verdict(self._last_restart, Circuit.CLOSED)

    def succeeded(self, now: float) -> None:
        """Closes a half-open circuit: the item that was let through played to its end."""
        if self.circuit(now) is Circuit.HALF_OPEN:
            self._open_until = None
            self._failures.clear()

    def _restart_at(self, now: float) -> float:
        if self._last_restart is None:
            return now
        return max(now, self._last_restart + AGAIN_SECONDS)
