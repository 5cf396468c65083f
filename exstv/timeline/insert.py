"""Rows into DuckDB as columns, never row by row: structs of the small tables, and channels' columns.

Owns how values are handed over. writer.py owns the connection, and which rows go where.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import msgspec
import numpy as np

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


def insert_items(connection: duckdb.DuckDBPyConnection, channels: Sequence[ChannelRows]) -> None:
    """Writes the playout items of some channels."""
    worn = _together(channels, lambda rows: rows.items.presentation)
    columns: Columns = {
        "channel": _keys(channels, [len(rows.items) for rows in channels]),
        "seq": _together(channels, lambda rows: rows.items.seq),
        "start_time": _instants(channels, lambda rows: rows.items.start_ms),
        "finish_time": _instants(channels, lambda rows: rows.items.finish_ms),
        "in_point_ms": _together(channels, lambda rows: rows.items.in_point_ms),
        "out_point_ms": _together(channels, lambda rows: rows.items.out_point_ms),
        # The code of nothing is −1, which picks the None at the end.
        "media_id": _together(channels, lambda rows: texts([*rows.media, None])[rows.items.media]),
        "kind": _KINDS[_together(channels, lambda rows: rows.items.kind)],
        "filler_kind": _FILLERS[_together(channels, lambda rows: rows.items.filler)],
        "programme_id": _together(
            channels, lambda rows: texts([*rows.programmes.id, None])[rows.items.programme]
        ),
        "presentation": np.where(worn == 0, _NO_NUMBER, worn),
        "rule": _together(channels, lambda rows: texts([r.rule for r in rows.rules])[rows.items.rule]),
        "file": _together(channels, lambda rows: texts([r.file for r in rows.rules])[rows.items.rule]),
        "line": _together(channels, lambda rows: _numbers([r.line for r in rows.rules])[rows.items.rule]),
        "advance": _together(channels, lambda rows: rows.items.advance),
    }
    _insert(connection, PLAYOUT_ITEM.name, columns, {"presentation": _AS_NUMBER})


def insert_programmes(connection: duckdb.DuckDBPyConnection, channels: Sequence[ChannelRows]) -> None:
    """Writes the programmes of some channels."""
    columns: Columns = {
        "channel": _keys(channels, [len(rows.programmes) for rows in channels]),
        "id": _together(channels, lambda rows: rows.programmes.id),
        "start_time": _instants(channels, lambda rows: rows.programmes.start_ms),
        "finish_time": _instants(channels, lambda rows: rows.programmes.finish_ms),
        "local_hour": _together(channels, lambda rows: rows.programmes.local_hour),
    }
    for field in Listing.__struct_fields__:
        columns[field] = np.concatenate([_listed(rows, field) for rows in channels])
    selects = {"categories": _AS_LIST} | dict.fromkeys(_NUMBERS, _AS_NUMBER)
    _insert(connection, PROGRAMME.name, columns, selects)


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


def _together(channels: Sequence[ChannelRows], values: Callable[[ChannelRows], Column]) -> Column:
    return np.concatenate([values(rows) for rows in channels])


def _instants(channels: Sequence[ChannelRows], values: Callable[[ChannelRows], Column]) -> Column:
    return _together(channels, values).astype("datetime64[ms]")


def _keys(channels: Sequence[ChannelRows], counts: Sequence[int]) -> Column:
    return np.repeat(texts([rows.channel for rows in channels]), counts)


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
