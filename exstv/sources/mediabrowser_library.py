"""Scans a Jellyfin or Emby server: its libraries, collections and playlists, page by page.

What an earlier scan read is listed by its ETag alone and fetched again only where that differs. Imported when
a server is asked; mediabrowser_items.py makes facts of the answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from exstv import codes
from exstv.catalog.model import MediaItem
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, Span, suggest
from exstv.errors import ExstvError
from exstv.sources.answers import Patience, Refused, Server
from exstv.sources.base import ScanContext, ScanResult
from exstv.sources.mediabrowser import MediaBrowserSource
from exstv.sources.mediabrowser_items import (
    FIELDS,
    KINDS,
    LISTED_FIELDS,
    SERIES_FIELDS,
    Item,
    Page,
    Unusable,
    media_item,
)
from exstv.sources.remembered import Remembered

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
    server_name: str | None = None


def scan(source: MediaBrowserSource, context: ScanContext, patience: Patience | None = None) -> ScanResult:
    """All videos of the wanted libraries. Raises ExstvError if any part of the list cannot be had."""
    with _opened(source, patience) as server:
        return _Scan(source, server, context).run()


def introduce(source: MediaBrowserSource, patience: Patience | None = None) -> str:
    """Which server it is, and how many libraries are asked. Raises ExstvError if it cannot be asked."""
    with _opened(source, patience) as server:
        info = server.ask("/System/Info", _Info, {})
        count = len(wanted_folders(source, server))
    return f"{source.dialect.name} {info.version} answers and takes the key; {count} libraries"


def wanted_folders(source: MediaBrowserSource, server: Server) -> list[Folder]:
    """The libraries to ask. Raises ExstvError for a name that the server does not have."""
    if source.dialect.capitals:
        folders = server.ask(source.dialect.folders, _Folders, {}).items
    else:
        folders = server.ask(source.dialect.folders, tuple[Folder, ...], {})
    videos = [folder for folder in folders if folder.collection_type not in _NO_VIDEOS]
    return choose(videos, source.libraries)


def choose(folders: list[Folder], wanted: tuple[str, ...]) -> list[Folder]:
    """Those with the wanted names, all if none is wanted."""
    names = [folder.name for folder in folders]
    for name in wanted:
        if name not in names:
            hint = did_you_mean(suggest(name, names)) or f"it has {', '.join(f'`{each}`' for each in names)}"
            raise ExstvError(f"the server has no library `{name}`; {hint}")
    return [folder for folder in folders if not wanted or folder.name in wanted]


def _opened(source: MediaBrowserSource, patience: Patience | None) -> Server:
    return Server(source.base, source.headers, patience or Patience())


class _Scan:
    """One scan; owns what has been found so far."""

    def __init__(self, source: MediaBrowserSource, server: Server, context: ScanContext) -> None:
        self._source = source
        self._server = server
        self._context = context
        self._paths = source.paths
        self._remembered = Remembered(source.name, context)
        self._series: dict[str, Item] = {}
        self._items: dict[str, MediaItem] = {}
        """By the server's ids."""
        self._parents: dict[str, tuple[str, ...]] = {}
        self._versions: dict[str, str | None] = {}
        self._diagnostics: list[Diagnostic] = []
        self._done = self._listed = 0

    def run(self) -> ScanResult:
        for folder in wanted_folders(self._source, self._server):
            self._scan_folder(folder)
        listed = self._collections()
        items = [
            msgspec.structs.replace(item, collections=self._held_by(id_, listed))
            for id_, item in self._items.items()
        ]
        self._remembered.keep(items, self._versions)
        return ScanResult(items=tuple(items), diagnostics=tuple(self._diagnostics))

    def _scan_folder(self, folder: Folder) -> None:
        inside = {"parentId": folder.item_id, "includeItemTypes": ",".join(KINDS)}
        shows = {"parentId": folder.item_id, "includeItemTypes": "Series"}
        self._series |= {item.id: item for item in self._list(shows, SERIES_FIELDS)}
        if not self._remembered:
            self._take(self._counted(self._list(inside, FIELDS)), folder)
            return
        listed = self._counted(self._list(inside, LISTED_FIELDS))
        changed = [item.id for item in listed if _is_there(item) and not self._kept(item, folder)]
        for first in range(0, len(changed), AT_ONCE):
            self._take(self._list({"ids": ",".join(changed[first : first + AT_ONCE])}, FIELDS), folder)

    def _kept(self, item: Item, folder: Folder) -> bool:
        """Keeps an item that is what it was, and tells whether it is."""
        version = self._version(item)
        known = self._remembered.unchanged(self._id(item), version)
        if known is not None:
            self._add(item, known, version, folder)
        return known is not None

    def _take(self, items: Iterable[Item], folder: Folder) -> None:
        for item in items:
            if not _is_there(item):
                continue
            try:
                series = self._series.get(item.series_id or "")
                found = media_item(self._source.name, item, series, self._paths)
            except Unusable as error:
                id_ = self._id(item)
                self._diagnostics.append(codes.MEDIA_LEFT_OUT.at(Span(id_), id=id_, reason=error))
                continue
            self._add(item, found, self._version(item), folder)

    def _add(self, item: Item, found: MediaItem, version: str | None, folder: Folder) -> None:
        self._items[item.id] = msgspec.structs.replace(found, library=folder.name, state="present")
        self._parents[item.id] = item.parents
        self._versions[found.id] = version

    def _version(self, item: Item) -> str | None:
        """The item's ETag with its series': what an episode lacks is taken from there."""
        series = self._series.get(item.series_id or "")
        return f"{item.etag} {series.etag if series else ''}".rstrip() if item.etag else None

    def _collections(self) -> dict[str, set[str]]:
        """The names of the collections and playlists that hold an item, by its id."""
        held: dict[str, set[str]] = defaultdict(set)
        for box in self._list({"includeItemTypes": "BoxSet"}, ()):
            for item in self._list({"parentId": box.id}, (), recursive=False):
                held[item.id].add(box.name or "")
        for playlist in self._list({"includeItemTypes": "Playlist"}, ()):
            try:
                for item in self._pages(f"/Playlists/{playlist.id}/Items", {}):
                    held[item.id].add(playlist.name or "")
            except Refused:
                id_ = f"{self._source.name}:{playlist.name}"
                reason = "it is a private playlist of somebody else"
                self._diagnostics.append(codes.MEDIA_LEFT_OUT.at(Span(id_), id=id_, reason=reason))
        return held

    def _held_by(self, id_: str, held: dict[str, set[str]]) -> tuple[str, ...]:
        names = set().union(*(held.get(each, ()) for each in (id_, *self._parents[id_])))
        return tuple(sorted(name for name in names if name))

    def _list(
        self, words: dict[str, str], fields: tuple[str, ...], *, recursive: bool = True
    ) -> Iterator[Item]:
        """Everything below a folder, in an order that what is new only adds to."""
        asked = {
            "recursive": "true" if recursive else "false",
            "sortBy": "DateCreated",
            "sortOrder": "Ascending",
        }
        given = {"fields": ",".join(fields)} if fields else {}
        return self._pages("/Items", {**words, **asked, **given})

    def _pages(self, path: str, words: dict[str, str]) -> Iterator[Item]:
        start = 0
        while True:
            params = self._source.dialect.params(
                **words, enableUserData="false", startIndex=start, limit=PAGE
            )
            page = self._server.ask(path, Page, params)
            self._listed = page.total_record_count
            yield from page.items
            start += len(page.items)
            if not page.items or start >= page.total_record_count:
                return

    def _counted(self, items: Iterable[Item]) -> Iterator[Item]:
        """Tells the progress of the items that pass."""
        before = self._done
        for item in items:
            self._done += 1
            self._context.progress(self._done, before + self._listed, item.name or "")
            yield item

    def _id(self, item: Item) -> str:
        return f"{self._source.name}:{item.id}"


def _is_there(item: Item) -> bool:
    """Servers also list episodes that they only know of."""
    return item.location_type != "Virtual"
