"""Which class stands behind a source's `type`: the one place to add a new kind of source."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from exstv.errors import ExstvError
from exstv.sources.base import Source
from exstv.sources.emby import EmbySource
from exstv.sources.jellyfin import JellyfinSource
from exstv.sources.lavfi import LavfiSource
from exstv.sources.local import LocalSource
from exstv.sources.plex import PlexSource
from exstv.timeline import model

_TYPES: dict[str, Callable[[str, str, Mapping[str, str]], Source]] = {
    "emby": EmbySource,
    "jellyfin": JellyfinSource,
    "lavfi": LavfiSource,
    "local": LocalSource,
    "plex": PlexSource,
}


def open_source(source: model.Source, environ: Mapping[str, str]) -> Source:
    """Makes what can scan and play a declared source. Raises ExstvError if it cannot be read."""
    make = _TYPES.get(source.type)
    if make is None:
        raise ExstvError(f"the source `{source.name}` has the unknown type `{source.type}`")
    try:
        return make(source.name, source.definition, environ)
    except msgspec.ValidationError as error:
        raise ExstvError(f"the definition of the source `{source.name}` cannot be read: {error}") from error
