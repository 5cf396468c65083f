"""The grammar of ErsatzTV's sequential schedules, as its own JSON schema has it (version 26.5).

Words and meaning are ErsatzTV's; what each becomes is exstv/importing/instructions.py's.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from exstv import codes, days, units
from exstv.binding import mistake
from exstv.nodes import written

_UNITS = {"d": units.DAY_MS, "h": units.HOUR_MS, "m": units.MINUTE_MS, "s": units.SECOND_MS}
_SPAN = re.compile(r"(?:(\d{1,3})\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d)(?:\.\d+)?)?")
_PART = re.compile(
    r"(\d{1,6})\s*(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)\b[\s,]*(?:and\s+)?", re.IGNORECASE
)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


def _duration(value: object) -> object:
    """`45 minutes`, `1 hour 30 minutes`, `01:30:00` and `1.06:00:00` in ms."""
    text = written(value)
    if isinstance(text, str) and (span := _SPAN.fullmatch(text.strip())):
        days, hours, minutes, seconds = (int(part or 0) for part in span.groups())
        return ((days * 24 + hours) * 60 + minutes) * units.MINUTE_MS + seconds * units.SECOND_MS
    if isinstance(text, str) and text.strip() and not _PART.sub("", text.strip()):
        return sum(int(number) * _UNITS[unit[0].lower()] for number, unit in _PART.findall(text))
    raise mistake(codes.BAD_DURATION, help="ErsatzTV reads `45 minutes` and `01:30:00`")


def _time(value: object) -> object:
    """`6:00` and `06:00:30` in ms after midnight."""
    text = written(value)
    if isinstance(text, str) and (found := _TIME.fullmatch(text.strip())):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return (hours * 60 + minutes) * units.MINUTE_MS + seconds * units.SECOND_MS
    raise mistake(codes.BAD_TIME, help='ErsatzTV reads `"21:00"`')


def _date(value: object) -> object:
    """`12-24`, which comes every year, and `2026-12-24`."""
    text = written(value)
    try:
        if isinstance(text, str) and days.parse_day(text):
            return text
    except ValueError:
        pass
    raise mistake(codes.BAD_DATE, help="ErsatzTV reads `12-24` and `2026-12-24`")


Length = Annotated[int, BeforeValidator(_duration), Field(gt=0)]
"""In ms."""
TimeOfDay = Annotated[int, BeforeValidator(_time)]
Amount = int | str
"""A number, or an expression of NCalc."""


class Part(BaseModel):
    """What every part of a schedule is."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Guid(Part):
    """What another database calls a show."""

    source: str
    value: int | str


class Keyed(Part):
    """A definition with a name."""

    key: str = Field(min_length=1)


class Ordered(Keyed):
    """Content in one of the two orders."""

    order: Literal["chronological", "shuffle"]


class ShowContent(Ordered):
    show: None
    guids: tuple[Guid, ...] = Field(min_length=1)


class SearchContent(Ordered):
    search: None
    query: str


class CollectionContent(Ordered):
    collection: str


class MultiCollectionContent(Ordered):
    multi_collection: str


class SmartCollectionContent(Ordered):
    smart_collection: str


class PlaylistContent(Keyed):
    playlist: str
    playlist_group: str


class MarathonContent(Keyed):
    marathon: None
    guids: tuple[Guid, ...] = ()
    searches: tuple[str, ...] = ()
    group_by: Literal["show", "season", "artist", "album", "director"] | None = None
    item_order: Literal["chronological", "shuffle"] = "shuffle"
    play_all_items: bool = False
    shuffle_groups: bool = False


class Playing(Part):
    """An instruction that plays content."""

    content: str
    custom_title: str | None = None
    filler_kind: Literal["none", "preroll", "postroll", "midroll"] = "none"
    disable_watermarks: bool = False


class Filling(Playing):
    """An instruction that plays content up to an end."""

    trim: bool = False
    fallback: str | None = None
    discard_attempts: int = 0
    offline_tail: bool | None = None
    stop_before_end: bool = True


