"""`tests`: what a station expects to find on the air."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from compiler.documents.scalars import Document, Name, Plain, Text, reader, scalar
from exstv import codes, days
from exstv.binding import mistake
from exstv.days import Moment as _Moment

Moment = Annotated[
    _Moment,
    Plain(reader(days.parse_moment, codes.BAD_MOMENT, 'write it like `"2026-12-25 20:30"` or `"sat 08:10"`')),
    scalar(days.MOMENT_PATTERN, "2026-12-25 20:30", "sat 08:10", "2026-12-25T19:30Z"),
]
"""A time by the channel's clock, or an instant."""

PLACES = ("pre_roll", "mid_roll", "post_roll", "tail", "fallback")


def _filler_kind(value: object) -> object:
    if value is not None and not isinstance(value, bool) and value not in PLACES:
        known = ", ".join(f"`{place}`" for place in PLACES)
        raise mistake(codes.UNKNOWN_VALUE, known=f"{known}, `true` and `false`")
    return value


FillerKind = Annotated[
    Literal["pre_roll", "mid_roll", "post_roll", "tail", "fallback"] | bool, BeforeValidator(_filler_kind)
]


class ExpectDocument(Document):
    """What is on the air then: all that is given must hold."""

    collection: Name | None = Field(
        default=None, description="A collection or source that holds the media item."
    )
    block: Name | None = Field(default=None, description="The block that it belongs to.")
    schedule: Name | None = Field(default=None, description="The schedule that put it there.")
    kind: Literal["movie", "episode", "music_video", "clip", "live"] | None = Field(
        default=None, description="The media item's kind."
    )
    title: Text | None = Field(default=None, description="The programme's title in the guide.")
    show: Text | None = Field(default=None, description="The show of the media item.")
    media: Name | None = Field(default=None, description="The id of the media item.")
    filler: FillerKind | None = Field(
        default=None, description="The filler that plays; or whether it is filler at all."
    )


class TestDocument(Document):
    """One expectation."""

    channel: Name = Field(description="The channel's key.")
    at: Moment = Field(description="A time by its clock: of a date or of a weekday; or an instant.")
    expect: ExpectDocument = Field(description="What is to be on the air.")
