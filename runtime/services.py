"""What the routes are given: the owners of the runtime's state, read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from exstv.asrun.entry import AsRunEntry
from exstv.clock import Clock
from exstv.settings import Settings
from exstv.timeline.model import Channel
from runtime.guide import GuideTexts
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
    guide: GuideTexts = field(default_factory=GuideTexts)
    device_id: str = ""
    """HDHomeRun device id, kept over restarts; unused where the tuner is disabled."""

    def tuned(self) -> list[Channel | None]:
        """The channel that holds each tuner, None for those that are free."""
        with self.live.lease() as lease:
            channels = {channel.key: channel for channel in lease.reader.channels}
        return [channels.get(key) if key else None for key in self.status().tuners]
