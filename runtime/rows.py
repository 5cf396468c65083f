"""A channel's rows as far ahead as they are needed, read from the timeline that is current.

Owns the window; what stands in it is playhead.py's.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from runtime.carried import carried_language
from runtime.live import LiveTimeline
from runtime.playhead import Window, read_window

WINDOW_MS = 30 * 60_000
"""How far ahead rows are read."""
WINDOW_LEAST_MS = 2 * 60_000
"""With less than this ahead they are read again."""


class ChannelGone(Exception):
    """The current timeline has no such channel, or has it at other terms: viewers have to tune in anew."""


class Rows:
    """Owner of one channel's window."""

    def __init__(self, live: LiveTimeline, channel: str) -> None:
        self.channel = channel
        self.outdated = False
        """Whether the timeline was replaced since they were read; whoever reads them anew says when."""
        self._live = live
        self._reading = asyncio.Lock()

    # Set by tune_in, before anybody asks.
    window: Window

    async def tune_in(self, from_ms: int) -> None:
        """Reads the first rows, and what viewers tune in to. Raises ChannelGone."""
        self.window = replace(await self._read(from_ms), carried=await self._carried())

    async def reach(self, plan_ms: int) -> None:
        """Reads on where the window does not reach well beyond an instant. Raises ChannelGone."""
        if not self.window.covers(plan_ms + WINDOW_LEAST_MS):
            await self.reload(plan_ms)

    async def reload(self, from_ms: int) -> None:
        """Reads anew. What was tuned in to stays: a new profile is for the next time. Raises ChannelGone."""
        async with self._reading:
            tuned = self.window
            self.window = replace(await self._read(from_ms), profile=tuned.profile, carried=tuned.carried)

    async def _read(self, from_ms: int) -> Window:
        with self._live.lease() as lease:
            read = partial(read_window, lease.reader, self.channel, from_ms - 1000, from_ms + WINDOW_MS)
            window = await self._live.ask(lease, read)
        if window is None:
            raise ChannelGone(self.channel)
        return window

    async def _carried(self) -> str | None:
        with self._live.lease() as lease:
            if self.channel not in lease.reader.embedded:
                return None
            return await self._live.ask(lease, partial(carried_language, lease.reader, self.channel))
