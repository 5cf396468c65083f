"""A rundown: what every kind of schedule is lowered to, and all that the scheduler sees of one.

A list of blocks, begun again after the last. A block follows the one before it or waits for its time of day,
which is strict: nothing runs over it. Lowered by loop.py, scheduled by compiler/schedule/scheduler.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.station import Content, FillerSet, Mode, Origin, Tail


@dataclass(frozen=True)
class Block:
    """A stretch of content with one rule for how much of it plays."""

    identity: str
    """What progress is remembered by."""
    content: Content
    mode: Mode
    count: int | None
    """How many items `multiple` plays; None: as many as there are."""
    duration_ms: int
    tail: Tail
    filler: FillerSet
    origin: Origin
    guide_title: str | None
    start_ms: int | None
    """The time of day that it waits for; None: it follows."""
    room_ms: int | None
    """The most time that it can ever have; an item longer than that never plays here. None: no end."""
    next_fixed: int | None
    """Index of the next block with a start, in the order of the list, itself last; None: there is none."""


@dataclass(frozen=True)
class Rundown:
    """Blocks in order. Identities are unique."""

    name: str
    blocks: tuple[Block, ...]
    origin: Origin
