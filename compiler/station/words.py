"""The words of the language that stand for a choice: each value is written as it is here."""

from __future__ import annotations

from enum import StrEnum


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
