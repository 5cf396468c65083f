"""`collections`: which media."""

from __future__ import annotations

from pydantic import Field

from compiler.documents.scalars import Document, Name, OneOrMany


class CollectionDocument(Document):
    """A choice `from` other collections, or a list of `items`."""

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
