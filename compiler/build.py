"""A station's channels to rows, on every core: the stages from lower to verify for each channel by itself.

channels.py knows one channel, workers.py the processes. Rows go to a sink as they come, in line-up order, so
that no more than a few channels are in memory at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from compiler import workers
from compiler.channels import BuiltChannel, build_channel
from compiler.onair import OnAir
from compiler.schedule.horizon import Times
from compiler.schedule.takeover import Carry
from compiler.station import Station, StationChannel
from exstv import codes
from exstv.diagnostics import Diagnostic, has_errors
from exstv.timeline.columns import ChannelRows
from exstv.timeline.model import Head, Timeline
from exstv.timeline.structs import columns_of, structs_of


class Sink(Protocol):
    """What takes the rows: exstv.timeline.writer.TimelineWriter, or memory."""

    def add(self, rows: ChannelRows) -> None:
        """Takes all rows of one channel."""
        ...

    def used_media(self) -> set[str]:
        """Ids of all media that the rows play or list."""
        ...


class Memory:
    """A sink for timelines that are looked at and not published."""

    def __init__(self, on_air: OnAir | None = None) -> None:
        """`on_air` is where copied channels come from."""
        self._on_air = on_air
        self._rows: list[ChannelRows] = []

    def begin(self, copied: Collection[str]) -> Memory:
        """Begins with the rows of channels that are as they were."""
        if self._on_air is not None:
            for key in copied:
                self.add(columns_of(key, self._on_air.rows(key)))
        return self

    def add(self, rows: ChannelRows) -> None:
        """Takes all rows of one channel."""
        self._rows.append(rows)

    def used_media(self) -> set[str]:
        """Ids of all media that the rows play or list."""
        return {media for rows in self._rows for media in rows.used_media()}

    def timeline(self, head: Head) -> Timeline:
        """The whole timeline."""
        place = {channel.key: number for number, channel in enumerate(head.channels)}
        ordered = sorted(self._rows, key=lambda rows: place[rows.channel])
        stored = [structs_of(rows) for rows in ordered]
        presentations = (row for rows in ordered for row in rows.channel_presentations())
        return Timeline(
            **{name: getattr(head, name) for name in Head.__struct_fields__},
            items=tuple(item for rows in stored for item in rows.items),
            programmes=tuple(programme for rows in stored for programme in rows.programmes),
            anchors=tuple(anchor for rows in stored for anchor in rows.anchors),
            presentations=tuple(presentations),
        )


Begin = Callable[[Collection[str]], Sink]
"""Makes a sink that holds the rows of some channels of the timeline on air."""


@dataclass(frozen=True)
class Brief:
    """What every channel is built by. `channels` are those to build, `carry` tells what one goes on from."""

    station: Station
    times: Times
    channels: Sequence[StationChannel]
    carry: Callable[[StationChannel], Carry]
    durations: Mapping[str, int | None]


def build_channels(brief: Brief, sink: Sink) -> tuple[list[BuiltChannel], list[Diagnostic]]:
    """Builds every channel; once one has errors no more rows are taken, as nothing will be published."""

    def work(
        channel: StationChannel,
    ) -> tuple[BuiltChannel | None, ChannelRows | None, list[Diagnostic]]:
        carry = brief.carry(channel)
        return build_channel(brief.station, channel, carry, brief.times, brief.durations)

    channels = brief.channels
    built: list[BuiltChannel] = []
    found: list[Diagnostic] = []
    is_broken = False
    try:
        for one, rows, diagnostics in workers.each(work, channels, workers.worker_count(len(channels))):
            found += diagnostics
            is_broken = is_broken or has_errors(diagnostics)
            if one is not None and rows is not None and not is_broken:
                sink.add(rows)
                built.append(one)
    except workers.WorkerFailed as error:
        channel = channels[min(len(built), len(channels) - 1)]
        reason = str(error).strip().rpartition("\n")[2]
        found.append(codes.INTERNAL.at(channel.origin, stage="schedule", reason=reason, note=str(error)))
    return built, found
