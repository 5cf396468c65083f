"""Source `plex`: films, episodes and other videos of a Plex Media Server.

Here is how an item plays; what scans is in plex_library.py, imported when it is needed, since playing needs
no plexapi. The token is added to an address only when it plays, and stands in a header.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from exstv.errors import ExstvError
from exstv.sources.base import FileInput, Look, Place, PlayableInput, ScanContext, ScanResult, UrlInput
from exstv.sources.environment import expand
from exstv.sources.servers import MappedFile, PathMap, address
from exstv.timeline.model import Media

TOKEN_HEADER = "X-Plex-Token"


class Locator(msgspec.Struct, frozen=True, omit_defaults=True):
    """What plays an item: the path of its file at the server, and where it is on disk if that is mapped."""

    part: str
    mapped: MappedFile | None = None


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    token: str
    libraries: tuple[str, ...] = ()
    path_map: dict[str, str] = {}


class PlexSource:
    """The videos of one server."""

    def __init__(self, name: str, definition: str, environ: Mapping[str, str]) -> None:
        self.name = name
        self._environ = environ
        self._definition = msgspec.json.decode(definition, type=_Definition)

    def scan(self, context: ScanContext) -> ScanResult:
        """Asks for what is new or changed. Raises ExstvError if any part of it cannot be had."""
        library = importlib.import_module("exstv.sources.plex_library")
        result: ScanResult = library.scan(self, context)
        return result

    def resolve(self, media: Media, place: Place) -> PlayableInput:
        """Gives the file on this disk, else the server's address of it with the token in a header."""
        locator = msgspec.json.decode(media.locator, type=Locator)
        on_disk = self.paths.on_disk(locator.mapped, place.media_root) if locator.mapped else None
        if on_disk is not None:
            return FileInput(path=on_disk)
        return UrlInput(url=f"{self.base}{locator.part}", headers=((TOKEN_HEADER, self.token),))

    def examine(self, media: Iterable[Media], media_root: Path) -> Iterator[Look]:
        """Asks who the server is and for its libraries, and looks for the files of `path_map`."""
        library = importlib.import_module("exstv.sources.plex_library")
        text: str = library.introduce(self)
        yield Look(text)
        locators = (msgspec.json.decode(each.locator, type=Locator) for each in media)
        yield from self.paths.examine((locator.mapped for locator in locators), media_root)

    @property
    def base(self) -> str:
        """The address that the server's paths are appended to."""
        return address(self._definition.url, self._environ)

    @property
    def token(self) -> str:
        """What shows the server that we may ask. Raises ExstvError for one that no header can hold."""
        token = expand(self._definition.token, self._environ).strip()
        if not token.isascii() or not token.isprintable():
            raise ExstvError("its `token` is no token of such a server")
        return token

    @property
    def libraries(self) -> tuple[str, ...]:
        """The names of the wanted libraries; none: all."""
        return tuple(expand(name, self._environ) for name in self._definition.libraries)

    @property
    def paths(self) -> PathMap:
        """The server's folders that are on this machine."""
        return PathMap(self._definition.path_map, self._environ)
