"""`kind: slots`: a weekly grid."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from compiler.documents.cursors import Count, OrderWords
from compiler.documents.days import Priority, Weekdays
from compiler.documents.playing import LookWords, NamedWords
from compiler.documents.scalars import Duration, Name, OneOrMany, TimeOfDay
from compiler.documents.schedule import ScheduleWords
from exstv.days import EVERY_DAY
from exstv.units import DAY_MS


class SlotDocument(LookWords, NamedWords, OrderWords):
    """One slot: content, or another schedule."""

    play: Name | None = Field(default=None, description="A collection or a source.")
    schedule: Name | None = Field(default=None, description="Another schedule, which fills the slot.")
    days: Weekdays = Field(
        default=EVERY_DAY, description="Days of the week.", json_schema_extra={"default": "daily"}
    )
    start: TimeOfDay = Field(description="When it begins; before the day's begin: on the next clock day.")
    duration: Annotated[Duration, Field(gt=0, le=7 * DAY_MS)] | None = Field(
        default=None, description="How long it lasts; default: to the next slot's start."
    )
    mode: Literal["one", "multiple"] | None = Field(
        default=None, description="How much plays; default: as many items as fit."
    )
    count: Count = Field(default=1, description="How many items `mode: multiple` plays.")
    padding: Literal["none", "filler", "loop", "next"] = Field(
        default="filler",
        description="What follows content that ends early: fallback, filler, more of it, the next slot.",
    )
    flex: Literal["none", "extend", "compress"] = Field(
        default="none",
        description="What happens to an item that would pass the end: it is cut, finishes, or gives way.",
    )
    max_late: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="How much `flex: extend` may delay the next slot; default: any time."
    )
    priority: Priority = Field(default=0, description="The higher of two slots with one start plays.")


class SlotsDocument(ScheduleWords):
    """A weekly grid."""

    kind: Literal["slots"] = Field(description="How the schedule is written.")
    slots: OneOrMany[SlotDocument] = Field(description="The slots, in any order.")
