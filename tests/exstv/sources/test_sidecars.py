"""What lies beside media files, and to which of them it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelf import NO_WORKER, Shelf, missing

CHAPTERS = """<?xml version="1.0"?>
<!DOCTYPE Chapters SYSTEM "matroskachapters.dtd">
<Chapters><EditionEntry>
  <ChapterAtom><ChapterTimeStart>00:00:00.100000000</ChapterTimeStart>
    <ChapterDisplay><ChapterString>Two</ChapterString></ChapterDisplay></ChapterAtom>
  <ChapterAtom><ChapterTimeStart>00:00:00.000000000</ChapterTimeStart></ChapterAtom>
  <ChapterAtom><ChapterTimeStart>00:00:00.050</ChapterTimeStart><ChapterFlagHidden>1</ChapterFlagHidden></ChapterAtom>
  <ChapterAtom><ChapterTimeStart>01:00:00.000000000</ChapterTimeStart></ChapterAtom>
</EditionEntry></Chapters>"""
SHOW = """<tvshow><title>Harbour Tales</title><genre>Drama</genre><studio>BBC Two</studio><mpaa>TV-PG</mpaa>
  <actor><name>Jo Weir</name></actor></tvshow>"""
EPISODE = """<episodedetails><title>Buoy</title><season>2</season><episode>7</episode>
  <aired>1999-05-06</aired></episodedetails>"""

pytestmark = pytest.mark.ffmpeg


@pytest.fixture
def shelf(tiny_seeds: list[Path], tmp_path: Path) -> Shelf:
    return Shelf(tmp_path, tiny_seeds[0])


def test_an_episode_takes_what_its_own_nfo_lacks_from_its_shows(shelf: Shelf) -> None:
    shelf.put("harbour/s2/e7.mkv")
    shelf.write("harbour/tvshow.nfo", SHOW)
    shelf.write("harbour/s2/e7.nfo", EPISODE)

    item = shelf.item("harbour/s2/e7.mkv")

    assert (item.kind, item.show, item.season, item.episode) == ("episode", "Harbour Tales", 2, 7)
    assert (item.title, item.released, item.year) == ("Buoy", "1999-05-06", 1999)
    assert (item.network, item.studio, item.rating) == ("BBC Two", None, "TV-PG")
    assert (item.genres, item.actors) == (("Drama",), ("Jo Weir",))


def test_the_nfo_goes_before_the_path_which_fills_what_it_lacks(shelf: Shelf) -> None:
    shelf.put(
        "Two Bridges (1963)/Two Bridges (1963) - CD1.mkv", "Two Bridges (1963)/Two Bridges (1963) - CD2.mkv"
    )
    shelf.write("Two Bridges (1963)/movie.nfo", "<movie><title>Zwei Brücken</title></movie>")

    items = shelf.scan().items

    assert [(item.title, item.year) for item in items] == [
        ("Zwei Brücken (1)", 1963),
        ("Zwei Brücken (2)", 1963),
    ]


def test_a_folders_nfo_is_of_its_only_film(shelf: Shelf) -> None:
    shelf.put("all/One (1990).mkv", "all/Two (1991).mkv")
    shelf.write("all/movie.nfo", "<movie><title>Neither</title></movie>")
    shelf.write("all/poster.jpg")

    assert [(item.title, item.artwork) for item in shelf.scan().items] == [("One", None), ("Two", None)]


def test_the_sources_kind_goes_before_the_nfos(shelf: Shelf) -> None:
    shelf.put("a.mkv")
    shelf.write("a.nfo", "<movie><title>Mine</title></movie>")

    assert shelf.item("a.mkv", kind="other").kind == "clip"
    assert shelf.item("a.mkv", kind="other").title == "Mine"


def test_subtitles_tell_their_language_and_use_by_their_names(shelf: Shelf) -> None:
    shelf.put("Film.mkv", "Film.Part 2.mkv", "sub/Only.mkv")
    for name in (
        "Film.srt",
        "Film.en.srt",
        "Film.pt-BR.forced.ass",
        "Film.eng.sdh.vtt",
        "Film.Part 2.de.default.srt",
    ):
        shelf.write(name)
    for name in ("Film.hi.srt", "Film.fr.hi.srt", "Film.nl.sup", "Film.idx", "Film.sub", "Other.srt"):
        shelf.write(name)
    shelf.write("sub/Subs/2_English.srt")
    shelf.write("sub/Subs/Only/German.forced.srt")

    found = {
        item.locator: {
            stream.file: (stream.codec, stream.language, stream.default, stream.forced, stream.spare)
            for stream in item.streams
            if stream.file
        }
        for item in shelf.scan().items
    }

    assert found["Film.mkv"] == {
        "Film.srt": ("subrip", None, False, False, False),
        "Film.en.srt": ("subrip", "en", False, False, False),
        "Film.pt-BR.forced.ass": ("ass", "pt-br", False, True, False),
        "Film.eng.sdh.vtt": ("webvtt", "eng", False, False, True),
        "Film.hi.srt": ("subrip", "hi", False, False, False),
        "Film.fr.hi.srt": ("subrip", "fr", False, False, True),
        "Film.nl.sup": ("hdmv_pgs_subtitle", "nl", False, False, False),
        "Film.idx": ("dvd_subtitle", None, False, False, False),
    }
    assert found["Film.Part 2.mkv"] == {"Film.Part 2.de.default.srt": ("subrip", "de", True, False, False)}
    assert found["sub/Only.mkv"] == {
        "sub/Subs/2_English.srt": ("subrip", "en", False, False, False),
        "sub/Subs/Only/German.forced.srt": ("subrip", "de", False, True, False),
    }


def test_the_nearest_picture_is_the_artwork(shelf: Shelf) -> None:
    show = "Harbour (1999)"
    shelf.put(
        "Two (1963)/Two (1963).mkv",
        f"{show}/Season 01/Harbour - S01E01.mkv",
        f"{show}/Season 01/Harbour - S01E02.mkv",
    )
    shelf.put(f"{show}/Specials/Harbour - S00E01.mkv", "clips/loop.mkv", "clips/other.mkv")
    for name in (
        "Two (1963)/fanart.jpg",
        "Two (1963)/Poster.JPG",
        f"{show}/Season 01/Harbour - S01E02-thumb.png",
    ):
        shelf.write(name)
    for name in (f"{show}/poster.jpg", f"{show}/season01-poster.jpg", "clips/loop.webp", "clips/folder.jpg"):
        shelf.write(name)

    assert {item.locator.rpartition("/")[2]: item.artwork for item in shelf.scan().items} == {
        "Two (1963).mkv": "Two (1963)/Poster.JPG",
        "Harbour - S01E01.mkv": f"{show}/season01-poster.jpg",
        "Harbour - S01E02.mkv": f"{show}/Season 01/Harbour - S01E02-thumb.png",
        "Harbour - S00E01.mkv": f"{show}/poster.jpg",
        "loop.mkv": "clips/loop.webp",
        "other.mkv": None,
    }


def test_a_picture_with_an_address_goes_before_one_on_disk(shelf: Shelf) -> None:
    shelf.put("Film (1990).mkv")
    shelf.write("Film (1990).nfo", "<movie><thumb>https://pictures.example/a.jpg</thumb></movie>")
    shelf.write("Film (1990)-poster.jpg")

    assert shelf.item("Film (1990).mkv").artwork == "https://pictures.example/a.jpg"


@pytest.mark.parametrize("name", ["Film.chapters.xml", "Film_chapters.xml"])
def test_chapters_from_a_file_of_their_own(name: str, shelf: Shelf) -> None:
    shelf.put("Film.mkv")
    shelf.write(name, CHAPTERS)

    assert [(each.start_ms, each.title) for each in shelf.item("Film.mkv").chapters] == [
        (0, None),
        (100, "Two"),
    ]


def test_a_broken_nfo_costs_one_diagnostic_and_no_film(shelf: Shelf) -> None:
    shelf.put("Show/S01E01.mkv", "Show/S01E02.mkv", "Film (1990).mkv")
    shelf.write("Show/tvshow.nfo", "<tvshow><title>Oops")
    shelf.write("Film (1990).nfo", "<movie><year>ninety</year></movie>")
    shelf.write("Film (1990).chapters.xml", "<Chapters/>")

    first = shelf.scan()

    assert len(first.items) == 3
    told = [(each.code, each.span.file, each.message) for each in first.diagnostics]
    assert told == [
        (
            "EXS6010",
            "lib:Film (1990).chapters.xml",
            "`lib:Film (1990).chapters.xml` is not read: it holds no chapters of Matroska",
        ),
        (
            "EXS6006",
            "lib:Film (1990).nfo",
            "`lib:Film (1990).nfo` says `year` is `ninety`, which is no whole number",
        ),
        (
            "EXS6010",
            "lib:Show/tvshow.nfo",
            "`lib:Show/tvshow.nfo` is not read: it is no well-formed XML: mismatched tag",
        ),
    ]
    # What is wrong is told again by a scan that opens nothing.
    assert shelf.scan(first.items, NO_WORKER) == first


def test_an_edited_nfo_is_read_again_and_its_neighbour_is_not(shelf: Shelf) -> None:
    shelf.put("A (1990).mkv", "B (1991).mkv")
    shelf.write("A (1990).nfo", "<movie><title>Before</title></movie>")
    first = shelf.scan()
    shelf.write("A (1990).nfo", "<movie><title>After all</title></movie>")

    again = shelf.scan(first.items)

    assert shelf.opened == ["A (1990).mkv"]
    assert {item.title for item in again.items} == {"After all", "B"}


def test_a_file_that_came_back_is_read_again_only_if_it_changed(shelf: Shelf) -> None:
    shelf.put("A (1990).mkv")
    (item,) = shelf.scan().items

    (again,) = shelf.scan((missing(item),), NO_WORKER).items

    assert again == item
