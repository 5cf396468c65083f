"""What plays at one place, and how it is dressed: contents, fillers and looks."""

from __future__ import annotations

import msgspec

from compiler.station.words import BreakAt, FillerMode, Fit, GroupBy, Order, Show
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Span
from exstv.timeline.model import Presentation


class Origin(msgspec.Struct, frozen=True):
    """Where in the YAML something was written: `span` is shown, `name` goes into an item's `rule`."""

    span: Span
    name: str


class Seek(msgspec.Struct, frozen=True):
    """Moves an existing cursor to the first item at or after an episode, once for each `id`."""

    id: str
    season: int | None
    episode: int | None


class StartAt(msgspec.Struct, frozen=True):
    """Where a new cursor begins: at its first item unless it says otherwise."""

    random: bool = False
    season: int | None = None
    episode: int | None = None


AT_FIRST = StartAt()


class Content(msgspec.Struct, frozen=True):
    """A collection in an order, with the cursor that remembers how far it got.

    `items` are in catalog order (by id), or as listed where `order` is LISTED. `cursor` is the name of the
    progress, unique on a channel for these options. For a collection that is a playlist `items` holds all
    that its entries play and `playlist` says how.
    """

    collection: str
    items: tuple[MediaItem, ...]
    order: Order
    cursor: str
    origin: Origin
    group_by: GroupBy = GroupBy.SHOW
    batch: int | None = 1
    """Items of a group at each of its turns; None: all."""
    start_at: StartAt = AT_FIRST
    seek: Seek | None = None
    keep_multi_part: bool = True
    no_repeat_ms: int = 0
    """Start to start, on this channel; 0: none. Belongs to the use, not to the cursor."""
    playlist: tuple[PlaylistEntry, ...] = ()


class PlaylistEntry(msgspec.Struct, frozen=True):
    """One entry of a playlist: so many of a content, then the next entry. `count` None: all of them."""

    content: Content
    count: int | None


class FillerPreset(msgspec.Struct, frozen=True):
    """A filler: which clips, and how much of them."""

    name: str
    content: Content
    mode: FillerMode
    origin: Origin
    count: int = 1
    duration_ms: int = 0
    pad_to_ms: int = 0
    fit: Fit = Fit.EXACT
    cooldown_ms: int = 0
    """Of one clip, end to start; 0: none."""
    at: BreakAt = BreakAt.CHAPTERS
    every_ms: int = 0
    """The least spacing of breaks, and the target with `at: every`; 0: none."""
    max_breaks: int | None = None


class FillerSet(msgspec.Struct, frozen=True):
    """The fillers in force at one place, nearest declaration already chosen; None: none there."""

    pre_roll: FillerPreset | None = None
    mid_roll: FillerPreset | None = None
    post_roll: FillerPreset | None = None
    tail: FillerPreset | None = None
    fallback: FillerPreset | None = None


NO_FILLER = FillerSet()


class Look(msgspec.Struct, frozen=True):
    """How what plays at one place is dressed, listed and presented: alike for entries, slots, blocks."""

    filler: FillerSet = NO_FILLER
    title: str | None = None
    """What the guide says instead of the item's own title."""
    show: Show = Show.PROGRAMME
    presentation: Presentation | None = None
    """Audio, subtitles and watermark, merged with the channel's; None: the channel's alone."""


PLAIN = Look()
