"""Databases that add what a source does not know: asked over HTTP, on the loopback interface."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from databases import FILM, SHOW, Database, Tmdb, Tvdb, asked
from media_servers.mediabrowser import Emby, Jellyfin
from media_servers.plex import Plex
from media_servers.shelf import Shelf, Video
from media_servers.standing_in import standing

from exstv.catalog.lock import encode, read_lock, seal
from exstv.catalog.model import Catalog, MediaItem
from exstv.cli.looks import look_at
from exstv.cli.scan import read_sources
from exstv.diagnostics import Diagnostic
from exstv.sources.base import ScanContext
from exstv.sources.enriching import AGAIN_MS, Enriching
from exstv.sources.enrichment import Enricher, alike, is_title, is_untitled, own
from exstv.sources.expected import Restraint
from exstv.sources.scan import ScanSite, scan_station

MakeClip = Callable[..., Path]
KEY = "k3y-of-the-database"
NOW_MS = 1_800_000_000_000


class StillClock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at_ms = NOW_MS

    def now_ms(self) -> int:
        return self.at_ms

    def monotonic(self) -> float:
        return 0.0


class Scan:
    """One source after another, enriched over and over; owns its state folder, and the pauses made."""

    def __init__(self, folder: Path, *databases: Database) -> None:
        self.clock = StillClock()
        self.pauses: list[float] = []
        self._context = ScanContext(
            media_root=folder, state_dir=folder / "state", progress=lambda done, total, what: None
        )
        self._restraint = Restraint(at_a_time=1, silent_s=10, sleep=self.pauses.append)
        self._enrichers = [
            Enricher(type=type(each).__name__.lower(), key="${KEY}", url=each.address) for each in databases
        ]

    def __call__(
        self, *items: MediaItem, before: tuple[MediaItem, ...] = (), language: str | None = None
    ) -> tuple[list[MediaItem], list[Diagnostic]]:
        enrichers = [msgspec.structs.replace(each, language=language) for each in self._enrichers]
        enriching = Enriching("lib", enrichers, {"KEY": KEY}, self._restraint, self.clock)
        found, diagnostics = enriching.enrich(items, before, self._context)
        return list(found), diagnostics


@pytest.fixture
def tmdb() -> Iterator[Database]:
    with asked(Tmdb(KEY)) as database:
        yield database


@pytest.fixture
def tvdb() -> Iterator[Database]:
    with asked(Tvdb(KEY)) as database:
        yield database


def film(title: str = "Fog and tides", year: int | None = 1961, **facts: object) -> MediaItem:
    made = {"id": f"lib:{title}", "source": "lib", "kind": "movie", "locator": f"{title}.mkv", **facts}
    return msgspec.convert({**made, "title": title, "year": year}, MediaItem)


def episode(number: int, title: str = "", show: str = "Harbour Tales", **facts: object) -> MediaItem:
    name = title or f"{show} S01E{number:02}"
    made = {"id": f"lib:{number}", "source": "lib", "kind": "episode", "locator": f"{number}.mkv", **facts}
    return msgspec.convert({**made, "title": name, "show": show, "season": 1, "episode": number}, MediaItem)


def test_a_film_is_found_by_exactly_its_title_and_year(tmdb: Database, tmp_path: Path) -> None:
    (found,), diagnostics = Scan(tmp_path, tmdb)(film())

    assert diagnostics == []
    assert found.title == "Fog and tides"
    assert (found.plot, found.genres, found.released) == ("A ferry is lost.", ("Sea", "Drama"), "1961-03-04")
    assert (found.studio, found.actors, found.directors) == ("Quay Pictures", ("Ann Vos",), ("Ida Berg",))
    assert found.artwork == "https://image.tmdb.org/t/p/w500/fog.jpg"
    assert (found.rating, found.guids) == ("PG", ("tmdb:603", "imdb:tt0000603"))


@pytest.mark.parametrize("item", [film(year=1962), film(year=None), film("Fog and Tide"), film("Fog")])
def test_no_answer_is_better_than_a_wrong_one(item: MediaItem, tmdb: Database, tmp_path: Path) -> None:
    assert Scan(tmp_path, tmdb)(item) == ([item], [])


def test_of_two_films_of_one_name_and_year_neither_is_taken(tmdb: Database, tmp_path: Path) -> None:
    tmdb.films.append({**FILM, "id": 604, "imdb_id": "tt0000604"})
    scan = Scan(tmp_path, tmdb)

    assert scan(film())[0] == [film()]
    known = film(guids=["imdb:tt0000603"])
    assert scan(known)[0][0].plot == "A ferry is lost."


def test_an_identity_goes_before_the_title(tmdb: Database, tmp_path: Path) -> None:
    (by_imdb, by_tmdb), _ = Scan(tmp_path, tmdb)(
        film("Nevel", None, guids=["imdb:tt0000603"]), film("Mist", 1980, guids=["tmdb:603"])
    )

    assert by_imdb.plot == by_tmdb.plot == "A ferry is lost."
    assert not any(path.startswith("/search") for path in tmdb.asked)
    assert by_tmdb.year == 1980


def test_what_the_source_says_comes_first(tmdb: Database, tmp_path: Path) -> None:
    item = film(plot="Of my own.", genres=["Fog"], rating="12")

    (found,), _ = Scan(tmp_path, tmdb)(item)

    assert (found.plot, found.genres, found.rating) == ("Of my own.", ("Fog",), "12")
    assert found.released == "1961-03-04"
    assert own(found) == item


def test_what_lacks_nothing_is_not_asked_for(tmdb: Database, tmp_path: Path) -> None:
    whole = film(plot="p", genres=["g"], released="1961-01-01", artwork="a.jpg")
    clip = msgspec.structs.replace(film("Clip"), kind="clip")

    assert Scan(tmp_path, tmdb)(whole, clip)[0] == [whole, clip]
    assert tmdb.asked == []


def test_episodes_get_titles_of_their_own_and_never_a_placeholder(tmdb: Database, tmp_path: Path) -> None:
    scan = Scan(tmp_path, tmdb)
    found, _ = scan(episode(1), episode(2, "Of my own"), episode(3), episode(9))

    assert [item.title for item in found] == [
        "The Buoy",
        "Of my own",
        "Harbour Tales S01E03",
        "Harbour Tales S01E09",
    ]
    assert (found[0].network, found[0].rating, found[0].artwork) == (
        "Harbour TV",
        "TV-PG",
        "https://image.tmdb.org/t/p/w500/tales.jpg",
    )
    assert (found[1].directors, found[1].released) == (("Ida Berg",), "1999-01-08")
    # The show once, and its season once.
    assert tmdb.asked == ["/configuration", "/search/tv", "/tv/77", "/tv/77/season/1"]
    assert [own(item) for item in found] == [
        episode(1),
        episode(2, "Of my own"),
        episode(3),
        episode(9),
    ]


def test_of_two_shows_of_one_name_the_year_decides(tmdb: Database, tmp_path: Path) -> None:
    tmdb.shows.append({**SHOW, "id": 78, "first_air_date": "2021-01-01"})
    scan = Scan(tmp_path, tmdb)

    assert scan(episode(1))[0] == [episode(1)]
    assert scan(episode(1, show="Harbour Tales (1999)"))[0][0].title == "The Buoy"


def test_a_show_is_known_by_what_its_episodes_share_or_by_one_of_them(tmdb: Database, tmp_path: Path) -> None:
    scan = Scan(tmp_path, tmdb)
    shared = [episode(n, show="Havens", guids=["tmdb:77"]) for n in (1, 2)]

    assert [item.title for item in scan(*shared)[0]] == ["The Buoy", "The Crane"]
    # Of one episode alone nobody knows whose identity it is, but IMDb counts shows and episodes together.
    alone = episode(1, show="Haven", guids=["tmdb:77"])
    assert scan(alone)[0] == [alone]
    by_imdb = episode(1, show="Haven", guids=["imdb:tt0000771"])
    assert scan(by_imdb)[0][0].title == "The Buoy"


def test_a_second_scan_asks_nothing_and_changes_no_byte(tmdb: Database, tmp_path: Path) -> None:
    scan, items = Scan(tmp_path, tmdb), (film(), episode(1), episode(3), film("Nowhere"))
    first, _ = scan(*items)
    tmdb.asked.clear()

    second, _ = scan(*items, before=tuple(first))

    assert encode(seal(second, {})) == encode(seal(first, {}))
    assert tmdb.asked == []


def test_what_had_no_answer_is_asked_for_again_after_a_week(tmdb: Database, tmp_path: Path) -> None:
    scan = Scan(tmp_path, tmdb)
    scan(film("Nowhere"))
    scan.clock.at_ms += AGAIN_MS + 1
    tmdb.films.append({**FILM, "id": 605, "title": "Nowhere"})

    assert scan(film("Nowhere"))[0][0].plot == "A ferry is lost."


def test_another_title_or_language_is_another_question(tmdb: Database, tmp_path: Path) -> None:
    scan = Scan(tmp_path, tmdb)
    first, _ = scan(film(rating="6"))
    item = msgspec.structs.replace(film("Nevel"), id=first[0].id)

    assert scan(item, before=tuple(first))[0] == [item]
    (dutch,), _ = scan(film(), before=tuple(first), language="nl-NL")
    assert dutch.rating == "6" and dutch.enriched[0].language == "nl-NL"


def test_a_fact_that_the_source_learns_takes_the_place_of_the_databases(
    tmdb: Database, tmp_path: Path
) -> None:
    scan = Scan(tmp_path, tmdb)
    first, _ = scan(film())

    (found,), _ = scan(film(plot="Of my own."), before=tuple(first))
    assert (found.plot, found.genres) == ("Of my own.", ("Sea", "Drama"))
    # And when the source forgets it, the database is asked again.
    (again,), _ = scan(film(), before=(found,))
    assert again.plot == "A ferry is lost."


def test_a_database_that_is_away_leaves_what_it_said_before(tmp_path: Path) -> None:
    with asked(Tmdb(KEY)) as tmdb:
        scan = Scan(tmp_path, tmdb)
        first, _ = scan(film())

    found, (told,) = scan(film(), film("New"), before=tuple(first))

    assert found == [*first, film("New")]
    assert told.code == "EXS6012"
    assert told.message == "`lib` was not enriched by `tmdb`: no connection"


@pytest.mark.parametrize(("status", "words"), [(401, "it refuses the key"), (500, "the answer is 500")])
def test_a_database_that_refuses_or_fails_is_told_of_and_no_key(
    status: int, words: str, tmdb: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tmdb.statuses = [status] * 10
    with caplog.at_level(logging.WARNING):
        found, (told,) = Scan(tmp_path, tmdb)(film())

    assert found == [film()] and words in told.message
    assert KEY not in told.message + caplog.text and tmdb.address not in told.message + caplog.text


def test_one_that_wants_to_be_left_alone_is_left_alone_for_so_long(tmdb: Database, tmp_path: Path) -> None:
    tmdb.statuses, tmdb.retry_after = [429, 429], "7"
    scan = Scan(tmp_path, tmdb)

    (found,), diagnostics = scan(film())

    assert (found.plot, diagnostics, scan.pauses) == ("A ferry is lost.", [], [7.0, 7.0])


def test_nobody_waits_for_an_hour(tmdb: Database, tmp_path: Path) -> None:
    tmdb.statuses, tmdb.retry_after = [429], "3600"
    scan = Scan(tmp_path, tmdb)

    found, (told,) = scan(film())

    assert (found, scan.pauses) == ([film()], [])
    assert "it wants to be left alone for 3600 s" in told.message


@pytest.mark.parametrize("body", [b"[", b"[1]", b'{"results": {"id": 1}}'])
def test_an_answer_that_makes_no_sense_is_told_of_and_asked_for_again(
    body: bytes, tmdb: Database, tmp_path: Path
) -> None:
    tmdb.body, scan = body, Scan(tmp_path, tmdb)
    found, (told,) = scan(film())
    assert found == [film()] and "not what the database is known to say" in told.message

    tmdb.body = b""
    assert scan(film())[0][0].plot == "A ferry is lost."


def test_a_token_of_version_4_stands_in_a_header(tmp_path: Path) -> None:
    with asked(Tmdb("a.b.c")) as tmdb:
        enricher = Enricher(type="tmdb", key="${KEY}", url=tmdb.address)
        context = ScanContext(media_root=tmp_path, progress=lambda done, total, what: None)
        (found,), _ = Enriching("lib", [enricher], {"KEY": "a.b.c"}).enrich((film(),), (), context)
    assert found.plot == "A ferry is lost."


def test_tvdb_knows_films_and_the_episodes_of_all_its_pages(tvdb: Database, tmp_path: Path) -> None:
    (fog, first, second), diagnostics = Scan(tmp_path, tvdb)(film(), episode(1), episode(2))

    assert diagnostics == []
    assert (fog.plot, fog.released, fog.rating) == ("A ferry is lost.", "1961-03-04", "PG")
    assert (fog.actors, fog.directors) == (("Ann Vos",), ("Ida Berg",))
    assert fog.guids == ("tvdb:12", "imdb:tt0000603")
    assert [first.title, second.title] == ["The Buoy", "The Crane"]
    assert first.artwork == "https://artworks.thetvdb.com/banners/tales.jpg"
    assert (second.network, second.released) == ("Harbour TV", "1999-01-02")


def test_tvdb_answers_in_the_language_that_is_asked_for(tvdb: Database, tmp_path: Path) -> None:
    (fog, first), _ = Scan(tmp_path, tvdb)(film(guids=["imdb:tt0000603"]), episode(1), language="nld")

    assert (fog.plot, first.title) == ("Een veer vergaat.", "De boei")


def test_the_second_database_is_asked_for_what_the_first_does_not_know(
    tmdb: Database, tvdb: Database, tmp_path: Path
) -> None:
    tmdb.films[0] = {**FILM, "overview": "", "genres": [{"name": "Fog"}]}
    scan = Scan(tmp_path, tmdb, tvdb)

    (found,), _ = scan(film())

    assert (found.plot, found.genres) == ("A ferry is lost.", ("Fog",))
    assert [note.by for note in found.enriched] == ["tmdb", "tvdb"]
    assert own(found) == film()
    tvdb.asked.clear()
    assert scan(film(), before=(found,))[0] == [found] and tvdb.asked == []


@pytest.mark.parametrize("place", ["local", "jellyfin", "emby", "plex"])
def test_a_source_that_names_a_database_is_enriched_when_it_is_scanned(
    place: str, tmdb: Database, tmp_path: Path, make_clip: MakeClip
) -> None:
    kinds = {"jellyfin": Jellyfin, "emby": Emby, "plex": Plex}
    environ = {"KEY": KEY, "TMDB": tmdb.address, "SERVER": ""}
    enrich = '{type: tmdb, key: "${KEY}", url: "${TMDB}", language: en-US}'
    if place == "local":
        make_clip(tmp_path / "films" / "Fog & Tides (1961).mkv", 1)
        definition = "type: local, path: films"
    else:
        secret = "token" if place == "plex" else "api_key"
        definition = f'type: {place}, url: "${{SERVER}}", {secret}: "${{KEY}}"'
    (tmp_path / "station.yaml").write_text(
        f"station: {{name: T, timezone: UTC}}\nsources: {{lib: {{{definition}, enrich: {enrich}}}}}\n"
    )
    video = Video(key=1, kind="movie", title="Fog & Tides", library="Films", path="/data/a.mkv", year=1961)
    with standing(kinds.get(place, Plex)(Shelf([video]), KEY)) as environ["SERVER"]:
        first = scan_twice(tmp_path, environ, tmdb)
    assert [(item.title, item.plot, item.directors) for item in first.items] == [
        ("Fog & Tides", "A ferry is lost.", ("Ida Berg",))
    ]
    assert KEY not in encode(first).decode()


def scan_twice(folder: Path, environ: dict[str, str], database: Database) -> Catalog:
    """The catalog of a station; scanned again it is the same, and the database is asked no more."""
    sources, found = read_sources(folder)
    assert found == []
    site = ScanSite(media_root=folder, state_dir=folder / ".exstv", environ=environ)
    first, _, told = scan_station(sources, read_lock(folder / "catalog.lock")[0], site)
    assert told == []
    database.asked.clear()
    second, summary, _ = scan_station(sources, first, site)
    assert (encode(second), database.asked) == (encode(first), [])
    assert summary.sources[0].changed == 0
    return first


def test_doctor_tells_which_databases_take_the_key(tmdb: Database, tvdb: Database, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "station.yaml").write_text(
        "station: {name: T, timezone: UTC}\nsources:\n  lib:\n    type: local\n    path: films\n    enrich:\n"
        '    - {type: tmdb, key: "${WRONG}", url: "${TMDB}"}\n'
        '    - {type: tvdb, key: "${KEY}", url: "${TVDB}"}\n'
    )
    (source,), _ = read_sources(tmp_path)
    environ = {"KEY": KEY, "WRONG": "wr0ng", "TMDB": tmdb.address, "TVDB": tvdb.address}
    tmdb.statuses = [401]

    found = [(each.level.value, each.text) for each in look_at(source, Catalog(), tmp_path, environ)]

    assert found == [
        ("warn", "`tmdb`: it refuses the key: 401 Unauthorized"),
        ("ok", "`tvdb` takes the key"),
    ]
    tmdb.faults.clear()


def test_an_edited_source_keeps_what_the_database_said(
    tmdb: Database, tmp_path: Path, make_clip: MakeClip
) -> None:
    make_clip(tmp_path / "films" / "Fog & Tides (1961).mkv", 1)
    path, site = (
        tmp_path / "station.yaml",
        ScanSite(
            media_root=tmp_path, state_dir=tmp_path / ".exstv", environ={"KEY": KEY, "TMDB": tmdb.address}
        ),
    )
    text = (
        "station: {name: T, timezone: UTC}\nsources: {lib: {type: local, path: films, EDITED"
        'enrich: {type: tmdb, key: "${KEY}", url: "${TMDB}"}}}\n'
    )
    path.write_text(text.replace("EDITED", ""))
    first, _, _ = scan_station(read_sources(tmp_path)[0], Catalog(), site)
    tmdb.asked.clear()

    path.write_text(text.replace("EDITED", "kind: movie, "))
    second, _, _ = scan_station(read_sources(tmp_path)[0], first, site)
    assert second.items == first.items and tmdb.asked == []

    path.write_text(text.replace("EDITED", "kind: movie}}\n#"))
    plain, _, _ = scan_station(read_sources(tmp_path)[0], second, site)
    assert plain.items == tuple(map(own, first.items))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Fog & Tides", "FOG AND TIDES"), ("Amélie", "Amelie"), ("It's: Fog!", "Its Fog"), ("S.O.S.", "s o s")],
)
def test_titles_are_compared_without_case_accents_and_punctuation(one: str, other: str) -> None:
    assert alike(one) == alike(other)


@pytest.mark.parametrize("text", ["", "TBA", "Episode 7", "Folge 07", "7", "Aflevering #7", "第7集", None])
def test_a_number_is_no_title(text: str | None) -> None:
    assert not is_title(text, 7)


@pytest.mark.parametrize("text", ["Chapter 14", "The Seven", "Episode 7: Fog", "1999"])
def test_a_title_with_a_number_is_one(text: str) -> None:
    assert is_title(text, 7)


@pytest.mark.parametrize("title", ["Harbour Tales", "harbour.tales.s01e07.720p", "1x07", "Episode 7"])
def test_an_episode_that_is_called_by_its_number_or_show_has_no_title(title: str) -> None:
    assert is_untitled(episode(7, title))
    assert not is_untitled(episode(7, "The Seven"))
