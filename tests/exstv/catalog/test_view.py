"""The table `media`: typed, complete, documented and without a way out."""

from __future__ import annotations

import duckdb
import msgspec
import pytest

from exstv.catalog.lock import seal
from exstv.catalog.model import Catalog, Chapter, Enriched, MediaItem, Stream
from exstv.catalog.view import COLUMNS, open_view

METROPOLIS = MediaItem(
    id="films:Metropolis (1927).mkv",
    source="films",
    kind="movie",
    title="Metropolis",
    locator="Metropolis (1927).mkv",
    duration_ms=9_180_000,
    year=1927,
    released="1927-01-10",
    genres=("Science Fiction", "Drama"),
    actors=("Brigitte Helm",),
    chapters=(Chapter(start_ms=0, title="Auftakt"),),
    streams=(Stream(index=0, type="video", codec="h264", width=1440, height=1080),),
    guids=("imdb:tt0017136",),
    enriched=(Enriched(by="tmdb", facts=("plot",)),),
    added="2026-01-02T03:04:05Z",
)
BARE = MediaItem(id="films:x.mkv", source="films", kind="clip", title="x", locator="x.mkv")


def view_of(*items: MediaItem) -> duckdb.DuckDBPyConnection:
    return open_view(seal(items, {}))


def test_every_fact_has_a_documented_column() -> None:
    described = view_of().execute("DESCRIBE media").fetchall()

    facts = {field.name for field in msgspec.structs.fields(MediaItem)}
    assert {row[0] for row in described} == facts - {"mtime_ms"} == set(COLUMNS)


def test_an_empty_catalog_has_typed_columns() -> None:
    with open_view(Catalog()) as view:
        types = {row[0]: row[1] for row in view.execute("DESCRIBE media").fetchall()}

    assert types["genres"] == "VARCHAR[]"
    assert types["released"] == "DATE"
    assert types["duration_ms"] == "BIGINT"


@pytest.mark.parametrize(
    "where",
    [
        "list_contains(genres, 'Drama')",
        "released < DATE '1930-01-01'",
        "year BETWEEN 1920 AND 1930",
        "duration_ms > 9000000",
        "len(chapters) = 1 AND chapters[1].title = 'Auftakt'",
        "streams[1].width = 1440",
        "state = 'present' AND title ILIKE 'metro%' AND added IS NOT NULL",
        "actors = ['Brigitte Helm'] AND guids[1] LIKE 'imdb:%'",
        "enriched[1].\"by\" = 'tmdb' AND list_contains(enriched[1].facts, 'plot')",
    ],
)
def test_facts_can_be_asked_for(where: str) -> None:
    with view_of(METROPOLIS, BARE) as view:
        assert view.execute(f"SELECT id FROM media WHERE {where}").fetchall() == [(METROPOLIS.id,)]


def test_a_fact_that_is_not_known_is_null_and_a_list_is_empty() -> None:
    with view_of(BARE) as view:
        row = view.execute("SELECT year, genres, streams, state FROM media").fetchall()

    assert row == [(None, [], [], "present")]


def test_rows_keep_the_order_of_the_catalog() -> None:
    with view_of(BARE, METROPOLIS) as view:
        rows = view.execute("SELECT id FROM media").fetchall()

    assert rows == [(METROPOLIS.id,), (BARE.id,)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY media TO '/tmp/exstv-view-test.csv'",
        "ATTACH '/tmp/exstv-view-test.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET threads = 4",
    ],
)
def test_nothing_outside_can_be_reached_and_nothing_be_set(statement: str) -> None:
    with view_of(METROPOLIS) as view, pytest.raises(duckdb.Error):
        view.execute(statement)
