"""Takes what a live process gives for as long as it runs, so that its server never has to wait.

Before its turn what grows old is thrown away (mpegts/backlog.py); from its turn on everything waits in order.
"""

from __future__ import annotations

import asyncio
from collections import deque

from runtime.mpegts.backlog import MOST_BYTES, Backlog
from runtime.process.child import READ_BYTES, Child


class Drain:
    """Owner of what a live process has given and nobody has read."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._backlog: Backlog | None = Backlog()
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._arrived, self._read = asyncio.Event(), asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    async def read(self) -> bytes:
        """Gives the next bytes, nothing at the end; the first call says that its turn has come."""
        if self._backlog is not None:
            backlog, self._backlog = self._backlog, None
            for part in backlog.give(asyncio.get_running_loop().time()):
                self._put(part)
        while not self._waiting and not self._ended:
            self._arrived.clear()
            await self._arrived.wait()
        if not self._waiting:
            return b""
        data = self._waiting.popleft()
        self._size -= len(data)
        self._read.set()
        return data

    async def close(self) -> None:
        """Stops reading."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _keep(self) -> None:
        while data := await self._child.read():
            if self._backlog is not None:
                self._backlog.put(data, asyncio.get_running_loop().time())
                continue
            self._put(data)
            self._arrived.set()
            while self._size > MOST_BYTES:
                self._read.clear()
                await self._read.wait()
        self._ended = True
        self._arrived.set()

    def _put(self, data: bytes) -> None:
        # In portions as a pipe gives them: they are sent, and judged, one by one.
        self._waiting.extend(data[at : at + READ_BYTES] for at in range(0, len(data), READ_BYTES))
        self._size += len(data)
