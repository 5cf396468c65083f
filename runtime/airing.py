"""A channel on air, from its first viewer to its last: segments played one after another, without a seam.

Owns the channel's splicer and the entry of what it shows. Whatever fails, a next segment plays: ladder.py
says what. upcoming.py has its process ready, outlet.py sends it at its pace, channel.py knows who watches.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from exstv.asrun.entry import AsRunEntry
from exstv.asrun.entry import Outcome as Ending
from exstv.timeline.model import Profile
from runtime.aired import Aired, Shown
from runtime.caption_track import CaptionTrack, Spoken
from runtime.cue import Cued, Kit
from runtime.feed import NO_PICTURES, Feed, Fruitless
from runtime.ffmpeg.codecs import stream_format
from runtime.ladder import Ladder
from runtime.mpegts.packet import CLOCK, Grid
from runtime.mpegts.slate import Slate
from runtime.mpegts.splice import Splicer
from runtime.mpegts.stream import Unit
from runtime.mpegts.subtitle_track import Overlay
from runtime.onair import OnAir, Outcome, Output
from runtime.outlet import Outlet
from runtime.process.breaker import CircuitBreaker
from runtime.process.states import ExitKind, Failure
from runtime.rows import Rows
from runtime.segment import Segment
from runtime.status import Step
from runtime.throttle import PlanClock, Throttle
from runtime.upcoming import Upcoming

log = logging.getLogger(__name__)

HELD_SECONDS = 1
"""Pictures that are not encoded cannot be filled up: if they end this little early, the last one stays."""
PLACE_SECONDS = 0.5
"""How late the slate steps in where no process could be started: it comes back by itself."""


class Airing:
    """Owner of one channel's stream while somebody watches."""

    def __init__(self, kit: Kit, channel: str, output: Output, breaker: CircuitBreaker) -> None:
        self._kit = kit
        self._channel = channel
        self._name = kit.past or channel
        self._output = output
        self._breaker = breaker
        self._aired = Aired(channel, kit.clock, kit.aired)
        self._trouble: str | None = None
        self._failure = Failure(ExitKind.FAILED, "")
        self._rows = Rows(kit.live, channel)

    # Set by _tune_in, before anything else runs.
    _slate: Slate
    _splicer: Splicer
    _grid: Grid
    captions: CaptionTrack
    """What is sent beside the pictures, once something was published."""
    _outlet: Outlet
    _ladder: Ladder
    _upcoming: Upcoming

    async def run(self) -> None:
        """Plays until cancelled. Raises ChannelGone, and CannotStart if the profile cannot be encoded."""
        await self._tune_in()
        try:
            while True:
                segment = await self._upcoming.segment()
                self._kit.pool.dues.expect(self._name, self._outlet.plan.due(segment.last))
                outcome = await self._log_play(await self._upcoming.take(segment))
                await self._follow(segment, outcome)
        finally:
            self._kit.pool.dues.forget(self._name)
            await self._upcoming.close()

    @property
    def profile(self) -> Profile:
        """What the stream is encoded to, once something was published."""
        return self._rows.window.profile

    @property
    def plan(self) -> PlanClock:
        """Which plan instant each place of the stream shows, once something was published."""
        return self._outlet.plan

    def retune(self) -> None:
        """Says that the timeline was replaced: what comes next is looked up anew."""
        self._rows.outdated = True

    async def _tune_in(self) -> None:
        now_ms, mono = self._kit.clock.now_ms(), self._kit.clock.monotonic()
        await self._rows.tune_in(now_ms)
        window = self._rows.window
        made = await self._kit.slates.get(window.profile)
        form = stream_format(window.profile, window.channel_name, made.silence, window.carried)
        plan = PlanClock(form.frame_rate, frame=0, plan_ms=now_ms, mono=mono)
        plan = self._output.pacer.begun(plan, window.throttle, window.profile.gop_ms / 1000)
        self._ladder = Ladder(self._breaker, plan, mono)
        self._slate = Slate(form, made.stream)
        self._splicer, self._grid = Splicer(form), form.video_grid()
        self.captions = CaptionTrack(self._splicer.origin, f"{now_ms:x}")
        past = self._kit.past is not None
        self._outlet = Outlet(self._kit.clock, plan, self._splicer, self._output.pacer, self._send, past=past)
        self._upcoming = Upcoming(self._kit, self._rows, self._outlet, self._ladder)

    def so_far(self) -> AsRunEntry | None:
        """What is on air now, as far as it has gone out."""
        return self._aired.so_far()

    async def _log_play(self, cued: Cued) -> Outcome:
        """Plays a segment and logs what of it went out, also when the channel is stopped meanwhile."""
        ending, failure = Ending.STOPPED, None
        try:
            outcome = await self._play(cued)
            ending = outcome.ending
            failure = self._failure.words if outcome in (Outcome.FAILED, Outcome.LATE) else None
            return outcome
        except Exception as error:
            ending, failure = Ending.FAILED, str(error) or type(error).__name__
            raise
        finally:
            self._aired.end(ending, failure)

    async def _play(self, cued: Cued) -> Outcome:
        """Sends a segment out at its pace; however it ends, the stream stands on a whole frame."""
        segment = cued.segment
        if segment.item is None:
            self._trouble = "the timeline does not reach this hour"
        elif segment.item.media_id is None:
            self._trouble = None
        elif segment.step is not Step.ITEM:
            self._trouble = self._ladder.why(segment)
        if segment.step is Step.SLATE:
            self._tell_on_air(cued)
            return await self._play_slate(segment)
        if cued.feed is None:
            assert cued.failure is not None, "nothing but the slate plays without a process"
            self._failure = cued.failure
            return Outcome.LATE if cued.failure.kind is ExitKind.STUCK else Outcome.FAILED
        self._tell_on_air(cued)
        outcome = Outcome.NO_PLACE
        try:
            if await cued.feed.started(self._outlet.deadline(PLACE_SECONDS)):
                outcome = await self._play_item(cued, cued.feed)
            self._failure = replace(self._failure, in_hardware=cued.in_hardware)
            return outcome
        finally:
            self._upcoming.let_go(cued.feed, late=outcome is Outcome.LATE)

    async def _play_item(self, cued: Cued, feed: Feed) -> Outcome:
        self._failure = Failure(ExitKind.STUCK, NO_PICTURES)
        try:
            data = await feed.read(self._outlet.deadline())
        except TimeoutError:
            return Outcome.LATE
        segment = self._outlet.begin(cued.segment) if data else cued.segment
        if segment.last <= segment.first:
            return Outcome.OFF_PLAN
        self._splicer.begin(segment.last - segment.first, _from(cued.overlay, segment.in_point_ms))
        first, last = self._grid.tick(segment.first), self._grid.tick(segment.last)
        self.captions.begin(Spoken(first, last, segment.in_point_ms, cued.captions))
        outcome = await self._play_feed(replace(cued, segment=segment), feed, data)
        await self._release(self._splicer.end(), segment)
        lacking = segment.last - self._splicer.frames
        if outcome is Outcome.DONE and cued.copied and 0 < lacking <= self._outlet.plan.rate * HELD_SECONDS:
            await self._release(self._splicer.hold(lacking), segment)
        elif outcome is Outcome.DONE and lacking > 0:
            self._failure = await feed.failure()
            outcome = Outcome.FAILED
        self.captions.cut(self._grid.tick(self._splicer.frames))
        return outcome

    async def _play_feed(self, cued: Cued, feed: Feed, data: bytes) -> Outcome:
        """Sends what a process gives, from its first bytes to the segment's end or its own."""
        segment, fruitless = cued.segment, Fruitless()
        if data:
            self._trouble = cued.lacks if segment.step is Step.ITEM else self._ladder.why(segment)
            self._tell_on_air(cued)
        while data:
            units = self._splicer.feed(data)
            now = self._kit.clock.monotonic()
            fruitless.note(len(data), now, pictures=bool(units))
            if fruitless.is_rubbish(self._outlet.deadline(), now):
                return Outcome.LATE
            await self._release(units, segment)
            if self._off_plan():
                return Outcome.OFF_PLAN
            if self._splicer.item_complete:
                break
            try:
                data = await feed.read(self._outlet.deadline())
            except TimeoutError:
                return Outcome.LATE
        return Outcome.DONE

    async def _play_slate(self, segment: Segment) -> Outcome:
        while self._splicer.frames < segment.last:
            units = self._slate.play(self._splicer, segment.last - self._splicer.frames)
            await self._release(units, segment)
            if self._off_plan():
                return Outcome.OFF_PLAN
        return Outcome.DONE

    async def _release(self, units: list[Unit], segment: Segment) -> None:
        throttle = self._rows.window.throttle
        if throttle is Throttle.DISABLED and segment.item is None:
            # Beyond its timeline a channel has nothing to hurry to.
            throttle = Throttle.REALTIME
        if units:
            self._outlet.bridged = segment.stands_in
        await self._outlet.release(units, throttle, partial(self._upcoming.look_ahead, segment))

    def _off_plan(self) -> bool:
        return self._outlet.is_off_plan(self._rows.window.throttle)

    def _send(self, units: list[Unit]) -> None:
        self._output.publish(units)
        self._aired.sent(units, self._outlet.plan)

    async def _follow(self, segment: Segment, outcome: Outcome) -> None:
        """Tells the ladder how a segment ended, or goes where the plan is."""
        now, frame = self._kit.clock.monotonic(), self._splicer.frames
        if outcome is Outcome.DONE:
            self._ladder.played(segment, now)
            return
        if outcome is Outcome.OFF_PLAN:
            log.warning("off plan channel=%s", self._channel)
            await self._upcoming.drop()
            self._outlet.rejoin()
            self._ladder.forget(self._outlet.plan, now)
            return
        if outcome is Outcome.NO_PLACE:
            self._trouble = f"waits for a process: {self._kit.pool.bound_by}"
            self._ladder.no_place(self._outlet.plan, frame, self._trouble)
        else:
            self._ladder.failed(segment, self._outlet.plan, now, self._failure)
            if outcome is Outcome.LATE:
                self._ladder.bridge(self._outlet.plan, frame)
            self._trouble = self._ladder.reason
        log.warning("off plan channel=%s outcome=%s why=%s", self._channel, outcome.name, self._trouble)

    def _tell_on_air(self, cued: Cued) -> None:
        segment, pid = cued.segment, cued.feed.pid if cued.feed is not None else None
        self._output.tell(OnAir(self._outlet.plan.plan_of(segment.first), segment, pid, self._trouble))
        self._aired.begin(Shown(segment, cued.title or None, pid, self._trouble))


def _from(overlay: Overlay | None, in_point_ms: int) -> Overlay | None:
    """An overlay from where in its item that begins."""
    return None if overlay is None else replace(overlay, in_point=in_point_ms * CLOCK // 1000)
