"""What the routes are given: the owners of the runtime's state, read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from exstv.asrun.entry import AsRunEntry
from exstv.checkouts import station_files
from exstv.clock import Clock
from exstv.settings import Settings
from exstv.timeline.model import Channel
from runtime.guide import GuideTexts
from runtime.live import LiveTimeline
from runtime.pictures import PictureRack
from runtime.status import TUNER, RuntimeStatus


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
    pictures: PictureRack = field(default_factory=PictureRack)
    device_id: str = ""
    """HDHomeRun device id, kept over restarts; unused where the tuner is disabled."""

    pushed: Callable[[], bool] | None = None
    """Has the repository asked that is followed, unless it is told too often; None where none is."""

    def files(self) -> Path:
        """The folder of the station's files as they are on air: its logos and its lock."""
        return files_on_air(self.live, self.settings)

    def tuned(self) -> list[Channel | None]:
        """The channel that holds each tuner, None for those that are free."""
        with self.live.lease() as lease:
            channels = {channel.key: channel for channel in lease.reader.channels}
        return [channels.get(key) if key else None for key in self.status().tuners]

    def tuned_by(self) -> dict[str, str]:
        """The address of who watches a channel by a tuner, by the channel's key: of several, the first."""
        watching = [each for each in self.status().sessions if each.protocol == TUNER]
        return {each.channel: each.client for each in reversed(watching)}


def files_on_air(live: LiveTimeline, settings: Settings) -> Path:
    """The folder that the current timeline was compiled from. Asks the disk."""
    if settings.git.remote is None:
        return settings.station
    with live.lease() as lease:
        return station_files(settings.state_dir, lease.reader.header.commit, settings.station)
