"""Fills the file of one timeline, channel by channel: it is written beside its name and placed when whole.

Owns the file until it is placed or discarded. Memory stays flat: rows go into DuckDB some channels at a time,
as columns. Never asks which version is current (store.py).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Self

import duckdb
import msgspec

from exstv.timeline.columns import ChannelRows
from exstv.timeline.insert import insert_diagnostics, insert_items, insert_programmes, insert_structs
from exstv.timeline.model import Head
from exstv.timeline.tables import (
    ANCHOR,
    CHANNEL,
    FALLBACK,
    MEDIA,
    PLAYOUT_ITEM,
    PRESENTATION,
    PROFILE,
    PROGRAMME,
    SOURCE,
    TIMELINE,
    Table,
)
from exstv.timeline.versions import sync, sync_folder

DDL: str = files("exstv.timeline").joinpath("schema.sql").read_text(encoding="utf-8")
"""The tables, with a comment for each column; schema/timeline.sql is this text."""

# DuckDB stores rows in groups of 122,880: much smaller batches cost several times as much.
BATCH = 100_000
"""Playout items that are collected before they go into the database."""

_OF_CHANNELS = (PLAYOUT_ITEM, PROGRAMME, ANCHOR, PRESENTATION)
_SMALL = (TIMELINE, CHANNEL, SOURCE, PROFILE, MEDIA, FALLBACK)


class TimelineWriter:
    """Owner of one file in the making. Leaving the `with` block discards what was not placed."""

    def __init__(self, folder: Path, published: Path | None = None, without: Iterable[str] = ()) -> None:
        """Begins an empty timeline, or a copy of a published one `without` the rows of some channels.

        The file is made in the folder in which it will be placed.
        """
        self._beside = folder / f".{os.getpid()}-{token_hex(4)}.new"
        self._waiting: list[ChannelRows] = []
        self._media: set[str] = set()
        if published is not None:
            shutil.copyfile(published, self._beside)
        # The rest of the machine is scheduling meanwhile: workers of DuckDB's own would only wait.
        self._connection = duckdb.connect(str(self._beside), config={"threads": "1"})
        if published is None:
            self._connection.execute(DDL)
        else:
            self._empty(list(without))
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def add(self, rows: ChannelRows) -> None:
        """Takes all rows of one channel."""
        self._waiting.append(rows)
        self._media.update(rows.used_media())
        if sum(len(each.items) for each in self._waiting) >= BATCH:
            self._flush()

    def used_media(self) -> set[str]:
        """Ids of all media that the rows play or list, also those of a copy."""
        return self._media

    def finish(self, head: Head) -> None:
        """Completes the file with everything that is no channel's row, and closes it."""
        self._flush()
        for table, rows in _contents(head):
            insert_structs(self._connection, table, rows)
        insert_diagnostics(self._connection, head.diagnostics)
        self._connection.execute("COMMIT")
        self._connection.execute("CHECKPOINT")
        self._connection.close()

    def place(self, path: Path) -> None:
        """Gives the finished file its name, once it is on the disk."""
        sync(self._beside)
        self._beside.replace(path)
        sync_folder(path.parent)

    def discard(self) -> None:
        """Removes what was not placed."""
        self._connection.close()
        for path in (self._beside, self._beside.with_name(f"{self._beside.name}.wal")):
            path.unlink(missing_ok=True)

    def _empty(self, without: list[str]) -> None:
        for table in _SMALL:
            self._connection.execute(f"DELETE FROM {table.name}")
        self._connection.execute("DELETE FROM diagnostic")
        for table in _OF_CHANNELS:
            self._connection.execute(
                f"DELETE FROM {table.name} WHERE channel IN (SELECT unnest(?::VARCHAR[]))", [without]
            )
        found = self._connection.execute(
            "SELECT media_id FROM playout_item GROUP BY 1 UNION SELECT media_id FROM programme GROUP BY 1"
        ).fetchall()
        self._media.update(row[0] for row in found if row[0] is not None)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        insert_items(self._connection, waiting)
        insert_programmes(self._connection, waiting)
        insert_structs(self._connection, ANCHOR, [anchor for rows in waiting for anchor in rows.anchors])
        insert_structs(
            self._connection, PRESENTATION, [row for rows in waiting for row in rows.channel_presentations()]
        )


def _contents(head: Head) -> Sequence[tuple[Table, Sequence[msgspec.Struct]]]:
    return (
        (TIMELINE, (head.header,)),
        (CHANNEL, head.channels),
        (SOURCE, head.sources),
        (PROFILE, head.profiles),
        (MEDIA, head.media),
        (FALLBACK, head.fallbacks),
    )
