"""Stations made in Python: the scheduler's tests say what they schedule without YAML."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import pytest
from msgspec.structs import replace

from compiler.channels import build_channel
from compiler.lower.wall import WallClock
from compiler.schedule.horizon import Rows, Times
from compiler.schedule.takeover import Carry
from compiler.station import (
    Content,
    Entry,
    FillerMode,
    FillerPreset,
    FillerSet,
    Look,
    LoopSchedule,
    Mode,
    Order,
    Origin,
    Station,
    StationChannel,
)
from exstv.catalog.model import MediaItem
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic, Span
from exstv.timeline.structs import structs_of
from exstv.units import DAY_MS, HOUR_MS, parse_duration, parse_time_of_day


class Studio:
    """Short words for building a channel and looking at what came out."""

    def __init__(self) -> None:
        self._lines = count(1)

    def clips(self, name: str, *lengths: str | int) -> tuple[MediaItem, ...]:
        """Media `name:00`, `name:01`, …; a length is a duration or ms."""
        return tuple(
            MediaItem(
                id=f"{name}:{place:02}",
                source=name,
                kind="clip",
                title=f"{name} {place}",
                locator="{}",
                duration_ms=length if isinstance(length, int) else parse_duration(length),
            )
            for place, length in enumerate(lengths)
        )

    def content(self, name: str, items: Sequence[MediaItem], order: Order = Order.LISTED) -> Content:
        return Content(name, tuple(items), order, f"{name}/{order}", self._origin(name))

    def filler(self, name: str, items: Sequence[MediaItem], mode: FillerMode, **how: int) -> FillerPreset:
        return FillerPreset(name, self.content(name, items, Order.SHUFFLE), mode, self._origin(name), **how)

    def entry(
        self, content: Content, mode: Mode = Mode.ONE, start: str | None = None, **how: object
    ) -> Entry:
        entry = Entry(
            identity=content.collection,
            content=content,
            mode=mode,
            look=Look(),
            origin=self._origin(content.collection),
            start_ms=parse_time_of_day(start) if start else None,
        )
        return replace(entry, **how)  # type: ignore[arg-type]

    def channel(self, *entries: Entry, zone: str = "UTC", filler: FillerSet | None = None) -> StationChannel:
        """A channel; entries without filler of their own take the channel's."""
        shared = filler or FillerSet()
        entries = tuple(
            replace(entry, look=replace(entry.look, filler=shared))
            if entry.look.filler == FillerSet()
            else entry
            for entry in entries
        )
        return StationChannel(
            key="one", number="1", name="Channel One", xmltv_id="one.test", timezone=zone,
            schedule=LoopSchedule("day", entries, self._origin("day")), filler=shared, profile="hd",
            origin=self._origin("one"),
        )  # fmt: skip

    def build(
        self,
        channel: StationChannel,
        now: str | int = "2026-03-02T06:00Z",
        old: Rows | None = None,
        days: int = 1,
        freeze_ms: int = 0,
        history: int = 3,
        seed: str = "test",
    ) -> tuple[Rows, list[Diagnostic]]:
        """The rows of a compile at `now`, and what it had to say; our own bugs fail the test."""
        station = Station("Test", channel.timezone, 6 * HOUR_MS, DAY_MS, DAY_MS, 0, seed)
        now_ms = from_iso(now) if isinstance(now, str) else now
        times = Times(now_ms, days * DAY_MS, history * DAY_MS, freeze_ms)
        built, rows, found = build_channel(station, channel, Carry(old), times, self._durations(channel, old))
        assert [one.message for one in found if one.code.startswith("EXS9")] == []
        assert built is not None
        assert rows is not None
        return structs_of(rows), found

    def shown(self, rows: Rows, limit: int | None = None, zone: str = "UTC") -> list[str]:
        """`06:00:00 media` for each item, and for filler its place."""
        wall = WallClock(zone, 0)
        return [
            f"{wall.local(item.start_ms):%H:%M:%S} {item.media_id or item.kind.value}"
            + (f" {item.filler_kind.value}" if item.filler_kind else "")
            for item in rows.items[:limit]
        ]

    def plays(self, rows: Rows) -> list[tuple[object, ...]]:
        """What a viewer sees: media, start, in and out point of each item."""
        return [(item.media_id, item.start_ms, item.in_point_ms, item.out_point_ms) for item in rows.items]

    def _durations(self, channel: StationChannel, old: Rows | None) -> dict[str, int]:
        known = {item.media_id: 10 * DAY_MS for item in (old.items if old else ()) if item.media_id}
        for entry in channel.schedule.items:
            fillers = (
                entry.look.filler.pre_roll,
                entry.look.filler.post_roll,
                entry.look.filler.tail,
                entry.look.filler.fallback,
            )
            for content in (entry.content, *(preset.content for preset in fillers if preset)):
                known |= {item.id: item.duration_ms or 0 for item in content.items}
        return known

    def _origin(self, name: str) -> Origin:
        line = next(self._lines)
        return Origin(Span("station.yaml", line, 1, line, 2), name)


@pytest.fixture(scope="session")
def tv() -> Studio:
    return Studio()
