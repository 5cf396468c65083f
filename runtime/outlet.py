"""The end of a channel's stream: each unit goes out at its time, or it is told that the time has passed.

Owns the plan clock, which pacing and a slow start move, and reads where the splicer stands. What goes out is
airing.py's business, how long a frame is held pacing.py's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from exstv.clock import Clock
from runtime.mpegts.splice import Splicer
from runtime.mpegts.stream import Unit
from runtime.pacing import Pacer
from runtime.segment import Segment
from runtime.throttle import PlanClock, Throttle

PATIENCE_SECONDS = 1.2
"""How late a frame may be before the slate steps in: the viewer's 2 s are not used up by then."""
BRIDGED_PATIENCE_SECONDS = 0.4
"""The same behind a slate that stands in for an item: it can go on, and the item has had its time."""
START_PATIENCE_SECONDS = 4.0
"""The same while a channel starts: real tuners give up at 5 s."""
START_UP_SECONDS = 0.5
"""Of the first process's start-up time, what is made up by running ahead; its item gives up the rest."""


class Outlet:
    """Owner of one channel's plan clock."""

    def __init__(
        self,
        clock: Clock,
        plan: PlanClock,
        splicer: Splicer,
        pacer: Pacer,
        send: Callable[[list[Unit]], None],
        *,
        past: bool = False,
    ) -> None:
        """`past` says that another time than now is watched."""
        self.plan = plan
        """Which plan instant each place of the stream shows, and when it goes out."""
        self.bridged = False
        """Whether what went out last was the slate in an item's place."""
        self._clock = clock
        self._splicer = splicer
        self._pacer = pacer
        self._send = send
        self._past = past
        self._waited_ms = 0
        """How long the clock of who watches the past stood still until the first picture was there."""
        self._patient_until = plan.mono + START_PATIENCE_SECONDS
        self._sent_at = math.inf

    @property
    def frames(self) -> int:
        """How many frames the stream has; the next one's number."""
        return self._splicer.frames

    async def release(self, units: list[Unit], throttle: Throttle, look_ahead: Callable[[], None]) -> None:
        """Sends units, each not before its time; sound goes with the picture before it.

        `look_ahead` is called whenever there is time before the next one.
        """
        frames = [unit.tick for unit in units if unit.video]
        if frames and throttle is Throttle.DISABLED:
            look_ahead()
            self.plan = await self._pacer.hurry(self.plan, frames[0], frames[-1])
            self._sent_at = self._clock.monotonic()
            self._send(units)
            return
        ready: list[Unit] = []
        for unit in units:
            if unit.video and self._pacer.early(self.plan, unit.tick):
                self._send(ready)
                ready = []
                look_ahead()
                self.plan = await self._pacer.hold(self.plan, throttle, unit.tick)
            ready.append(unit)
        if units:
            self._sent_at = self._clock.monotonic()
        self._send(ready)

    def deadline(self, patience: float | None = None) -> float:
        """When the slate steps in for the next frame; a little later while the stream only gets ahead."""
        if patience is None:
            patience = BRIDGED_PATIENCE_SECONDS if self.bridged else PATIENCE_SECONDS
        starting = min(self._patient_until, self._sent_at + patience)
        return max(self.plan.latest(self.frames) + patience, starting)

    def begin(self, segment: Segment) -> Segment:
        """Says that a segment's first bytes are here, and gives what of it the plan still has room for.

        The channel's very first ones may have taken long. No viewer gets more than 2.5 s at once, and nobody
        later what the guide says: the stream begins that many frames further on in its plan, and what it
        shows first ends sooner by as much. It may be left with no frame at all. The past waits.
        """
        late = self._clock.monotonic() - self.plan.watched_at(0) - START_UP_SECONDS
        if self.frames > 0 or late <= 0:
            return segment
        if self._past:
            self._waited_ms += round(late * 1000)
            self.plan = replace(self.plan, mono=self.plan.mono + late)
            return segment
        lost = math.ceil(late * self.plan.rate)
        self.plan = replace(self.plan, frame=self.plan.frame - lost)
        return replace(segment, last=segment.last - lost)

    def is_off_plan(self, throttle: Throttle) -> bool:
        """Tells whether the stream and the wall clock have parted."""
        if throttle is Throttle.DISABLED:
            return self.plan.behind(self.frames, self._now_ms())
        return self.plan.parted(self.frames, self._now_ms(), self._clock.monotonic())

    def rejoin(self) -> None:
        """Goes where the plan is."""
        self.plan = self.plan.rejoined(self.frames, self._now_ms(), self._clock.monotonic())

    def _now_ms(self) -> int:
        return self._clock.now_ms() - self._waited_ms
