"""What an airing says of a segment, and where it says it: the words between airing.py and channel.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from exstv.asrun.entry import Outcome as Ending
from runtime.mpegts.stream import Unit
from runtime.pacing import Pacer
from runtime.segment import Segment


class Outcome(Enum):
    """How a segment ended."""

    DONE = auto()
    FAILED = auto()
    LATE = auto()
    NO_PLACE = auto()
    OFF_PLAN = auto()

    @property
    def ending(self) -> Ending:
        """What the as-run log calls it."""
        return _ENDINGS[self]


_ENDINGS = {
    Outcome.DONE: Ending.PLAYED,
    Outcome.FAILED: Ending.FAILED,
    Outcome.LATE: Ending.LATE,
    Outcome.OFF_PLAN: Ending.OFF_PLAN,
    # No process has begun, so nothing of it went out.
    Outcome.NO_PLACE: Ending.LATE,
}


@dataclass(frozen=True)
class OnAir:
    """What goes out from a plan instant on; `trouble` says why it is not the plan's item."""

    from_ms: int
    segment: Segment
    pid: int | None = None
    trouble: str | None = None


@dataclass(frozen=True)
class Output:
    """Where a channel's stream goes, who is told what is on air, and what holds it back."""

    publish: Callable[[list[Unit]], None]
    tell: Callable[[OnAir], None]
    pacer: Pacer
