"""The Movie Database and TheTVDB, as far as an enricher asks them: on this machine, over a few facts.

What is asked that they do not know is a fault, as is a question without the key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from serving import Silent, listening

SEA = [{"id": 1, "name": "Sea"}, {"id": 2, "name": "Drama"}]
FILM = {
    "id": 603,
    "title": "Fog & Tides",
    "original_title": "Mist en getij",
    "release_date": "1961-03-04",
    "overview": "A ferry is lost.",
    "poster_path": "/fog.jpg",
    "imdb_id": "tt0000603",
    "genres": SEA,
    "production_companies": [{"id": 9, "name": "Quay Pictures"}],
    "credits": {
        "cast": [{"name": "Ann Vos", "character": "The pilot"}],
        "crew": [{"name": "Ida Berg", "job": "Director"}, {"name": "Jo Klok", "job": "Editor"}],
    },
    "release_dates": {
        "results": [
            {"iso_3166_1": "NL", "release_dates": [{"certification": "6"}]},
            {"iso_3166_1": "US", "release_dates": [{"certification": ""}, {"certification": "PG"}]},
        ]
    },
}
SHOW = {
    "id": 77,
    "name": "Harbour Tales",
    "original_name": "Havenverhalen",
    "first_air_date": "1999-01-01",
    "poster_path": "/tales.jpg",
    "genres": SEA,
    "networks": [{"name": "Harbour TV"}],
    "credits": {"cast": [{"name": "Piet Haas"}]},
    "content_ratings": {"results": [{"iso_3166_1": "US", "rating": "TV-PG"}]},
}
SEASON = {
    "episodes": [
        {"episode_number": 1, "name": "The Buoy", "overview": "It sinks.", "air_date": "1999-01-01"},
        {
            "episode_number": 2,
            "name": "The Crane",
            "overview": "It falls.",
            "air_date": "1999-01-08",
            "still_path": "/crane.jpg",
            "crew": [{"name": "Ida Berg", "job": "Director"}],
        },
        {"episode_number": 3, "name": "Episode 3", "overview": "", "air_date": None},
    ]
}


@dataclass
class Database:
    """One database; owns what it was asked, what was wrong with it, and its trouble from now on."""

    key: str
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    films: list[dict[str, Any]] = field(default_factory=lambda: [FILM])
    shows: list[dict[str, Any]] = field(default_factory=lambda: [SHOW])
    statuses: list[int] = field(default_factory=list)
    """Of the next answers, which then hold nothing."""
    retry_after: str = ""
    body: bytes = b""
    """What is answered instead of an answer, if anything."""
    address: str = ""

    def answer(self, path: str, query: dict[str, str], shown: str) -> Any:
        """The answer to a question; None: there is no such thing."""
        raise NotImplementedError


class Tmdb(Database):
    """The Movie Database: its key stands in the query, version 4's token in a header."""

    def answer(self, path: str, query: dict[str, str], shown: str) -> Any:
        assert query.get("api_key") == self.key or shown == f"Bearer {self.key}", "no key"
        found = {f"/movie/{each['id']}": each for each in self.films}
        found |= {f"/tv/{each['id']}": each for each in self.shows}
        found |= {f"/tv/{each['id']}/season/1": SEASON for each in self.shows}
        if path == "/configuration":
            return {"images": {"secure_base_url": "https://image.tmdb.org/t/p/"}}
        if path.startswith("/find/"):
            assert query["external_source"] == "imdb_id"
            imdb = path.removeprefix("/find/")
            films = [each for each in self.films if each["imdb_id"] == imdb]
            episodes = [{"id": 5, "show_id": 77, "name": "The Buoy"}] if imdb == "tt0000771" else []
            return {"movie_results": films, "tv_results": [], "tv_episode_results": episodes}
        if path == "/search/movie":
            assert query["year"].isdecimal()
            return {"page": 1, "results": self.films}
        if path == "/search/tv":
            return {"page": 1, "results": self.shows}
        return found.get(path)


