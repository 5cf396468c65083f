"""The resolved station: every name is an object, every default is filled in.

What `resolve` makes of the documents and the catalog, and all that `lower` and the later stages see of the
YAML. Times of day are ms after local midnight; below `broadcast_day_ms` they mean the next clock day.
Weekdays are numbers, Monday 0. The words of the enumerations are the language's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from compiler.checks.model import NOTHING_TO_CHECK, Checks
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Span
from exstv.timeline.model import Presentation, Profile, Source


class Order(StrEnum):
    """In which order a cursor walks its collection."""

    CHRONOLOGICAL = "chronological"
    EPISODE = "episode"
    SHUFFLE = "shuffle"
    RANDOM = "random"
    SHUFFLE_IN_ORDER = "shuffle_in_order"
    ROTATION = "rotation"
    LISTED = "listed"


class GroupBy(StrEnum):
    """What makes a group for the two grouped orders."""

    SHOW = "show"
    SEASON = "season"
    ARTIST = "artist"
    ALBUM = "album"
    DIRECTOR = "director"


class Mode(StrEnum):
    """How much an entry plays."""

    ONE = "one"
    MULTIPLE = "multiple"
    DURATION = "duration"
    FLOOD = "flood"
    FIT = "fit"
    """As many as fit: what slots and the items of a block do that say nothing else. Not written."""
    PAD_TO = "pad_to"
    PAD_UNTIL = "pad_until"
    WAIT_UNTIL = "wait_until"


class Overrun(StrEnum):
    """What happens to an item that would pass the end of its entry."""

    STOP = "stop"
    TRIM = "trim"
    FINISH = "finish"


class StartBehaviour(StrEnum):
    """Whether a fixed start may be late."""

    STRICT = "strict"
    FLEXIBLE = "flexible"


class Tail(StrEnum):
    """What follows the last item of a `duration` entry that ends early."""

    FILLER = "filler"
    NONE = "none"
    OFFLINE = "offline"


class Padding(StrEnum):
    """What follows in a slot whose content ends early."""

    NONE = "none"
    FILLER = "filler"
    LOOP = "loop"
    NEXT = "next"


class Flex(StrEnum):
    """What happens to an item that would pass the end of its slot."""

    NONE = "none"
    EXTEND = "extend"
    COMPRESS = "compress"


class Stop(StrEnum):
    """Whether the last item of a block may pass its end."""

    BEFORE_END = "before_end"
    AFTER_END = "after_end"


class Show(StrEnum):
    """How the guide lists what plays."""

    PROGRAMME = "programme"
    BLOCK = "block"
    HIDDEN = "hidden"


class FillerMode(StrEnum):
    """How much a filler preset plays."""

    COUNT = "count"
    DURATION = "duration"
    PAD = "pad"
    LOOP = "loop"


class Fit(StrEnum):
    """How a filler chooses the clips for a room."""

    EXACT = "exact"
    GREEDY = "greedy"


class BreakAt(StrEnum):
    """Where an item is broken for a mid-roll."""

    CHAPTERS = "chapters"
    EVERY = "every"
    AUTO = "auto"


class Apply(StrEnum):
    """When a recompile may change what is on air."""

    JUNCTION = "junction"
    NOW = "now"


@dataclass(frozen=True)
class Origin:
    """Where in the YAML something was written: `span` is shown, `name` goes into an item's `rule`."""

    span: Span
    name: str


@dataclass(frozen=True)
class Seek:
    """Moves an existing cursor to the first item at or after an episode, once for each `id`."""

    id: str
    season: int | None
    episode: int | None


@dataclass(frozen=True)
class StartAt:
    """Where a new cursor begins: at its first item unless it says otherwise."""

    random: bool = False
    season: int | None = None
    episode: int | None = None


AT_FIRST = StartAt()


@dataclass(frozen=True)
class Content:
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


@dataclass(frozen=True)
class PlaylistEntry:
    """One entry of a playlist: so many of a content, then the next entry. `count` None: all of them."""

    content: Content
    count: int | None


@dataclass(frozen=True)
class FillerPreset:
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


@dataclass(frozen=True)
class FillerSet:
    """The fillers in force at one place, nearest declaration already chosen; None: none there."""

    pre_roll: FillerPreset | None = None
    mid_roll: FillerPreset | None = None
    post_roll: FillerPreset | None = None
    tail: FillerPreset | None = None
    fallback: FillerPreset | None = None


NO_FILLER = FillerSet()


@dataclass(frozen=True)
class Look:
    """How what plays at one place is dressed, listed and presented: alike for entries, slots, blocks."""

    filler: FillerSet = NO_FILLER
    title: str | None = None
    """What the guide says instead of the item's own title."""
    show: Show = Show.PROGRAMME
    presentation: Presentation | None = None
    """Audio, subtitles and watermark, merged with the channel's; None: the channel's alone."""


PLAIN = Look()


