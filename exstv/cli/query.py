"""`exstv query SQL [STATION]`: asks the timeline on air a question; nothing can be changed by it.

The file is opened read-only, and its connection sees no other file than those of the as-run log, no network
and no setting. Instants are shown in UTC as ISO 8601. The tables are those of schema/timeline.sql, the view
`as_run` is docs/as-run.md's.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exstv import duckdb
from exstv.asrun.files import as_run_dir
from exstv.asrun.table import define, quoted
from exstv.cli.line_up import published_path, state_of
from exstv.clock import to_iso, to_ms
from exstv.errors import ExstvError
from exstv.lockdown import lock_down
from exstv.timeline.query import TimelineReader

HELP = "ask the timeline on air with SQL"

MAX_SHOWN = 200
"""Rows of a table for the terminal; JSON and CSV have all."""

_QUESTIONS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)

Row = tuple[Any, ...]


def run(argv: Sequence[str]) -> int:
    """Prints the answer; exit code 1 for SQL that cannot be answered."""
    parser = argparse.ArgumentParser(prog="exstv query", description=HELP)
    parser.add_argument("sql", metavar="SQL", help='one query, like "select title from programme limit 10"')
    parser.add_argument("station", nargs="?", default="channels", type=Path, help="the station's folder")
    parser.add_argument("--format", choices=("text", "json", "csv"), default="text")
    args = parser.parse_args(argv)
    state_dir = state_of(args.station)
    path = published_path(args.station, state_dir)
    # Tells a damaged or foreign file in our words before anything is asked of it.
    TimelineReader.open(path).close()
    columns, rows = ask(path, args.sql, as_run_dir(state_dir))
    if args.format == "json":
        sys.stdout.write(_json(columns, rows))
    elif args.format == "csv":
        sys.stdout.write(_csv(columns, rows))
    else:
        Console(highlight=False).print(*_table(columns, rows), sep="\n")
    return 0


def ask(path: Path, sql: str, as_run: Path) -> tuple[list[str], list[Row]]:
    """Column names and rows of one query on a timeline's file and on the as-run log in a folder.

    Raises ExstvError for SQL that fails.
    """
    connection = duckdb.connect(str(path), read_only=True)
    try:
        # A log that cannot be read, or is long to read, is in no other question's way.
        logged = define(connection, as_run) if "as_run" in sql.casefold() else []
        lock_down(connection, "memory_limit = '1GB'", "temp_directory = ''", _only(logged))
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in _QUESTIONS:
            raise ExstvError("one query is answered here, a `select`; nothing can be changed")
        connection.execute(statements[0])
        described = connection.description or []
        zoned = next((column[0] for column in described if "TIME ZONE" in str(column[1])), None)
        if zoned is not None:
            raise ExstvError(f"`{zoned}` has a time zone; write `::timestamp` behind it, which is UTC")
        return [str(column[0]) for column in described], connection.fetchall()
    except duckdb.Error as error:
        raise ExstvError(_words(error)) from error
    finally:
        connection.close()


def _only(files: Sequence[Path]) -> str:
    """The setting that leaves some files to be read, and no other, once the connection is shut off."""
    return f"allowed_paths = [{', '.join(map(quoted, files))}]"


def _words(error: duckdb.Error) -> str:
    """What DuckDB says, on one line: without its name for the error and the picture of the statement."""
    said = str(error).partition("\n\n")[0].partition("\nLINE ")[0]
    return " ".join(said.partition("Error: ")[2].split()) or " ".join(said.split())


def _table(columns: Sequence[str], rows: Sequence[Row]) -> Iterator[Table | Text]:
    table = Table()
    for name in columns:
        table.add_column(Text(name))
    for row in rows[:MAX_SHOWN]:
        # As Text: a title with brackets is no markup.
        table.add_row(*(Text(_cell(value)) for value in row))
    yield table
    if len(rows) > MAX_SHOWN:
        yield Text(f"… and {len(rows) - MAX_SHOWN} more rows; `--format csv` or `json` gives all")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    plain = _plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _json(columns: Sequence[str], rows: Sequence[Row]) -> str:
    found = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _plain(value: Any) -> Any:
    """A value as JSON knows it; an instant is ISO 8601 in UTC."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return to_iso(to_ms(value.replace(tzinfo=UTC)))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return str(value)
