"""The current timeline stays open for whoever reads it, and for nobody else."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import duckdb

from exstv.timeline.query import TimelineReader
from runtime.live import LiveTimeline


def is_closed(reader: TimelineReader) -> bool:
    try:
        reader.counts()
    except duckdb.ConnectionException:
        return True
    return False


async def test_a_timeline_is_read_to_the_end_also_if_nobody_waits_any_more(timeline_file: Path) -> None:
    live = LiveTimeline(timeline_file)
    asked, granted = threading.Event(), threading.Event()
    readers: list[TimelineReader] = []
    counts: list[tuple[int, int]] = []

    def question(reader: TimelineReader) -> None:
        readers.append(reader)
        asked.set()
        granted.wait(60)
        counts.append(reader.counts())

    reading = asyncio.create_task(live.read(question))
    await asyncio.to_thread(asked.wait, 60)
    reading.cancel()
    await asyncio.wait({reading})
    live.close()
    granted.set()
    async with asyncio.timeout(60):
        while not is_closed(readers[0]):
            await asyncio.sleep(0.01)
    assert reading.cancelled() and counts[0] > (0, 0)
