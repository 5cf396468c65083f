"""Which sources and lists a catalog does not know as they are now. Light: every compile of a server asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from exstv.catalog.lock import Defined, definition_digest, list_digest
from exstv.catalog.model import Catalog


class Named(Defined, Protocol):
    """A declared source, as far as it matters here: exstv.timeline.model.Source is one."""

    @property
    def name(self) -> str: ...


def stale_sources(sources: Iterable[Named], catalog: Catalog) -> set[str]:
    """The names of the sources that were never scanned, or were edited since."""
    return {
        source.name
        for source in sources
        if source.name not in catalog.sources
        or catalog.sources[source.name].definition != definition_digest(source)
    }


def stale_lists(urls: Mapping[str, str], catalog: Catalog) -> set[str]:
    """The schedules whose programme list was never fetched, or has another address since."""
    return {
        name
        for name, url in urls.items()
        if name not in catalog.lists or catalog.lists[name].definition != list_digest(url)
    }
