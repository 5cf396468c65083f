"""Scans a Jellyfin or Emby server: its libraries, collections and playlists, page by page.

What an earlier scan read is listed by its ETag alone and fetched again only where that differs. Imported when
a server is asked; mediabrowser_items.py makes facts of the answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from exstv.sources.answers import Server
from exstv.sources.base import ScanContext, ScanResult
from exstv.sources.expected import Patience, Refused
from exstv.sources.harvest import Harvest, Listing
from exstv.sources.mediabrowser import MediaBrowserSource
from exstv.sources.mediabrowser_items import (
    FIELDS,
    KINDS,
    LISTED_FIELDS,
    SERIES_FIELDS,
    Item,
    Page,
    media_item,
)
from exstv.sources.servers import Unusable, choose

PAGE = 500
"""Items in an answer: about a megabyte."""
AT_ONCE = 100
"""Ids in a question: an address may have some thousand characters."""
_NO_VIDEOS = ("boxsets", "playlists", "music", "audiobooks", "books", "photos", "livetv")
"""Libraries that hold no videos of their own."""


class Folder(msgspec.Struct, frozen=True, rename="pascal"):
    """A library."""

    name: str
    item_id: str
    collection_type: str | None = None


class _Folders(msgspec.Struct, frozen=True, rename="pascal"):
    items: tuple[Folder, ...]


class _Info(msgspec.Struct, frozen=True, rename="pascal"):
    version: str


def scan(source: MediaBrowserSource, context: ScanContext, patience: Patience | None = None) -> ScanResult:
    """All videos of the wanted libraries. Raises ExstvError if any part of the list cannot be had."""
    with _opened(source, patience) as server:
        return _Scan(source, server, Harvest(source.name, context)).run()


def introduce(source: MediaBrowserSource, patience: Patience | None = None) -> str:
    """Which server it is, and what it is asked for. Raises ExstvError if it cannot be asked."""
    with _opened(source, patience) as server:
        version = server.ask("/System/Info", _Info, {}).version
        names = ", ".join(f"`{folder.name}`" for folder in _wanted(source, server))
    return f"{source.dialect.name} {version} takes the key; libraries {names}"


def _opened(source: MediaBrowserSource, patience: Patience | None) -> Server:
    return Server(source.base, source.headers, patience or Patience())


def _wanted(source: MediaBrowserSource, server: Server) -> Iterable[Folder]:
    """The libraries to ask."""
    if source.dialect.pages_folders:
        folders = server.ask(source.dialect.folders, _Folders, {}).items
    else:
        folders = server.ask(source.dialect.folders, tuple[Folder, ...], {})
    videos = {folder.name: folder for folder in folders if folder.collection_type not in _NO_VIDEOS}
    return choose(videos, source.libraries).values()


class _Scan:
    """One scan of one server; owns the series that it has seen."""

    def __init__(self, source: MediaBrowserSource, server: Server, harvest: Harvest) -> None:
        self._source = source
        self._server = server
        self._harvest = harvest
        self._paths = source.paths
        self._series: dict[str, Item] = {}

    def run(self) -> ScanResult:
        for folder in _wanted(self._source, self._server):
            self._scan_folder(folder)
        return self._harvest.result(self._held())

    def _scan_folder(self, folder: Folder) -> None:
        inside = {"parentId": folder.item_id, "includeItemTypes": ",".join(KINDS)}
        shows = {"parentId": folder.item_id, "includeItemTypes": "Series"}
        self._series |= {item.id: item for item in self._list(shows, SERIES_FIELDS)}
        if self._harvest.is_first:
            self._take(self._list(inside, FIELDS, counted=True), folder)
            return
        listed = self._list(inside, LISTED_FIELDS, counted=True)
        changed = [
            item.id
            for item in listed
            if _is_there(item) and not self._harvest.keep(self._listing(item, folder))
        ]
        for first in range(0, len(changed), AT_ONCE):
            self._take(self._list({"ids": ",".join(changed[first : first + AT_ONCE])}, FIELDS), folder)

    def _take(self, items: Iterable[Item], folder: Folder) -> None:
        for item in items:
            if not _is_there(item):
                continue
            series = self._series.get(item.series_id or "")
            try:
                found = media_item(self._source.name, item, series, self._paths)
            except Unusable as error:
                self._harvest.leave_out(item.id, error)
                continue
            self._harvest.add(found, self._listing(item, folder))

    def _listing(self, item: Item, folder: Folder) -> Listing:
        """An episode is of another version also where its series is: what it lacks is taken from there."""
        series = self._series.get(item.series_id or "")
        version = f"{item.etag} {series.etag if series else ''}" if item.etag else None
        parents = tuple(each for each in (item.season_id, item.series_id) if each)
        return Listing(item.id, version, parents, folder.name)

    def _held(self) -> dict[str, set[str]]:
        """The names of the collections and playlists that hold an item, by its id."""
        held: dict[str, set[str]] = defaultdict(set)
        for box in self._list({"includeItemTypes": "BoxSet"}, ()):
            for item in self._list({"parentId": box.id}, (), recursive=False):
                held[item.id].add(box.name or box.id)
        for playlist in self._list({"includeItemTypes": "Playlist"}, ()):
            name = playlist.name or playlist.id
            try:
                for item in self._pages(f"/Playlists/{playlist.id}/Items", {}):
                    held[item.id].add(name)
            except Refused:
                self._harvest.leave_out(name, "it is a private playlist of one of the server's users")
        return held

    def _list(
        self, words: dict[str, str], fields: tuple[str, ...], *, recursive: bool = True, counted: bool = False
    ) -> Iterator[Item]:
        """Everything below a folder, in an order to whose end what is new comes."""
        asked = {"recursive": "true" if recursive else "false", "sortBy": "DateCreated"}
        given = {"fields": ",".join(fields)} if fields else {}
        return self._pages("/Items", {**words, **asked, **given}, counted)

    def _pages(self, path: str, words: dict[str, str], counted: bool = False) -> Iterator[Item]:
        start, total = 0, 1
        while start < total:
            params = self._source.dialect.params(
                **words, enableUserData="false", startIndex=start, limit=PAGE
            )
            page = self._server.ask(path, Page, params)
            total = page.total_record_count if page.items else 0
            for item in page.items:
                start += 1
                if counted:
                    self._harvest.progress(item.name or "", start, total)
                yield item


def _is_there(item: Item) -> bool:
    """Servers also list episodes that they only know of."""
    return item.location_type != "Virtual"
