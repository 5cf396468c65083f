"""The resolved station: every name is an object, every default is filled in.

What `resolve` makes of the documents and the catalog, and all that `lower` and the later stages see of the
YAML. Times of day are ms after local midnight; below `broadcast_day_ms` they mean the next clock day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from exstv.catalog.model import MediaItem
from exstv.diagnostics import Span
from exstv.timeline.model import Profile, Source


class Order(StrEnum):
    """In which order a cursor walks its collection."""

    CHRONOLOGICAL = "chronological"
    EPISODE = "episode"
    SHUFFLE = "shuffle"
    RANDOM = "random"
    LISTED = "listed"


class Mode(StrEnum):
    """How much a loop entry plays."""

    ONE = "one"
    MULTIPLE = "multiple"
    DURATION = "duration"
    FLOOD = "flood"


class Tail(StrEnum):
    """What follows the last item of a `duration` entry that ends early."""

    FILLER = "filler"
    NONE = "none"
    OFFLINE = "offline"


class FillerMode(StrEnum):
    """How much a filler preset plays."""

    COUNT = "count"
    DURATION = "duration"
    PAD = "pad"
    LOOP = "loop"


@dataclass(frozen=True)
class Origin:
    """Where in the YAML something was written: `span` is shown, `name` goes into an item's `rule`."""

    span: Span
    name: str


@dataclass(frozen=True)
class Content:
    """A collection in an order, with the cursor that remembers how far it got.

    `items` are in catalog order (by id), or as listed where `order` is LISTED. `cursor` is the name of the
    progress, unique on a channel for these options.
    """

    collection: str
    items: tuple[MediaItem, ...]
    order: Order
    cursor: str
    origin: Origin


@dataclass(frozen=True)
class FillerPreset:
    """A filler: which clips, and how much of them."""

    name: str
    content: Content
    mode: FillerMode
    origin: Origin
    count: int = 1
    duration_ms: int = 0
    pad_to_ms: int = 0


@dataclass(frozen=True)
class FillerSet:
    """The fillers in force at one place, nearest declaration already chosen; None: none there."""

    pre_roll: FillerPreset | None = None
    post_roll: FillerPreset | None = None
    tail: FillerPreset | None = None
    fallback: FillerPreset | None = None


@dataclass(frozen=True)
class LoopEntry:
    """One entry of a loop. `identity` is its `name`, else its content and its ordinal among equals."""

    identity: str
    content: Content
    mode: Mode
    filler: FillerSet
    origin: Origin
    count: int | None = 1
    """How many items `multiple` plays; None: all of the collection."""
    duration_ms: int = 0
    tail: Tail = Tail.FILLER
    start_ms: int | None = None
    """A fixed start; None: follows the entry before."""
    guide_title: str | None = None
    """What the guide says instead of the item's own title."""


@dataclass(frozen=True)
class LoopSchedule:
    """An ordered list, repeated for ever."""

    name: str
    entries: tuple[LoopEntry, ...]
    origin: Origin


Schedule = LoopSchedule


@dataclass(frozen=True)
class StationChannel:
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


@dataclass(frozen=True)
class Station:
    """Everything that was declared. `channels` are in order of their numbers."""

    name: str
    timezone: str
    broadcast_day_ms: int
    horizon_ms: int
    history_ms: int
    freeze_ms: int
    seed: str
    channels: tuple[StationChannel, ...] = ()
    profiles: dict[str, Profile] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
