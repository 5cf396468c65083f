"""A compiler that waits for the next edit, loaded, while somebody edits: a save is on air in half the time.

Every compile still has a process of its own, which ends with it; this one was only started before it was
wanted (exstv/cli/ready.py). Whether one waits changes nothing but the time: what does not answer is replaced
by a new process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack

import msgspec

from exstv.clock import Clock
from runtime.process.child import Child
from runtime.process.pool import Finished, ProcessPool, SpawnSpec, finished
from runtime.process.states import ChildState, ExitKind

log = logging.getLogger(__name__)

KEPT_SECONDS = 600.0
"""How long one waits after an edit: who edits edits again, and a station at rest has its 50 MB back."""
BREATH_SECONDS = 1.0
"""How long after an edit the next one is started: who looks at what was saved goes first."""


class Standby:
    """Owner of the compiler that waits. `ready_argv` starts one; without it each compile loads for itself."""

    def __init__(
        self,
        compile_argv: tuple[str, ...],
        ready_argv: tuple[str, ...],
        pool: ProcessPool,
        clock: Clock,
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        self._compile_argv = compile_argv
        self._ready_argv = ready_argv
        self._pool = pool
        self._clock = clock
        self._kept_seconds = kept_seconds
        self._waiting: tuple[Child, AsyncExitStack] | None = None
        self._edited = asyncio.Event()

    async def compile(self, more: Sequence[str] = ()) -> Finished:
        """Compiles with some more arguments, in the process that waits or in a new one. Raises OSError."""
        if self._waiting is not None:
            (child, stack), self._waiting = self._waiting, None
            async with stack:
                if self._is_told(child, more):
                    done = await finished(child)
                    # One that is killed as it is told has done nothing: that costs no compile.
                    if done.exit is not ExitKind.KILLED:
                        return done
        argv = [*self._compile_argv, *more]
        return await self._pool.run(SpawnSpec(argv, "compile", self._clock.monotonic(), limited=False))

    def edited(self) -> None:
        """Says that another edit may follow soon."""
        self._edited.set()

    async def run(self) -> None:
        """Keeps one waiting after each edit, until cancelled."""
        if not self._ready_argv:
            return
        try:
            while True:
                await self._edited.wait()
                await asyncio.sleep(BREATH_SECONDS)
                self._edited.clear()
                await self._prepare()
                try:
                    async with asyncio.timeout(self._kept_seconds):
                        await self._edited.wait()
                except TimeoutError:
                    await self._dismiss()
        finally:
            await self._dismiss()

    def _is_told(self, child: Child, more: Sequence[str]) -> bool:
        if child.state is not ChildState.RUNNING:
            log.warning("the compiler that waited is gone why=%s", child.words)
            return False
        try:
            child.tell(msgspec.json.encode(list(more)) + b"\n")
        except OSError as error:
            log.warning("the compiler that waited does not listen why=%s", error)
            return False
        self._pool.begins(child, "compile")
        return True

    async def _prepare(self) -> None:
        if self._waiting is not None:
            return
        argv, due = list(self._ready_argv), self._clock.monotonic()
        spec = SpawnSpec(argv, "the next compile", due, limited=False, held=True)
        stack = AsyncExitStack()
        try:
            child = await stack.enter_async_context(self._pool.lease(spec))
        except OSError as error:
            log.warning("no compiler can wait for the next edit why=%s", error)
            return
        self._waiting = child, stack

    async def _dismiss(self) -> None:
        if self._waiting is not None:
            (_, stack), self._waiting = self._waiting, None
            await stack.aclose()
