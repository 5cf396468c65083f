"""Lowers a loop schedule: each entry is a block, and knows the fixed start that ends its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.lower.rundown import Block, Loop, Over
from compiler.station import (
    Content,
    Entry,
    FillerMode,
    FillerSet,
    LoopSchedule,
    Mode,
    Overrun,
    StartBehaviour,
)
from exstv import codes
from exstv.diagnostics import Diagnostic
from exstv.units import DAY_MS

MIN_ITEM_MS = 1000
"""Shorter media are not scheduled: thousands of them would make a timeline of millions of rows."""

_OVER = {Overrun.STOP: Over.STOP, Overrun.TRIM: Over.CUT, Overrun.FINISH: Over.FINISH}


def lower_loop(schedule: LoopSchedule) -> tuple[Loop, list[Diagnostic]]:
    """The rundown of a loop schedule."""
    entries = [item for item in schedule.items if isinstance(item, Entry)]
    blocks = tuple(_block(entries, index) for index in range(len(entries)))
    loop = Loop(schedule.name, blocks, schedule.origin, schedule.filler, schedule.restart_daily)
    return loop, list(_findings(entries))


def _block(entries: Sequence[Entry], index: int) -> Block:
    entry = entries[index]
    size = len(entries)
    following = ((index + step) % size for step in range(1, size + 1))
    next_fixed = next((place for place in following if entries[place].start_ms is not None), None)
    return Block(
        identity=entry.identity,
        content=entry.content,
        mode=entry.mode,
        look=entry.look,
        origin=entry.origin,
        count=1 if entry.mode is Mode.ONE else entry.count,
        duration_ms=entry.duration_ms,
        until_ms=entry.until_ms,
        tomorrow=entry.tomorrow,
        over=_OVER[entry.overrun],
        max_late_ms=entry.max_late_ms,
        tail=entry.tail,
        start_ms=entry.start_ms,
        strict=entry.start_behaviour is StartBehaviour.STRICT,
        room_ms=_room(entries, index, next_fixed),
        next_fixed=next_fixed,
    )


def _room(entries: Sequence[Entry], index: int, next_fixed: int | None) -> int | None:
    """Its duration, or the time between the fixed starts around it where that is less."""
    entry = entries[index]
    duration = entry.duration_ms if entry.mode is Mode.DURATION else None
    if next_fixed is None:
        return duration
    backwards = ((index - step) % len(entries) for step in range(len(entries)))
    starts = (entries[place].start_ms for place in backwards)
    before = next(start for start in starts if start is not None)
    between = ((entries[next_fixed].start_ms or 0) - before) % DAY_MS or DAY_MS
    return between if duration is None else min(duration, between)


def _findings(entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for entry in entries:
        filler = entry.look.filler
        if filler.pre_roll and filler.post_roll and _both_pad(filler):
            yield codes.TWO_PADS.at(
                entry.origin, also=((filler.pre_roll.origin, "one"), (filler.post_roll.origin, "another"))
            )
        for content in (entry.content, *_contents(filler)):
            for item in content.items if content else ():
                if item.id not in seen and (item.duration_ms or 0) < MIN_ITEM_MS:
                    seen.add(item.id)
                    yield codes.ITEM_TOO_SHORT.at(content.origin if content else entry.origin, id=item.id)


def _both_pad(filler: FillerSet) -> bool:
    return all(preset and preset.mode is FillerMode.PAD for preset in (filler.pre_roll, filler.post_roll))


def _contents(filler: FillerSet) -> Iterator[Content]:
    for preset in (filler.pre_roll, filler.mid_roll, filler.post_roll, filler.tail, filler.fallback):
        if preset is not None:
            yield preset.content
