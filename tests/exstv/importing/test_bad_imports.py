"""What is wrong with an input, or has no counterpart: told at its place, in words, never by a traceback."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from pathlib import Path

import pytest
from imported import GIVEN, scanned

from exstv.cli.compile import run as compile_command
from exstv.cli.import_ import run
from exstv.diagnostics import Diagnostic
from exstv.errors import ExstvError
from exstv.importing.model import Wishes
from exstv.importing.systems import SYSTEMS
from exstv.importing.writing import dump

HEAD = "content: [{collection: A, key: A, order: shuffle}]\n"


def told(system: str, path: Path) -> list[tuple[str, int, int]]:
    """Codes with their lines and columns; an input with errors gives nothing."""
    imported, found = SYSTEMS[system](path, Wishes())
    assert imported is None
    return [(each.code, each.span.line, each.span.column) for each in found if each.severity == "error"]


def written(folder: Path, text: str, name: str = "schedule.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("EXS6021", 1, 1)),
        ("- a\n", ("EXS6021", 1, 1)),
        (HEAD + "playout: [\n", ("EXS1003", 2, 11)),
        (HEAD + "playout:\n  - cuont: 1\n    content: A\n", ("EXS2003", 3, 5)),
        (HEAD + "playout:\n  - count: 1\n    contnet: A\n", ("EXS2001", 4, 5)),
        (HEAD + "playout:\n  - count: []\n    content: A\n", ("EXS2003", 3, 12)),
        (HEAD + "playout:\n  - duration: soon\n    content: A\n", ("EXS2006", 3, 15)),
        (HEAD + "playout:\n  - wait_until: noon\n", ("EXS2007", 3, 17)),
        (HEAD + "playout:\n  - 7\n", ("EXS2003", 3, 5)),
        (HEAD + "playout: {}\n", ("EXS2003", 2, 10)),
        (HEAD + "playoutt: [{repeat: true}]\n", ("EXS2001", 2, 1)),
        ("content: &a [*a]\nplayout: [{repeat: true}]\n", ("EXS1005", 1, 10)),
    ],
)
def test_what_cannot_be_imported_is_told_at_its_line(
    text: str, expected: tuple[str, int, int], tmp_path: Path
) -> None:
    assert told("ersatztv", written(tmp_path, text))[0] == expected


def test_keys_that_nothing_defines_are_told_with_a_suggestion(tmp_path: Path) -> None:
    text = HEAD + "sequence: [{key: NIGHT, items: [{count: 1, content: B}]}]\nplayout: [{sequence: nihgt}]\n"
    _, found = SYSTEMS["ersatztv"](written(tmp_path, text), Wishes())
    assert [(each.code, each.span.line, each.help) for each in found] == [
        ("EXS6023", 3, "did you mean `night`?"),
        ("EXS6023", 2, ""),
    ]


def test_a_sequence_that_plays_itself_is_told(tmp_path: Path) -> None:
    text = HEAD + (
        "sequence:\n  - {key: A, items: [{sequence: B}]}\n  - {key: B, items: [{sequence: a}]}\n"
        "playout: [{sequence: A}]\n"
    )
    assert {code for code, _, _ in told("ersatztv", written(tmp_path, text))} == {"EXS6021"}


def test_sequences_that_only_wait_are_written_out_as_far_as_anybody_needs(tmp_path: Path) -> None:
    rows = [f"  - {{key: S{n}, items: [{{sequence: S{n + 1}, repeat: 1000}}]}}\n" for n in range(90)]
    text = HEAD + "sequence:\n" + "".join(rows) + '  - {key: S90, items: [{wait_until: "06:00"}]}\n'
    text += "playout: [{sequence: S0}, {count: 1, content: A}, {repeat: true}]\n"
    imported, found = SYSTEMS["ersatztv"](written(tmp_path, text), Wishes())
    assert imported is not None
    assert len(imported.rest["schedules"]) == 1 and "waits in a row" in found[-1].message


def test_sequences_of_sequences_cost_what_they_are_long(tmp_path: Path) -> None:
    rows = [
        f"  - {{key: S{n}, items: [{{sequence: S{n + 1}}}, {{sequence: S{n + 1}}}]}}\n" for n in range(90)
    ]
    text = HEAD + "sequence:\n" + "".join(rows) + "  - {key: S90, items: [{count: 1, content: A}]}\n"
    imported, _ = SYSTEMS["ersatztv"](written(tmp_path, text + "playout: [{sequence: S0}]\n"), Wishes())
    assert imported is not None
    assert len(imported.rest["schedules"]) == 92


def test_an_import_that_is_not_there_is_told_at_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, "import:\n  - gone.yml\nplayout: [{repeat: true}]\n")
    assert told("ersatztv", path) == [("EXS6022", 2, 5)]


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_input_is_a_traceback(system: str, tmp_path: Path) -> None:
    inputs = {
        "gone": None,
        "empty": b"",
        "zeros": bytes(1000),
        "deep": b"[" * 100_000,
        "wide": b"\xff\xfe{\x00}\x00",
        "bomb": b"a: &a [x, x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (n, n) for n in range(50)),
        "number": b'{"programs": [], "lineup": [], "startTime": 1' + b"0" * 10_000 + b"}",
        "null": b"null",
        "endless": b'{"programs": [{"duration": 1e999}], "startTime": 1}',
        "no number": b'{"programs": [{"duration": NaN}], "startTime": 1}',
        "never": b'{"programs": {}, "lineup": [{"type": "flex", "duration": -1}], "startTime": 1}',
        "sqlite": b"SQLite format 3\0" + bytes(100),
    }
    for name, data in inputs.items():
        path = tmp_path / name
        if data is not None:
            path.write_bytes(data)
        imported, found = SYSTEMS[system](path, Wishes())
        assert imported is None and found, name
        assert all(isinstance(each, Diagnostic) for each in found)
    assert SYSTEMS[system](tmp_path, Wishes())[0] is None


@pytest.mark.parametrize(
    ("system", "file", "edit", "expected"),
    [
        ("dizquetv", "dizquetv.json", ('"duration": 600000', '"duration": "long"'), (15, 37)),
        ("dizquetv", "dizquetv.json", ('"2026-03-06T04:00:00.000Z"', '"yesterday"'), (6, 16)),
        ("dizquetv", "dizquetv.json", ('"name": "Plex Classics",', '"name": "Plex Classics"'), (4, 3)),
        ("tunarr", "tunarr.json", ('"lineup": [', '"lineup": {}, "was": ['), (21, 13)),
    ],
)
def test_json_is_told_at_its_line(
    system: str, file: str, edit: tuple[str, str], expected: tuple[int, int], tmp_path: Path
) -> None:
    text = (GIVEN / file).read_text(encoding="utf-8")
    assert edit[0] in text
    assert told(system, written(tmp_path, text.replace(*edit, 1))) == [("EXS6021", *expected)]


def test_what_has_no_counterpart_is_told_at_its_place_and_in_the_yaml(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["ersatztv", str(GIVEN / "nights.yml"), "--format", "json"]) == 0
    shown = capsys.readouterr()
    lost = [json.loads(line) for line in shown.err.splitlines()]
    assert [each["message"] for each in lost if "Bug" in each["message"]] == [
        "not carried over: the watermark `Bug`, whose picture ErsatzTV's database holds"
    ]
    lines = shown.out.splitlines()
    place = next(number for number, line in enumerate(lines) if "the watermark `Bug`" in line)
    assert lines[place].startswith("      # ") and "{sequence: PRIME, repeat: 2}" in lines[place + 2]
    for each in lost:
        assert each["message"] in shown.out, each


def test_what_is_not_carried_over_is_never_dropped_without_a_word(tmp_path: Path) -> None:
    text = HEAD + (
        "reset: [{skip_items: 3, content: A}]\nplayout:\n"
        "  - {count: random % 3 + 1, content: A}\n  - {skip_items: 2, content: A}\n"
        "  - {skip_to_item: null, content: A, season: 1, episode: 2}\n"
        "  - {duration: 5 minutes, content: A, discard_attempts: 3}\n  - {pad_to_next: 25, content: A}\n"
        "  - {mid_roll: true, sequence: S, expression: num > 1}\n  - {pre_roll: true}\n"
        "  - {repeat: true}\n  - {count: 1, content: A}\n"
        "sequence: [{key: S, items: [{all: null, content: A}, {count: 1, content: A}]}]\n"
    )
    imported, found = SYSTEMS["ersatztv"](written(tmp_path, text), Wishes())
    assert imported is not None
    assert sorted({each.span.line for each in found}) == [1, 2, *range(4, 14)]
    shown = dump(imported.rest)
    assert [each.message for each in found if each.message not in shown] == []


def test_words_of_another_system_never_become_yaml(tmp_path: Path) -> None:
    evil = "x\\n  - {play: evil}\\nchannels: {evil: {number: 1}}\\r#"
    text = HEAD + f'playout:\n  - graphics_on: "{evil}"\n  - count: "{evil}"\n    content: A\n'
    text += f'    custom_title: "{evil}"\n'
    path = written(tmp_path, text)
    assert run(["ersatztv", str(path), "--out", str(tmp_path / "station")]) == 0
    lines = (tmp_path / "station" / "schedule.yaml").read_text(encoding="utf-8").split("\n")
    assert not [line for line in lines if line.lstrip().startswith(("channels: {evil", "- {play: evil"))]


def test_a_schedule_for_some_days_is_chosen_by_the_calendar(tmp_path: Path) -> None:
    text = HEAD + (
        "schedules:\n  - {name: Christmas, start_date: 12-24, end_date: 12-26, priority: 5,"
        " playout: [{count: 2, content: A}, {repeat: true}]}\n"
        "playout: [{count: 1, content: A}, {repeat: true}]\n"
    )
    imported, _ = SYSTEMS["ersatztv"](written(tmp_path, text), Wishes())
    assert imported is not None
    shown = dump(imported.rest)
    assert "- {schedule: Christmas, dates: 12-24..12-26, priority: 5}" in shown
    assert told("ersatztv", written(tmp_path, text.replace("12-26", "12-36"))) == [("EXS2025", 3, 52)]


@pytest.mark.parametrize(
    ("query", "lost"),
    [("collection:X AND height:720", "`height:720`"), ("(" * 2000 + "a" + ")" * 2000, "nested too deep")],
)
def test_a_search_that_no_where_says_finds_nothing_and_is_told(query: str, lost: str, tmp_path: Path) -> None:
    head = f"content: [{{search: null, key: A, order: shuffle, query: '{query}'}}]\n"
    imported, found = SYSTEMS["ersatztv"](
        written(tmp_path, head + "playout: [{count: 1, content: A}, {repeat: true}]\n"), Wishes()
    )
    assert imported is not None and len(found) == 1
    assert lost in found[0].message and 'where: "false"' in dump(imported.rest).replace("'", '"')


def test_nothing_is_written_over(tmp_path: Path) -> None:
    out = str(tmp_path / "station")
    assert run(["ersatztv", str(GIVEN / "evening.yml"), "--out", out]) == 0
    with pytest.raises(ExstvError, match=r"evening\.yaml is there already"):
        run(["ersatztv", str(GIVEN / "evening.yml"), "--out", out])


@pytest.mark.parametrize("name", ["station", "config"])
def test_a_schedule_with_a_name_of_ours_is_imported_whole(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, (GIVEN / "evening.yml").read_text(encoding="utf-8"), f"{name}.yml")
    assert run(["ersatztv", str(path), "--out", str(tmp_path / "out")]) == 0
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        "sources",
        "station.yaml",
        f"{name}-imported.yaml",
    }


def test_imports_share_a_station_and_its_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = tmp_path / "station"
    for number, name in enumerate(("evening", "nights", "weekend"), start=1):
        asked = ["ersatztv", str(GIVEN / f"{name}.yml"), "--out", str(station), "--number", str(number)]
        assert run(asked) == 0
    # Told, as nothing else says when its days began.
    told = capsys.readouterr().out.splitlines()
    assert "kept: the station there; alone, this would have broadcast_day 05:00 in UTC" in told
    assert told.count("kept: the source `media`") == 2
    scanned(station)
    assert compile_command([str(station), "--check", "--now", "2026-03-06T12:00Z"]) == 0
    assert "checked: 3 channels" in capsys.readouterr().out


@pytest.mark.parametrize("wish", [["--timezone", "Europe/Amsterdm"], ["--number", "x"], ["--timezone"]])
def test_a_wish_that_cannot_be_is_a_usage_error(wish: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(["ersatztv", str(GIVEN / "evening.yml"), *wish])


def test_a_view_that_never_ends_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "evil.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute(
        "create view Channel as"
        " with recursive n(Id) as (select 1 union all select Id + 1 from n) select Id from n"
    )
    connection.commit()
    connection.close()
    before = time.process_time()
    assert told("ersatztv", path) == [("EXS6021", 1, 1)]
    assert time.process_time() - before < 60
    assert os.listdir(tmp_path) == ["evil.sqlite3"]
