"""TheTVDB, version 4 of its API, as far as an enricher asks it.

A key gives a token first. Films and shows are found as in tmdb.py: by their identities, else by exactly their
names, and never by one of several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from exstv.catalog.model import MediaItem
from exstv.sources.addresses import is_web
from exstv.sources.database import Database
from exstv.sources.enrichment import Added, Enricher, Show, alike, day, guid, is_title, only
from exstv.sources.expected import Restraint
from exstv.sources.servers import MOST_ACTORS

ADDRESS = "https://api4.thetvdb.com/v4"
PICTURES = "https://artworks.thetvdb.com"
_LANGUAGE = "eng"
"""Of a film's plot, where none is asked for."""
_COUNTRY = "usa"
_SITES = {"IMDB": "imdb", "TheMovieDB.com": "tmdb"}
_MOST_PAGES = 40


class _Token(msgspec.Struct, frozen=True):
    token: str


class _Login(msgspec.Struct, frozen=True):
    data: _Token


class _Named(msgspec.Struct, frozen=True):
    name: str | None = None


class _Rating(msgspec.Struct, frozen=True):
    name: str | None = None
    country: str | None = None


class _Character(msgspec.Struct, frozen=True, rename="camel"):
    people_type: str | None = None
    person_name: str | None = None


class _Remote(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    source_name: str | None = None


class _Release(msgspec.Struct, frozen=True):
    date: str | None = None


class _Overview(msgspec.Struct, frozen=True):
    language: str | None = None
    overview: str | None = None


class _Translations(msgspec.Struct, frozen=True, rename="camel"):
    overview_translations: tuple[_Overview, ...] | None = None


class _Movie(msgspec.Struct, frozen=True):
    id: int
    year: str | None = None
    image: str | None = None
    first_release: _Release | None = None
    genres: tuple[_Named, ...] | None = None
    studios: tuple[_Named, ...] | None = None
    characters: tuple[_Character, ...] | None = None
    ratings: tuple[_Rating, ...] | None = msgspec.field(default=None, name="contentRatings")
    remotes: tuple[_Remote, ...] | None = msgspec.field(default=None, name="remoteIds")
    translations: _Translations | None = None


class _MovieAnswer(msgspec.Struct, frozen=True):
    data: _Movie


class _Series(msgspec.Struct, frozen=True):
    image: str | None = None
    genres: tuple[_Named, ...] | None = None
    network: _Named | None = msgspec.field(default=None, name="originalNetwork")
    ratings: tuple[_Rating, ...] | None = msgspec.field(default=None, name="contentRatings")


class _SeriesAnswer(msgspec.Struct, frozen=True):
    data: _Series


class _Episode(msgspec.Struct, frozen=True, rename="camel"):
    season_number: int | None = None
    number: int | None = None
    name: str | None = None
    overview: str | None = None
    aired: str | None = None
    image: str | None = None


class _Page(msgspec.Struct, frozen=True):
    episodes: tuple[_Episode, ...] | None = None


class _Links(msgspec.Struct, frozen=True):
    next: str | None = None


class _PageAnswer(msgspec.Struct, frozen=True):
    data: _Page
    links: _Links | None = None


class _Result(msgspec.Struct, frozen=True):
    tvdb_id: str
    name: str | None = None
    year: str | None = None
    translations: dict[str, str] | None = None

    def is_called(self, title: str) -> bool:
        names = (self.name, *(self.translations or {}).values())
        return alike(title) in {alike(each) for each in names if each}


class _ResultsAnswer(msgspec.Struct, frozen=True):
    data: tuple[_Result, ...] | None = None


class _Identified(msgspec.Struct, frozen=True):
    id: int


class _OfSeries(msgspec.Struct, frozen=True, rename="camel"):
    series_id: int | None = None


class _Match(msgspec.Struct, frozen=True):
    movie: _Identified | None = None
    series: _Identified | None = None
    episode: _OfSeries | None = None


class _MatchesAnswer(msgspec.Struct, frozen=True):
    data: tuple[_Match, ...] | None = None


@contextmanager
def opened(enricher: Enricher, restraint: Restraint) -> Iterator[Tvdb]:
    """The database, with its key and address as they are. Raises NoAnswer."""
    with Database(enricher.url or ADDRESS, restraint) as database:
        yield Tvdb(database, enricher.key, enricher.language)


class Tvdb:
    """The database, asked with the token that it gives for a key."""

    def __init__(self, database: Database, key: str, language: str | None) -> None:
        self._database = database
        self._language = language
        database.authorise(bearer=database.post("/login", _Login, {"apikey": key}).data.token)

    def movie(self, item: MediaItem) -> Added | None:
        """What it knows of a film. Raises NoAnswer."""
        id_ = self._movie_id(item)
        answer = id_ and self._database.get(f"/movies/{id_}/extended", _MovieAnswer, meta="translations")
        if not answer:
            return None
        found = answer.data
        released = day(found.first_release.date) if found.first_release else None
        people = found.characters or ()
        return Added(
            year=int(found.year) if found.year and found.year.isdecimal() else None,
            released=released,
            genres=_names(found.genres),
            studio=next(iter(_names(found.studios)), None),
            actors=_people(people, "Actor")[:MOST_ACTORS],
            directors=_people(people, "Director"),
            rating=_rating(found.ratings),
            plot=self._overview(found.translations),
            artwork=_picture(found.image),
            guids=(f"tvdb:{found.id}", *_guids(found.remotes or ())),
        )

    def show(self, show: Show) -> dict[str, Added]:
        """What it knows of a show's episodes, by the items' ids. Raises NoAnswer."""
        id_ = self._show_id(show)
        about = id_ and self._database.get(f"/series/{id_}/extended", _SeriesAnswer, short="true")
        if not id_ or not about:
            return {}
        known = {(each.season_number, each.number): each for each in self._episodes(id_)}
        return {
            item.id: _added(about.data, known[place])
            for item in show.episodes
            if (place := (item.season, item.episode)) in known
        }

    def _episodes(self, id_: str) -> Iterator[_Episode]:
        """All of a show, in the order of their airing; in the show's language if no other is asked for."""
        path = f"/series/{id_}/episodes/default" + (f"/{self._language}" if self._language else "")
        for number in range(_MOST_PAGES):
            page = self._database.get(path, _PageAnswer, page=number)
            if page is None:
                return
            yield from page.data.episodes or ()
            if page.links is None or not page.links.next:
                return

    def _movie_id(self, item: MediaItem) -> str | None:
        if known := guid(item.guids, "tvdb"):
            return known if known.isdecimal() else None
        if imdb := guid(item.guids, "imdb"):
            return only(str(each.movie.id) for each in self._look_up(imdb) if each.movie)
        if item.year is None:
            return None
        found = self._search("movie", item.title, item.year)
        return only(each.tvdb_id for each in found)

    def _show_id(self, show: Show) -> str | None:
        if known := guid(show.guids, "tvdb"):
            return known if known.isdecimal() else None
        if imdb := show.imdb:
            matches = self._look_up(imdb)
            ids = [each.series.id for each in matches if each.series]
            ids += [each.episode.series_id for each in matches if each.episode and each.episode.series_id]
            if ids:
                return only(map(str, ids))
        return only(each.tvdb_id for each in self._search("series", show.title, show.year))

    def _look_up(self, imdb: str) -> tuple[_Match, ...]:
        if not imdb.isalnum():
            return ()
        found = self._database.get(f"/search/remoteid/{imdb}", _MatchesAnswer)
        return (found.data or ()) if found else ()

    def _search(self, type_: str, title: str, year: int | None) -> list[_Result]:
        """Those that are called exactly so, and of exactly that year if one is known."""
        years = {} if year is None else {"year": year}
        answer = self._database.get("/search", _ResultsAnswer, query=title, type=type_, **years)
        found = (answer.data or ()) if answer else ()
        return [each for each in found if each.is_called(title) and (year is None or each.year == str(year))]

    def _overview(self, translations: _Translations | None) -> str | None:
        wanted = self._language or _LANGUAGE
        found = (translations.overview_translations or ()) if translations else ()
        return next((each.overview for each in found if each.language == wanted and each.overview), None)


def _added(series: _Series, episode: _Episode) -> Added:
    aired = day(episode.aired)
    return Added(
        title=episode.name if is_title(episode.name, episode.number) else None,
        year=int(aired[:4]) if aired else None,
        released=aired,
        genres=_names(series.genres),
        network=series.network.name if series.network else None,
        rating=_rating(series.ratings),
        plot=episode.overview or None,
        artwork=_picture(episode.image or series.image),
    )


def _names(found: Iterable[_Named] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in found or () if each.name))


def _people(found: Iterable[_Character], type_: str) -> tuple[str, ...]:
    names = (each.person_name for each in found if each.people_type == type_)
    return tuple(dict.fromkeys(name for name in names if name))


def _rating(found: Iterable[_Rating] | None) -> str | None:
    return next((each.name for each in found or () if each.country == _COUNTRY and each.name), None)


def _guids(found: Iterable[_Remote]) -> tuple[str, ...]:
    return tuple(
        f"{site}:{each.id}" for each in found if (site := _SITES.get(each.source_name or "")) and each.id
    )


def _picture(path: str | None) -> str | None:
    """Some are whole addresses, older ones paths at the database."""
    return path if not path or is_web(path) else f"{PICTURES}/{path.lstrip('/')}"
