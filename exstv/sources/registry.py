"""Which class stands behind a source's `type`: the one place to add a new kind of source.

A class is loaded when it is first wanted: some take an HTTP client along, and few stations have every type.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from exstv.errors import ExstvError
from exstv.sources.base import Source
from exstv.sources.enrichment import without_enrichers
from exstv.timeline import model

Make = Callable[[str, str, Mapping[str, str]], Source]


@dataclass(frozen=True)
class _InModule:
    """A class by its module beside this one and its name."""

    module: str
    name: str

    def __call__(self, name: str, definition: str, environ: Mapping[str, str]) -> Source:
        return self.load()(name, definition, environ)

    def load(self) -> Make:
        made: Make = getattr(importlib.import_module(f"exstv.sources.{self.module}"), self.name)
        return made


_TYPES: dict[str, Make] = {
    "archive_org": _InModule("archive_org", "ArchiveOrgSource"),
    "emby": _InModule("emby", "EmbySource"),
    "jellyfin": _InModule("jellyfin", "JellyfinSource"),
    "lavfi": _InModule("lavfi", "LavfiSource"),
    "local": _InModule("local", "LocalSource"),
    "plex": _InModule("plex", "PlexSource"),
    "m3u": _InModule("m3u", "M3uSource"),
    "url": _InModule("url", "UrlSource"),
    "youtube": _InModule("youtube", "YoutubeSource"),
}


def load(types: Iterable[str]) -> None:
    """Loads what stands behind these types, so that opening a source takes no time."""
    for each in types:
        make = _TYPES.get(each)
        if isinstance(make, _InModule):
            make.load()


def open_source(source: model.Source, environ: Mapping[str, str]) -> Source:
    """Makes what can scan and play a declared source. Raises ExstvError if it cannot be read."""
    make = _TYPES.get(source.type)
    if make is None:
        raise ExstvError(f"the source `{source.name}` has the unknown type `{source.type}`")
    try:
        return make(source.name, without_enrichers(source.definition), environ)
    except msgspec.ValidationError as error:
        raise ExstvError(f"the definition of the source `{source.name}` cannot be read: {error}") from error


class SourceRack:
    """Owner of the sources that are played from: what one has asked for serves its next item, too."""

    def __init__(self) -> None:
        self._opened: dict[str, tuple[model.Source, Source]] = {}

    def open(self, source: model.Source, environ: Mapping[str, str]) -> Source:
        """The source as declared, opened once; an edited one takes the place of what it was."""
        known = self._opened.get(source.name)
        if known is None or known[0] != source:
            known = self._opened[source.name] = (source, open_source(source, environ))
        return known[1]
