"""`kind: blocks`: named blocks placed by day templates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from compiler.documents.days import DayRuleDocument
from compiler.documents.playing import AmountWords, LookWords, PlayingWords
from compiler.documents.scalars import DeclaredName, Document, Duration, Name, OneOrMany, TimeOfDay
from compiler.documents.schedule import ScheduleWords
from exstv.units import DAY_MS


class BlockItemDocument(AmountWords, PlayingWords):
    """One entry of a block."""

    mode: Literal["one", "multiple", "duration"] | None = Field(
        default=None, description="How much plays; default: as many items as fit."
    )


class BlockDocument(LookWords):
    """A named block: its entries in order, in a fixed time."""

    duration: Annotated[Duration, Field(gt=0, le=7 * DAY_MS)] = Field(description="How long it lasts.")
    items: OneOrMany[BlockItemDocument] = Field(description="The entries in order.")
    stop: Literal["before_end", "after_end"] = Field(
        default="before_end", description="Whether its last item may pass its end."
    )
    max_late: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="How much `stop: after_end` may delay the next block; default: any time."
    )


class PlacementDocument(Document):
    """One line of a template."""

    at: TimeOfDay = Field(description="When the block begins.")
    block: Name = Field(description="A block of this schedule.")


class TemplateDayDocument(DayRuleDocument):
    """On which days a template holds; without any words: on every day."""

    template: Name = Field(description="A template of this schedule.")


class BlocksDocument(ScheduleWords):
    """Named blocks placed by day templates."""

    kind: Literal["blocks"] = Field(description="How the schedule is written.")
    blocks: dict[DeclaredName, BlockDocument] = Field(description="The blocks, by name.")
    templates: dict[DeclaredName, OneOrMany[PlacementDocument]] = Field(
        description="Days as lists of blocks with their times, by name."
    )
    days: OneOrMany[TemplateDayDocument] = Field(
        description="Which template holds when; the most specific that matches counts."
    )
