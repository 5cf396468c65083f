"""One segment's process, from its cue to its end. Owns the lease; the airing reads from it."""

from __future__ import annotations

import asyncio

from runtime.process.child import Child
from runtime.process.pool import ProcessPool, SpawnSpec


class Feed:
    """A process that was asked for and will give, gives, or gave an item's stream."""

    def __init__(self, pool: ProcessPool, spawn: SpawnSpec) -> None:
        self.argv = spawn.argv
        self._started = asyncio.Event()
        self._done = asyncio.Event()
        self._child: Child | None = None
        self._error = ""
        self._task = asyncio.create_task(self._hold(pool, spawn))

    @property
    def pid(self) -> int | None:
        """The process's id once it runs."""
        return None if self._child is None else self._child.pid

    async def read(self, deadline: float) -> bytes:
        """Gives the next bytes, nothing at the end. Raises TimeoutError at a loop time."""
        async with asyncio.timeout_at(deadline):
            await self._started.wait()
            return b"" if self._child is None else await self._child.read()

    async def failure(self) -> str:
        """Says in a line why the stream ended, once it has."""
        if self._child is None:
            return self._error
        kind = await self._child.wait()
        words = self._child.last_lines[-1] if self._child.last_lines else ""
        return f"ffmpeg {kind}: {words}" if words else f"ffmpeg {kind}"

    async def close(self) -> None:
        """Ends the process, or its waiting for a place."""
        self._done.set()
        if not self._started.is_set():
            self._task.cancel()
        # Not `await self._task`: that would take the cancellation of whoever waits here for the task's own.
        await asyncio.wait({self._task})

    async def _hold(self, pool: ProcessPool, spawn: SpawnSpec) -> None:
        try:
            async with pool.lease(spawn) as child:
                self._child = child
                self._started.set()
                await self._done.wait()
        except OSError as error:
            self._error = f"ffmpeg does not start: {error}"
            self._started.set()
