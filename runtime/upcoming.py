"""What comes next on a channel: looked up in its rows, cued ahead of its turn, done anew when they change.

Owns the cue desk and the reading of new rows. The ladder says what a failure puts in an item's place, cue.py
makes it ready, cueslot.py watches it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from runtime.cue import Cued, Kit, cue
from runtime.cueslot import CueDesk
from runtime.feed import READY_SECONDS, Feed
from runtime.ladder import Ladder
from runtime.outlet import Outlet
from runtime.process.states import ExitKind, Failure
from runtime.rows import ChannelGone, Rows
from runtime.segment import Segment, segment_at

log = logging.getLogger(__name__)


class Upcoming:
    """Owner of what is cued on one channel."""

    def __init__(self, kit: Kit, rows: Rows, outlet: Outlet, ladder: Ladder) -> None:
        self._kit = kit
        self._rows = rows
        self._outlet = outlet
        self._ladder = ladder
        self._desk = CueDesk(self._cue, self._note_dead_cue)
        self._refreshing: asyncio.Task[None] | None = None
        self._gone = False

    async def segment(self) -> Segment:
        """What the next frame begins, by the timeline that is current. Raises ChannelGone."""
        if self._refreshing is not None:
            await self._refreshing
        if self._gone:
            raise ChannelGone(self._rows.channel)
        return await self._segment_at(self._outlet.frames)

    def look_ahead(self, segment: Segment) -> None:
        """What is looked after between two frames: a new timeline, and the next segment's cue."""
        if self._rows.outdated and self._refreshing is None:
            self._rows.outdated = False
            self._refreshing = asyncio.create_task(self._refresh(segment))
        if not self._desk.is_free or self._refreshing is not None:
            return
        due = self._outlet.plan.due(segment.last)
        if due - self._kit.clock.monotonic() <= self._kit.pool.cue_lead(due):
            self._desk.begin(segment.last)

    async def take(self, segment: Segment) -> Cued:
        """Gives what was cued if it is what must play now, else cues that; what hangs is not waited for."""
        soonest = self._kit.clock.monotonic() + READY_SECONDS
        try:
            async with asyncio.timeout_at(max(self._outlet.deadline(), soonest)):
                return await self._desk.take(segment, self._rows.window) or await self._cue(segment.first)
        except TimeoutError:
            await self._desk.give_up()
        failure = Failure(ExitKind.STUCK, f"`{segment.media_id}` is not ready in time")
        return Cued(segment, failure=failure if segment.media_id is not None else None)

    async def drop(self) -> None:
        """Gives up what is cued: the channel goes elsewhere in its plan."""
        await self._desk.drop()

    def let_go(self, feed: Feed, *, late: bool) -> None:
        """Ends a process without waiting for it."""
        self._desk.let_go(feed, late=late)

    async def close(self) -> None:
        """Ends whatever is cued, and waits until every process has gone."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        await self._desk.close()

    async def _cue(self, first: int) -> Cued:
        """Makes ready what starts at a frame."""
        segment = await self._segment_at(first)
        return await cue(self._kit, self._rows.window, self._outlet.plan, segment)

    async def _segment_at(self, first: int) -> Segment:
        """What starts at a frame, by rows that reach a while further."""
        await self._rows.reach(self._outlet.plan.plan_of(first))
        return segment_at(self._rows.window, self._outlet.plan, first, self._ladder.hold)

    def _note_dead_cue(self, cued: Cued, failure: Failure) -> None:
        """What is cued has failed before its turn: the ladder says what is cued in its place."""
        log.warning(
            "cue failed channel=%s step=%s why=%s", self._rows.channel, cued.segment.step, failure.words
        )
        failure = replace(failure, in_hardware=cued.in_hardware)
        self._ladder.failed(cued.segment, self._outlet.plan, self._kit.clock.monotonic(), failure)

    async def _refresh(self, segment: Segment) -> None:
        """Reads the new timeline: what is on air plays to its end, what is cued wrongly is cued anew."""
        try:
            await self._rows.reload(self._outlet.plan.plan_of(self._outlet.frames))
            # A channel that is put back before its item has ended was never away.
            self._gone = False
            following = segment_at(self._rows.window, self._outlet.plan, segment.last, self._ladder.hold)
            await self._desk.keep_if_right(following, self._rows.window)
        except ChannelGone:
            self._gone = True
        finally:
            self._refreshing = None
