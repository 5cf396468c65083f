"""What is cued for a channel's next junction, watched until its turn comes.

What fails before its turn is told at once and replaced by what the ladder then says, so that at the junction
something else is ready. Knows neither ladder nor plan: the airing gives it what to make and whom to tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from runtime.cue import Cued
from runtime.process.states import ExitKind, Failure


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
        self._cued: Cued | None = None
        self._ready = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    async def peek(self) -> Cued:
        """What is cued, once there is something. Raises what making it raised."""
        while self._cued is None:
            ready = asyncio.create_task(self._ready.wait())
            await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            if self._task.done():
                self._task.result()
        return self._cued

    async def take(self) -> Cued:
        """Hands over what is cued: from now on it is the taker's to watch and to close."""
        cued = await self.peek()
        self._task.cancel()
        return cued

    async def drop(self) -> Cued | None:
        """Stops cueing and gives what was cued, to be closed."""
        self._task.cancel()
        await asyncio.wait({self._task})
        return self._cued

    async def _keep(self) -> None:
        while True:
            cued = self._cued = await self._make()
            self._ready.set()
            failure = await _failure_of(cued)
            if failure is None:
                return
            self._ready.clear()
            self._cued = None
            self._failed(cued, failure)


async def _failure_of(cued: Cued) -> Failure | None:
    """Waits until what is cued has failed; None once it cannot any more."""
    if cued.trouble is not None:
        return Failure(ExitKind.INPUT_FAILED, cued.trouble)
    return None if cued.feed is None else await cued.feed.failure_before_its_turn()
