"""A rundown: what every kind of schedule is lowered to, and all that the scheduler sees of one.

Three shapes, which nest. A `Loop` is a list of blocks that follow one another or wait for their time of day;
a `Mix` chooses among blocks by their weights; a `Grid` has an appointment for each instant, and each
appointment plays a block or a rundown of its own. loop.py and balance.py make the first two, slots.py,
blocks.py and external.py the third; compiler/schedule/scheduler.py plays all of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from compiler.lower.wall import Irregular, WallClock
from compiler.station import NO_FILLER, Content, FillerSet, Look, Mode, Origin, Padding, Tail


class Over(StrEnum):
    """What happens to an item that would pass the end of its place."""

    STOP = "stop"
    """It is not begun, and stays next."""
    CUT = "cut"
    """It is cut at the end."""
    FINISH = "finish"
    """It may end up to `max_late_ms` later; one that would exceed that is not begun."""
    EXTEND = "extend"
    """It may end up to `max_late_ms` later, and is cut there."""
    COMPRESS = "compress"
    """It is passed over for the first that fits."""


class Block(msgspec.Struct, frozen=True, eq=False):
    """A stretch of content with one rule for how much of it plays."""

    identity: str
    """What progress is remembered by; unique in its rundown."""
    content: Content | None
    """None: nothing plays but filler, until `until_ms`."""
    mode: Mode
    look: Look
    origin: Origin
    count: int | None = 1
    """How many items ONE and MULTIPLE play; None: as many as there are."""
    duration_ms: int = 0
    """The length of DURATION; for PAD_TO the interval of its marks."""
    until_ms: int | None = None
    """The time of day up to which PAD_UNTIL and WAIT_UNTIL last."""
    tomorrow: bool = False
    over: Over = Over.STOP
    max_late_ms: int | None = None
    """None: no limit."""
    tail: Tail = Tail.FILLER
    start_ms: int | None = None
    """The time of day that it waits for; None: it follows."""
    strict: bool = True
    """Its start is never late: what comes before ends in time."""
    room_ms: int | None = None
    """The most time that it can ever have; an item longer than that never plays here. None: no end."""
    next_fixed: int | None = None
    """Index of the next block with a start, in the order of the list, itself last; None: there is none."""
    in_point_ms: int = 0
    """Where its item is joined: an external list may begin inside a media item."""


class Loop(msgspec.Struct, frozen=True, eq=False):
    """Blocks in order, begun again after the last unless `once`."""

    name: str
    """Progress is kept by it, once a channel."""
    blocks: tuple[Block, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER
    restart_daily: bool = False
    once: bool = False
    """The list of a named block: it begins at its first entry each time, and ends after its last."""
    cards: tuple[tuple[int, int], ...] = ()
    """Half-open ranges of blocks that a reshuffled deck deals as one; empty: the list is played in order."""


class MixSource(msgspec.Struct, frozen=True, eq=False):
    """One of the blocks that a mix chooses from, each an item at a time."""

    block: Block
    weight: float
    cooldown_ms: int
    max_consecutive: int | None


class Mix(msgspec.Struct, frozen=True, eq=False):
    """Blocks chosen by weight."""

    name: str
    sources: tuple[MixSource, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER
    by_items: bool = False


class Appointment(msgspec.Struct, frozen=True, eq=False):
    """What stands in a grid: a slot, a placed block, an external programme."""

    identity: str
    """Unique in its grid."""
    body: Block | Rundown
    look: Look
    origin: Origin
    over: Over
    padding: Padding = Padding.FILLER
    max_late_ms: int | None = None


class Occurrence(NamedTuple):
    """An appointment on one day: [start, finish) in UTC ms, as planned, whatever covers parts of it."""

    appointment: Appointment
    start_ms: int
    finish_ms: int
    irregular: Irregular | None = None
    """What a change of the clock did to its start."""


class Segment(NamedTuple):
    """A stretch of a grid with one occurrence, or with none: filler's time."""

    start_ms: int
    finish_ms: int
    occurrence: Occurrence | None


class DayPlan(Protocol):
    """The rule of a grid: what stands on which day."""

    def segments(self, wall: WallClock, day: int) -> tuple[Segment, ...]:
        """The whole broadcast day, in order and without gap: an occurrence that crosses the day's edge is cut
        there, with its own start and finish unchanged."""
        ...


class Grid(msgspec.Struct, frozen=True, eq=False):
    """An appointment for each instant."""

    name: str
    plan: DayPlan
    appointments: tuple[Appointment, ...]
    """All that can stand in it."""
    origin: Origin
    filler: FillerSet = NO_FILLER


Rundown = Loop | Mix | Grid
