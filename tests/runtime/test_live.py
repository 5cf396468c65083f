"""Who reads a timeline keeps it open, whatever becomes of whoever asked."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import duckdb
import pytest
from line_ups import timeline

from exstv.timeline import store
from exstv.timeline.query import TimelineReader
from runtime.live import LiveTimeline


def written(path: Path) -> Path:
    store.write(timeline([("News", 30)]), path)
    return path


async def test_a_timeline_stays_open_until_the_thread_that_reads_it_is_done(tmp_path: Path) -> None:
    live = LiveTimeline(written(tmp_path / "old.duckdb"))
    begun, go_on = threading.Event(), threading.Event()
    reader: TimelineReader
    seen: list[int] = []

    def question() -> None:
        begun.set()
        go_on.wait()
        seen.append(len(reader.all_media()))

    async def ask() -> None:
        nonlocal reader
        with live.lease() as lease:
            reader = lease.reader
            await live.ask(lease, question)

    asking = asyncio.create_task(ask())
    await asyncio.to_thread(begun.wait)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await live.swap(written(tmp_path / "new.duckdb"))
    go_on.set()
    while not seen:
        await asyncio.sleep(0.01)
    with pytest.raises(duckdb.ConnectionException):
        while True:
            # It is closed as soon as the loop hears of the thread's end.
            reader.all_media()
            await asyncio.sleep(0.01)
    live.close()
