"""What a scan of a media server has brought in so far; owns the items, and what the next scan remembers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from exstv.catalog.model import MediaItem
from exstv.diagnostics import Diagnostic
from exstv.sources.base import ScanContext, ScanResult, left_out
from exstv.sources.remembered import Remembered


class Listing(NamedTuple):
    """An item as a list has it: the server's key of it, and its word for this version, if it has one.

    `parents` are the keys of what a collection may hold in its place: its season, its show.
    """

    key: str
    version: str | None
    parents: tuple[str, ...]
    library: str


class Harvest:
    """The items of one source, in the order in which they came."""

    def __init__(self, source: str, context: ScanContext) -> None:
        self._source = source
        self._context = context
        self._remembered = Remembered(source, context)
        self._items: dict[str, tuple[MediaItem, Listing]] = {}
        self._diagnostics: list[Diagnostic] = []
        self._done = 0

    @property
    def is_first(self) -> bool:
        """Whether nothing of an earlier scan can be kept."""
        return not self._remembered

    def keep(self, listing: Listing) -> bool:
        """Keeps an item that is as it was, and tells whether it is."""
        known = self._remembered.unchanged(self.id(listing.key), listing.version)
        if known is not None:
            self.add(known, listing)
        return known is not None

    def add(self, item: MediaItem, listing: Listing) -> None:
        """Takes an item that was read anew."""
        self._items[listing.key] = (item, listing)

    def leave_out(self, key: str, reason: object) -> None:
        """Tells of what cannot be taken."""
        self._diagnostics.append(left_out(self.id(key), reason))

    def progress(self, name: str, done: int, total: int) -> None:
        """Tells that one more item was listed, of so many in its library."""
        self._done += 1
        self._context.progress(self._done, self._done + max(0, total - done), name)

    def result(self, held: Mapping[str, Iterable[str]]) -> ScanResult:
        """All items; `held` are the names of the collections that hold an item or a show, by its key."""
        items = [
            msgspec.structs.replace(
                item, library=listing.library, collections=_names(listing, held), state="present"
            )
            for item, listing in self._items.values()
        ]
        versions = {self.id(key): listing.version for key, (_, listing) in self._items.items()}
        self._remembered.keep(items, versions)
        return ScanResult(items=tuple(items), diagnostics=tuple(self._diagnostics))

    def id(self, key: str) -> str:
        """An item's id in the catalog."""
        return f"{self._source}:{key}"


def _names(listing: Listing, held: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    found = {name for key in (listing.key, *listing.parents) for name in held.get(key, ())}
    return tuple(sorted(found))
