"""One segment's process, as the airing reads it."""

from __future__ import annotations

import asyncio
import sys

import pytest

from exstv.clock import SystemClock
from runtime.feed import Feed
from runtime.process.guards import PoolLimits
from runtime.process.pool import ProcessPool, SpawnSpec


def feed_of(pool: ProcessPool, code: str) -> Feed:
    return Feed(pool, SpawnSpec([sys.executable, "-S", "-c", code], "test", 0.0))


async def test_what_lies_ready_is_taken_however_late_it_is() -> None:
    # After the machine stood still every deadline has passed, and the pipe is full.
    pool = ProcessPool(PoolLimits(), SystemClock())
    feed = feed_of(pool, "import sys, time; sys.stdout.buffer.write(bytes(900_000)); time.sleep(600)")
    assert await feed.started(asyncio.get_running_loop().time() + 60)
    taken = len(await feed.read(asyncio.get_running_loop().time() + 60))
    while taken < 900_000:
        taken += len(await feed.read(0.0))
    with pytest.raises(TimeoutError):
        await feed.read(0.0)
    await feed.close()
    await pool.close()
