"""`exstv query`: questions are answered, nothing else is."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from as_run import NOON_MS, aired
from line_ups import timeline

from exstv.asrun.entry import line_of
from exstv.asrun.files import closed_file, day_of, open_file
from exstv.asrun.table import write_closed
from exstv.cli import query
from exstv.cli.line_up import published_path
from exstv.errors import ExstvError, TimelineUnusable
from exstv.timeline import store
from exstv.timeline.query import TimelineReader


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A station with two programmes on air."""
    monkeypatch.setenv("COLUMNS", "200")
    store.publish(timeline([("News", 30), ("[red]Canal", 60)]), tmp_path / ".exstv")
    return tmp_path


def test_a_question_is_answered_in_a_table(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        query.run(["select title, start_time, season from programme order by start_time", str(station)]) == 0
    )
    out = capsys.readouterr().out
    assert "[red]Canal" in out
    assert "2026-01-01T08:30:00.000Z" in out
    assert "null" not in out


def test_json_has_the_types_of_the_columns(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = "title, start_time, season, categories, 2 as two, 1.5::decimal(3, 1) as d"
    sql = f"select {columns} from programme limit 1"
    assert query.run([sql, str(station), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "title": "News",
            "start_time": "2026-01-01T08:00:00.000Z",
            "season": None,
            "categories": [],
            "two": 2,
            "d": "1.5",
        }
    ]


def test_csv_has_a_heading_and_all_rows(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "select range as n, 'a,\"b' as t from range(1000)"
    assert query.run([sql, str(station), "--format", "csv"]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert rows[:2] == [["n", "t"], ["0", 'a,"b']]
    assert len(rows) == 1001


def test_a_long_table_is_cut_and_says_so(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert query.run([f"select * from range({query.MAX_SHOWN + 7})", str(station)]) == 0
    assert "… and 7 more rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selec 1", 'syntax error at or near "selec"'),
        (
            "select titel from programme",
            '"titel" not found in FROM clause! Candidate bindings: "title"',
        ),
        ("", "one query"),
        ("select 1; select 2", "one query"),
        ("delete from programme", "one query"),
        ("attach 'x.duckdb'", "one query"),
        ("copy programme to 'x.csv'", "one query"),
        ("set threads = 1", "one query"),
        ("create temp table x (a int)", "one query"),
        ("select * from read_csv('/etc/passwd')", "file system operations are disabled"),
        ("select * from read_text('/etc/passwd')", "file system operations are disabled"),
        ("select now() as moment", "`moment` has a time zone"),
    ],
)
def test_what_cannot_be_answered_is_said_on_one_line(station: Path, sql: str, words: str) -> None:
    with pytest.raises(ExstvError) as failed:
        query.run([sql, str(station)])
    assert words in str(failed.value)
    assert "\n" not in str(failed.value)


def test_now_is_utc(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "select count(*) as n from programme where start_time > now() - interval 100 years"
    assert query.run([sql, str(station), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"n": 2}]


def test_the_file_stays_as_it_was(station: Path) -> None:
    path = next((station / ".exstv" / "timeline").glob("*.duckdb"))
    before = path.read_bytes()
    query.run(["select 1", str(station)])
    assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} == {"current", path.name}


def test_without_a_timeline_the_command_that_makes_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(TimelineUnusable, match="exstv compile"):
        query.run(["select 1", str(tmp_path)])


def test_the_as_run_log_is_joined_with_the_plan(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "select p.seq, a.title, a.reason from as_run a join playout_item p using (channel, seq)"
    assert query.run([sql, str(station), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    reader = TimelineReader.open(published_path(station, station / ".exstv"))
    item = reader.timeline().items[0]
    reader.close()
    folder = station / ".exstv" / "as-run"
    folder.mkdir()
    facts = {"channel": item.channel, "seq": item.seq, "reason": "why"}
    logged = [aired(n, n + 1, title=f"T{n}", **facts) for n in (0, 1)]
    day = day_of(NOON_MS)
    open_file(folder, day).write_bytes(line_of(logged[0]))
    write_closed(folder, day, open_file(folder, day), closed_file(folder, day))
    open_file(folder, day).write_bytes(line_of(logged[1]))
    assert query.run([f"{sql} order by a.start_time", str(station), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == [{"seq": item.seq, "title": f"T{n}", "reason": "why"} for n in (0, 1)]


def test_the_as_run_log_opens_no_door(station: Path) -> None:
    folder = station / ".exstv" / "as-run"
    folder.mkdir()
    day = day_of(NOON_MS)
    open_file(folder, day).write_bytes(line_of(aired(0, 1)))
    write_closed(folder, day, open_file(folder, day), closed_file(folder, day))
    for path in (station / ".exstv/timeline/current", open_file(folder, day), folder / "*.parquet"):
        with pytest.raises(ExstvError, match="file system operations are disabled"):
            query.run([f"select * from read_text('{path}'), as_run", str(station)])


def test_a_damaged_log_is_in_no_other_question_s_way(station: Path) -> None:
    folder = station / ".exstv" / "as-run"
    folder.mkdir()
    closed_file(folder, day_of(NOON_MS)).write_bytes(b"no parquet")
    assert query.run(["select 1", str(station)]) == 0
    with pytest.raises(ExstvError, match="parquet"):
        query.run(["select * from as_run", str(station)])
