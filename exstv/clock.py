"""Time from outside: the only place that asks the machine what time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime.fromtimestamp(0, UTC)
_MS = timedelta(milliseconds=1)


class Clock(Protocol):
    """What the edges are given instead of the machine's clocks."""

    def now_ms(self) -> int:
        """UTC milliseconds since 1970."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


def from_iso(text: str) -> int:
    """Parses an ISO 8601 instant (`2026-12-25T20:00Z`) to UTC ms; no zone means UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def to_ms(moment: datetime) -> int:
    """An aware datetime as UTC ms, rounded down."""
    # In whole numbers: a float of seconds would lose a millisecond now and then.
    return (moment - _EPOCH) // _MS


def to_utc(instant_ms: int) -> datetime:
    """UTC ms as an aware datetime."""
    return datetime.fromtimestamp(instant_ms / 1000, UTC)


def to_iso(instant_ms: int) -> str:
    """UTC ms as `2026-12-25T20:00:00.000Z`."""
    return to_utc(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
