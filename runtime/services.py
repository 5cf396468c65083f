"""What the routes are given: the owners of the runtime's state, read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exstv.asrun.entry import AsRunEntry
from exstv.clock import Clock
from exstv.settings import Settings
from exstv.timeline.model import Channel
from runtime.live import LiveTimeline
from runtime.status import RuntimeStatus


@dataclass(frozen=True)
class Services:
    """Held in the application's state as `services`."""

    settings: Settings
    clock: Clock
    live: LiveTimeline
    status: Callable[[], RuntimeStatus]
    aired: Callable[[str], tuple[AsRunEntry, ...]]
    """What a channel, by key, aired in the last hours, what is on air included."""
    device_id: str = ""
    """HDHomeRun device id, kept over restarts; unused where the tuner is disabled."""

    def tuned(self) -> list[Channel]:
        """The channels that hold a tuner, in the order of the tuners."""
        with self.live.lease() as lease:
            channels = {channel.key: channel for channel in lease.reader.channels}
        return [channels[key] for key in self.status().tuners if key in channels]
