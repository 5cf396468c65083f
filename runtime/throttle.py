"""Frames, the plan's time and the machine's time: which frame is due when. Pure.

A channel's stream counts frames from its first one for ever. A `PlanClock` says which plan instant a frame
shows and at which monotonic second it may go out; when the two clocks part (a clock step, a suspended
machine, an encoder that cannot keep up) the channel takes a new one and rejoins the plan.

A channel's throttle decides how long before it is watched a frame goes out, never what it shows: `realtime`
2 s, `burst` 10 s, `adaptive` between the two, `disabled` as early as viewers take it. pacing.py waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from math import floor

TICKS = 90_000
"""Ticks of the stream's clock in a second."""
RUN_AHEAD_SECONDS = 2.0
"""How far the stream runs ahead of real time: what a player has in hand when something hiccups."""
BURST_AHEAD_SECONDS = 10.0
"""The same where a client is filled first, and the most that an adaptive channel runs ahead."""
FASTEST, SLOWEST = 1.2, 0.5
"""Speeds between which an adaptive channel changes how far it runs ahead, 1 being real time."""
PROMPT_SECONDS, CROWDED_SECONDS = 0.2, 2.0
"""Seconds of stream in the fullest viewer's queue: up to the first it speeds up, from the second it slows
down as much as it may."""
REJOIN_MS = 2000
"""A channel further than this from its plan rejoins it."""


class Throttle(StrEnum):
    """How fast a channel is sent (LANGUAGE.md, channels)."""

    REALTIME = "realtime"
    BURST = "burst"
    ADAPTIVE = "adaptive"
    DISABLED = "disabled"


@dataclass(frozen=True)
class PlanClock:
    """Frame `frame` shows plan instant `plan_ms` and is watched at monotonic second `mono`."""

    rate: Fraction
    frame: int
    plan_ms: int
    mono: float
    ahead: float = RUN_AHEAD_SECONDS
    """Seconds before it is watched that a frame goes out."""

    def plan_of(self, frame: int) -> int:
        """The plan instant that a frame shows, in UTC ms."""
        return self.plan_ms + round((frame - self.frame) * 1000 / self.rate)

    def plan_of_tick(self, tick: int) -> int:
        """The plan instant that a place in the stream shows, in UTC ms."""
        return self.plan_ms + round(Fraction(tick * 1000, TICKS) - self.frame * 1000 / self.rate)

    def frame_of(self, plan_ms: int) -> int:
        """The first frame of what begins at a plan instant: the nearest, so errors never add up.

        Of two that are as near the later one, always: `round` would take the even one.
        """
        return self.frame + floor((plan_ms - self.plan_ms) * self.rate / 1000 + Fraction(1, 2))

    def watched_at(self, frame: int) -> float:
        """The monotonic second at which a frame is watched."""
        return self.mono + float((frame - self.frame) / self.rate)

    def watched_ms(self, frame: int, now_ms: int, mono: float) -> int:
        """When a frame is watched by the wall clock, in UTC ms."""
        return now_ms + round((self.watched_at(frame) - mono) * 1000)

    def due(self, frame: int) -> float:
        """The monotonic second at which a frame goes out."""
        return self.watched_at(frame) - self.ahead

    def due_tick(self, tick: int) -> float:
        """The same for a place in the stream, in ticks since its start."""
        return self.mono + tick / TICKS - float(self.frame / self.rate) - self.ahead

    def latest(self, frame: int) -> float:
        """The monotonic second after which viewers use up the 2 s that every throttle leaves them."""
        return self.watched_at(frame) - RUN_AHEAD_SECONDS

    def frame_due_at(self, mono: float) -> int:
        """The frame that goes out at a monotonic second."""
        return self.frame + round((mono + self.ahead - self.mono) * self.rate)

    def watched(self, mono: float) -> int:
        """The plan instant that is watched at a monotonic second, in UTC ms."""
        return self.plan_ms + round((mono - self.mono) * 1000)

    def parted(self, frame: int, now_ms: int, mono: float) -> bool:
        """Tells whether the wall clock has left the plan, or the stream at `frame` is too late for it."""
        error_ms = now_ms - self.watched(mono)
        return abs(error_ms) > REJOIN_MS or mono - self.watched_at(frame) > REJOIN_MS / 1000

    def rejoined(self, frame: int, now_ms: int, mono: float) -> PlanClock:
        """The clock by which `frame` is on plan again; what has been sent ahead stays ahead."""
        watched = max(self.watched_at(frame), mono)
        return replace(self, frame=frame, plan_ms=now_ms + round((watched - mono) * 1000), mono=watched)

    def hurried(self, tick: int, mono: float) -> PlanClock:
        """The clock by which a place in the stream, due later, is due now; the plan's items stay the same."""
        early = self.due_tick(tick) - mono
        return replace(self, mono=self.mono - early) if early > 0 else self

    def behind(self, frame: int, now_ms: int) -> bool:
        """Tells whether a stream that no clock holds back has fallen behind the wall clock."""
        return now_ms - self.plan_of(frame) > REJOIN_MS


def speed(queued: float) -> float:
    """An adaptive channel's speed by the seconds of stream in its fullest viewer's queue."""
    crowded = (queued - PROMPT_SECONDS) / (CROWDED_SECONDS - PROMPT_SECONDS)
    return FASTEST - (FASTEST - SLOWEST) * min(1.0, max(0.0, crowded))


def run_ahead(
    throttle: Throttle, ahead: float, queued: float | None, elapsed: float, least: float = RUN_AHEAD_SECONDS
) -> float:
    """How far a channel runs ahead some seconds later; `queued` is None where nobody watches.

    Less than before comes slowly, so that the stream never stands still; `least` is reached and kept.
    """
    slower = max(least, ahead - (1 - SLOWEST) * elapsed)
    match throttle:
        case Throttle.BURST:
            return BURST_AHEAD_SECONDS
        case Throttle.ADAPTIVE if queued is not None:
            changed = ahead + (speed(queued) - 1) * elapsed
            return min(BURST_AHEAD_SECONDS, max(least, changed))
        case _:
            return slower
