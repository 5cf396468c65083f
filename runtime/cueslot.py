"""What is cued for a channel's next junction, watched until its turn comes.

What fails before its turn is told at once and replaced by what the ladder then says, so that at the junction
something else is ready. Knows neither ladder nor plan: the airing gives it what to make and whom to tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from runtime.cue import Cued
from runtime.feed import Feed
from runtime.playhead import Window
from runtime.process.states import ExitKind, Failure
from runtime.segment import Segment


class CueSlot:
    """Owner of what is cued to start at frame `first`."""

    def __init__(
        self,
        first: int,
        make: Callable[[], Awaitable[Cued]],
        failed: Callable[[Cued, Failure], None],
    ) -> None:
        self.first = first
        self._make = make
        self._failed = failed
        self.cued: Cued | None = None
        """What is cued, as soon as it is made."""
        self._ready = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    async def take(self) -> Cued:
        """Hands over what is cued, once it is: from now on it is the taker's to watch and to close.

        Raises what making it raised.
        """
        while self.cued is None:
            ready = asyncio.create_task(self._ready.wait())
            try:
                await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ready.cancel()
            if self._task.done():
                self._task.result()
        self._task.cancel()
        return self.cued

    async def drop(self) -> Cued | None:
        """Stops cueing and gives what was cued, to be closed."""
        self._task.cancel()
        # What making it raised is of no interest any more.
        await asyncio.gather(self._task, return_exceptions=True)
        return self.cued

    async def _keep(self) -> None:
        while True:
            cued = self.cued = await self._make()
            self._ready.set()
            failure = await _failure_of(cued)
            if failure is None:
                return
            self._ready.clear()
            self.cued = None
            self._failed(cued, failure)


class CueDesk:
    """Owner of one channel's cue slot, and of the processes that it ends without waiting for them."""

    def __init__(
        self, make: Callable[[int], Awaitable[Cued]], failed: Callable[[Cued, Failure], None]
    ) -> None:
        """Takes what makes ready what starts at a frame, and who is told of what failed before its turn."""
        self._make = make
        self._failed = failed
        self._slot: CueSlot | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def is_free(self) -> bool:
        """Tells whether nothing is cued."""
        return self._slot is None

    def begin(self, first: int) -> None:
        """Cues what starts at a frame."""
        self._slot = CueSlot(first, lambda: self._make(first), self._note_failed)

    async def take(self, segment: Segment, window: Window) -> Cued | None:
        """Hands over what is cued, if it is what must play now; keeps what will only follow that."""
        slot = self._slot
        if slot is None or slot.first == segment.last:
            return None
        if slot.first > segment.first:
            await self.drop()
            return None
        cued = await slot.take()
        self._slot = None
        if cued.still_right(segment, window):
            return cued
        self.let_go(cued.feed)
        return None

    async def keep_if_right(self, following: Segment, window: Window) -> None:
        """Drops what is cued if by a newer timeline something else follows."""
        # What is still being made is made anew: it was begun by the older one, and may hang.
        await self.give_up()
        cued = self._slot.cued if self._slot is not None else None
        if cued is not None and not cued.still_right(following, window):
            await self.drop()

    async def give_up(self) -> None:
        """Drops what is not made yet."""
        if self._slot is not None and self._slot.cued is None:
            await self.drop()

    async def drop(self) -> None:
        """Gives up what is cued."""
        if self._slot is not None:
            slot, self._slot = self._slot, None
            cued = await slot.drop()
            self.let_go(cued.feed if cued is not None else None)

    def let_go(self, feed: Feed | None, *, late: bool = False) -> None:
        """Ends a process without waiting for it: one that hangs takes longer than viewers have in hand."""
        if feed is not None:
            task = asyncio.create_task(feed.close(late=late))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Ends whatever is cued, and waits until every process has gone."""
        await self.drop()
        if self._closing:
            await asyncio.wait(self._closing)

    def _note_failed(self, cued: Cued, failure: Failure) -> None:
        self._failed(cued, failure)
        self.let_go(cued.feed, late=failure.kind is ExitKind.STUCK)


async def _failure_of(cued: Cued) -> Failure | None:
    """Waits until what is cued has failed; None once it cannot any more."""
    if cued.failure is not None:
        return cued.failure
    return None if cued.feed is None else await cued.feed.failure_before_its_turn()
