"""Waits until a channel's frames are due, as its throttle says. Owns the plan clock's changes by it.

throttle.py decides when a frame is due; outlet.py asks before it sends one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from exstv.clock import Clock
from runtime.throttle import RUN_AHEAD_SECONDS, PlanClock, Throttle, run_ahead

LEAST_WAIT_SECONDS = 0.04
"""Frames that are due within it go out together: no viewer is sent to more than 25 times a second."""
MOST_ELAPSED_SECONDS = 1.0


class Pacer:
    """Owner of one channel's pace. `queued` gives the seconds of stream in the fullest viewer's queue."""

    def __init__(
        self,
        clock: Clock,
        queued: Callable[[], float | None],
        taken: asyncio.Event,
        *,
        in_segments: bool = False,
    ) -> None:
        """Takes what tells of the queues: None where nobody waits for more, and when a viewer takes some.

        `in_segments` says that the channel is tuned to by HLS.
        """
        self._clock = clock
        self._queued = queued
        self._taken = taken
        self._looked_at = clock.monotonic()
        self._in_segments = in_segments
        self._least = RUN_AHEAD_SECONDS

    def begun(self, plan: PlanClock, throttle: Throttle, gop_seconds: float) -> PlanClock:
        """The clock of a channel that tunes in: a client is filled at once where it is to be filled first.

        A player of HLS gets nothing of a group of pictures until all of it has gone out: where there is no
        stretch of stream yet to begin further back, the channel runs ahead by a group more.
        """
        self._looked_at = self._clock.monotonic()
        self._least = RUN_AHEAD_SECONDS + (gop_seconds if self._in_segments else 0.0)
        return replace(plan, ahead=run_ahead(throttle, self._least, None, 0.0, self._least))

    def early(self, plan: PlanClock, tick: int) -> bool:
        """Tells whether a place in the stream is not due yet."""
        return plan.due_tick(tick) > self._clock.monotonic()

    async def hold(self, plan: PlanClock, throttle: Throttle, tick: int) -> PlanClock:
        """Waits for a place in the stream that is not due yet; how far ahead may have changed."""
        now = self._clock.monotonic()
        # What was sent without waiting is no sign of room: it had to be made up.
        elapsed = min(now - self._looked_at, MOST_ELAPSED_SECONDS)
        self._looked_at = now
        queued = self._queued() if throttle is Throttle.ADAPTIVE else None
        plan = replace(plan, ahead=run_ahead(throttle, plan.ahead, queued, elapsed, self._least))
        wait = plan.due_tick(tick) - now
        if wait > 0:
            await asyncio.sleep(max(wait, LEAST_WAIT_SECONDS))
        return plan

    async def hurry(self, plan: PlanClock, first: int, last: int) -> PlanClock:
        """Waits for room in every viewer's queue for a stretch, at most until its first frame is due.

        So viewers who take all at once get all there is, and one who takes less than real time holds nobody
        back to less than that.
        """
        while (wait := plan.due_tick(first) - self._clock.monotonic()) > 0:
            queued = self._queued()
            if queued is not None and queued < RUN_AHEAD_SECONDS:
                plan = plan.hurried(last, self._clock.monotonic())
                break
            self._taken.clear()
            taken = asyncio.create_task(self._taken.wait())
            await asyncio.wait({taken}, timeout=wait)
            taken.cancel()
        # Whatever is sent without waiting must leave the others their turn.
        await asyncio.sleep(0)
        return plan
