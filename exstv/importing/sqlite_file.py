"""An SQLite database that another program wrote, read as rows of plain values.

Owns how little of it is trusted: the file is opened read-only, only tables are read, never views, and a query
that takes too long is given up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

MOST_ROWS = 100_000
_STEPS, _MOST_CALLS = 1_000_000, 200
"""After so many steps of SQLite's machine it asks whether to go on, and so often it may."""

Row = dict[str, Any]


class Database:
    """An open database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Takes a connection that somebody else closes."""
        self._connection = connection
        found = connection.execute("select name from sqlite_master where type = 'table'")
        self._tables = {str(name) for (name,) in found}

    def rows(self, table: str) -> list[Row]:
        """A table's rows in order of their ids, none where there is no such table. Raises sqlite3.Error."""
        if table not in self._tables:
            return []
        calls = iter(range(_MOST_CALLS))
        self._connection.set_progress_handler(lambda: next(calls, None) is None, _STEPS)
        # The name is one of ours, never the file's.
        found = self._connection.execute(f'select * from "{table}" order by rowid limit {MOST_ROWS}')
        names = [str(column[0]) for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def by_id(self, table: str, key: str = "Id") -> dict[Any, Row]:
        """A table's rows by a key."""
        return {row.get(key): row for row in self.rows(table)}


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """Opens a database for reading. Raises sqlite3.Error for what is none."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.execute("pragma trusted_schema = off")
        yield Database(connection)


def text(row: Row | None, column: str) -> str:
    """A column's text; empty where it is none."""
    value = row.get(column) if row is not None else None
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def number(row: Row | None, column: str) -> int:
    """A column's number; 0 where it is none."""
    value = row.get(column) if row is not None else None
    return value if isinstance(value, int) else 0
