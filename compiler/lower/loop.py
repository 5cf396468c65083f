"""Lowers a loop schedule: each entry is a block, and knows the fixed start that ends its time.

A `sequence` is inlined here: its blocks carry the identity of the entry that used them before their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from compiler.lower.rundown import Block, Loop, Over
from compiler.station import Entry, LoopSchedule, Mode, Overrun, SequenceUse, StartBehaviour
from exstv import codes
from exstv.diagnostics import Diagnostic
from exstv.units import DAY_MS

MIN_ITEM_MS = 1000
"""Shorter media are not scheduled: thousands of them would make a timeline of millions of rows."""

MAX_BLOCKS = 10_000
"""A list longer than this, sequences inlined, is a mistake in a `repeat`."""

_OVER = {Overrun.STOP: Over.STOP, Overrun.TRIM: Over.CUT, Overrun.FINISH: Over.FINISH}


def lower_loop(schedule: LoopSchedule) -> tuple[Loop, list[Diagnostic]]:
    """The rundown of a loop schedule."""
    entries: list[Entry] = []
    cards: list[tuple[int, int]] = []
    for item in schedule.items:
        first = len(entries)
        # A repeat inside a repeat grows without end: no more is written out than tells that it is too much.
        entries += islice(_inlined(item), MAX_BLOCKS + 1 - first)
        if len(entries) > MAX_BLOCKS:
            too_long = codes.SEQUENCE_TOO_LONG.at(item.origin, name=schedule.name, limit=MAX_BLOCKS)
            return Loop(schedule.name, (), schedule.origin), [too_long]
        cards.append((first, len(entries)))
    around = zip(entries, _starts_before(entries), _next_fixed(entries), strict=True)
    blocks = tuple(_block(entry, before, entries, following) for entry, before, following in around)
    loop = Loop(
        name=schedule.name,
        blocks=blocks,
        origin=schedule.origin,
        filler=schedule.filler,
        restart_daily=schedule.restart_daily,
        cards=tuple(cards) if schedule.shuffle_items else (),
    )
    return loop, list(_findings(schedule, entries))


def block_of(entry: Entry) -> Block:
    """The block of an entry that stands alone: no fixed start ends it."""
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
        room_ms=entry.duration_ms if entry.mode in (Mode.DURATION, Mode.PAD_TO) else None,
    )


def _inlined(item: Entry | SequenceUse) -> Iterator[Entry]:
    if isinstance(item, Entry):
        yield item
        return
    for turn in range(item.repeat):
        for inner in item.schedule.items:
            for entry in _inlined(inner):
                yield replace(entry, identity=f"{item.identity}/{turn + 1}/{entry.identity}")


def _next_fixed(entries: Sequence[Entry]) -> list[int | None]:
    """For each entry the place of the fixed start after it, round the list's end; it may be its own."""
    found: list[int | None] = [None] * len(entries)
    following = next((place for place, entry in enumerate(entries) if entry.start_ms is not None), None)
    for place in reversed(range(len(entries))):
        found[place] = following
        if entries[place].start_ms is not None:
            following = place
    return found


def _starts_before(entries: Sequence[Entry]) -> list[int | None]:
    """For each entry its own fixed start, or the one before it, round the list's begin."""
    found: list[int | None] = []
    before = next((entry.start_ms for entry in reversed(entries) if entry.start_ms is not None), None)
    for entry in entries:
        before = before if entry.start_ms is None else entry.start_ms
        found.append(before)
    return found


def _block(entry: Entry, before_ms: int | None, entries: Sequence[Entry], next_fixed: int | None) -> Block:
    block = block_of(entry)
    following = None if next_fixed is None else entries[next_fixed]
    return replace(block, room_ms=_room(before_ms, following, block.room_ms), next_fixed=next_fixed)


def _room(before_ms: int | None, following: Entry | None, own: int | None) -> int | None:
    """Its own length, or the time between the fixed starts around it where that is less."""
    if following is None or following.start_behaviour is StartBehaviour.FLEXIBLE:
        return own
    between = ((following.start_ms or 0) - (before_ms or 0)) % DAY_MS or DAY_MS
    return between if own is None else min(own, between)


def _findings(schedule: LoopSchedule, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    for index, entry in enumerate(entries):
        if schedule.shuffle_items and entry.start_ms is not None:
            # Of the list's own entries the rules say so; this one came with a sequence.
            yield codes.FIXED_IN_DECK.at(entry.origin, also=[(schedule.origin, "shuffled here")])
        after = entries[(index + 1) % len(entries)]
        is_strict = after.start_ms is not None and after.start_behaviour is StartBehaviour.STRICT
        if entry.overrun is Overrun.FINISH and is_strict:
            also = [(after.origin, "this start is strict")]
            yield codes.FINISH_BEFORE_STRICT.at(entry.origin, also=also, help="make it flexible, or `trim`")
