"""What is played, and in which order: the words that programmes and fillers share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from compiler.documents.scalars import Document, Duration, Name, Text
from exstv import codes
from exstv.binding import mistake

Order = Literal["chronological", "episode", "shuffle", "random", "shuffle_in_order", "rotation", "listed"]
GROUPED_ORDERS = ("shuffle_in_order", "rotation")
"""The orders that `group_by` and `batch` are for."""

MAX_COUNT = 100_000
Season = Annotated[int, Field(ge=0, le=100_000)]
Episode = Annotated[int, Field(ge=0, le=1_000_000)]


def _count(value: object) -> object:
    if value == "all":
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        raise mistake(codes.WRONG_TYPE, expected="a whole number or `all`")
    if not 1 <= value <= MAX_COUNT:
        raise mistake(codes.OUT_OF_RANGE, rule=f"1 to {MAX_COUNT}, or `all`")
    return value


Count = Annotated[Annotated[int, Field(ge=1, le=MAX_COUNT)] | Literal["all"], BeforeValidator(_count)]


class StartAtDocument(Document):
    """The episode that a new cursor begins at."""

    season: Season | None = Field(default=None, description="Number of the season.")
    episode: Episode | None = Field(default=None, description="Number of the episode.")


class SeekDocument(Document):
    """Moves a cursor once."""

    id: Text = Field(description="Any text; the cursor moves once for each.", examples=["2026-11"])
    season: Season | None = Field(default=None, description="Number of the season.")
    episode: Episode | None = Field(default=None, description="Number of the episode.")


def _written_as(value: object) -> str:
    return "word" if isinstance(value, str) else "place"


def _word_or_place(value: object) -> object:
    if value not in ("first", "random") and not isinstance(value, dict | StartAtDocument):
        raise mistake(codes.WRONG_TYPE, expected="`first`, `random` or an episode")
    return value


StartAt = Annotated[
    Annotated[
        Annotated[Literal["first", "random"], Tag("word")] | Annotated[StartAtDocument, Tag("place")],
        Discriminator(_written_as),
    ],
    BeforeValidator(_word_or_place),
]


class OrderWords(Document):
    """In which order a collection is walked, and the progress that is kept."""

    order: Order = Field(default="chronological", description="In which order the items are taken.")
    group_by: Literal["show", "season", "artist", "album", "director"] = Field(
        default="show", description="What makes a group in `shuffle_in_order` and `rotation`."
    )
    batch: Count = Field(default=1, description="How many items a group plays at each of its turns.")
    start_at: StartAt = Field(default="first", description="Where a new cursor begins.")
    seek: SeekDocument | None = Field(default=None, description="Moves an existing cursor, once per `id`.")
    keep_multi_part: bool = Field(
        default=True, description="Whether the parts of one work stay together and in order."
    )
    cursor: Name | None = Field(
        default=None, description="Name of the progress kept; the same name on a channel is shared."
    )
    no_repeat: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="An item is not chosen again within this time, while another can be."
    )


class CursorWords(OrderWords):
    """A collection, its order, and the progress that is kept through it."""

    play: Name = Field(description="A collection or a source.")