@dataclass(frozen=True)
class Entry:
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


@dataclass(frozen=True)
class SequenceUse:
    """Another loop's entries, inlined `repeat` times."""

    identity: str
    schedule: LoopSchedule
    repeat: int
    origin: Origin


@dataclass(frozen=True)
class LoopSchedule:
    """An ordered list, repeated for ever."""

    name: str
    items: tuple[Entry | SequenceUse, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER
    shuffle_items: bool = False
    restart_daily: bool = False


@dataclass(frozen=True)
class Slot:
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


@dataclass(frozen=True)
class SlotsSchedule:
    """A weekly grid."""

    name: str
    slots: tuple[Slot, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER


@dataclass(frozen=True)
class BalanceSource:
    """One of the contents that a balance mixes."""

    identity: str
    content: Content
    weight: float
    look: Look
    origin: Origin
    cooldown_ms: int = 0
    """Of the source, end to next start; 0: none."""
    max_consecutive: int | None = None


@dataclass(frozen=True)
class BalanceSchedule:
    """A weighted mix. Limits that are not enforced were already taken out of the sources."""

    name: str
    sources: tuple[BalanceSource, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER
    by_items: bool = False
    """Weights are shares of items, not of air time."""


@dataclass(frozen=True)
class DateRange:
    """Days from `first` to `last`, both included, as (year, month, day); year 0: every year, may wrap it."""

    first: tuple[int, int, int]
    last: tuple[int, int, int]


@dataclass(frozen=True)
class DayRule:
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


@dataclass(frozen=True)
class DayBlock:
    """A named block: its entries in order, each as much as fits, in a fixed room."""

    name: str
    duration_ms: int
    entries: tuple[Entry, ...]
    look: Look
    origin: Origin
    stop: Stop = Stop.BEFORE_END
    max_late_ms: int | None = None


@dataclass(frozen=True)
class Placement:
    """One line of a day template: a block at a time of day."""

    at_ms: int
    block: DayBlock
    origin: Origin


@dataclass(frozen=True)
class TemplateDays:
    """On which days a template holds; the first that matches counts, most specific first."""

    rule: DayRule
    template: tuple[Placement, ...]
    priority: int
    origin: Origin


@dataclass(frozen=True)
class BlocksSchedule:
    """Named blocks placed by day templates."""

    name: str
    days: tuple[TemplateDays, ...]
    origin: Origin
    filler: FillerSet = NO_FILLER


@dataclass(frozen=True)
class ExternalProgramme:
    """One programme of an external list: media at an instant (UTC ms). `item` None is declared off air."""

    start_ms: int
    finish_ms: int
    item: MediaItem | None
    in_point_ms: int = 0
    title: str | None = None


@dataclass(frozen=True)
class ExternalSchedule:
    """Programme times that another program made, in order, without overlap."""

    name: str
    programmes: tuple[ExternalProgramme, ...]
    origin: Origin
    look: Look = PLAIN
    period_ms: int = 0
    """The list stands for every time that is a multiple of this away, before and after; 0: it plays once."""


Schedule = LoopSchedule | SlotsSchedule | BalanceSchedule | BlocksSchedule | ExternalSchedule


@dataclass(frozen=True)
class CalendarRule:
    """A schedule for some broadcast days; of those that match the most specific wins, then `priority`."""

    rule: DayRule
    schedule: Schedule
    priority: int
    origin: Origin


@dataclass(frozen=True)
class Event:
    """A one-off appointment: `date` is (year, month, day), year 0 for every year."""

    date: tuple[int, int, int]
    entry: Entry
    """With its `start_ms`, which is strict."""


@dataclass(frozen=True)
class StationChannel:
    """One channel with all it needs."""

    key: str
    number: str
    name: str
    xmltv_id: str
    timezone: str
    schedule: Schedule
    filler: FillerSet
    profile: str
    origin: Origin
    group: str | None = None
    logo: str | None = None
    streaming_mode: str = "both"
    always_on: bool = False
    calendar: tuple[CalendarRule, ...] = ()
    events: tuple[Event, ...] = ()
    presentation: Presentation | None = None
    """The channel's own audio, subtitles and watermark."""
    throttle: str = "realtime"
    apply: Apply = Apply.JUNCTION


@dataclass(frozen=True)
class Station:
    """Everything that was declared. `channels` are in order of their numbers."""

    name: str
    timezone: str
    broadcast_day_ms: int
    horizon_ms: int
    history_ms: int
    freeze_ms: int
    seed: str
    channels: tuple[StationChannel, ...] = ()
    profiles: dict[str, Profile] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    """Ids of media that are off the air at once; no content holds them."""
    absent: frozenset[str] = frozenset()
    """Keys of channels that are declared and disabled: their progress is carried."""
    checks: Checks = NOTHING_TO_CHECK
    """The policies and tests that `compile --check` holds the timeline to; they decide nothing of it."""
