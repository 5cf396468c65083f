"""Time that goes on as the stream does: as far as the viewer who has received least."""

from __future__ import annotations

import asyncio

from exstv.clock import SystemClock

TOGETHER_SECONDS = 30.0
"""How far one channel may be ahead of the slowest: the junctions of all are then met as in real time."""


class StreamClock(SystemClock):
    """The machine's clocks when it starts; from there on the stream's, which is never the slower one.

    Waits and time-outs of the event loop stay real ones, so nobody is given up because time flies.
    """

    def __init__(self, channels: int) -> None:
        self._start_ms = super().now_ms()
        self._start = super().monotonic()
        self._received = [0.0] * channels
        self._moved = asyncio.Event()

    @property
    def seconds(self) -> float:
        """How much time has passed."""
        return max(super().monotonic() - self._start, min(self._received))

    def now_ms(self) -> int:
        return self._start_ms + round(self.seconds * 1000)

    def monotonic(self) -> float:
        return self._start + self.seconds

    async def received(self, channel: int, seconds: float) -> None:
        """Notes what a channel's viewer has received in all, and waits until the others have come as far."""
        self._received[channel] = max(seconds, self._received[channel])
        self._moved.set()
        while self._received[channel] > self.seconds + TOGETHER_SECONDS:
            self._moved = self._moved if not self._moved.is_set() else asyncio.Event()
            await self._moved.wait()
