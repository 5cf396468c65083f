"""`kind: balance`: a weighted mix."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from compiler.documents.playing import PlayingWords
from compiler.documents.scalars import Duration, OneOrMany
from compiler.documents.schedule import ScheduleWords


class BalanceSourceDocument(PlayingWords):
    """One of the contents that are mixed."""

    weight: float = Field(gt=0, le=1_000_000, description="Its share, against the others' weights.")
    cooldown: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="How long the source rests, from its end to its next start."
    )
    max_consecutive: int | None = Field(
        default=None, ge=1, le=1000, description="The most items that it plays in a row."
    )


class BalanceDocument(ScheduleWords):
    """A weighted mix."""

    kind: Literal["balance"] = Field(description="How the schedule is written.")
    sources: OneOrMany[BalanceSourceDocument] = Field(description="What is mixed.")
    by: Literal["air_time", "items"] = Field(default="air_time", description="What the weights share out.")
    enforce_cooldown: bool = Field(default=True, description="Whether `cooldown` counts.")
    enforce_max_consecutive: bool = Field(default=True, description="Whether `max_consecutive` counts.")
