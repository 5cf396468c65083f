"""What one airing really sent, stretch by stretch, as entries of the as-run log.

Is told what begins, each frame that goes out and how it ended (airing.py); hands each entry on when it is
known whole. A segment of which no frame went out is none: its reason is told by what came instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exstv.asrun.entry import AsRunEntry, Outcome
from exstv.clock import Clock
from runtime.mpegts.stream import Unit
from runtime.segment import Segment
from runtime.throttle import PlanClock


@dataclass(frozen=True)
class Shown:
    """What a stretch shows; `reason` says why it is not the plan's item."""

    segment: Segment
    title: str | None = None
    pid: int | None = None
    reason: str | None = None


@dataclass
class _Stretch:
    first: int
    plan: PlanClock
    start_ms: int
    frames: int = 0
    bytes: int = 0


class Aired:
    """Owner of the entry of what is on air now."""

    def __init__(self, channel: str, clock: Clock, log: Callable[[AsRunEntry], None]) -> None:
        self._channel = channel
        self._clock = clock
        self._log = log
        self._shown: Shown | None = None
        self._stretch: _Stretch | None = None
        self._frames = 0
        self._finish_ms: int | None = None

    def begin(self, shown: Shown) -> None:
        """Says what the next frames show; until the first of them has gone out it can be said anew."""
        self._shown = shown

    def sent(self, units: list[Unit], plan: PlanClock) -> None:
        """Counts what has gone out now."""
        if not units:
            return
        if self._stretch is None:
            start_ms = self._finish_ms
            if start_ms is None:
                start_ms = self._watched_ms(plan, self._frames)
            self._stretch = _Stretch(self._frames, plan, start_ms)
        # A hurried stream is watched sooner than its clock said when the stretch began.
        self._stretch.plan = plan
        frames = sum(1 for unit in units if unit.video)
        self._stretch.frames += frames
        self._stretch.bytes += sum(len(unit.data) for unit in units)
        self._frames += frames

    def end(self, outcome: Outcome, failure: str | None = None) -> None:
        """Logs what was shown, if anything was."""
        entry = self._entry(outcome, failure)
        self._shown = self._stretch = None
        if entry is None:
            return
        # The next frame is watched as this stretch ends, unless the stream has left the clock.
        self._finish_ms = entry.finish_ms if outcome is not Outcome.OFF_PLAN else None
        self._log(entry)

    def so_far(self) -> AsRunEntry | None:
        """What is on air now, as if it stopped here."""
        return self._entry(Outcome.STOPPED, None)

    def _entry(self, outcome: Outcome, failure: str | None) -> AsRunEntry | None:
        shown, stretch = self._shown, self._stretch
        if shown is None or stretch is None or not stretch.frames:
            return None
        segment, plan, last = shown.segment, stretch.plan, stretch.first + stretch.frames
        plan_start_ms, plan_finish_ms = plan.plan_of(stretch.first), plan.plan_of(last)
        if outcome is Outcome.OFF_PLAN:
            # The wall clock was set or the stream stood still: neither was seen by who watched this stretch.
            finish_ms = stretch.start_ms + plan_finish_ms - plan_start_ms
        else:
            finish_ms = self._watched_ms(plan, last)
        item = segment.item
        return AsRunEntry(
            channel=self._channel,
            start_ms=stretch.start_ms,
            finish_ms=finish_ms,
            plan_start_ms=plan_start_ms,
            plan_finish_ms=plan_finish_ms,
            step=segment.step.value,
            seq=item.seq if item else None,
            programme_id=item.programme_id if item else None,
            planned_media_id=item.media_id if item else None,
            media_id=segment.media_id,
            title=shown.title,
            first_frame=stretch.first,
            frames=stretch.frames,
            bytes=stretch.bytes,
            pid=shown.pid,
            outcome=outcome,
            reason=shown.reason,
            failure=failure,
        )

    def _watched_ms(self, plan: PlanClock, frame: int) -> int:
        return plan.watched_ms(frame, self._clock.now_ms(), self._clock.monotonic())
