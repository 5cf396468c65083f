"""The server's time for a page's first paint, with 200 channels for a week, against the 100 ms of issue 5.

Beside each page what it costs to join the same rows as text with nothing looked up, escaped or laid out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from measuring import Result, typical_seconds
from wide import CHANNELS, DAYS, wide

from exstv.timeline import store
from exstv.timeline.query import TimelineReader
from exstv.units import DAY_MS, HOUR_MS
from runtime.routes import channel, grid, guide, page
from runtime.routes.html import Visit
from runtime.status import ChannelStatus, PlayerState, RuntimeStatus

PROMISED_MS = 100.0
SPAN = f"{CHANNELS} channels x {DAYS} d"


def measure() -> Iterator[Result]:
    """Milliseconds from the question to the text, every row read from the file."""
    timeline = wide()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timeline.duckdb"
        store.write(timeline, path)
        reader = TimelineReader.open(path)
        try:
            yield from _pages(reader, timeline.header.start_ms + 3 * DAY_MS)
        finally:
            reader.close()


def _pages(reader: TimelineReader, now_ms: int) -> Iterator[Result]:
    visit = Visit("./", "http://tv.example", now_ms)
    idle = {each.key: ChannelStatus(channel=each.key, state=PlayerState.IDLE) for each in reader.channels}
    status = RuntimeStatus(channels=idle, started_ms=now_ms)
    moment = page.Moment(visit, status, {each.key: () for each in reader.channels})
    shown = grid.window(None, now_ms, ZoneInfo(reader.header.timezone))
    made = {
        "guide": partial(guide.grid_text, reader, visit, shown),
        "guide, a search": partial(guide.search_text, reader, visit, shown, "part after 12"),
        "status": partial(page.status_text, reader, moment, ""),
        "one channel": partial(channel.channel_text, reader, reader.channels[0], moment),
    }
    for name, make in made.items():
        took_ms = typical_seconds(make) * 1000
        yield Result(f"page, {name}, {SPAN}", took_ms, PROMISED_MS, "ms", "the promise")
    bare_ms = typical_seconds(partial(_bare, reader, now_ms)) * 1000
    took_ms = typical_seconds(made["guide"]) * 1000
    yield Result(f"page, guide, {SPAN}", took_ms, bare_ms, "ms", "its rows read and joined")


def _bare(reader: TimelineReader, now_ms: int) -> str:
    """The rows of the same hours, one after the other."""
    rows = reader.programmes(now_ms, now_ms + 4 * HOUR_MS)
    return "\n".join(f"{row.start_ms} {row.title} {row.sub_title}" for row in rows)
