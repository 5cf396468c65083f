"""`collections`: which media."""

from __future__ import annotations

from pydantic import Field

from compiler.documents.cursors import MAX_COUNT, Order
from compiler.documents.scalars import Document, Name, OneOrMany


class PlaylistItemDocument(Document):
    """One entry of a playlist: so many items of a collection, then the next entry."""

    play: Name = Field(description="A collection or a source.")
    count: int = Field(default=1, ge=1, le=MAX_COUNT, description="How many items play at its turn.")
    all: bool = Field(default=False, description="Whether all of its items play, once each.")
    order: Order = Field(default="chronological", description="In which order the items are taken.")
    cursor: Name | None = Field(
        default=None, description="Name of the progress kept; the same name on a channel is shared."
    )


class CollectionDocument(Document):
    """A choice `from` other collections, their union, a list of `items`, or a playlist."""

    from_: OneOrMany[Name] | None = Field(
        default=None, alias="from", description="The sources or collections that it is chosen from."
    )
    where: Name | None = Field(
        None,
        description="One SQL expression over the columns of `media`; `today` is the broadcast day.",
        examples=["kind = 'episode' and list_contains(genres, 'Sitcom')"],
    )
    order_by: Name | None = Field(
        default=None, description="One SQL expression that orders the collection.", examples=["released"]
    )
    limit: int | None = Field(
        default=None, ge=1, le=1_000_000, description="The first so many of that order."
    )
    items: OneOrMany[Name] | None = Field(
        None,
        description="Ids of media items, as `order: listed` plays them.",
        examples=[["cards:bars"]],
    )
    of: OneOrMany[Name] | None = Field(
        default=None, description="All that these sources or collections hold, one after another."
    )
    except_: OneOrMany[Name] | None = Field(
        default=None, alias="except", description="Without what these sources or collections hold."
    )
    playlist: OneOrMany[PlaylistItemDocument] | None = Field(
        default=None, description="Collections in turns, which play in this order."
    )
