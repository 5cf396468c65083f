"""How each type of the model is laid out as a table: the one place that knows both names.

Owns the order of columns and the names of instants (`start_ms` is `start_time TIMESTAMP`); schema.sql holds
the same tables with types and comments, and a test proves that they agree. store.py writes by it, query.py
reads by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from exstv.timeline.model import (
    Anchor,
    Channel,
    ChannelPresentation,
    Fallback,
    Header,
    Media,
    PlayoutItem,
    Profile,
    Programme,
    Source,
)

INSTANTS = {
    "start_ms": "start_time",
    "finish_ms": "finish_time",
    "at_ms": "at_time",
    "built_at_ms": "built_at",
    "compiled_for_ms": "compiled_for",
    "fresh_from_ms": "fresh_from",
    "fresh_until_ms": "fresh_until",
}
"""Fields that are instants, and their columns; every other `*_ms` is a duration and keeps its name."""

# `group` is a word of SQL: everyone who typed it would have to quote it.
_RENAMED = {"group": "group_title"}


@dataclass(frozen=True)
class Table:
    """One table. `ordinal` is a column that counts the rows and is no field; fields in `key` come first."""

    name: str
    row: type[msgspec.Struct]
    ordinal: str | None = None
    key: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The model's names, in the order of the columns."""
        return (*self.key, *(name for name in self.row.__struct_fields__ if name not in self.key))

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's names, without the ordinal."""
        return tuple(INSTANTS.get(name, _RENAMED.get(name, name)) for name in self.fields)

    @property
    def select(self) -> str:
        """A select list that gives the fields in order, instants as ms."""
        return ", ".join(
            f'epoch_ms("{column}")' if field in INSTANTS else f'"{column}"'
            for field, column in zip(self.fields, self.columns, strict=True)
        )

    def rows(self, tuples: list[tuple[Any, ...]]) -> list[Any]:
        """What a query with `select` gave, as values of the model."""
        fields = self.fields
        found = [dict(zip(fields, row, strict=True)) for row in tuples]
        return msgspec.convert(found, list[self.row])  # type: ignore[name-defined]


TIMELINE = Table("timeline", Header)
CHANNEL = Table("channel", Channel, ordinal="position")
SOURCE = Table("source", Source)
PROFILE = Table("profile", Profile)
MEDIA = Table("media", Media)
PRESENTATION = Table("presentation", ChannelPresentation, key=("channel", "id"))
PLAYOUT_ITEM = Table("playout_item", PlayoutItem)
PROGRAMME = Table("programme", Programme)
FALLBACK = Table("fallback", Fallback)
ANCHOR = Table("anchor", Anchor)

TABLES = (
    TIMELINE,
    CHANNEL,
    SOURCE,
    PROFILE,
    MEDIA,
    PRESENTATION,
    PLAYOUT_ITEM,
    PROGRAMME,
    FALLBACK,
    ANCHOR,
)

COUNTS = "SELECT (SELECT count(*) FROM programme), (SELECT count(*) FROM playout_item)"
"""How many rows the two large tables have."""
