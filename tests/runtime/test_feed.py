"""One segment's process, as the airing reads it."""

from __future__ import annotations

import asyncio
import sys

import pytest

from exstv.clock import SystemClock
from runtime.feed import READY_SECONDS, RUBBISH_BYTES, Feed, Fruitless
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


def test_a_first_read_after_the_machine_stood_still_is_no_rubbish() -> None:
    # The beginning of a large keyframe; the rest of it lies ready.
    fruitless = Fruitless()
    fruitless.note(65_536, 100.0, pictures=False)
    assert not fruitless.is_rubbish(deadline=90.0, now=100.0)
    fruitless.note(65_536, 100.0 + 2 * READY_SECONDS, pictures=False)
    assert fruitless.is_rubbish(deadline=90.0, now=100.0 + 2 * READY_SECONDS)
    assert not fruitless.is_rubbish(deadline=200.0, now=100.0 + 2 * READY_SECONDS)
    fruitless.note(65_536, 101.0, pictures=True)
    assert not fruitless.is_rubbish(deadline=90.0, now=101.0)


def test_what_gives_megabytes_without_a_picture_gives_rubbish() -> None:
    fruitless = Fruitless()
    fruitless.note(RUBBISH_BYTES + 1, 100.0, pictures=False)
    assert fruitless.is_rubbish(deadline=200.0, now=100.0)
