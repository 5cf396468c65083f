"""One segment's process, from its cue to its end. Owns the lease; the airing reads from it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

from runtime.drain import Drain
from runtime.process.child import Child
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.process.states import ExitKind, Failure

SLOW_SECONDS = 3.0
"""How long before its turn a process that has given nothing is given up: another one needs some time, too."""
LEAST_SECONDS = 3.0
"""How long a process may take to start, whatever is left."""
STUCK_SECONDS = 1.0
"""A process that is late and was silent for so long is stuck, not slow."""
READY_SECONDS = 0.1
"""What lies ready in the pipe is taken, however late: it is not its fault that the machine stood still."""
RUBBISH_BYTES = 8 * 1024 * 1024
"""A process that has given so much and no picture will not give any."""
NO_PICTURES = "its process gives no pictures in time"


class Feed:
    """A process that was asked for and will give, gives, or gave an item's stream."""

    def __init__(
        self,
        pool: ProcessPool,
        spawn: SpawnSpec,
        ended: Callable[[], None] | None = None,
        *,
        live: bool = False,
    ) -> None:
        """Asks for a process; `ended` is called once there is none any more. A live one never waits."""
        self.argv = spawn.argv
        self._due = spawn.due
        self._started = asyncio.Event()
        self._done = asyncio.Event()
        self._child: Child | None = None
        self._drain: Drain | None = None
        self._live = live
        self._error = ""
        self._late = False
        self._task = asyncio.create_task(self._hold(pool, spawn))
        if ended is not None:
            # Also where the task was cancelled before it began.
            self._task.add_done_callback(lambda _: ended())

    @property
    def pid(self) -> int | None:
        """The process's id once it runs."""
        return None if self._child is None else self._child.pid

    async def read(self, deadline: float) -> bytes:
        """Gives the next bytes, nothing at the end. Raises TimeoutError at a loop time."""
        soonest = asyncio.get_running_loop().time() + READY_SECONDS
        async with asyncio.timeout_at(max(deadline, soonest)):
            await self._started.wait()
            source = self._drain or self._child
            return b"" if source is None else await source.read()

    async def started(self, deadline: float) -> bool:
        """Waits until the process was started, or could not be; False if a loop time comes first."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._started.wait()
        except TimeoutError:
            return False
        return True

    async def failure(self) -> Failure:
        """Says why the stream ended, once it has."""
        if self._child is None:
            return Failure(ExitKind.FAILED, self._error)
        kind = await self._child.wait()
        words = self._child.words
        return Failure(kind, f"ffmpeg {kind}: {words}" if words else f"ffmpeg {kind}")

    async def failure_before_its_turn(self) -> Failure | None:
        """Watches a process that is cued, until it has failed, or has ended as it should."""
        await self._started.wait()
        if self._child is None:
            return await self.failure()
        try:
            async with asyncio.timeout_at(slow_at(asyncio.get_running_loop().time(), self._due)):
                await self._child.arrived.wait()
        except TimeoutError:
            return Failure(ExitKind.STUCK, NO_PICTURES)
        failure = await self.failure()
        if failure.kind is ExitKind.ENDED and not self._child.gave_nothing and not self._live:
            return None
        return failure

    async def close(self, *, late: bool = False) -> None:
        """Ends the process, or its waiting for a place; `late` says that it was waited for in vain."""
        self._late = late
        self._done.set()
        if not self._started.is_set():
            self._task.cancel()
        # Not `await self._task`: that would take the cancellation of whoever waits here for the task's own.
        await asyncio.wait({self._task})

    async def _turn_over(self) -> None:
        try:
            await self._done.wait()
        finally:
            if self._drain is not None:
                await self._drain.close()

    async def _hold(self, pool: ProcessPool, spawn: SpawnSpec) -> None:
        try:
            async with pool.lease(spawn) as child:
                self._child = child
                self._drain = Drain(child) if self._live else None
                self._started.set()
                await self._turn_over()
                if self._late and child.silent_seconds >= STUCK_SECONDS:
                    await child.stop(ExitKind.STUCK)
        except OSError as error:
            self._error = f"ffmpeg does not start: {error}"
            self._started.set()


@dataclass
class Fruitless:
    """What a process has given since the last picture: much of it, or for long, is rubbish."""

    size: int = 0
    since: float = 0.0

    def note(self, size: int, now: float, *, pictures: bool) -> None:
        """Notes what was read at a monotonic second, and whether pictures came of it."""
        if self.size == 0:
            self.since = now
        self.size = 0 if pictures else self.size + size

    def is_rubbish(self, deadline: float, now: float) -> bool:
        """Tells whether no picture will come. A read that came late itself is no sign: more may lie ready."""
        late = now > max(deadline, self.since + READY_SECONDS)
        return self.size > RUBBISH_BYTES or (self.size > 0 and late)


def slow_at(begun: float, due: float) -> float:
    """When a process that was started for a due time and has given nothing is given up.

    Never, if it was started too late for that: then only its turn will tell.
    """
    at = due - SLOW_SECONDS
    return at if at >= begun + LEAST_SECONDS else math.inf
