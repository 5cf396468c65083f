"""Channels and the station: what resolve hands on."""

from __future__ import annotations

import msgspec

from compiler.checks.model import NOTHING_TO_CHECK, Checks
from compiler.station.content import FillerSet, Origin
from compiler.station.schedules import DayRule, Entry, Schedule
from compiler.station.words import Apply
from exstv.timeline.model import Presentation, Profile, Source


class CalendarRule(msgspec.Struct, frozen=True):
    """A schedule for some broadcast days; of those that match the most specific wins, then `priority`."""

    rule: DayRule
    schedule: Schedule
    priority: int
    origin: Origin


class Event(msgspec.Struct, frozen=True):
    """A one-off appointment: `date` is (year, month, day), year 0 for every year."""

    date: tuple[int, int, int]
    entry: Entry
    """With its `start_ms`, which is strict."""


class StationChannel(msgspec.Struct, frozen=True):
    """One channel with all it needs."""

    key: str
    number: str
    name: str
    xmltv_id: str
    timezone: str
    schedule: Schedule
    filler: FillerSet
    profile: str
    origin: Origin
    group: str | None = None
    logo: str | None = None
    streaming_mode: str = "both"
    always_on: bool = False
    calendar: tuple[CalendarRule, ...] = ()
    events: tuple[Event, ...] = ()
    presentation: Presentation | None = None
    """The channel's own audio, subtitles and watermark."""
    throttle: str = "realtime"
    apply: Apply = Apply.JUNCTION


class Station(msgspec.Struct, frozen=True):
    """Everything that was declared. `channels` are in order of their numbers."""

    name: str
    timezone: str
    broadcast_day_ms: int
    horizon_ms: int
    history_ms: int
    freeze_ms: int
    seed: str
    channels: tuple[StationChannel, ...] = ()
    profiles: dict[str, Profile] = {}
    sources: tuple[Source, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    """Ids of media that are off the air at once; no content holds them."""
    absent: frozenset[str] = frozenset()
    """Keys of channels that are declared and disabled: their progress is carried."""
    checks: Checks = NOTHING_TO_CHECK
    """The policies and tests that `compile --check` holds the timeline to; they decide nothing of it."""
