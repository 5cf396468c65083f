"""A compiler waits after an edit and is told once; whatever becomes of it, the compile takes place."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from exstv.clock import SystemClock
from runtime.process.guards import PoolLimits
from runtime.process.pool import ProcessPool
from runtime.process.states import ExitKind
from runtime.standby import Standby

PATIENCE_SECONDS = 60.0
"""Only ends a hang."""
NEW = ("sh", "-c", 'echo "new: $*"', "sh")
READY = ("sh", "-c", 'read -r told && echo "told: $told"')


@asynccontextmanager
async def standby(
    ready: tuple[str, ...] = READY, kept_seconds: float = PATIENCE_SECONDS
) -> AsyncIterator[tuple[Standby, ProcessPool]]:
    clock = SystemClock()
    pool = ProcessPool(PoolLimits(max_processes=10, spawns_per_second=10, memory_guard_threshold=1), clock)
    found = Standby(NEW, ready, pool, clock, kept_seconds)
    task = asyncio.create_task(found.run())
    try:
        yield found, pool
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not waiting(pool)
        await pool.close()


def waiting(pool: ProcessPool) -> list[int]:
    """The pids of those that wait: what only keeps a server company is in no list."""
    return [pid for pid, entry in pool._running.items() if entry.spec.held]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.02)


async def said(compiler: Standby, *more: str) -> str:
    done = await compiler.compile(more)
    assert done.exit is ExitKind.ENDED
    return done.output.decode().strip()


async def test_one_waits_after_an_edit_and_compiles_once() -> None:
    async with standby() as (compiler, pool):
        assert await said(compiler, "--at-commit", "a") == "new: --at-commit a"
        assert not waiting(pool)
        compiler.edited()
        await until(lambda: bool(waiting(pool)))
        assert len(pool.status()) == 1, "what waits is nothing that is done"
        assert await said(compiler, "--at-commit", "b") == 'told: ["--at-commit","b"]'
        assert [each.purpose for each in pool.status()] == ["compile", "compile"]
        assert await said(compiler) == "new:"


async def test_one_that_was_killed_while_it_waited_costs_nothing() -> None:
    async with standby() as (compiler, pool):
        compiler.edited()
        await until(lambda: bool(waiting(pool)))
        os.kill(waiting(pool)[0], signal.SIGKILL)
        await next(iter(pool._running.values())).child.wait()
        assert await said(compiler, "x") == "new: x"


async def test_one_that_is_killed_as_it_is_told_costs_nothing() -> None:
    async with standby(ready=("sh", "-c", "read -r told; kill -9 $$")) as (compiler, pool):
        compiler.edited()
        await until(lambda: bool(waiting(pool)))
        assert await said(compiler, "x") == "new: x"


async def test_one_that_ends_by_itself_costs_nothing() -> None:
    async with standby(ready=("true",)) as (compiler, pool):
        compiler.edited()
        await until(lambda: bool(waiting(pool)))
        child = next(iter(pool._running.values())).child
        await child.wait()
        assert await said(compiler, "x") == "new: x"


async def test_one_that_cannot_be_started_costs_nothing() -> None:
    async with standby(ready=("/nothing/of/this/name",)) as (compiler, _):
        compiler.edited()
        await asyncio.sleep(0)
        assert await said(compiler, "x") == "new: x"


async def test_without_a_further_edit_it_is_let_go() -> None:
    async with standby(kept_seconds=0.1) as (compiler, pool):
        compiler.edited()
        await until(lambda: bool(waiting(pool)))
        await until(lambda: not waiting(pool))
        assert await said(compiler, "x") == "new: x"
