"""The as-run log's files as SQL sees them, whatever state a crash left them in."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from as_run import NOON_MS, aired

from exstv.asrun import table
from exstv.asrun.entry import COLUMNS, AsRunEntry, line_of
from exstv.asrun.files import closed_file, day_of, open_file
from exstv.units import DAY_MS

DAY = day_of(NOON_MS)
FIRST, SECOND = aired(0, 4), aired(4, 9, seq=2, title="B")


def everything(folder: Path) -> list[AsRunEntry]:
    return table.read(folder, None, NOON_MS - DAY_MS, NOON_MS + DAY_MS, 100)


def close(folder: Path) -> int:
    """Rewrites the day, as a server does, but leaves its lines: one that was killed in between."""
    lines, beside = open_file(folder, DAY), folder / "beside"
    rows = table.write_closed(folder, DAY, lines, beside)
    beside.replace(closed_file(folder, DAY))
    return rows


def test_what_was_written_is_what_is_read(tmp_path: Path) -> None:
    open_file(tmp_path, DAY).write_bytes(line_of(FIRST) + line_of(SECOND))
    assert everything(tmp_path) == [FIRST, SECOND]


def test_parquet_holds_the_same(tmp_path: Path) -> None:
    open_file(tmp_path, DAY).write_bytes(line_of(SECOND) + line_of(FIRST))
    assert close(tmp_path) == 2
    open_file(tmp_path, DAY).unlink()
    assert everything(tmp_path) == [FIRST, SECOND]


def test_a_line_that_was_torn_is_passed_over(tmp_path: Path) -> None:
    open_file(tmp_path, DAY).write_bytes(b"\0\0\n" + line_of(FIRST) + b"{}\n" + line_of(SECOND)[:-20])
    assert everything(tmp_path) == [FIRST]


def test_a_day_with_both_files_counts_each_entry_once(tmp_path: Path) -> None:
    open_file(tmp_path, DAY).write_bytes(line_of(FIRST))
    close(tmp_path)
    with open_file(tmp_path, DAY).open("ab") as file:
        file.write(line_of(SECOND))
    assert everything(tmp_path) == [FIRST, SECOND]
    assert close(tmp_path) == 2


def test_a_span_and_a_channel_are_kept_to(tmp_path: Path) -> None:
    other = aired(0, 9, channel="two")
    open_file(tmp_path, DAY).write_bytes(b"".join(map(line_of, (FIRST, SECOND, other))))
    assert table.read(tmp_path, "one", NOON_MS + 4000, NOON_MS + 5000, 9) == [SECOND]
    assert table.read(tmp_path, "one", NOON_MS, NOON_MS + 4000, 9) == [FIRST]
    assert table.read(tmp_path, None, NOON_MS, NOON_MS + 9000, 1) == [FIRST]


@pytest.mark.parametrize("made", [True, False])
def test_no_log_is_an_empty_view_with_the_same_columns(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "as-run"
    if made:
        folder.mkdir()
    with duckdb.connect() as connection:
        assert table.define(connection, folder) == []
        connection.execute("SELECT * FROM as_run")
        assert connection.fetchall() == []
        described = connection.execute("DESCRIBE as_run").fetchall()
    assert {row[0]: row[1] for row in described} == COLUMNS


def test_the_page_on_the_log_lists_its_columns() -> None:
    text = (Path(__file__).parents[2] / "docs/as-run.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .+ \| `(\w+)` \|$", text, re.MULTILINE)
    assert dict(rows) == COLUMNS and [row[0] for row in rows] == list(COLUMNS)
