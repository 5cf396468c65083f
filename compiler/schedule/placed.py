"""What the scheduler makes: items in their places, each with the feature that it belongs to.

guide.py turns them into playout items and programmes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from exstv.catalog.model import MediaItem
from exstv.diagnostics import Span
from exstv.timeline.model import FillerKind


class Part(NamedTuple):
    """A piece of media to be placed, from its beginning. `item` None is the built-in slate."""

    item: MediaItem | None
    length_ms: int
    filler: FillerKind | None
    name: str
    """What put it there, for an item's `rule`: a filler's name, empty for content."""
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Feature:
    """What a viewer came for: one content item with its pre-roll and post-roll. `item` None is off air."""

    item: MediaItem | None
    title: str | None = None
    """Overrides the item's own title in the guide."""
    fixed_start_ms: int | None = None
    """The time of day at which it had to start, if it had."""


class Placed(NamedTuple):
    """A part in its place. `feature` is None for what fills the time between features."""

    start_ms: int
    finish_ms: int
    part: Part
    feature: Feature | None
    rule: str
    advance: str
