"""What the sources know of an item, on its way from the lock through a compile to the guide's text."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from resolving import NOW_MS, item
from written_guide import written_from

from compiler.pipeline import CompileRequest, compile_station
from exstv.catalog.lock import definition_digest, seal
from exstv.catalog.model import MediaItem, ScannedSource
from exstv.cli.scan import read_sources
from exstv.timeline import store

STATION = """\
station: {name: Harbour, timezone: Europe/Amsterdam, horizon: 1d}
sources: {m: {type: local, path: media}}
channels: {one: {number: 1, name: One, schedule: day}}
schedules: {day: {kind: loop, items: [{play: m, mode: flood}]}}
"""


def guide_of(folder: Path, film: MediaItem) -> list[Element]:
    """The guide of a station that shows one film all day."""
    (folder / "station.yaml").write_text(STATION)
    scanned = {
        each.name: ScannedSource(items=1, definition=definition_digest(each))
        for each in read_sources(folder)[0]
    }
    made = compile_station(CompileRequest(folder, seal((film,), scanned), NOW_MS, NOW_MS))
    assert made.timeline is not None, made.diagnostics
    store.write(made.timeline, folder / "timeline.duckdb")
    return ElementTree.fromstring(written_from(folder / "timeline.duckdb")).findall("programme")


def test_everything_that_is_known_arrives(tmp_path: Path) -> None:
    first, second, *_ = guide_of(
        tmp_path,
        item(
            "m:film",
            duration_ms=5_400_000,
            title="The Hitch-Hiker",
            directors=("Ida Lupino",),
            actors=("Edmond O'Brien", "Frank Lovejoy"),
            artwork="https://img.example/hitch.jpg",
            genres=("Noir",),
            plot="Two men pick up a third.",
            rating="PG",
            released="1953-03-20",
        ),
    )

    assert [(each.tag, each.text) for each in first] == [
        ("title", "The Hitch-Hiker"),
        ("desc", "Two men pick up a third."),
        ("credits", None),
        ("date", "19530320"),
        ("category", "Movie"),
        ("category", "Noir"),
        ("length", "90"),
        ("icon", None),
        ("rating", None),
    ]
    assert [each.text for each in first[2]] == ["Ida Lupino", "Edmond O'Brien", "Frank Lovejoy"]
    again = second.find("previously-shown")
    assert again is not None and again.get("start") == first.get("start")


def test_what_came_out_today_is_new_once(tmp_path: Path) -> None:
    first, *rest = guide_of(tmp_path, item("m:film", duration_ms=5_400_000, released="2026-03-06"))

    assert first.find("new") is not None
    assert rest and all(each.find("new") is None for each in rest)


@pytest.mark.parametrize(
    ("artwork", "shown"),
    [
        ("http://img.example/a.jpg", True),
        ("/library/metadata/101/thumb/1", False),
        ("posters/a.jpg", False),
        ("file:///etc/passwd", False),
        ("https://img.example/a.jpg?key=hunter2", False),
        ("https://me:hunter2@img.example/a.jpg", False),
        ("https://img.example/${KEY}.jpg", False),
    ],
)
def test_only_a_picture_that_anyone_may_fetch_is_shown(tmp_path: Path, artwork: str, shown: bool) -> None:
    first, *_ = guide_of(tmp_path, item("m:film", duration_ms=5_400_000, artwork=artwork))

    icons = [each.get("src") for each in first.findall("icon")]
    assert icons == ([artwork] if shown else [])
