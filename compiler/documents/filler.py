"""`filler`: presets of what makes times meet, and the places that use them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from compiler.documents.cursors import CursorWords, Order
from compiler.documents.scalars import Document, Duration, Extends, Name
from exstv import codes
from exstv.binding import mistake
from exstv.units import DAY_MS


class FillerDocument(CursorWords):
    """A preset: which clips, and how much of them."""

    order: Order = Field(default="shuffle", description="In which order clips are taken.")
    mode: Literal["count", "duration", "pad", "loop"] = Field(
        description="How much plays: a count, a length, up to a mark on the clock, or endlessly (fallback)."
    )
    count: int = Field(default=1, ge=1, le=1000, description="How many clips `mode: count` plays.")
    duration: Annotated[Duration, Field(gt=0, le=DAY_MS)] | None = Field(
        default=None, description="How long `mode: duration` may last, a day at most."
    )
    to: Annotated[Duration, Field(gt=0, le=DAY_MS)] | None = Field(
        default=None, description="`mode: pad` fills up to the next multiple of this on the local clock."
    )
    fit: Literal["exact", "greedy"] = Field(
        default="exact", description="The clips that leave the least time, or clips in order while they fit."
    )
    cooldown: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="How long a clip rests, from its end to its next start."
    )
    at: Literal["chapters", "every", "auto"] = Field(
        default="chapters", description="Where a mid-roll breaks an item."
    )
    every: Annotated[Duration, Field(gt=0, le=DAY_MS)] | None = Field(
        default=None, description="The least spacing of breaks, and their target with `at: every`."
    )
    max_breaks: int | None = Field(
        default=None, ge=1, le=1000, description="The most breaks that an item gets."
    )
    extends: Extends = None


def _written_as(value: object) -> str:
    return "name" if isinstance(value, str) else "preset"


def _name_or_preset(value: object) -> object:
    if value is not None and not isinstance(value, str | dict | FillerDocument):
        raise mistake(codes.WRONG_TYPE, expected="a filler's name or a mapping")
    return value


_NameOrPreset = Annotated[
    Annotated[Name, Tag("name")] | Annotated[FillerDocument, Tag("preset")], Discriminator(_written_as)
]
FillerUse = Annotated[_NameOrPreset | None, BeforeValidator(_name_or_preset)]
"""A preset's name, a preset written in its place, or null for none."""


class FillerSlots(Document):
    """The fillers of one place; a missing key leaves what is further out, null turns it off."""

    pre_roll: FillerUse = Field(default=None, description="Plays before each programme.")
    mid_roll: FillerUse = Field(default=None, description="Plays in the breaks of each programme.")
    post_roll: FillerUse = Field(default=None, description="Plays after each programme.")
    tail: FillerUse = Field(default=None, description="Plays in what an entry leaves of its time.")
    fallback: FillerUse = Field(default=None, description="Plays where nothing else does.")