class Tvdb(Database):
    """TheTVDB: a key gives a token, which every other question shows."""

    token = "t0ken-for-a-month"

    def answer(self, path: str, query: dict[str, str], shown: str) -> Any:
        assert shown == f"Bearer {self.token}", "no token"
        if path == "/search":
            films = [{"tvdb_id": "12", "name": "Fog & Tides", "year": "1961", "type": "movie"}]
            shows = [{"tvdb_id": "34", "name": "Havenverhalen", "translations": {"eng": "Harbour Tales"}}]
            return {"status": "success", "data": {"movie": films, "series": shows}[query["type"]]}
        if path == "/search/remoteid/tt0000603":
            return {"data": [{"movie": {"id": 12, "name": "Fog & Tides"}}]}
        if path == "/movies/12/extended":
            assert query["meta"] == "translations"
            return {"data": self._film()}
        if path == "/series/34/extended":
            return {
                "data": {
                    "id": 34,
                    "image": "/banners/tales.jpg",
                    "genres": SEA,
                    "originalNetwork": {"id": 1, "name": "Harbour TV"},
                    "contentRatings": [{"name": "TV-PG", "country": "usa"}],
                }
            }
        if path.startswith("/series/34/episodes/default"):
            return self._episodes(path, query["page"])
        return None

    def _film(self) -> dict[str, Any]:
        people = [("Director", "Ida Berg"), ("Actor", "Ann Vos"), ("Writer", "Jo Klok")]
        return {
            "id": 12,
            "year": "1961",
            "image": "https://artworks.thetvdb.com/fog.jpg",
            "first_release": {"country": "usa", "date": "1961-03-04"},
            "genres": SEA,
            "studios": None,
            "characters": [{"peopleType": type_, "personName": name} for type_, name in people],
            "contentRatings": [{"name": "6", "country": "nld"}, {"name": "PG", "country": "usa"}],
            "remoteIds": [{"id": "tt0000603", "type": 2, "sourceName": "IMDB"}],
            "translations": {
                "overviewTranslations": [
                    {"language": "nld", "overview": "Een veer vergaat."},
                    {"language": "eng", "overview": "A ferry is lost."},
                ]
            },
        }

    def _episodes(self, path: str, page: str) -> dict[str, Any]:
        names = ("De boei", "De kraan") if path.endswith("/nld") else ("The Buoy", "The Crane")
        number = int(page) + 1
        episode = {
            "seasonNumber": 1,
            "number": number,
            "name": names[number - 1],
            "aired": f"1999-01-0{number}",
        }
        following = "more" if number < len(names) else None
        return {"data": {"series": {}, "episodes": [episode]}, "links": {"next": following}}


@contextmanager
def asked(database: Database) -> Iterator[Database]:
    """The database with its address, while the block lasts; in the end all that it was asked made sense."""

    class Handler(Silent):
        def do_GET(self) -> None:
            self._reply(None)

        def do_POST(self) -> None:
            self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _reply(self, sent: Any) -> None:
            parts = urlsplit(self.path)
            database.asked.append(parts.path)
            status = database.statuses.pop(0) if database.statuses else 200
            found = None
            try:
                if sent is not None:
                    assert (parts.path, sent) == ("/login", {"apikey": database.key})
                    found = {"status": "success", "data": {"token": Tvdb.token}}
                else:
                    query = dict(parse_qsl(parts.query))
                    found = database.answer(parts.path, query, self.headers.get("Authorization", ""))
            except AssertionError as error:
                database.faults.append(f"{parts.path}: {error}")
            body = database.body or json.dumps(found).encode()
            self.send_response(status if found is not None or status != 200 else 404)
            self.send_header("Content-Type", "application/json;charset=utf-8")
            if database.retry_after:
                self.send_header("Retry-After", database.retry_after)
            self.end_headers()
            self.wfile.write(body)

    with listening(Handler) as database.address:
        yield database
    assert database.faults == []
