"""One channel's playback: whether anybody watches, and what is on air. Where to go next: airing.py.

IDLE → CUEING (the first viewer came) → ON_AIR or SLATE → DRAINING (the last one left, a while ago) → IDLE.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from exstv.asrun.entry import AsRunEntry
from exstv.errors import ExstvError
from runtime.airing import Airing
from runtime.cue import Kit
from runtime.fanout import Fanout, Viewer
from runtime.hls import HlsOutput
from runtime.mpegts.stream import Unit
from runtime.onair import OnAir, Output
from runtime.pacing import Pacer
from runtime.process.breaker import CircuitBreaker
from runtime.rows import ChannelGone
from runtime.status import BreakerStatus, ChannelStatus, PlayerState, Step

log = logging.getLogger(__name__)

LINGER_SECONDS = 12.0
"""A channel plays on this long without viewers: clients open a channel twice, and people zap back."""
RETRY_SECONDS = 1.0
"""Wait after an airing that could not go on, before the next one."""


class ChannelPlayer:
    """Owner of one channel's playback; `run` is its task."""

    def __init__(self, kit: Kit, key: str, *, always_on: bool = False, hls: HlsOutput | None = None) -> None:
        self.key = key
        self.always_on = always_on
        self._kit = kit
        self._name = kit.past or key
        self.hls = hls or HlsOutput(kit.clock)
        self._fanout = Fanout()
        self._breaker = CircuitBreaker(kit.restarts)
        self._state = PlayerState.IDLE
        self._watched = asyncio.Event()
        self._unwatched = asyncio.Event()
        self._unwatched_since = 0.0
        self._on_air: deque[OnAir] = deque(maxlen=8)
        self._airing: Airing | None = None
        self._trouble: str | None = None

    def join(self) -> Viewer:
        """Adds a viewer; the first one puts the channel on air."""
        viewer = self._fanout.join()
        self._watched.set()
        self._unwatched.clear()
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Takes a viewer away; the channel lingers for a while after the last."""
        viewer.leave()
        self._note_viewers()

    def follow(self) -> None:
        """Adds a viewer who asks for HLS; one who joins a channel on air gets what is in memory at once."""
        self.hls.join()
        if self.hls.players == 1 and self._airing is not None:
            self._publish_hls(self._fanout.kept())
        self.wake()

    def unfollow(self) -> None:
        """Takes such a viewer away."""
        self.hls.leave()
        self._note_viewers()

    def wake(self) -> None:
        """Puts the channel on air if it went off while somebody asks for HLS."""
        self._watched.set()
        self._note_viewers()

    def retune(self, *, always_on: bool) -> None:
        """Says that the timeline was replaced."""
        self.always_on = always_on
        if always_on:
            self._watched.set()
        if self._airing is not None:
            self._airing.retune()

    @property
    def viewers(self) -> int:
        """How many watch, by whatever protocol."""
        return self._fanout.viewers + self.hls.players

    def status(self) -> ChannelStatus:
        """What is watched now. The stream runs ahead, so what went out last may not be it yet."""
        shown = list(self._on_air)
        if self._airing is not None and shown:
            watched_ms = self._airing.plan.watched(self._kit.clock.monotonic())
            shown = [entry for entry in shown if entry.from_ms <= watched_ms] or shown[:1]
        if self._state is PlayerState.IDLE or not shown:
            return ChannelStatus(
                channel=self.key,
                state=self._state,
                viewers=self.viewers,
                trouble=self._trouble,
                sent_bytes=self._sent_bytes,
            )
        entry = shown[-1]
        state = self._state
        if state is PlayerState.ON_AIR and entry.segment.step is Step.SLATE:
            state = PlayerState.SLATE
        return ChannelStatus(
            channel=self.key,
            state=state,
            viewers=self.viewers,
            item=entry.segment.item,
            step=entry.segment.step,
            since_ms=entry.from_ms,
            pid=entry.pid,
            trouble=entry.trouble,
            late_ms=self._late_ms(),
            sent_bytes=self._sent_bytes,
        )

    def breaker(self) -> BreakerStatus:
        """How its failures stand."""
        now = self._kit.clock.monotonic()
        return BreakerStatus(
            channel=self.key,
            circuit=self._breaker.circuit(now),
            failures=self._breaker.failures(now),
            failed=self._breaker.failed_ever,
            retry_in_ms=round((self._breaker.not_before(now) - now) * 1000),
        )

    def so_far(self) -> AsRunEntry | None:
        """What is on air now, as far as it has gone out; None while nothing is."""
        return self._airing.so_far() if self._airing is not None else None

    async def run(self) -> None:
        """Plays whenever somebody watches, until cancelled."""
        while True:
            if not self.always_on:
                await self._watched.wait()
            try:
                await self._air()
            except ChannelGone:
                # It may come back: a viewer can only ask for it once the timeline has it again.
                log.info("channel gone channel=%s", self._name)
            except ExstvError as error:
                self._trouble = str(error)
                log.error("cannot play channel=%s why=%s", self._name, error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                # The root of the channel's task: whatever our bug is, the channel tries again.
                self._trouble = "our bug: see the log"
                log.exception("airing broke channel=%s", self._name)
                await asyncio.sleep(RETRY_SECONDS)

    async def _air(self) -> None:
        self._state = PlayerState.CUEING
        self._note_viewers()
        in_segments = self.hls.players > 0
        pacer = Pacer(self._kit.clock, self._queued, self._fanout.taken, in_segments=in_segments)
        output = Output(self._publish, self._note_on_air, pacer)
        self._airing = Airing(self._kit, self.key, output, self._breaker)
        log.info("tuned in channel=%s", self._name)
        airing = asyncio.create_task(self._airing.run())
        try:
            while not airing.done():
                unwatched = asyncio.create_task(self._until_unwatched())
                await asyncio.wait({airing, unwatched}, return_when=asyncio.FIRST_COMPLETED)
                unwatched.cancel()
                # Somebody may have joined since the decision; from here to close() nothing is awaited.
                if self.viewers == 0 and not self.always_on:
                    break
            if airing.done():
                airing.result()
        finally:
            self._state = PlayerState.DRAINING
            self._fanout.close()
            self.hls.off_air()
            self._watched.clear()
            airing.cancel()
            await asyncio.wait({airing})
            self._airing = None
            self._on_air.clear()
            self._state = PlayerState.IDLE
            log.info("off air channel=%s", self._name)

    async def _until_unwatched(self) -> None:
        while True:
            await self._unwatched.wait()
            left = self._unwatched_since + LINGER_SECONDS - self._kit.clock.monotonic()
            if left <= 0 and not self.always_on:
                return
            await asyncio.sleep(left if left > 0 else LINGER_SECONDS)

    @property
    def _sent_bytes(self) -> int:
        return self._fanout.sent_bytes + self.hls.sent_bytes

    def _late_ms(self) -> int | None:
        entry = self.so_far()
        return entry.finish_ms - entry.plan_finish_ms if entry is not None else None

    def _queued(self) -> float | None:
        # Whoever asks for HLS has no queue that could hold the channel back: it goes at the pace of time.
        return None if self.hls.players > 0 else self._fanout.queued()

    def _publish(self, units: list[Unit]) -> None:
        if units and self._airing is not None:
            self._fanout.publish(units, self._airing.plan.ahead)
        self._publish_hls(units)
        self._note_viewers()
        if units and self._state is PlayerState.CUEING:
            self._state = PlayerState.ON_AIR
            self._trouble = None

    def _publish_hls(self, units: list[Unit]) -> None:
        # Nothing is on air before its clock is.
        if units and self._airing is not None and self.hls.players > 0:
            airing = self._airing
            self.hls.publish(units, airing.plan, airing.profile, airing.captions)

    def _note_viewers(self) -> None:
        if self.viewers > 0:
            self._unwatched.clear()
        elif not self._unwatched.is_set():
            self._unwatched_since = self._kit.clock.monotonic()
            self._unwatched.set()

    def _note_on_air(self, entry: OnAir) -> None:
        before = self._on_air[-1] if self._on_air else None
        if before is not None and before.from_ms == entry.from_ms:
            self._on_air.pop()
        self._on_air.append(entry)
        if before is None or before.segment != entry.segment:
            step, item = entry.segment.step, entry.segment.item
            rule = item.rule if item is not None else "-"
            log.info("on air channel=%s step=%s rule=%s", self._name, step, rule)
