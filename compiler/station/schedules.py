"""The five kinds of schedules, and the rules that say on which days something holds."""

from __future__ import annotations

import msgspec

from compiler.station.content import NO_FILLER, PLAIN, Content, FillerSet, Look, Origin
from compiler.station.words import Flex, Mode, Overrun, Padding, StartBehaviour, Stop, Tail
from exstv.catalog.model import MediaItem


class Entry(msgspec.Struct, frozen=True):
    """One entry of a loop or of a block.

    `identity` is its `name`, else its content and its ordinal among equals.

    `content` is None for `wait_until` alone. `duration_ms` is the length of DURATION and the interval of
    PAD_TO; `until_ms` the time of day of PAD_UNTIL and WAIT_UNTIL, of tomorrow where `tomorrow` is set and
    today's has passed.
    """

    identity: str
    content: Content | None
    mode: Mode
    look: Look
    origin: Origin
    count: int | None = 1
    """How many items `multiple` plays; None: all of the collection."""
    duration_ms: int = 0
    until_ms: int | None = None
    tomorrow: bool = False
    overrun: Overrun = Overrun.STOP
    max_late_ms: int | None = None
    """How much `finish` may delay what follows; None: as long as it takes."""
    tail: Tail = Tail.FILLER
    start_ms: int | None = None
    """A fixed start; None: follows the entry before."""
    start_behaviour: StartBehaviour = StartBehaviour.STRICT


class SequenceUse(msgspec.Struct, frozen=True):
    """Another loop's entries, inlined `repeat` times."""

    identity: str
    schedule: LoopSchedule
    repeat: int
    origin: Origin


class LoopSchedule(msgspec.Struct, frozen=True):
    """An ordered list, repeated for ever."""

    name: str
    items: tuple[Entry | SequenceUse, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER
    shuffle_items: bool = False
    restart_daily: bool = False


class Slot(msgspec.Struct, frozen=True):
    """One slot of a weekly grid: it plays `content`, or `schedule`."""

    identity: str
    days: frozenset[int]
    start_ms: int
    look: Look
    origin: Origin
    content: Content | None = None
    schedule: Schedule | None = None
    mode: Mode = Mode.FIT
    count: int | None = 1
    duration_ms: int | None = None
    """None: to the next slot's start."""
    padding: Padding = Padding.FILLER
    flex: Flex = Flex.NONE
    max_late_ms: int | None = None
    priority: int = 0


class SlotsSchedule(msgspec.Struct, frozen=True):
    """A weekly grid."""

    name: str
    slots: tuple[Slot, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER


class BalanceSource(msgspec.Struct, frozen=True):
    """One of the contents that a balance mixes."""

    identity: str
    content: Content
    weight: float
    look: Look
    origin: Origin
    cooldown_ms: int = 0
    """Of the source, end to next start; 0: none."""
    max_consecutive: int | None = None


class BalanceSchedule(msgspec.Struct, frozen=True):
    """A weighted mix. Limits that are not enforced were already taken out of the sources."""

    name: str
    sources: tuple[BalanceSource, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER
    by_items: bool = False
    """Weights are shares of items, not of air time."""


class DateRange(msgspec.Struct, frozen=True):
    """Days from `first` to `last`, both included, as (year, month, day); year 0: every year, may wrap it."""

    first: tuple[int, int, int]
    last: tuple[int, int, int]


class DayRule(msgspec.Struct, frozen=True):
    """Which broadcast days: all that is given must hold; an empty rule is every day."""

    days: frozenset[int] = frozenset()
    dates: tuple[DateRange, ...] = ()
    months: frozenset[int] = frozenset()
    """1 to 12."""
    days_of_month: frozenset[int] = frozenset()
    """1 to 31; −1 is the last."""
    nth: tuple[tuple[int, int], ...] = ()
    """(which, weekday): (1, 4) is the first Friday of a month, (−1, 4) the last."""
    weeks: str | None = None
    """`odd` or `even` ISO week numbers."""
    easter: tuple[int, int] | None = None
    """Days relative to Western Easter Sunday, both included."""


class DayBlock(msgspec.Struct, frozen=True):
    """A named block: its entries in order, each as much as fits, in a fixed room."""

    name: str
    duration_ms: int
    entries: tuple[Entry, ...]
    look: Look
    origin: Origin
    stop: Stop = Stop.BEFORE_END
    max_late_ms: int | None = None


class Placement(msgspec.Struct, frozen=True):
    """One line of a day template: a block at a time of day."""

    at_ms: int
    block: DayBlock
    origin: Origin


class TemplateDays(msgspec.Struct, frozen=True):
    """On which days a template holds; the first that matches counts, most specific first."""

    rule: DayRule
    template: tuple[Placement, ...]
    priority: int
    origin: Origin


class BlocksSchedule(msgspec.Struct, frozen=True):
    """Named blocks placed by day templates."""

    name: str
    days: tuple[TemplateDays, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER


class ExternalProgramme(msgspec.Struct, frozen=True):
    """One programme of an external list: media at an instant (UTC ms). `item` None is declared off air."""

    start_ms: int
    finish_ms: int
    item: MediaItem | None
    in_point_ms: int = 0
    title: str | None = None


class ExternalSchedule(msgspec.Struct, frozen=True):
    """Programme times that another program made, in order, without overlap."""

    name: str
    programmes: tuple[ExternalProgramme, ...]
    origin: Origin
    look: Look = PLAIN
    period_ms: int = 0
    """The list stands for every time that is a multiple of this away, before and after; 0: it plays once."""


Schedule = LoopSchedule | SlotsSchedule | BalanceSchedule | BlocksSchedule | ExternalSchedule
