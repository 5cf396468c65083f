"""What paths say: shows, films and clips by the names that people give them."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv.sources.guesses import guessed
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
        ("Tides/Season 1/Tides - S01E02-E03 - Both.mkv", "Tides", 1, 2, "Both"),
        ("Tides/Season 1/Tides - s01e02e03.mkv", "Tides", 1, 2, None),
        ("Tides/Season 1/Tides - 1x02-1x03 - Both.mkv", "Tides", 1, 2, "Both"),
        ("Tides/Season 1/Tides - S01E02 - 42.mkv", "Tides", 1, 2, "42"),
        ("Tides (2019)/Tides - S01E02 - The Interview.mkv", "Tides", 1, 2, "The Interview"),
        ("Tides/Season 1/Tides Season 1 Episode 2.mkv", "Tides", 1, 2, None),
        ("Tides/Season 00/Tides S00E03.mkv", "Tides", 0, 3, None),
        ("Tides - Season 2/02. Neap.mkv", "Tides", 2, 2, "Neap"),
        ("Tides/Season 2/04 - 100.mkv", "Tides", 2, 4, "100"),
        ("Downloads/Tides - S01E02 - The Ebb.mkv", "Tides", 1, 2, "The Ebb"),
        ("Tides.S01.1080p/Tides.S01E02.The.Ebb.PROPER.1080p.WEB-DL.mkv", "Tides", 1, 2, "The Ebb"),
        ("S.W.A.T. (2017)/Season 1/S.W.A.T. - S01E02.mkv", "S.W.A.T.", 1, 2, None),
        ("Blake's 7/Blake's 7 - S01E02.mkv", "Blake's 7", 1, 2, None),
        ("Сериал/Сезон 1/Сериал - S01E02 - Имя.mkv", "Сериал", 1, 2, "Имя"),
        ("進撃の巨人/第1期/第03話 名前.mkv", "進撃の巨人", 1, 3, "名前"),
        ("Tides/Season 1/Tides - S01E02 - A\nLine.mkv", "Tides", 1, 2, "A Line"),
        ("Tides/Tides - 105 - Neap.mkv", "Tides", None, 105, "Neap"),
        ("Anime/[Group] Tides - 05v2 [1080p][ABCD].mkv", "Tides", None, 5, None),
        ("Anime/[Group] Tides S2 - 05 (720p).mkv", "Tides", 2, 5, None),
        ("Tides/Tides.E05.mkv", "Tides", None, 5, None),
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
        ("2001: A Space Odyssey (1968) {tmdb-62} [imdbid-tt0062622].mkv", "2001: A Space Odyssey", 1968),
        ("Blade.Runner.2049.2017.2160p.BluRay.x265-GRP.mkv", "Blade Runner 2049", 2017),
        ("2012.2009.1080p.BluRay.mkv", "2012", 2009),
        ("Monsters, Inc. (2001).mkv", "Monsters, Inc.", 2001),
        ("-30- (1959).mkv", "-30-", 1959),
        ("(500) Days of Summer (2009).mkv", "(500) Days of Summer", 2009),
        ("A\nLine (1973).mkv", "A Line", 1973),
        ("七人の侍 (1954)/七人の侍 (1954) - 1080p.mkv", "七人の侍", 1954),
    ],
)
def test_films_have_a_year(path: str, title: str, year: int) -> None:
    found = facts(path)

    assert (found.kind, found.title, found.year) == ("movie", title, year)


def test_editions_identities_and_parts_are_no_part_of_a_title() -> None:
    found = facts("Two (1963) {tmdb-603}/Two (1963) {edition-Director's Cut} [imdbid-tt0017136] - CD2.mkv")

    assert (found.title, found.year, found.part) == ("Two", 1963, 2)
    assert (found.tags, found.guids) == (("Director's Cut",), ("imdb:tt0017136",))


@pytest.mark.parametrize(
    ("path", "show", "day", "title"),
    [
        ("News/News - 2024-03-01 - Guests.mkv", "News", "2024-03-01", "Guests"),
        ("News/2024/News.2024.03.01.720p.WEB.h264-GRP.mkv", "News", "2024-03-01", None),
        ("News/Season 2024/2024-03-01.mkv", "News", "2024-03-01", None),
    ],
)
def test_episodes_that_are_named_after_a_day(path: str, show: str, day: str, title: str | None) -> None:
    found = facts(path)

    assert (found.kind, found.show, found.released, found.title) == ("episode", show, day, title)


@pytest.mark.parametrize(
    "path", ["Home/Birthday 2024-03-01.mkv", "Holiday 1999.mkv", "VID_2024-03-01.mp4", "x/7 - 12.mkv"]
)
def test_home_videos_are_no_episodes_and_no_films(path: str) -> None:
    assert facts(path).kind == "clip"


@pytest.mark.parametrize(
    "path",
    [
        "Two (1963)/Two (1963)-trailer.mkv",
        "Two (1963)/Interviews/Two (1963) Cast.mkv",
        "Two (1963)/sample.mkv",
    ],
)
def test_what_lies_beside_a_film_is_a_clip(path: str) -> None:
    assert facts(path).kind == facts(path, "movie").kind == "clip"


@pytest.mark.parametrize(
    ("path", "artist", "title"),
    [
        ("Band - Song.mkv", "Band", "Song"),
        ("Band/Song [Official Video].mkv", "Band", "Song"),
        ("Pop/Band - Song - Live (1985).mkv", "Band", "Song - Live"),
    ],
)
def test_music_videos_have_an_artist(path: str, artist: str, title: str) -> None:
    found = facts(path, "music_video")

    assert (found.artists, found.title) == ((artist,), title)


@pytest.mark.parametrize(
    ("path", "kind", "expected"),
    [
        ("Got/Tides.Ep05.The.Ebb.mkv", "auto", ("episode", "Tides", 5, "The Ebb")),
        ("Got/Two.Bridges.1080p.BluRay.x264-GRP.mkv", "movie", ("movie", None, None, "Two Bridges")),
        ("Got/Nothing.1080p.mkv", "auto", ("clip", None, None, "Nothing 1080p")),
    ],
)
def test_guessit_reads_what_the_rules_do_not(path: str, kind: str, expected: tuple[object, ...]) -> None:
    found = facts(path, kind)
    assert not found.sure

    found = guessed(PurePosixPath(path), kind, found)

    assert (found.kind, found.show, found.episode, found.title) == expected


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
