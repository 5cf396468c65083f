"""ErsatzTV's database: its channels with classic schedules, as far as tables and columns are there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from imported import scanned

from exstv.cli.compile import run as compile_command
from exstv.cli.import_ import run
from exstv.importing.ersatztv import import_ersatztv
from exstv.importing.model import Imported, Wishes
from exstv.importing.writing import dump

TABLES: dict[str, list[dict[str, Any]]] = {
    "Channel": [
        {"Id": 1, "Number": "4.1", "Name": "Noir: All Night", "Group": "Films", "FallbackFillerId": 3},
        {"Id": 2, "Number": "5", "Name": "Blocks", "Group": "x", "FallbackFillerId": None},
        {"Id": 3, "Number": "6", "Name": "Sequential", "Group": "x", "FallbackFillerId": None},
    ],
    "Playout": [
        {"Id": 1, "ChannelId": 1, "ProgramScheduleId": 7, "ScheduleFile": None},
        {"Id": 2, "ChannelId": 2, "ProgramScheduleId": None, "ScheduleFile": None},
        {"Id": 3, "ChannelId": 3, "ProgramScheduleId": None, "ScheduleFile": "/config/night.yml"},
    ],
    "ProgramSchedule": [
        {"Id": 7, "Name": "Night", "FixedStartTimeBehavior": 1, "KeepMultiPartEpisodesTogether": 0}
    ],
    "ProgramScheduleItem": [
        {"Id": 1, "Index": 2, "CollectionType": 5, "SmartCollectionId": 1, "PlaybackOrder": 3},
        {
            "Id": 2,
            "Index": 1,
            "CollectionType": 1,
            "MediaItemId": 50,
            "PlaybackOrder": 6,
            "StartTime": "20:00:00",
        },
        {
            "Id": 3,
            "Index": 3,
            "CollectionType": 0,
            "CollectionId": 1,
            "PlaybackOrder": 1,
            "CustomTitle": "Late",
        },
        {
            "Id": 4,
            "Index": 4,
            "CollectionType": 1,
            "MediaItemId": 50,
            "PlaybackOrder": 3,
            "PreRollFillerId": 2,
        },
    ],
    "ProgramScheduleMultipleItem": [{"Id": 1, "Count": "2"}],
    "ProgramScheduleDurationItem": [{"Id": 3, "PlayoutDuration": "01:30:00", "TailMode": 1}],
    "ProgramScheduleFloodItem": [{"Id": 4}],
    "SmartCollection": [
        {"Id": 1, "Name": "Old Films", "Query": 'smart_collection:"Films" AND release_date:[* TO 19591231]'},
        {"Id": 2, "Name": "films", "Query": "type:movie"},
    ],
    "Collection": [{"Id": 1, "Name": "It's Late"}],
    "ShowMetadata": [{"Id": 9, "ShowId": 50, "Title": "Noir Hour"}],
    "FillerPreset": [
        {"Id": 2, "Name": "Ident", "FillerMode": 2, "Count": 1, "CollectionType": 0, "CollectionId": 1},
        {"Id": 3, "Name": "Standby", "FillerMode": 0, "CollectionType": 0, "CollectionId": 1},
    ],
}


def database(path: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, rows in tables.items():
            columns = sorted({column for row in rows for column in row})
            extra = ["ProgramScheduleId"] if table == "ProgramScheduleItem" else []
            connection.execute(
                f"create table {table} ({', '.join(f'[{name}]' for name in (*columns, *extra))})"
            )
            for row in rows:
                values = [*(row.get(column) for column in columns), *(7 for _ in extra)]
                marks = ", ".join("?" for _ in values)
                connection.execute(f"insert into {table} values ({marks})", values)
    return path


def imported(path: Path) -> tuple[Imported, list[str]]:
    made, found = import_ersatztv(path, Wishes())
    assert made is not None, found
    return made, [each.message for each in found]


def test_a_classic_schedule_is_a_loop_of_its_items_in_order(tmp_path: Path) -> None:
    made, told = imported(database(tmp_path / "ersatztv.sqlite3", TABLES))
    assert dump(made.rest) == (Path(__file__).parent / "expected" / "database.yaml").read_text(
        encoding="utf-8"
    )
    assert [message for message in told if message not in dump(made.rest)] == []
    assert [message for message in told if "channel" in message] == [
        "not carried over: the channel `Blocks`: it plays blocks or a script",
        "not carried over: the channel `Sequential`: `exstv import ersatztv /config/night.yml`"
        " imports what it plays",
    ]


def test_what_is_imported_passes_the_check(tmp_path: Path) -> None:
    path, station = database(tmp_path / "ersatztv.sqlite3", TABLES), tmp_path / "station"
    assert run(["ersatztv", str(path), "--out", str(station), "--timezone", "Europe/Amsterdam"]) == 0
    scanned(station)
    assert compile_command([str(station), "--check", "--now", "2026-03-06T12:00Z"]) == 0


@pytest.mark.parametrize("missing", sorted({*TABLES} - {"Channel", "Playout", "ProgramSchedule"}))
def test_a_table_that_is_not_there_is_no_traceback(missing: str, tmp_path: Path) -> None:
    imported(database(tmp_path / "old.sqlite3", {name: TABLES[name] for name in TABLES if name != missing}))


def test_values_of_other_types_are_no_traceback(tmp_path: Path) -> None:
    wrong = {
        table: [
            {column: b"\0" if column not in ("Id", "ChannelId") else value for column, value in row.items()}
        ]
        for table, rows in TABLES.items()
        for row in rows[:1]
    }
    path = database(tmp_path / "wrong.sqlite3", wrong)
    assert import_ersatztv(path, Wishes())[1]
