"""Scans a Plex server: its libraries, collections and playlists.

A list of a library says of each item when it was last updated and which files it has; all facts come only
with the items themselves, many at a time, and are fetched again only where the list says something else than
before. Imported when a server is asked; plex_items.py makes facts of the answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from exstv.sources.base import ScanContext, ScanResult
from exstv.sources.expected import Patience
from exstv.sources.harvest import Harvest, Listing
from exstv.sources.plex import PlexSource
from exstv.sources.plex_items import Part, media_item, parts
from exstv.sources.plex_server import Server
from exstv.sources.servers import Unusable, choose

AT_ONCE = 50
"""Keys in a question: an answer with all facts is some kilobytes an item."""
_MOVIE, _SHOW, _EPISODE = 1, 2, 4
"""Plex's numbers for what a library is asked for."""
_NO_AGENT = "agents.none"
"""Libraries of `Other Videos` have no agent: their films are nobody's but the owner's."""


class _Library(NamedTuple):
    """A library, which holds items of one kind."""

    name: str
    key: str
    type: int
    kind: str


def scan(source: PlexSource, context: ScanContext, patience: Patience | None = None) -> ScanResult:
    """All videos of the wanted libraries. Raises ExstvError if any part of the list cannot be had."""
    with Server(source.url, source.token, patience or Patience()) as server:
        return _Scan(source, server, Harvest(source.name, context)).run()


def introduce(source: PlexSource, patience: Patience | None = None) -> str:
    """Which server it is, and what it is asked for. Raises ExstvError if it cannot be asked."""
    with Server(source.url, source.token, patience or Patience()) as server:
        names = ", ".join(f"`{library.name}`" for library in _wanted(source, server))
        return f"Plex {server.version} takes the token; libraries {names}"


def _wanted(source: PlexSource, server: Server) -> Iterable[_Library]:
    """The libraries to ask."""
    found: dict[str, _Library] = {}
    for section in server.sections():
        type_, kind = (_EPISODE, "episode") if section.type == "show" else (_MOVIE, "movie")
        if (section.agent or "").endswith(_NO_AGENT):
            kind = "clip"
        found[section.title] = _Library(section.title, str(section.key), type_, kind)
    return choose(found, source.libraries).values()


class _Scan:
    """One scan of one server; owns the shows that it has seen."""

    def __init__(self, source: PlexSource, server: Server, harvest: Harvest) -> None:
        self._source = source
        self._server = server
        self._harvest = harvest
        self._paths = source.paths
        self._shows: dict[str, Any] = {}

    def run(self) -> ScanResult:
        libraries = list(_wanted(self._source, self._server))
        for library in libraries:
            self._scan_library(library)
        return self._harvest.result(self._held(libraries))

    def _scan_library(self, library: _Library) -> None:
        inside = f"/library/sections/{library.key}/all?sort=addedAt&type="
        if library.type == _EPISODE:
            keys = [str(show.ratingKey) for show in self._server.ask(f"{inside}{_SHOW}")]
            self._shows |= {str(show.ratingKey): show for show in self._whole(keys)}
        changed = []
        for item, done, total in self._server.count(f"{inside}{library.type}"):
            self._harvest.progress(item.title or "", done, total)
            listings = [self._listing(item, part, library) for part in parts(item)]
            if not listings or not all(self._harvest.keep(listing) for listing in listings):
                changed.append(str(item.ratingKey))
        for item in self._whole(changed):
            self._take(item, library)

    def _whole(self, keys: list[str]) -> Iterator[Any]:
        """Items with all their facts."""
        for first in range(0, len(keys), AT_ONCE):
            some = ",".join(keys[first : first + AT_ONCE])
            yield from self._server.ask(f"/library/metadata/{some}?includeChapters=1&includeGuids=1")

    def _take(self, item: Any, library: _Library) -> None:
        files = parts(item)
        if not files:
            self._harvest.leave_out(str(item.ratingKey), "the server has no file of it")
        show = self._shows.get(_show_key(item))
        for part in files:
            try:
                found = media_item(self._source.name, library.kind, item, part, show, self._paths)
            except Unusable as error:
                self._harvest.leave_out(part.key, error)
                continue
            self._harvest.add(found, self._listing(item, part, library))

    def _listing(self, item: Any, part: Part, library: _Library) -> Listing:
        """An episode is of another version also where its show is: what it lacks is taken from there."""
        show = self._shows.get(_show_key(item))
        times = [int(each.updatedAt.timestamp()) if each and each.updatedAt else 0 for each in (item, show)]
        version = f"{times[0]} {times[1]} {part.file.key} {part.file.size}"
        # What plexapi offers without the underscore asks the server where the list does not say it.
        season = getattr(item, "_parentRatingKey", None)
        parents = tuple(str(each) for each in (item.ratingKey, season, _show_key(item)) if each)
        return Listing(part.key, version, parents, library.name)

    def _held(self, libraries: list[_Library]) -> dict[str, set[str]]:
        """The names of the collections and playlists that hold an item, by its key."""
        held: dict[str, set[str]] = defaultdict(set)
        boxes = [
            (f"/library/collections/{each.ratingKey}/items", each.title)
            for library in libraries
            for each in self._server.ask(f"/library/sections/{library.key}/collections")
        ]
        playlists = self._server.ask("/playlists?playlistType=video")
        lists = [(f"/playlists/{each.ratingKey}/items", each.title) for each in playlists]
        for path, name in (*boxes, *lists):
            for item in self._server.ask(path):
                held[str(item.ratingKey)].add(name)
        return held


def _show_key(item: Any) -> str:
    return str(getattr(item, "grandparentRatingKey", None) or "")
