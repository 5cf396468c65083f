"""Kodi's NFO files, as they are found in libraries, and what is none."""

from __future__ import annotations

import pytest

from exstv.sources.markup import LARGEST_BYTES, Unreadable
from exstv.sources.nfo import BadValue, read_nfo

MOVIE = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
  <title>Two Bridges</title><originaltitle>Zwei Brücken</originaltitle><sorttitle>Bridges 2</sorttitle>
  <year>1963</year><premiered>1964-02-03</premiered>
  <plot>A river, and
    two bridges.</plot>
  <genre>Drama / Western</genre><genre>Drama</genre><tag>black and white</tag>
  <studio>Harbour Films</studio><mpaa>Rated PG-13</mpaa>
  <director>Ann Lee</director>
  <actor><name>Jo Weir</name><role>The Engineer</role></actor><actor><name/></actor>
  <uniqueid type="tmdb" default="true">603</uniqueid><uniqueid type="imdb">tt0017136</uniqueid>
  <set><name>The Bridges</name><overview>All of them.</overview></set>
  <thumb aspect="banner">https://pictures.example/banner.jpg</thumb>
  <thumb aspect="poster">https://pictures.example/poster.jpg</thumb>
</movie>
https://www.themoviedb.org/movie/604-two?a=1&b=2
"""
BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol2 "&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;">]>
<movie><title>&lol2;</title></movie>"""
STRANGER = '<!DOCTYPE movie [<!ENTITY x SYSTEM "file:///etc/passwd">]><movie><title>&x;</title></movie>'


def test_a_film_with_all_that_kodi_writes() -> None:
    nfo = read_nfo(MOVIE.encode())

    assert (nfo.kind, nfo.title, nfo.year, nfo.released) == ("movie", "Two Bridges", 1963, "1964-02-03")
    assert (nfo.plot, nfo.studio, nfo.rating) == ("A river, and two bridges.", "Harbour Films", "PG-13")
    assert (nfo.genres, nfo.tags) == (("Drama", "Western"), ("black and white",))
    assert (nfo.directors, nfo.actors) == (("Ann Lee",), ("Jo Weir",))
    assert nfo.guids == ("imdb:tt0017136", "tmdb:603")
    assert nfo.collections == ("The Bridges",)
    assert nfo.artwork == "https://pictures.example/poster.jpg"
    assert nfo.bad == ()


def test_several_episodes_in_one_file_are_one_item() -> None:
    one = "<episodedetails><title>Ebb</title><season>1</season><episode>2</episode></episodedetails>"
    two = "<episodedetails><title>Flow</title><season>1</season><episode>3</episode></episodedetails>"

    nfo = read_nfo(f"<?xml version='1.0'?>{one}<?xml version='1.0'?>{two}".encode())

    assert (nfo.kind, nfo.title, nfo.season, nfo.episode) == ("episode", "Ebb / Flow", 1, 2)


@pytest.mark.parametrize(
    ("text", "guids"),
    [
        ("https://www.themoviedb.org/movie/603-the-matrix", ("tmdb:603",)),
        ("http://www.imdb.com/title/tt0133093/\n", ("imdb:tt0133093",)),
        ("https://thetvdb.com/?tab=series&id=77", ("tvdb:77",)),
        ("<movie/>\nhttps://www.imdb.com/title/tt0133093/", ("imdb:tt0133093",)),
        ("<movie><id>tt0133093</id></movie>", ("imdb:tt0133093",)),
    ],
)
def test_an_address_tells_an_identity(text: str, guids: tuple[str, ...]) -> None:
    assert read_nfo(text.encode()).guids == guids


def test_older_and_foreign_spellings() -> None:
    text = '<?xml version="1.0" encoding="windows-1251"?><movie><title>Сталкер</title><set>Зона</set></movie>'
    assert read_nfo(text.encode("windows-1251")).title == "Сталкер"
    assert read_nfo(text.encode("windows-1251")).collections == ("Зона",)
    assert read_nfo(b"\xef\xbb\xbf<movie><title>Tom & Jo &amp; Al</title></movie>").title == "Tom & Jo & Al"
    assert read_nfo("<movie><title>é</title></movie>".encode("utf-16")).title == "é"
    assert read_nfo(b"<musicvideo><artist>A</artist><title>B</title></musicvideo>").actors == ("A",)


def test_what_cannot_be_is_told_and_what_means_nothing_is_not() -> None:
    text = "<movie><year>soon</year><premiered>1964-02-31</premiered></movie>"
    assert read_nfo(text.encode()).bad == (
        BadValue("premiered", "1964-02-31", "no date like `1927-01-10`"),
        BadValue("year", "soon", "no whole number"),
    )
    empty = "<episodedetails><season>-1</season><year>0</year><aired>0000-00-00</aired></episodedetails>"
    assert read_nfo(empty.encode()).bad == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "no well-formed XML"),
        (STRANGER, "no well-formed XML"),
        ("<movie><title>Cut o", "no well-formed XML"),
        ("<movie><title>&nbsp;</title><a></movie>", "no well-formed XML"),
        ("<a>" * 200_000 + "</a>", "nested too deep"),
        ("<html>not ours</html>", "nothing that Kodi knows"),
        ("", "nothing that Kodi knows"),
        ("x" * (LARGEST_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_what_is_no_nfo(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_nfo(text.encode())


def test_an_address_with_a_secret_is_no_artwork() -> None:
    text = "<movie><thumb>https://someone:secret@pictures.example/a.jpg</thumb></movie>"
    assert read_nfo(text.encode()).artwork is None
