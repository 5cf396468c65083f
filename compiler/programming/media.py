"""Media as other programs know them: by id, by a source's own key, by path or address, by guid.

Owns the index of the catalog, made when something first asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from compiler.library import Library
from exstv.catalog.model import MediaItem
from exstv.diagnostics import suggest


class Media:
    """The catalog by everything that may name an item."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def find(self, keys: Iterable[str]) -> MediaItem | None:
        """The item that the first of these keys means which means one."""
        found = (self._index.get(name) for key in keys for name in _names(key))
        return next((item for item in found if item is not None), None)

    def near(self, keys: Iterable[str]) -> str | None:
        """The id of the item that was probably meant."""
        files = {PurePosixPath(item.locator).name: item.id for item in self._library.items()}
        names = {item.id: item.id for item in self._library.items()} | files
        found = (suggest(PurePosixPath(key.replace("\\", "/")).name, names) for key in keys)
        return next((names[near] for near in found if near), None)

    @cached_property
    def _index(self) -> dict[str, MediaItem]:
        index: dict[str, MediaItem] = {}
        twice: set[str] = set()
        for item in self._library.items():
            for name in {item.id, item.id.partition(":")[2], item.locator, *item.guids}:
                # Two sources may use one key: then it means neither.
                if name in index:
                    twice.add(name)
                index[name] = item
        return {name: item for name, item in index.items() if name not in twice}


def _names(key: str) -> Iterator[str]:
    """A key as the catalog may write it: a path on another machine ends as the one below the source does."""
    yield key
    path = key.replace("\\", "/")
    parts = [part for part in path.split("/") if part]
    yield from ("/".join(parts[first:]) for first in range(len(parts)))
