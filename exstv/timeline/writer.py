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

import msgspec

from exstv import duckdb
from exstv.timeline.columns import ChannelRows
from exstv.timeline.insert import (
    GROUP,
    insert_diagnostics,
    insert_structs,
    item_columns,
    item_queue,
    programme_columns,
    programme_queue,
)
from exstv.timeline.model import Anchor, ChannelPresentation, Head
from exstv.timeline.tables import (
    ANCHOR,
    CHANNEL,
    COUNTS,
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

_OF_CHANNELS = (PLAYOUT_ITEM, PROGRAMME, ANCHOR, PRESENTATION)
_SMALL = (TIMELINE, CHANNEL, SOURCE, PROFILE, MEDIA, FALLBACK)


class TimelineWriter:
    """Owner of one file in the making. Leaving the `with` block discards what was not placed."""

    def __init__(self, folder: Path, published: Path | None = None, without: Iterable[str] = ()) -> None:
        """Begins an empty timeline, or a copy of a published one `without` the rows of some channels.

        The file is made in the folder in which it will be placed.
        """
        self._beside = folder / f".{os.getpid()}-{token_hex(4)}.new"
        self._published = published
        self._without = tuple(without)
        self._items = item_queue()
        self._programmes = programme_queue()
        self._anchors: list[Anchor] = []
        self._presentations: list[ChannelPresentation] = []
        self._media: set[str] = set()
        self._programme_count = self._item_count = 0
        self._opened: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def add(self, rows: ChannelRows) -> None:
        """Takes all rows of one channel."""
        self._items.add(item_columns(rows))
        self._programmes.add(programme_columns(rows))
        self._anchors += rows.anchors
        self._presentations += rows.channel_presentations()
        self._media.update(rows.used_media())
        self._programme_count += len(rows.programmes)
        self._item_count += len(rows.items)
        if self._items.full:
            self._flush(rest=False)

    def used_media(self) -> set[str]:
        """Ids of all media that the rows play or list, also those of a copy."""
        self._open()
        return self._media

    def counts(self) -> tuple[int, int]:
        """How many programmes and how many playout items there are, also those of a copy."""
        self._open()
        return self._programme_count, self._item_count

    def finish(self, head: Head) -> None:
        """Completes the file with everything that is no channel's row, and closes it."""
        self._flush(rest=True)
        connection = self._open()
        # They are few, and each statement takes as long as a hundred of them.
        insert_structs(connection, PRESENTATION, self._presentations)
        for table, rows in _contents(head):
            insert_structs(connection, table, rows)
        insert_structs(connection, ANCHOR, head.away)
        insert_diagnostics(connection, head.diagnostics)
        connection.execute("CHECKPOINT")
        connection.close()

    def place(self, path: Path) -> None:
        """Gives the finished file its name, once it is on the disk."""
        sync(self._beside)
        self._beside.replace(path)
        sync_folder(path.parent)

    def discard(self) -> None:
        """Removes what was not placed."""
        if self._opened is not None:
            self._opened.close()
        self._beside.unlink(missing_ok=True)

    def _open(self) -> duckdb.DuckDBPyConnection:
        """The database, opened when there is something to write: by then workers were forked, without it."""
        if self._opened is not None:
            return self._opened
        if self._published is not None:
            shutil.copyfile(self._published, self._beside)
        # Nobody else sees this file, so each statement stands for itself: a transaction is held in memory.
        self._opened = connection = _attached(self._beside)
        # A group of rows is written when it is full, not kept for the end, when nobody else has work.
        connection.execute("SET write_buffer_row_group_count = 1")
        if self._published is None:
            connection.execute(DDL)
        else:
            self._media |= _emptied(connection, self._without)
            copied = connection.execute(COUNTS).fetchall()[0]
            self._programme_count += copied[0]
            self._item_count += copied[1]
        return connection

    def _flush(self, rest: bool) -> None:
        connection = self._open()
        for queue in (self._items, self._programmes):
            if queue.full or rest:
                queue.write(connection, rest)
        insert_structs(connection, ANCHOR, self._anchors)
        self._anchors = []


def _attached(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection whose tables are those of a file, which is written by groups of rows and without a log."""
    # The rest of the machine is scheduling meanwhile: workers of DuckDB's own would only wait.
    limits = {"threads": "1", "memory_limit": "256MB", "temp_directory": f"{path}.tmp"}
    # Every column of objects holds texts: not one value has to be looked at to know it.
    connection = duckdb.connect(config={**limits, "pandas_analyze_sample": "0"})
    quoted = str(path).replace("'", "''")
    # A log would save what is not in the file yet from a crash, after which nobody wants the file.
    options = f"RECOVERY_MODE NO_WAL_WRITES, ROW_GROUP_SIZE {GROUP}"
    connection.execute(f"ATTACH '{quoted}' AS made ({options})")
    connection.execute("USE made")
    return connection


def _emptied(connection: duckdb.DuckDBPyConnection, without: Sequence[str]) -> set[str]:
    """Takes out of a copy what will be written anew, and tells which media the rest plays or lists."""
    for table in (*(each.name for each in _SMALL), "diagnostic"):
        connection.execute(f"DELETE FROM {table}")
    for each in _OF_CHANNELS:
        gone = f"DELETE FROM {each.name} WHERE channel IN (SELECT unnest(?::VARCHAR[]))"
        connection.execute(gone, [list(without)])
    found = connection.execute(
        "SELECT media_id FROM playout_item GROUP BY 1 UNION SELECT media_id FROM programme GROUP BY 1"
    ).fetchall()
    return {row[0] for row in found if row[0] is not None}


def _contents(head: Head) -> Sequence[tuple[Table, Sequence[msgspec.Struct]]]:
    return (
        (TIMELINE, (head.header,)),
        (CHANNEL, head.channels),
        (SOURCE, head.sources),
        (PROFILE, head.profiles),
        (MEDIA, head.media),
        (FALLBACK, head.fallbacks),
    )
