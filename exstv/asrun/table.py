"""The as-run log as SQL sees it: the view `as_run` over all days' files. Never call it on an event loop.

A line that was torn when the machine or the server died is passed over. A day of which both files are there,
because its rewriting was interrupted, counts each entry once.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from exstv import duckdb
from exstv.asrun.entry import COLUMNS, AsRunEntry
from exstv.asrun.files import closed_days, closed_file, day_of, open_days
from exstv.clock import to_utc

_ATTEMPTS = 3
"""The server may rewrite or remove a day's file between our listing and our reading of it."""
_NAMES = ", ".join(f'"{column}"' for column in COLUMNS)
_INSTANTS_AS_MS = ", ".join(
    f'epoch_ms("{column}")' if kind == "TIMESTAMP" else f'"{column}"' for column, kind in COLUMNS.items()
)
_TYPES = "{" + ", ".join(f"{column}: '{kind}'" for column, kind in COLUMNS.items()) + "}"


def define(connection: duckdb.DuckDBPyConnection, folder: Path, since: date = date.min) -> list[Path]:
    """Makes the temporary view `as_run` of all days from one on; empty where there is no log.

    Gives the files that the view reads whenever it is asked: a connection that is shut off has to allow them.
    """
    for attempt in range(_ATTEMPTS):
        lines = [path for day, path in open_days(folder).items() if day >= since]
        closed = {day: path for day, path in closed_days(folder).items() if day >= since}
        both = [closed[date.fromisoformat(path.stem)] for path in lines if _is_in(path, closed)]
        try:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE as_run_open AS {select_lines(lines)}")
        except duckdb.IOException:
            if attempt + 1 == _ATTEMPTS:
                raise
            continue
        opened = f"SELECT {_NAMES} FROM as_run_open"
        if both:
            opened = f"({opened} EXCEPT {select_closed(both)})"
        rows = " UNION ALL ".join([*([select_closed(list(closed.values()))] if closed else []), opened])
        connection.execute(f"CREATE OR REPLACE TEMP VIEW as_run AS {rows}")
        return list(closed.values())
    raise AssertionError("the last attempt returns or raises")


def read(folder: Path, channel: str | None, from_ms: int, to_ms: int, most: int) -> list[AsRunEntry]:
    """What viewers saw some of in [from_ms, to_ms), on one channel or on all, in order of start.

    Gives the first `most` entries at most.
    """
    span = [to_utc(each).replace(tzinfo=None) for each in (to_ms, from_ms)]
    with connect() as connection:
        # An entry is in the file of the day in which it finished.
        define(connection, folder, day_of(from_ms))
        where = "WHERE start_time < ? AND finish_time > ? AND (? IS NULL OR channel = ?)"
        query = f"SELECT * FROM as_run {where} ORDER BY start_time, channel, first_frame LIMIT ?"
        return entries(connection, query, [*span, channel, channel, most])


def entries(
    connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None
) -> list[AsRunEntry]:
    """What a query for all columns of the log gives, as entries."""
    rows = connection.execute(f"SELECT {_INSTANTS_AS_MS} FROM ({query})", values or []).fetchall()
    fields = AsRunEntry.__struct_fields__
    return msgspec.convert([dict(zip(fields, row, strict=True)) for row in rows], list[AsRunEntry])


def write_closed(folder: Path, day: date, lines: Path, beside: Path) -> int:
    """Writes a day's lines, and what was rewritten of it before, as Parquet to a new file; gives the rows."""
    rows = select_lines([lines])
    before = closed_file(folder, day)
    if before.exists():
        rows = f"({rows}) UNION {select_closed([before])}"
    with connect() as connection:
        connection.execute(f"CREATE TEMP TABLE rewritten AS SELECT DISTINCT {_NAMES} FROM ({rows})")
        connection.execute(
            f"COPY (SELECT {_NAMES} FROM rewritten ORDER BY channel, start_time, first_frame)"
            f" TO {quoted(beside)} (FORMAT parquet, COMPRESSION zstd)"
        )
        found: list[Any] = connection.execute("SELECT count(*) FROM rewritten").fetchall()
    return int(found[0][0])


def connect() -> duckdb.DuckDBPyConnection:
    """A connection in memory that keeps out of the players' way."""
    return duckdb.connect(config={"threads": "1", "memory_limit": "512MB"})


def select_lines(lines: list[Path]) -> str:
    """A query for the entries of open days; a line that is no entry is none."""
    if not lines:
        return "SELECT " + ", ".join(f"NULL::{kind} AS {name}" for name, kind in COLUMNS.items()) + " LIMIT 0"
    return (
        f"SELECT {_NAMES} FROM read_json([{', '.join(map(quoted, lines))}], format = 'newline_delimited',"
        f" ignore_errors = true, columns = {_TYPES}) WHERE channel IS NOT NULL AND outcome IS NOT NULL"
    )


def select_closed(files: list[Path]) -> str:
    """A query for the entries of closed days."""
    return f"SELECT {_NAMES} FROM read_parquet([{', '.join(map(quoted, files))}])"


def _is_in(path: Path, closed: dict[date, Path]) -> bool:
    return date.fromisoformat(path.stem) in closed


def quoted(path: Path) -> str:
    """A file's name as SQL text."""
    return "'" + str(path).replace("'", "''") + "'"
