"""The three tables that a policy may ask, on a connection that can do nothing else.

Owns what SQL can cost: memory and time. Local times are joined from offsets
that wall.py gives: DuckDB's own zones are another release of the same tables.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from compiler.lower.wall import WallClock
from exstv import duckdb
from exstv.errors import ExstvError
from exstv.lockdown import lock_down
from exstv.units import HOUR_MS

MEMORY_LIMIT = "512MB"
TIME_LIMIT_S = 20.0
"""A last resort, as in compiler/where.py: a query of a station takes milliseconds."""
_BATCH = 10_000
"""Rows of an answer that are in memory at a time."""

_LOCAL = "(p.start_time + to_milliseconds(o.offset_ms))"
_VIEWS = (
    "CREATE VIEW playout_item AS SELECT * FROM timeline.playout_item",
    "CREATE VIEW media AS SELECT * FROM timeline.media",
    # A programme begins in one stretch of its channel's zone only, so that the join adds no row.
    f"""CREATE VIEW programme AS
    SELECT p.* EXCLUDE (local_hour), hour({_LOCAL}) AS local_hour, {_LOCAL}::DATE AS local_date,
        {_LOCAL}::TIME AS local_time
    FROM timeline.programme p
    JOIN timeline.channel c ON c.key = p.channel
    JOIN zone_offset o
        ON o.timezone = c.timezone AND p.start_time >= o.from_time AND p.start_time < o.to_time""",
)
_OFFSETS = (
    "CREATE TABLE zone_offset (timezone VARCHAR, from_time TIMESTAMP, to_time TIMESTAMP, offset_ms BIGINT)"
)


class TooSlow(ExstvError):
    """A query was ended at its time limit."""


@contextmanager
def written_tables(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a timeline's file."""
    connection = duckdb.connect(":memory:")
    try:
        quoted = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS timeline (READ_ONLY)")
        _prepare(connection)
        yield connection
    finally:
        connection.close()


@contextmanager
def empty_tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """The same tables without a row, to look at a query before there is a timeline."""
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("ATTACH ':memory:' AS timeline")
        connection.execute("USE timeline")
        connection.execute(files("exstv.timeline").joinpath("schema.sql").read_text(encoding="utf-8"))
        connection.execute("USE memory")
        _prepare(connection)
        yield connection
    finally:
        connection.close()


def ask(
    connection: duckdb.DuckDBPyConnection, sql: str, time_limit_s: float = TIME_LIMIT_S
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Column names and rows. Raises TooSlow and duckdb.Error."""
    over = threading.Event()
    # Its own, so that other questions may be asked while the answer is read.
    cursor = connection.cursor()

    def end() -> None:
        over.set()
        cursor.interrupt()

    timer = threading.Timer(time_limit_s, end)
    timer.daemon = True
    timer.start()
    try:
        cursor.execute(sql)
        columns = [str(column[0]) for column in cursor.description or ()]
        return columns, _rows(cursor)
    except duckdb.Error as error:
        if over.is_set():
            raise TooSlow(f"it takes longer than {time_limit_s:g} s") from error
        raise
    finally:
        timer.cancel()


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(_BATCH):
        yield from batch


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(_OFFSETS)
    for zone, start, finish in connection.execute(
        "SELECT timezone, epoch_ms(min(p.start_time)), epoch_ms(max(p.start_time)) FROM timeline.programme p"
        " JOIN timeline.channel c ON c.key = p.channel GROUP BY timezone"
    ).fetchall():
        stretches = list(_offsets(WallClock(zone, 0), start, finish + 1))
        connection.executemany(
            "INSERT INTO zone_offset VALUES (?, make_timestamp_ms(?), make_timestamp_ms(?), ?)",
            [(zone, *stretch) for stretch in stretches],
        )
    for view in _VIEWS:
        connection.execute(view)
    # One thread: the same order and the same floating-point sums on every machine.
    lock_down(connection, "threads = 1", f"memory_limit = '{MEMORY_LIMIT}'", "temp_directory = ''")


def _offsets(wall: WallClock, start: int, finish: int) -> Iterator[tuple[int, int, int]]:
    """Stretches of [start, finish) with one offset: first instant, first instant after, ms."""
    first, at = start, start
    offset = wall.offset(start)
    while at < finish:
        following = min(at + HOUR_MS, finish)
        if wall.offset(following) != offset:
            change = _change(wall, at, following)
            yield first, change, offset
            first, offset = change, wall.offset(change)
        at = following
    if first < finish:
        yield first, finish, offset


def _change(wall: WallClock, low: int, high: int) -> int:
    """The first instant in (low, high] with another offset than at `low`."""
    before = wall.offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wall.offset(middle) == before else (low, middle)
    return high
