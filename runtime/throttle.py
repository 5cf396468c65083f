"""Frames, the plan's time and the machine's time: which frame is due when. Pure.

A channel's stream counts frames from its first one for ever. A `PlanClock` says which plan instant a frame
shows and at which monotonic second it may go out; when the two clocks part (a clock step, a suspended
machine, an encoder that cannot keep up) the channel takes a new one and rejoins the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

TICKS = 90_000
"""Ticks of the stream's clock in a second."""
RUN_AHEAD_SECONDS = 2.0
"""How far the stream runs ahead of real time: what a player has in hand when something hiccups."""
REJOIN_MS = 2000
"""A channel further than this from its plan rejoins it."""


@dataclass(frozen=True)
class PlanClock:
    """Frame `frame` shows plan instant `plan_ms` and is watched at monotonic second `mono`."""

    rate: Fraction
    frame: int
    plan_ms: int
    mono: float

    def plan_of(self, frame: int) -> int:
        """The plan instant that a frame shows, in UTC ms."""
        return self.plan_ms + round((frame - self.frame) * 1000 / self.rate)

    def plan_of_tick(self, tick: int) -> int:
        """The plan instant that a place in the stream shows, in UTC ms."""
        return self.plan_ms + round(Fraction(tick * 1000, TICKS) - self.frame * 1000 / self.rate)

    def frame_of(self, plan_ms: int) -> int:
        """The first frame of what begins at a plan instant: the nearest, so errors never add up."""
        return self.frame + round((plan_ms - self.plan_ms) * self.rate / 1000)

    def watched_at(self, frame: int) -> float:
        """The monotonic second at which a frame is watched."""
        return self.mono + float((frame - self.frame) / self.rate)

    def watched_ms(self, frame: int, now_ms: int, mono: float) -> int:
        """When a frame is watched by the wall clock, in UTC ms."""
        return now_ms + round((self.watched_at(frame) - mono) * 1000)

    def due(self, frame: int) -> float:
        """The monotonic second at which a frame goes out."""
        return self.watched_at(frame) - RUN_AHEAD_SECONDS

    def due_tick(self, tick: int) -> float:
        """The same for a place in the stream, in ticks since its start."""
        return self.mono + tick / TICKS - float(self.frame / self.rate) - RUN_AHEAD_SECONDS

    def frame_due_at(self, mono: float) -> int:
        """The frame that goes out at a monotonic second."""
        return self.frame + round((mono + RUN_AHEAD_SECONDS - self.mono) * self.rate)

    def parted(self, frame: int, now_ms: int, mono: float) -> bool:
        """Tells whether the wall clock has left the plan, or the stream at `frame` is too late for it."""
        error_ms = now_ms - self.plan_ms - round((mono - self.mono) * 1000)
        return abs(error_ms) > REJOIN_MS or mono - self.watched_at(frame) > REJOIN_MS / 1000

    def rejoined(self, frame: int, now_ms: int, mono: float) -> PlanClock:
        """The clock by which `frame` is on plan again; what has been sent ahead stays ahead."""
        watched = max(self.watched_at(frame), mono)
        return replace(self, frame=frame, plan_ms=now_ms + round((watched - mono) * 1000), mono=watched)
