"""What the sources jellyfin and emby have in common: both servers come from one, MediaBrowser.

Here is how an item plays; what scans is in mediabrowser_library.py, imported when it is needed, since playing
needs no HTTP client of its own. How the two differ is said by a Dialect.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec

from exstv.errors import ExstvError
from exstv.sources.base import FileInput, Look, Place, PlayableInput, ScanContext, ScanResult, UrlInput
from exstv.sources.environment import expand
from exstv.sources.servers import MappedFile, PathMap, address
from exstv.timeline.model import Media


@dataclass(frozen=True)
class Dialect:
    """How one of the two servers wants to be asked."""

    name: str
    prefix: str
    """What its API's paths begin with."""
    capitals: bool
    """Whether its parameters begin with a capital."""
    folders: str
    """The path that tells its libraries."""
    pages_folders: bool
    """Whether the libraries come as a page of a list, not as the list."""
    key_header: str
    key_format: str
    """`{}` stands for the key."""
    stream: tuple[str, ...]
    """What to say for a file as it is: of `container` and `mediaSourceId`."""

    def params(self, **words: str | int) -> dict[str, str | int]:
        """Parameters by Jellyfin's names."""
        if not self.capitals:
            return words
        return {name[0].upper() + name[1:]: value for name, value in words.items()}


class Locator(msgspec.Struct, frozen=True, omit_defaults=True):
    """What plays an item: its id, its file's own id and format, and where it is on disk if that is mapped."""

    item: str
    file: str | None = None
    container: str | None = None
    mapped: MappedFile | None = None


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    api_key: str
    libraries: tuple[str, ...] = ()
    path_map: dict[str, str] = {}


class MediaBrowserSource:
    """The videos of one server."""

    def __init__(self, dialect: Dialect, name: str, definition: str, environ: Mapping[str, str]) -> None:
        self.name = name
        self.dialect = dialect
        self._environ = environ
        self._definition = msgspec.json.decode(definition, type=_Definition)

    def scan(self, context: ScanContext) -> ScanResult:
        """Asks for what is new or changed. Raises ExstvError if any part of it cannot be had."""
        library = importlib.import_module("exstv.sources.mediabrowser_library")
        result: ScanResult = library.scan(self, context)
        return result

    def resolve(self, media: Media, place: Place) -> PlayableInput:
        """Gives the file on this disk, else the server's address of it with the key in a header."""
        locator = msgspec.json.decode(media.locator, type=Locator)
        on_disk = self.paths.on_disk(locator.mapped, place.media_root) if locator.mapped else None
        if on_disk is not None:
            return FileInput(path=on_disk)
        words = {"container": locator.container, "mediaSourceId": locator.file}
        said = {word: value for word in self.dialect.stream if (value := words[word]) is not None}
        query = urlencode(self.dialect.params(static="true", **said))
        url = f"{self.base}/Videos/{quote(locator.item, safe='')}/stream?{query}"
        return UrlInput(url=url, headers=tuple(self.headers.items()))

    def examine(self, media: Iterable[Media], media_root: Path) -> Iterator[Look]:
        """Asks who the server is and for its libraries, and looks for the files of `path_map`."""
        library = importlib.import_module("exstv.sources.mediabrowser_library")
        text: str = library.introduce(self)
        yield Look(text)
        locators = (msgspec.json.decode(each.locator, type=Locator) for each in media)
        yield from self.paths.examine((locator.mapped for locator in locators), media_root)

    @property
    def base(self) -> str:
        """The address that the API's paths are appended to."""
        url = address(self._definition.url, self._environ)
        return url if url.endswith(self.dialect.prefix) else f"{url}{self.dialect.prefix}"

    @property
    def headers(self) -> dict[str, str]:
        """What shows the server that we may ask. Raises ExstvError for a key that no header can hold."""
        key = expand(self._definition.api_key, self._environ).strip()
        if not key.isascii() or not key.isprintable() or '"' in key:
            raise ExstvError("its `api_key` is no key of such a server")
        return {self.dialect.key_header: self.dialect.key_format.format(key)}

    @property
    def libraries(self) -> tuple[str, ...]:
        """The names of the wanted libraries; none: all."""
        return tuple(expand(name, self._environ) for name in self._definition.libraries)

    @property
    def paths(self) -> PathMap:
        """The server's folders that are on this machine."""
        return PathMap(self._definition.path_map, self._environ)
