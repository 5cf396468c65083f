"""Rows into DuckDB as columns, never row by row: structs of the small tables, and channels' columns.

Owns how values are handed over. writer.py owns the connection, and which rows go where.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from exstv import duckdb
from exstv.diagnostics import Diagnostic
from exstv.timeline.columns import FILLER_KINDS, ITEM_KINDS, ChannelRows, Column, Listing, texts
from exstv.timeline.tables import INSTANTS, PLAYOUT_ITEM, PROGRAMME, Table

# Lists go in as text and are split by DuckDB: an object column of lists is read item by item.
_SEPARATOR = "\x1f"
_AS_LIST = f"string_split(\"{{0}}\", '{_SEPARATOR}')[:-2]"
# A masked array would be read value by value.
_NO_NUMBER = -(2**31)
_AS_NUMBER = f'nullif("{{0}}", {_NO_NUMBER})'

_KINDS = texts([kind.value for kind in ITEM_KINDS])
_FILLERS = texts([*(kind.value for kind in FILLER_KINDS), None])
_NUMBERS = ("season", "episode", "year")

GROUP = 40_960
"""Rows that are stored together: of DuckDB's own 122,880 many would wait for the end of a compile."""

Columns = dict[str, Column]


def insert_structs(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[msgspec.Struct]
) -> None:
    """Writes structs of one of the small tables."""
    if not rows:
        return
    columns: Columns = {table.ordinal: np.arange(len(rows))} if table.ordinal else {}
    selects: dict[str, str] = {}
    for field, column in zip(table.fields, table.columns, strict=True):
        values = [getattr(row, field) for row in rows]
        columns[column] = _column(field, values)
        if isinstance(values[0], tuple):
            selects[column] = _AS_LIST
    _insert(connection, table.name, columns, selects)


class Queue:
    """Rows on their way into one of the large tables.

    They go in by whole groups of DuckDB's: a group that is begun by one statement and ended by the next is
    written twice, and kept in memory until the end.
    """

    def __init__(self, table: Table, selects: dict[str, str]) -> None:
        self._table = table.name
        self._selects = selects
        self._waiting: list[Columns] = []
        self._count = 0

    def add(self, columns: Columns) -> None:
        """Takes rows; `full` tells whether there are enough to be written."""
        self._waiting.append(columns)
        self._count += len(next(iter(columns.values())))

    @property
    def full(self) -> bool:
        """Whether a whole group is waiting."""
        return self._count >= GROUP

    def write(self, connection: duckdb.DuckDBPyConnection, rest: bool) -> None:
        """Writes whole groups, and what is left too if there will be no more."""
        if not self._waiting:
            return
        names = self._waiting[0]
        columns = {name: np.concatenate([each[name] for each in self._waiting]) for name in names}
        count = self._count if rest else self._count // GROUP * GROUP
        _insert(
            connection, self._table, {name: each[:count] for name, each in columns.items()}, self._selects
        )
        self._waiting = [{name: each[count:] for name, each in columns.items()}]
        self._count -= count


def item_queue() -> Queue:
    """A queue for playout items."""
    return Queue(PLAYOUT_ITEM, {"presentation": _AS_NUMBER})


def programme_queue() -> Queue:
    """A queue for programmes."""
    return Queue(PROGRAMME, {"categories": _AS_LIST} | dict.fromkeys(_NUMBERS, _AS_NUMBER))


def item_columns(rows: ChannelRows) -> Columns:
    """The playout items of a channel as the table has them."""
    items = rows.items
    return {
        "channel": np.full(len(items), rows.channel, dtype=object),
        "seq": items.seq,
        "start_time": items.start_ms.astype("datetime64[ms]"),
        "finish_time": items.finish_ms.astype("datetime64[ms]"),
        "in_point_ms": items.in_point_ms,
        "out_point_ms": items.out_point_ms,
        # The code of nothing is −1, which picks the None at the end.
        "media_id": texts([*rows.media, None])[items.media],
        "kind": _KINDS[items.kind],
        "filler_kind": _FILLERS[items.filler],
        "programme_id": texts([*rows.programmes.id, None])[items.programme],
        "presentation": np.where(items.presentation == 0, _NO_NUMBER, items.presentation),
        "rule": texts([rule.rule for rule in rows.rules])[items.rule],
        "file": texts([rule.file for rule in rows.rules])[items.rule],
        "line": _numbers([rule.line for rule in rows.rules])[items.rule],
        "advance": items.advance,
    }


def programme_columns(rows: ChannelRows) -> Columns:
    """The programmes of a channel as the table has them."""
    programmes = rows.programmes
    columns: Columns = {
        "channel": np.full(len(programmes), rows.channel, dtype=object),
        "id": programmes.id,
        "start_time": programmes.start_ms.astype("datetime64[ms]"),
        "finish_time": programmes.finish_ms.astype("datetime64[ms]"),
        "local_hour": programmes.local_hour,
    }
    return columns | {field: _listed(rows, field) for field in Listing.__struct_fields__}


def insert_diagnostics(connection: duckdb.DuckDBPyConnection, bodies: Sequence[str]) -> None:
    """Writes what the compile had to say, given as JSON."""
    if not bodies:
        return
    found = [msgspec.json.decode(body, type=Diagnostic) for body in bodies]
    columns: Columns = {
        "position": np.arange(len(bodies)),
        "severity": texts([item.severity.value for item in found]),
        "code": texts([item.code for item in found]),
        "message": texts([item.message for item in found]),
        "file": texts([item.span.file for item in found]),
        "line": _numbers([item.span.line for item in found]),
        "body": texts(list(bodies)),
    }
    _insert(connection, "diagnostic", columns, {})


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Columns, selects: dict[str, str]
) -> None:
    connection.register("written", columns)
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(selects.get(name, '"{0}"').format(name) for name in columns)
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM written")
    connection.unregister("written")


def _listed(rows: ChannelRows, field: str) -> Column:
    """One fact of every programme; each distinct one is looked at once."""
    values = [getattr(listing, field) for listing in rows.listings]
    if field in _NUMBERS:
        column = _numbers([_NO_NUMBER if value is None else value for value in values])
    elif field == "categories":
        column = _lists(values)
    else:
        column = texts([value if value is None else str(value) for value in values])
    return column[rows.programmes.listing]


def _column(field: str, values: list[Any]) -> Column:
    if field in INSTANTS:
        return _numbers(values).astype("datetime64[ms]")
    if isinstance(values[0], tuple):
        return _lists(values)
    if isinstance(values[0], bool):
        return np.array(values, dtype=bool)
    if isinstance(values[0], int) and None not in values:
        return _numbers(values)
    return texts(values)


def _lists(values: Sequence[tuple[str, ...]]) -> Column:
    # Each item is ended by a separator, so that no item and one empty item differ.
    return texts(["".join(item + _SEPARATOR for item in value) for value in values])


def _numbers(values: Sequence[int]) -> Column:
    return np.array(values, dtype=np.int64)
