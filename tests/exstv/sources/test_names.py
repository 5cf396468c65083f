"""What paths say: shows, films and clips by the names that people give them."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv.sources.name_facts import NameFacts
from exstv.sources.names import parse_name


def facts(path: str, kind: str = "auto") -> NameFacts:
    return parse_name(PurePosixPath(path), kind)


@pytest.mark.parametrize(
    ("path", "show", "season", "episode", "title"),
    [
        ("Tides/Season 01/Tides - S01E02 - The Ebb.mkv", "Tides", 1, 2, "The Ebb"),
        ("Tides (2019)/Season 2/Tides - s02e10.mkv", "Tides", 2, 10, None),
        ("Tides/Tides.S01E02.The.Ebb.mkv", "Tides", 1, 2, "The Ebb"),
        ("Tides - S01E02 - The Ebb.mkv", "Tides", 1, 2, "The Ebb"),
        ("Tides/1x02 The Ebb.mkv", "Tides", 1, 2, "The Ebb"),
        ("Tides/Season 1/S01E02-E03 Both Ebbs.mkv", "Tides", 1, 2, "Both Ebbs"),
        ("Tides/Specials/Tides - S00E01 - Making Of.mkv", "Tides", 0, 1, "Making Of"),
        ("Tides/Season 3/04 - Neap.mkv", "Tides", 3, 4, "Neap"),
        ("Tides/Season 3/Episode 4.mkv", "Tides", 3, 4, None),
        ("Drama/Tides/Staffel 1/Tides S01E05.mkv", "Tides", 1, 5, None),
        ("24/Season 1/24 - S01E02 - 1-00 a.m.mkv", "24", 1, 2, "1-00 a.m"),
        ("S2/S2E1.mkv", None, None, None, "S2E1"),
    ],
)
def test_episodes(
    path: str, show: str | None, season: int | None, episode: int | None, title: str | None
) -> None:
    found = facts(path)

    assert (found.show, found.season, found.episode, found.title) == (show, season, episode, title)
    assert found.kind == ("episode" if show else "clip")


@pytest.mark.parametrize(
    ("path", "title", "year"),
    [
        ("Metropolis (1927).mkv", "Metropolis", 1927),
        ("Metropolis (1927)/film.mkv", "Metropolis", 1927),
        ("Sci-Fi/Metropolis (1927) [1080p].mkv", "Metropolis", 1927),
        ("2001 A Space Odyssey (1968).mkv", "2001 A Space Odyssey", 1968),
        ("1917 (2019).mp4", "1917", 2019),
        ("Blade.Runner.(1982).mkv", "Blade Runner", 1982),
    ],
)
def test_films_have_a_year(path: str, title: str, year: int) -> None:
    found = facts(path)

    assert (found.kind, found.title, found.year) == ("movie", title, year)


def test_a_year_of_the_show_is_not_part_of_its_name() -> None:
    found = facts("Tides (2019)/Season 2/Tides - s02e10.mkv")

    assert (found.show, found.year) == ("Tides", 2019)


def test_what_fits_no_pattern_is_a_clip_with_its_folders_as_tags() -> None:
    found = facts("idents/night/harbour_at_dusk.mp4")

    assert (found.kind, found.title, found.tags) == ("clip", "harbour at dusk", ("idents", "night"))


def test_the_sources_kind_decides_before_the_pattern() -> None:
    assert facts("Metropolis.mkv", "movie").kind == "movie"
    assert facts("Tides - S01E02.mkv", "other").kind == "clip"
    assert facts("Holiday (1999).mkv", "other").title == "Holiday (1999)"
    assert facts("Band - Song.mkv", "music_video").kind == "music_video"
    assert facts("Tides/The Lost Hour.mkv", "show").show == "Tides"


@pytest.mark.parametrize("name", ["00001.m2ts", "IMG_2031.mov", "title_t00.mkv", "VID-20200101-1234.mp4"])
def test_a_number_is_no_title(name: str) -> None:
    found = facts(name)

    assert found.title is None
    assert found.stem


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1))
def test_any_name_has_facts_and_never_an_empty_title(name: str) -> None:
    for kind in ("auto", "movie", "show", "music_video", "other"):
        found = parse_name(PurePosixPath("folder") / name, kind)

        assert found.title is None or found.title.strip()
        assert found.stem or name.strip(".") == ""