class All(Playing):
    all: None


class Count(Playing):
    count: Amount


class Duration(Filling):
    duration: Length


class PadToNext(Filling):
    pad_to_next: int = Field(ge=1, le=1440)


class PadUntil(Filling):
    pad_until: TimeOfDay
    tomorrow: bool | str = False


class SequenceUse(Part):
    sequence: str
    repeat: int = Field(default=1, ge=1, le=1000)


class EpgGroup(Part):
    epg_group: bool
    advance: bool = True


class GraphicsOn(Part):
    graphics_on: str
    variables: dict[str, Any] = {}


class GraphicsOff(Part):
    graphics_off: str | None


class PreRoll(Part):
    is_on: bool = Field(alias="pre_roll")
    sequence: str | None = None


class PostRoll(Part):
    is_on: bool = Field(alias="post_roll")
    sequence: str | None = None


class MidRoll(Part):
    is_on: bool = Field(alias="mid_roll")
    sequence: str | None = None
    expression: str = "true"


class Repeat(Part):
    repeat: bool


class ShuffleSequence(Part):
    shuffle_sequence: str


class SkipItems(Part):
    skip_items: Amount
    content: str


class SkipToItem(Part):
    skip_to_item: None
    content: str
    season: int = Field(ge=0, le=100_000)
    episode: int = Field(ge=0, le=1_000_000)


class WaitUntil(Part):
    wait_until: TimeOfDay
    tomorrow: bool = False
    rewind_on_reset: bool = False


class WatermarkSwitch(Part):
    watermark: bool
    name: str | None = None


class Rewind(Part):
    rewind: Length


CONTENT: dict[str, type[Keyed]] = {
    "show": ShowContent,
    "search": SearchContent,
    "collection": CollectionContent,
    "multi_collection": MultiCollectionContent,
    "smart_collection": SmartCollectionContent,
    "playlist": PlaylistContent,
    "marathon": MarathonContent,
}
INSTRUCTIONS: dict[str, type[Part]] = {
    "all": All,
    "count": Count,
    "duration": Duration,
    "pad_to_next": PadToNext,
    "pad_until": PadUntil,
    "epg_group": EpgGroup,
    "graphics_on": GraphicsOn,
    "graphics_off": GraphicsOff,
    "pre_roll": PreRoll,
    "post_roll": PostRoll,
    "mid_roll": MidRoll,
    "shuffle_sequence": ShuffleSequence,
    "skip_items": SkipItems,
    "skip_to_item": SkipToItem,
    "wait_until": WaitUntil,
    "watermark": WatermarkSwitch,
    "rewind": Rewind,
    # Last: other instructions have keys of these names.
    "sequence": SequenceUse,
    "repeat": Repeat,
}
"""Each by the key that tells it; the first that is there counts."""


class DatedPlayout(Part):
    """Another playout for some days (ErsatzTV since July 2026); its instructions are bound each by itself."""

    name: str = Field(min_length=1)
    start_date: Annotated[str, BeforeValidator(_date)]
    end_date: Annotated[str, BeforeValidator(_date)]
    priority: int = Field(default=0, ge=-1000, le=1000)
    playout: tuple[Any, ...] = Field(min_length=1)


class SequenceDefinition(Keyed):
    """Instructions under a name; each is bound by itself."""

    items: tuple[Any, ...] = ()


class ScheduleFile(Part):
    """A whole file; content and instructions are bound each by itself."""

    imports: tuple[str, ...] = Field(default=(), alias="import")
    content: tuple[Any, ...] = ()
    sequence: tuple[SequenceDefinition, ...] = ()
    reset: tuple[Any, ...] = ()
    schedules: tuple[DatedPlayout, ...] = ()
    playout: tuple[Any, ...] = Field(min_length=1)


class ImportedFile(Part):
    """A file that another one imports: only its content and its sequences count."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    content: tuple[Any, ...] = ()
    sequence: tuple[SequenceDefinition, ...] = ()
