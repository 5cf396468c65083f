"""A channel on air, from its first viewer to its last: segments played one after another, without a seam.

Owns the channel's splicer, its plan clock and the processes of this and the next segment. Whatever fails, a
next segment plays. segment.py says what a frame shows, ladder.py what follows a failure, cue.py starts
processes, cueslot.py watches what is cued, channel.py knows who watches.
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import replace

from exstv.asrun.entry import AsRunEntry
from exstv.asrun.entry import Outcome as Ending
from exstv.timeline.model import Profile
from runtime.aired import Aired, Shown
from runtime.cue import Cued, Kit, cue
from runtime.cueslot import CueDesk
from runtime.feed import NO_PICTURES, READY_SECONDS, Feed, Fruitless
from runtime.ffmpeg.codecs import stream_format
from runtime.ladder import Ladder
from runtime.mpegts.slate import Slate
from runtime.mpegts.splice import Splicer
from runtime.mpegts.stream import Unit
from runtime.onair import OnAir, Outcome, Output
from runtime.process.breaker import CircuitBreaker
from runtime.process.states import ExitKind, Failure
from runtime.rows import ChannelGone, Rows
from runtime.segment import Segment, segment_at
from runtime.status import Step
from runtime.throttle import PlanClock, Throttle

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.2
"""How late a frame may be before the slate steps in: the viewer's 2 s are not used up by then."""
START_PATIENCE_SECONDS = 4.0
"""The same while a channel starts: real tuners give up at 5 s."""
START_UP_SECONDS = 0.5
"""Of the first process's start-up time, what is made up by running ahead; the rest moves the clock."""
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
        self._publish = output.publish
        self._tell = output.tell
        self._pacer = output.pacer
        self._breaker = breaker
        self._aired = Aired(channel, kit.clock, kit.aired)
        self._trouble: str | None = None
        self._stale = False
        self._gone = False
        self._desk = CueDesk(self._cue, self._note_dead_cue)
        self._failure = Failure(ExitKind.FAILED, "")
        self._refreshing: asyncio.Task[None] | None = None
        self._rows = Rows(kit.live, channel)

    # Set by _tune_in, before anything else runs.
    _slate: Slate
    _splicer: Splicer
    _plan: PlanClock
    _ladder: Ladder
    _patient_until: float
    _sent_at: float

    async def run(self) -> None:
        """Plays until cancelled. Raises ChannelGone, and CannotStart if the profile cannot be encoded."""
        try:
            await self._tune_in()
            while True:
                if self._refreshing is not None:
                    await self._refreshing
                if self._gone:
                    raise ChannelGone(self._channel)
                segment = await self._segment_at(self._splicer.frames)
                self._kit.pool.dues.expect(self._name, self._plan.due(segment.last))
                outcome = await self._log_play(await self._take_cued(segment))
                await self._follow(segment, outcome)
        finally:
            if self._refreshing is not None:
                self._refreshing.cancel()
            self._kit.pool.dues.forget(self._name)
            await self._desk.close()

    @property
    def profile(self) -> Profile:
        """What the stream is encoded to, once something was published."""
        return self._rows.window.profile

    @property
    def plan(self) -> PlanClock:
        """Which plan instant each place of the stream shows, once something was published."""
        return self._plan

    def retune(self) -> None:
        """Says that the timeline was replaced: what comes next is looked up anew."""
        self._stale = True

    async def _tune_in(self) -> None:
        now_ms, mono = self._kit.clock.now_ms(), self._kit.clock.monotonic()
        await self._rows.tune_in(now_ms)
        window = self._rows.window
        made = await self._kit.slates.get(window.profile)
        form = stream_format(window.profile, window.channel_name, made.silence)
        plan = PlanClock(form.frame_rate, frame=0, plan_ms=now_ms, mono=mono)
        self._plan = self._pacer.begun(plan, window.throttle, window.profile.gop_ms / 1000)
        self._patient_until = mono + START_PATIENCE_SECONDS
        self._sent_at = math.inf
        self._ladder = Ladder(self._breaker, self._plan, mono)
        self._slate = Slate(form, made.stream)
        self._splicer = Splicer(form)

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
            if await cued.feed.started(self._deadline(PLACE_SECONDS)):
                outcome = await self._play_item(cued, cued.feed)
            self._failure = replace(self._failure, in_hardware=cued.in_hardware)
            return outcome
        finally:
            self._desk.let_go(cued.feed, late=outcome is Outcome.LATE)

    async def _play_item(self, cued: Cued, feed: Feed) -> Outcome:
        segment = cued.segment
        self._splicer.begin(segment.last - segment.first)
        outcome = await self._play_feed(cued, feed)
        await self._release(self._splicer.end(), segment)
        lacking = segment.last - self._splicer.frames
        if outcome is Outcome.DONE and cued.copied and 0 < lacking <= self._plan.rate * HELD_SECONDS:
            await self._release(self._splicer.hold(lacking), segment)
        elif outcome is Outcome.DONE and lacking > 0:
            self._failure = await feed.failure()
            return Outcome.FAILED
        return outcome

    async def _play_feed(self, cued: Cued, feed: Feed) -> Outcome:
        segment = cued.segment
        fruitless, begun = Fruitless(), False
        self._failure = Failure(ExitKind.STUCK, NO_PICTURES)
        while not self._splicer.item_complete:
            try:
                data = await feed.read(self._deadline())
            except TimeoutError:
                return Outcome.LATE
            if not data:
                return Outcome.DONE
            if not begun:
                begun = True
                self._trouble = cued.lacks if segment.step is Step.ITEM else self._ladder.why(segment)
                self._tell_on_air(cued)
            self._forgive_start_up()
            units = self._splicer.feed(data)
            now = self._kit.clock.monotonic()
            fruitless.note(len(data), now, pictures=bool(units))
            if fruitless.is_rubbish(self._deadline(), now):
                return Outcome.LATE
            await self._release(units, segment)
            if self._off_plan():
                return Outcome.OFF_PLAN
        return Outcome.DONE

    async def _play_slate(self, segment: Segment) -> Outcome:
        while self._splicer.frames < segment.last:
            units = self._slate.play(self._splicer, segment.last - self._splicer.frames)
            await self._release(units, segment)
            if self._off_plan():
                return Outcome.OFF_PLAN
        return Outcome.DONE

    async def _release(self, units: list[Unit], segment: Segment) -> None:
        """Publishes units, each not before its time; sound goes with the picture before it."""
        throttle = self._rows.window.throttle
        frames = [unit.tick for unit in units if unit.video]
        # Beyond its timeline a channel has nothing to hurry to.
        if frames and throttle is Throttle.DISABLED and segment.item is not None:
            self._look_ahead(segment)
            self._plan = await self._pacer.hurry(self._plan, frames[0], frames[-1])
            self._sent_at = self._kit.clock.monotonic()
            self._send(units)
            return
        ready: list[Unit] = []
        for unit in units:
            if unit.video and self._pacer.early(self._plan, unit.tick):
                self._send(ready)
                ready = []
                self._look_ahead(segment)
                self._plan = await self._pacer.hold(self._plan, throttle, unit.tick)
            ready.append(unit)
        if units:
            self._sent_at = self._kit.clock.monotonic()
        self._send(ready)

    def _send(self, units: list[Unit]) -> None:
        self._publish(units)
        self._aired.sent(units, self._plan)

    def _look_ahead(self, segment: Segment) -> None:
        """What is looked after between two frames: a new timeline, and the next segment's cue."""
        if self._stale and self._refreshing is None:
            self._stale = False
            self._refreshing = asyncio.create_task(self._refresh(segment))
        if not self._desk.is_free or self._refreshing is not None:
            return
        due = self._plan.due(segment.last)
        if due - self._kit.clock.monotonic() <= self._kit.pool.cue_lead(due):
            self._desk.begin(segment.last)

    def _note_dead_cue(self, cued: Cued, failure: Failure) -> None:
        """What is cued has failed before its turn: the ladder says what is cued in its place."""
        log.warning("cue failed channel=%s step=%s why=%s", self._channel, cued.segment.step, failure.words)
        failure = replace(failure, in_hardware=cued.in_hardware)
        self._ladder.failed(cued.segment, self._plan, self._kit.clock.monotonic(), failure)

    def _off_plan(self) -> bool:
        clock = self._kit.clock
        if self._rows.window.throttle is Throttle.DISABLED:
            return self._plan.behind(self._splicer.frames, clock.now_ms())
        return self._plan.parted(self._splicer.frames, clock.now_ms(), clock.monotonic())

    def _deadline(self, patience: float = PATIENCE_SECONDS) -> float:
        """When the slate steps in for the next frame; a little later while the stream only gets ahead."""
        starting = min(self._patient_until, self._sent_at + patience)
        return max(self._plan.latest(self._splicer.frames) + patience, starting)

    def _forgive_start_up(self) -> None:
        """Moves the clock if the very first bytes took long: no viewer gets more than 2.5 s at once."""
        if self._splicer.frames == 0:
            mono = max(self._plan.mono, self._kit.clock.monotonic() - START_UP_SECONDS)
            self._plan = replace(self._plan, mono=mono)

    async def _follow(self, segment: Segment, outcome: Outcome) -> None:
        """Tells the ladder how a segment ended, or goes where the plan is."""
        clock, frame = self._kit.clock, self._splicer.frames
        now = clock.monotonic()
        if outcome is Outcome.DONE:
            self._ladder.played(segment, now)
            return
        if outcome is Outcome.OFF_PLAN:
            log.warning("off plan channel=%s", self._channel)
            await self._desk.drop()
            self._plan = self._plan.rejoined(frame, clock.now_ms(), now)
            self._ladder.forget(self._plan, now)
            return
        if outcome is Outcome.NO_PLACE:
            self._trouble = f"waits for a process: {self._kit.pool.bound_by}"
            self._ladder.no_place(self._plan, frame, self._trouble)
        else:
            self._ladder.failed(segment, self._plan, now, self._failure)
            if outcome is Outcome.LATE:
                self._ladder.bridge(self._plan, frame)
            self._trouble = self._ladder.reason
        log.warning("off plan channel=%s outcome=%s why=%s", self._channel, outcome.name, self._trouble)

    def _tell_on_air(self, cued: Cued) -> None:
        segment, pid = cued.segment, cued.feed.pid if cued.feed is not None else None
        self._tell(OnAir(self._plan.plan_of(segment.first), segment, pid, self._trouble))
        self._aired.begin(Shown(segment, cued.title or None, pid, self._trouble))

    async def _cue(self, first: int) -> Cued:
        """Makes ready what starts at a frame."""
        segment = await self._segment_at(first)
        return await cue(self._kit, self._rows.window, self._plan, segment)

    async def _segment_at(self, first: int) -> Segment:
        """What starts at a frame, by rows that reach a while further."""
        plan_ms = self._plan.plan_of(first)
        await self._rows.reach(plan_ms)
        return segment_at(self._rows.window, self._plan, first, self._ladder.hold)

    async def _take_cued(self, segment: Segment) -> Cued:
        """Gives what was cued if it is what must play now, else cues that; what hangs is not waited for."""
        soonest = self._kit.clock.monotonic() + READY_SECONDS
        try:
            async with asyncio.timeout_at(max(self._deadline(), soonest)):
                return await self._desk.take(segment, self._rows.window) or await self._cue(segment.first)
        except TimeoutError:
            await self._desk.give_up()
        failure = Failure(ExitKind.STUCK, f"`{segment.media_id}` is not ready in time")
        return Cued(segment, failure=failure if segment.media_id is not None else None)

    async def _refresh(self, segment: Segment) -> None:
        """Reads the new timeline: what is on air plays to its end, what is cued wrongly is cued anew."""
        try:
            await self._rows.reload(self._plan.plan_of(self._splicer.frames))
            # A channel that is put back before its item has ended was never away.
            self._gone = False
            following = segment_at(self._rows.window, self._plan, segment.last, self._ladder.hold)
            await self._desk.keep_if_right(following, self._rows.window)
        except ChannelGone:
            self._gone = True
        finally:
            self._refreshing = None
