"""`filler`: presets of what makes times meet, and the places that use them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from compiler.documents.scalars import Document, Duration, Name
from exstv import codes
from exstv.binding import mistake
from exstv.units import DAY_MS

Order = Literal["chronological", "episode", "shuffle", "random", "listed"]


class FillerDocument(Document):
    """A preset: which clips, and how much of them."""

    play: Name = Field(description="The collection or source to take clips from.")
    order: Order = Field(default="shuffle", description="In which order clips are taken.")
    cursor: Name | None = Field(
        default=None, description="Name of the progress kept; the same name on a channel is shared."
    )
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
    post_roll: FillerUse = Field(default=None, description="Plays after each programme.")
    tail: FillerUse = Field(default=None, description="Plays in what an entry leaves of its time.")
    fallback: FillerUse = Field(default=None, description="Plays where nothing else does.")
