"""One segment's process, as the airing reads it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from decoding import ffmpeg

from exstv.clock import SystemClock
from runtime.feed import READY_SECONDS, RUBBISH_BYTES, Feed, Fruitless
from runtime.process.child import PIPE_BYTES, READ_BYTES
from runtime.process.guards import PoolLimits
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.process.states import ExitKind


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


STREAMING = """
import sys, time
data, begun = open(sys.argv[1], "rb").read(), time.monotonic()
for number in range(50):
    sys.stdout.buffer.write(data[len(data) * number // 50 : len(data) * (number + 1) // 50])
    sys.stdout.buffer.flush()
    time.sleep(max(0, begun + number / 25 - time.monotonic()))
"""


@pytest.mark.ffmpeg
async def test_a_live_process_never_waits_and_begins_with_what_is_shown_now(tmp_path: Path) -> None:
    # Large enough that a full pipe would hold it back, and a keyframe each 0.2 s.
    film = tmp_path / "film.ts"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=2,noise=alls=80:allf=t", "-c:v", "libx264"),
        *("-preset", "ultrafast", "-qp", "10", "-g", "5", "-muxdelay", "0.02", f"file:{film}"),
    )
    assert film.stat().st_size > 2 * PIPE_BYTES
    pool = ProcessPool(PoolLimits(), SystemClock())
    feed = Feed(pool, SpawnSpec([sys.executable, "-S", "-c", STREAMING, str(film)], "test", 0.0), live=True)
    # It ends by itself, since nothing holds it back; that is too soon for what is to be shown yet.
    failure = await feed.failure_before_its_turn()
    assert failure is not None and failure.kind is ExitKind.ENDED
    data = b""
    while part := await feed.read(asyncio.get_running_loop().time() + 60):
        assert len(part) <= READ_BYTES
        data += part
    await feed.close()
    await pool.close()
    whole = film.read_bytes()
    assert 0 < len(data) < len(whole) // 2 and whole.endswith(data[-len(data) // 2 :])


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
