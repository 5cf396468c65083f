"""What the sources know of an item, on its way from the lock through a compile to the guide's text."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from plain_xmltv import BASE
from resolving import NOW_MS, item
from written_guide import written_from

from compiler.pipeline import CompileRequest, compile_station
from exstv.catalog.lock import definition_digest, seal
from exstv.catalog.model import MediaItem, ScannedSource
from exstv.cli.scan import read_sources
from exstv.sources import registry
from exstv.sources.base import PICTURED
from exstv.timeline import store

STATION = """\
station: {name: Harbour, timezone: Europe/Amsterdam, horizon: 1d}
channels: {one: {number: 1, name: One, schedule: day}}
schedules: {day: {kind: loop, items: [{play: m, mode: flood}]}}
sources:
"""
FILES = "m: {type: local, path: media}"
DRAWN = "m: {type: lavfi, items: [{id: film, title: Film, video: testsrc2, duration: 90m}]}"
PICTURED_BY = (
    FILES,
    'm: {type: jellyfin, url: "${URL}", api_key: "${KEY}"}',
    'm: {type: emby, url: "${URL}", api_key: "${KEY}"}',
    'm: {type: plex, url: "${URL}", token: "${KEY}"}',
)


def guide_of(folder: Path, film: MediaItem, source: str = FILES) -> list[Element]:
    """The guide of a station that shows one film all day."""
    (folder / "station.yaml").write_text(f"{STATION}  {source}\n")
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
        ("file:///etc/passwd", False),
        ("https://img.example/a.jpg?key=hunter2", False),
        ("https://me:hunter2@img.example/a.jpg", False),
        ("https://img.example/${KEY}.jpg", False),
    ],
)
def test_only_an_address_that_anyone_may_fetch_is_shown(tmp_path: Path, artwork: str, shown: bool) -> None:
    first, *_ = guide_of(tmp_path, item("m:film", duration_ms=5_400_000, artwork=artwork))

    icons = [each.get("src") for each in first.findall("icon")]
    assert icons == ([artwork] if shown else [])


@pytest.mark.parametrize("source", PICTURED_BY)
def test_a_picture_that_its_source_alone_has_is_shown_at_ours_by_a_name_that_tells_no_path(
    tmp_path: Path, source: str
) -> None:
    film = item("m:film", duration_ms=5_400_000, artwork="/posters/A & B.jpg")
    first, *_ = guide_of(tmp_path, film, source)

    (icon,) = first.findall("icon")
    assert re.fullmatch(rf"{BASE}/iptv/artwork/[0-9a-f]{{32}}", icon.get("src") or "")


def test_a_path_is_no_picture_where_its_source_has_none(tmp_path: Path) -> None:
    film = item("m:film", duration_ms=5_400_000, artwork="posters/a.jpg")
    first, *_ = guide_of(tmp_path, film, DRAWN)

    assert first.findall("icon") == []


def test_the_sources_that_are_said_to_have_pictures_are_those_that_give_them() -> None:
    assert {name for name, made in registry._TYPES.items() if hasattr(made, "picture")} == PICTURED
