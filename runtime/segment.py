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


@dataclass(frozen=True)
class Hold:
    """The ladder's standing order: before frame `until`, planned items are not tried.

    Up to `bridge` the slate plays, which needs no time to start; then `step`, with the fallback whose turn
    it is.
    """

    until: int = 0
    bridge: int = 0
    step: Step = Step.FALLBACK
    fallback: int = 0


def segment_at(window: Window, clock: PlanClock, first: int, hold: Hold) -> Segment:
    """Gives the segment that starts at a frame."""
    item, last = _item_from(window, clock, first)
    if item is None:
        return Segment(Step.SLATE, first, first + round(SLATE_SECONDS * clock.rate), None)
    if item.media_id is None:
        return Segment(Step.SLATE, first, last, item)
    if first < hold.bridge:
        return Segment(Step.SLATE, first, min(last, hold.bridge), item)
    if first < hold.until:
        return _held(window, clock, Segment(hold.step, first, min(last, hold.until), item), hold)
    into_ms = clock.plan_of(first) - item.start_ms
    # Rounding to whole frames is no reason to cut into the item.
    begun = into_ms * clock.rate >= 1000
    in_point_ms = item.in_point_ms + (into_ms if begun else 0)
    return Segment(Step.ITEM, first, last, item, item.media_id, in_point_ms)


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
