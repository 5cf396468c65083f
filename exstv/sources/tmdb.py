"""The Movie Database, version 3 of its API, as far as an enricher asks it.

A film is found by its identities, else by exactly its title and year; a show by its identities, else by its
name, if only one has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from exstv.catalog.model import MediaItem
from exstv.sources.database import Database
from exstv.sources.enrichment import Added, Enricher, Show, alike, day, guid, is_title, only
from exstv.sources.expected import NoAnswer, Restraint
from exstv.sources.servers import MOST_ACTORS

ADDRESS = "https://api.themoviedb.org/3"
LANGUAGE = "en-US"
PICTURES = "https://image.tmdb.org/t/p/w500"


class _Named(msgspec.Struct, frozen=True):
    name: str


class _Crew(msgspec.Struct, frozen=True):
    name: str
    job: str | None = None


class _Credits(msgspec.Struct, frozen=True):
    cast: tuple[_Named, ...] = ()
    crew: tuple[_Crew, ...] = ()


class _Release(msgspec.Struct, frozen=True):
    certification: str | None = None


class _Region(msgspec.Struct, frozen=True):
    """A country, with the ratings of a film's releases there or a show's rating."""

    iso_3166_1: str
    release_dates: tuple[_Release, ...] = ()
    rating: str | None = None


class _Regions(msgspec.Struct, frozen=True):
    results: tuple[_Region, ...] = ()


class _Movie(msgspec.Struct, frozen=True):
    id: int
    release_date: str | None = None
    genres: tuple[_Named, ...] = ()
    production_companies: tuple[_Named, ...] = ()
    overview: str | None = None
    poster_path: str | None = None
    imdb_id: str | None = None
    credits: _Credits = _Credits()
    release_dates: _Regions = _Regions()


class _Show(msgspec.Struct, frozen=True):
    id: int
    genres: tuple[_Named, ...] = ()
    networks: tuple[_Named, ...] = ()
    poster_path: str | None = None
    credits: _Credits = _Credits()
    content_ratings: _Regions = _Regions()


class _Episode(msgspec.Struct, frozen=True):
    episode_number: int
    name: str | None = None
    overview: str | None = None
    air_date: str | None = None
    still_path: str | None = None
    crew: tuple[_Crew, ...] = ()


class _Season(msgspec.Struct, frozen=True):
    episodes: tuple[_Episode, ...] = ()


class _Result(msgspec.Struct, frozen=True):
    """What a search or a look-up finds: a film has a title, a show a name."""

    id: int
    title: str | None = None
    original_title: str | None = None
    release_date: str | None = None
    name: str | None = None
    original_name: str | None = None
    first_air_date: str | None = None
    show_id: int | None = None

    def is_called(self, title: str) -> bool:
        names = (self.title, self.original_title, self.name, self.original_name)
        return alike(title) in {alike(each) for each in names if each}

    def is_of(self, year: int) -> bool:
        return (self.release_date or self.first_air_date or "").startswith(f"{year:04}")


class _Results(msgspec.Struct, frozen=True):
    results: tuple[_Result, ...] = ()


class _Looked(msgspec.Struct, frozen=True):
    movie_results: tuple[_Result, ...] = ()
    tv_results: tuple[_Result, ...] = ()
    tv_episode_results: tuple[_Result, ...] = ()


@contextmanager
def opened(enricher: Enricher, restraint: Restraint) -> Iterator[Tmdb]:
    """The database, with its key and address as they are. Raises NoAnswer."""
    with Database(enricher.url or ADDRESS, restraint) as database:
        yield Tmdb(database, enricher.key, enricher.language)


class Tmdb:
    """The database, asked with a key: version 3's, or the longer token of version 4."""

    def __init__(self, database: Database, key: str, language: str | None) -> None:
        self._database = database
        self._language = language or LANGUAGE
        if "." in key:
            database.authorise(bearer=key)
        else:
            database.authorise(api_key=key)
        # Nothing else tells whether it takes the key before there is something to ask for.
        if database.get("/configuration", dict) is None:
            raise NoAnswer("there is no such database at its address")

    def movie(self, item: MediaItem) -> Added | None:
        """What it knows of a film. Raises NoAnswer."""
        id_ = self._movie_id(item)
        found = id_ and self._database.get(
            f"/movie/{id_}", _Movie, language=self._language, append_to_response="credits,release_dates"
        )
        if not found:
            return None
        released = day(found.release_date)
        imdb = (f"imdb:{found.imdb_id}",) if found.imdb_id else ()
        return Added(
            year=int(released[:4]) if released else None,
            released=released,
            genres=_names(found.genres),
            studio=next(iter(_names(found.production_companies)), None),
            actors=_names(found.credits.cast)[:MOST_ACTORS],
            directors=_directors(found.credits.crew),
            rating=self._rating(found.release_dates),
            plot=found.overview or None,
            artwork=_picture(found.poster_path),
            guids=(f"tmdb:{found.id}", *imdb),
        )

    def show(self, show: Show) -> dict[str, Added]:
        """What it knows of a show's episodes, by the items' ids. Raises NoAnswer."""
        id_ = self._show_id(show)
        about = id_ and self._database.get(
            f"/tv/{id_}", _Show, language=self._language, append_to_response="credits,content_ratings"
        )
        if not about:
            return {}
        added: dict[str, Added] = {}
        for number in sorted({item.season for item in show.episodes if item.season is not None}):
            season = self._database.get(f"/tv/{id_}/season/{number}", _Season, language=self._language)
            known = {each.episode_number: each for each in season.episodes} if season else {}
            added |= {
                item.id: self._episode(about, known[item.episode])
                for item in show.episodes
                if item.season == number and item.episode in known
            }
        return added

    def _movie_id(self, item: MediaItem) -> str | None:
        if known := guid(item.guids, "tmdb"):
            return known if known.isdecimal() else None
        if imdb := guid(item.guids, "imdb"):
            return only(str(each.id) for each in self._look_up(imdb).movie_results)
        if item.year is None:
            return None
        found = self._search("/search/movie", item.title, year=item.year)
        return only(str(each.id) for each in found if each.is_called(item.title) and each.is_of(item.year))

    def _show_id(self, show: Show) -> str | None:
        if known := guid(show.guids, "tmdb"):
            return known if known.isdecimal() else None
        if imdb := show.imdb:
            looked = self._look_up(imdb)
            ids = [each.id for each in looked.tv_results]
            ids += [each.show_id for each in looked.tv_episode_results if each.show_id is not None]
            if ids:
                return only(map(str, ids))
        years = {} if show.year is None else {"first_air_date_year": show.year}
        found = self._search("/search/tv", show.title, **years)
        return only(
            str(each.id)
            for each in found
            if each.is_called(show.title) and (show.year is None or each.is_of(show.year))
        )

    def _look_up(self, imdb: str) -> _Looked:
        if not imdb.isalnum():
            return _Looked()
        return self._database.get(f"/find/{imdb}", _Looked, external_source="imdb_id") or _Looked()

    def _search(self, path: str, title: str, **years: int) -> tuple[_Result, ...]:
        found = self._database.get(path, _Results, query=title, language=self._language, **years)
        return found.results if found else ()

    def _episode(self, show: _Show, episode: _Episode) -> Added:
        aired = day(episode.air_date)
        return Added(
            title=episode.name if is_title(episode.name, episode.episode_number) else None,
            year=int(aired[:4]) if aired else None,
            released=aired,
            genres=_names(show.genres),
            network=next(iter(_names(show.networks)), None),
            actors=_names(show.credits.cast)[:MOST_ACTORS],
            directors=_directors(episode.crew),
            rating=self._rating(show.content_ratings),
            plot=episode.overview or None,
            artwork=_picture(episode.still_path or show.poster_path),
        )

    def _rating(self, regions: _Regions) -> str | None:
        """The rating in the country whose language is asked for, as `nl-NL` says."""
        country = self._language.partition("-")[2] or "US"
        here = [each for each in regions.results if each.iso_3166_1 == country]
        said = (text for each in here for text in (each.rating, *_certifications(each)))
        return next((text for text in said if text), None)


def _certifications(region: _Region) -> Iterable[str | None]:
    return (each.certification for each in region.release_dates)


def _names(found: Iterable[_Named]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in found if each.name))


def _directors(crew: Iterable[_Crew]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in crew if each.job == "Director"))


def _picture(path: str | None) -> str | None:
    return f"{PICTURES}{path}" if path else None
