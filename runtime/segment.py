"""Which stretch of frames plays what: the plan's item, or what the ladder puts in its place. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from exstv.timeline.model import PlayoutItem
from runtime.playhead import Window
from runtime.status import Step
from runtime.throttle import PlanClock

SLATE_SECONDS = 5
"""Length of a slate segment outside the timeline: how soon the plan is looked at again."""


@dataclass(frozen=True)
class Segment:
    """Frames [first, last) of a channel's stream and what they show.

    `item` is what the plan wants there, None outside the timeline; `media_id` is None for the slate.
    """

    step: Step
    first: int
    last: int
    item: PlayoutItem | None
    media_id: str | None = None
    in_point_ms: int = 0

    @property
    def stands_in(self) -> bool:
        """Tells whether it is the slate in the place of an item that should play."""
        return self.step is Step.SLATE and self.item is not None and self.item.media_id is not None


ItemKey = tuple[int, str | None]
"""An item's start and media: its number may be another in a newer timeline."""


def key_of(item: PlayoutItem) -> ItemKey:
    """What tells an item from its neighbours."""
    return (item.start_ms, item.media_id)


@dataclass(frozen=True)
class Hold:
    """The ladder's standing order: before frame `until` the item `item` is not tried; if it is None, no item.

    Up to `bridge` the slate plays, which needs no time to start; then `step`, with the fallback whose turn
    it is. What begins before frame `software` is not given to the hardware.
    """

    until: int = 0
    item: ItemKey | None = None
    software: int = 0
    bridge: int = 0
    step: Step = Step.FALLBACK
    fallback: int = 0

    def covers(self, item: PlayoutItem, frame: int) -> bool:
        """Tells whether an item must not be tried at a frame: the one that failed, or any."""
        return frame < self.until and self.item in (None, key_of(item))


def segment_at(window: Window, clock: PlanClock, first: int, hold: Hold) -> Segment:
    """Gives the segment that starts at a frame."""
    item, last = _item_from(window, clock, first)
    if item is None:
        return Segment(Step.SLATE, first, first + round(SLATE_SECONDS * clock.rate), None)
    if item.media_id is None:
        return Segment(Step.SLATE, first, last, item)
    if first < hold.bridge:
        return Segment(Step.SLATE, first, min(last, hold.bridge), item)
    if hold.covers(item, first):
        return _held(window, clock, Segment(hold.step, first, min(last, hold.until), item), hold)
    into_ms = clock.plan_of(first) - item.start_ms
    # Rounding to whole frames is no reason to cut into the item.
    begun = into_ms * clock.rate >= 1000
    in_point_ms = item.in_point_ms + (into_ms if begun else 0)
    step = Step.SOFTWARE if first < hold.software else Step.ITEM
    return Segment(step, first, last, item, item.media_id, in_point_ms)


def _item_from(window: Window, clock: PlanClock, first: int) -> tuple[PlayoutItem | None, int]:
    """The item that shows at a frame and its end frame; one shorter than a frame is passed over."""
    at_ms = clock.plan_of(first)
    while (item := window.item_at(at_ms)) is not None:
        last = clock.frame_of(item.finish_ms)
        if last > first:
            return item, last
        at_ms = item.finish_ms
    return None, first


def _held(window: Window, clock: PlanClock, segment: Segment, hold: Hold) -> Segment:
    if hold.step is not Step.FALLBACK or not window.fallbacks:
        return Segment(Step.SLATE, segment.first, segment.last, segment.item)
    media_id = window.fallbacks[hold.fallback % len(window.fallbacks)]
    duration_ms = window.media[media_id].duration_ms
    last = segment.last
    if duration_ms is not None:
        last = min(last, segment.first + max(1, int(duration_ms * clock.rate / 1000)))
    return Segment(Step.FALLBACK, segment.first, last, segment.item, media_id)
