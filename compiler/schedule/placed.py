"""What the scheduler makes: one run of parts for each decision, each with the feature that it belongs to.

guide.py turns them into playout items and programmes. They are structs, as millions of them are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Protocol

import msgspec

from compiler.station import Origin, Show
from exstv.catalog.model import MediaItem
from exstv.timeline.model import FillerKind, Presentation
from exstv.timeline.progress import Json


class Part(msgspec.Struct, frozen=True, gc=False):
    """A piece of media to be placed. `item` None is the built-in slate."""

    item: MediaItem | None
    in_point_ms: int
    length_ms: int
    filler: FillerKind | None
    """None: content, or declared off air where there is no item."""
    origin: Origin
    """Where it was written; for filler `origin.name` ends the item's `rule`."""


class Timed(Protocol):
    """What takes time."""

    @property
    def length_ms(self) -> int:
        """How long, in ms."""
        ...


length_of: Callable[[Timed], int] = attrgetter("length_ms")
"""The length of a piece, in ms: asked of very many."""


def total(pieces: Iterable[Timed]) -> int:
    """The time that pieces take one after another, in ms."""
    return sum(map(length_of, pieces))


class Feature(msgspec.Struct, frozen=True, gc=False):
    """What a viewer came for: one content item with its filler, told apart by identity.

    `item` None is off air.
    """

    item: MediaItem | None
    title: str | None = None
    """Overrides the item's own title in the guide."""
    fixed_start_ms: int | None = None
    """The time of day at which it had to start, if it had."""
    show: Show = Show.PROGRAMME
    group: str | None = None
    """With `show: block`: runs of one group that follow each other are one programme."""


class Run(msgspec.Struct, frozen=True, gc=False):
    """One decision: parts that follow each other from `start_ms`. `feature` is None for what fills time."""

    start_ms: int
    parts: tuple[Part, ...]
    feature: Feature | None
    chain: str
    """The names that put it there: channel › schedule › entry."""
    presentation: Presentation | None
    """Where it differs from the channel's."""
    changes: Mapping[str, Json]
    """What the decision changed in the scheduling state: the `advance` of the first part."""

    @property
    def finish_ms(self) -> int:
        """The first instant after it."""
        return self.start_ms + total(self.parts)
