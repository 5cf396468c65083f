"""Which class stands behind a source's `type`: the one place to add a new kind of source."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from exstv.errors import ExstvError
from exstv.sources.archive_org import ArchiveOrgSource
from exstv.sources.base import Source
from exstv.sources.emby import EmbySource
from exstv.sources.enrichment import without_enrichers
from exstv.sources.jellyfin import JellyfinSource
from exstv.sources.lavfi import LavfiSource
from exstv.sources.local import LocalSource
from exstv.sources.m3u import M3uSource
from exstv.sources.plex import PlexSource
from exstv.sources.url import UrlSource
from exstv.sources.youtube import YoutubeSource
from exstv.timeline import model

_TYPES: dict[str, Callable[[str, str, Mapping[str, str]], Source]] = {
    "archive_org": ArchiveOrgSource,
    "emby": EmbySource,
    "jellyfin": JellyfinSource,
    "lavfi": LavfiSource,
    "local": LocalSource,
    "plex": PlexSource,
    "m3u": M3uSource,
    "url": UrlSource,
    "youtube": YoutubeSource,
}


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
