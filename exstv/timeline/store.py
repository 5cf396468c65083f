"""Writes timelines: one new DuckDB file a version, and a pointer file that names the current one.

Owns how a timeline becomes a file; versions.py owns the files' names and the pointer. Never changes a file
that a reader may have open, never reads rows back (query.py does).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np

from exstv.diagnostics import Diagnostic
from exstv.errors import TimelineUnusable
from exstv.timeline.lock import publish_lock
from exstv.timeline.model import Header, Timeline
from exstv.timeline.query import TimelineReader
from exstv.timeline.tables import (
    ANCHOR,
    CHANNEL,
    FALLBACK,
    INSTANTS,
    MEDIA,
    PLAYOUT_ITEM,
    PRESENTATION,
    PROFILE,
    PROGRAMME,
    SOURCE,
    TIMELINE,
    Table,
)
from exstv.timeline.versions import (
    current,
    next_version,
    path_of,
    point_at,
    retire,
    sync,
    sync_folder,
    timeline_dir,
)

DDL: str = files("exstv.timeline").joinpath("schema.sql").read_text(encoding="utf-8")
"""The tables, with a comment for each column; schema/timeline.sql is this text."""

# Lists go in as text and are split by DuckDB: an object column of lists is read item by item.
_SEPARATOR = "\x1f"

Columns = dict[str, "np.ndarray[Any, Any]"]


def write(timeline: Timeline, path: Path) -> None:
    """Writes a timeline as a new file that appears under its name only when it is whole and on disk."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    try:
        _fill(timeline, beside)
        sync(beside)
        beside.replace(path)
        sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def publish(timeline: Timeline, state_dir: Path) -> Path:
    """Makes a timeline the current one, under the next version, and gives its path.

    If digest, inputs and window are those of the current one, nothing is published and its path is given.
    """
    timeline_dir(state_dir).mkdir(parents=True, exist_ok=True)
    with publish_lock(state_dir):
        now_current = current(state_dir)
        if now_current is not None and _same(timeline.header, now_current):
            return now_current
        version = next_version(state_dir)
        path = path_of(state_dir, version)
        header = msgspec.structs.replace(timeline.header, version=version)
        write(msgspec.structs.replace(timeline, header=header), path)
        point_at(path)
        retire(state_dir)
    return path


def _same(header: Header, path: Path) -> bool:
    try:
        reader = TimelineReader.open(path)
    except TimelineUnusable:
        return False
    reader.close()
    published = reader.header
    return (header.digest, header.inputs, header.start_ms, header.finish_ms) == (
        published.digest,
        published.inputs,
        published.start_ms,
        published.finish_ms,
    )


def _fill(timeline: Timeline, path: Path) -> None:
    connection = duckdb.connect(str(path))
    try:
        connection.execute(DDL)
        for table, rows in _contents(timeline):
            _insert(connection, table, rows)
        _insert_diagnostics(connection, timeline.diagnostics)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()


def _contents(timeline: Timeline) -> tuple[tuple[Table, Sequence[msgspec.Struct]], ...]:
    return (
        (TIMELINE, (timeline.header,)),
        (CHANNEL, timeline.channels),
        (SOURCE, timeline.sources),
        (PROFILE, timeline.profiles),
        (MEDIA, timeline.media),
        (PRESENTATION, timeline.presentations),
        (PLAYOUT_ITEM, timeline.items),
        (PROGRAMME, timeline.programmes),
        (FALLBACK, timeline.fallbacks),
        (ANCHOR, timeline.anchors),
    )


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[msgspec.Struct]) -> None:
    if not rows:
        return
    columns: Columns = {}
    if table.ordinal:
        columns[table.ordinal] = np.arange(len(rows))
    selects = list(columns)
    for field, column in zip(table.fields, table.columns, strict=True):
        values = [getattr(row, field) for row in rows]
        columns[column] = _column(field, values)
        is_list = isinstance(values[0], tuple)
        selects.append(f"string_split(\"{column}\", '{_SEPARATOR}')[:-2]" if is_list else f'"{column}"')
    _insert_columns(connection, table.name, columns, selects)


def _insert_columns(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Columns, selects: Sequence[str]
) -> None:
    connection.register("written", columns)
    names = ", ".join(f'"{name}"' for name in columns)
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(selects)} FROM written")
    connection.unregister("written")


def _column(field: str, values: list[Any]) -> np.ndarray[Any, Any]:
    if field in INSTANTS:
        return np.array(values, dtype="int64").astype("datetime64[ms]")
    if isinstance(values[0], tuple):
        # Each item is ended by a separator, so that no item and one empty item differ.
        values = ["".join(item + _SEPARATOR for item in value) for value in values]
    if isinstance(values[0], bool):
        return np.array(values, dtype=bool)
    if isinstance(values[0], int) and None not in values:
        return np.array(values, dtype="int64")
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _insert_diagnostics(connection: duckdb.DuckDBPyConnection, bodies: Sequence[str]) -> None:
    if not bodies:
        return
    found = [msgspec.json.decode(body, type=Diagnostic) for body in bodies]
    columns: Columns = {
        "position": np.arange(len(bodies)),
        "severity": _column("severity", [item.severity.value for item in found]),
        "code": _column("code", [item.code for item in found]),
        "message": _column("message", [item.message for item in found]),
        "file": _column("file", [item.span.file for item in found]),
        "line": _column("line", [item.span.line for item in found]),
        "body": _column("body", list(bodies)),
    }
    _insert_columns(connection, "diagnostic", columns, [f'"{name}"' for name in columns])
