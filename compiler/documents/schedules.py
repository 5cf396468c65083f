"""`schedules`: when what plays. This version knows the kind `loop`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from compiler.documents.filler import FillerSlots, Order
from compiler.documents.scalars import Document, Duration, Name, OneOrMany, Text, TimeOfDay
from exstv import codes
from exstv.binding import mistake

KINDS = ("loop", "slots", "balance", "blocks", "external")
"""Every kind of the language, whether this version has it or not."""


MAX_COUNT = 100_000


def _count(value: object) -> object:
    if value == "all":
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        raise mistake(codes.WRONG_TYPE, expected="a whole number or `all`")
    if not 1 <= value <= MAX_COUNT:
        raise mistake(codes.OUT_OF_RANGE, rule=f"1 to {MAX_COUNT}, or `all`")
    return value


Count = Annotated[Annotated[int, Field(ge=1, le=MAX_COUNT)] | Literal["all"], BeforeValidator(_count)]


class GuideDocument(Document):
    """How an entry is listed."""

    title: Text = Field(description="What the guide calls it, instead of the media's own title.")


class LoopItemDocument(Document):
    """One entry of a loop."""

    play: Name = Field(description="A collection or a source.")
    order: Order = Field(default="chronological", description="In which order the items are taken.")
    cursor: Name | None = Field(
        default=None, description="Name of the progress kept; the same name on a channel is shared."
    )
    name: Text | None = Field(
        default=None, description="The entry's identity across edits; default: its content."
    )
    mode: Literal["one", "multiple", "duration", "flood"] = Field(
        default="one", description="How much plays."
    )
    count: Count = Field(default=1, description="How many items `mode: multiple` plays.")
    duration: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="How long `mode: duration` lasts."
    )
    tail: Literal["filler", "none", "offline"] = Field(
        default="filler", description="What follows the last item of `mode: duration`."
    )
    start: TimeOfDay | None = Field(default=None, description="A fixed start; without one the entry follows.")
    filler: FillerSlots | None = Field(default=None, description="Fillers of this entry alone.")
    guide: GuideDocument | None = Field(default=None, description="How the entry is listed.")


class LoopDocument(Document):
    """An ordered list, repeated for ever."""

    kind: Literal["loop"] = Field(description="How the schedule is written.")
    items: OneOrMany[LoopItemDocument] = Field(description="The entries in order.")
    filler: FillerSlots | None = Field(default=None, description="Fillers of all entries.")
