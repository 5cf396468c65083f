"""What the sources jellyfin and emby have in common: both servers come from one, MediaBrowser.

Here is how an item plays; mediabrowser_library.py scans. How the two differ is said by a Dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import msgspec

from exstv.errors import ExstvError
from exstv.sources.base import UrlInput
from exstv.sources.environment import expand
from exstv.sources.server_source import ServerSource, Written
from exstv.sources.servers import MappedFile
from exstv.timeline.model import Media

PICTURE_WIDTH = 600
"""Pixels: the server makes it from what may be a poster of 10 MB."""


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


class _Written(Written, frozen=True, kw_only=True):
    api_key: str


class MediaBrowserSource(ServerSource):
    """The videos of one server."""

    library = "exstv.sources.mediabrowser_library"
    written: _Written

    def __init__(self, dialect: Dialect, name: str, definition: str, environ: Mapping[str, str]) -> None:
        super().__init__(name, environ)
        self.dialect = dialect
        self.written = msgspec.json.decode(definition, type=_Written)

    def remote(self, media: Media) -> UrlInput:
        """The server's address of a file as it is, with the key in a header."""
        locator = msgspec.json.decode(media.locator, type=Locator)
        words = {"container": locator.container, "mediaSourceId": locator.file}
        said = {word: value for word in self.dialect.stream if (value := words[word]) is not None}
        query = urlencode(self.dialect.params(static="true", **said))
        url = f"{self.base}/Videos/{quote(locator.item, safe='')}/stream?{query}"
        return UrlInput(url=url, headers=tuple(self.headers.items()))

    def remote_picture(self, path: str) -> UrlInput:
        """The server's address of a picture, made no wider than a guide needs, with the key in a header."""
        query = urlencode(self.dialect.params(maxWidth=PICTURE_WIDTH))
        return UrlInput(url=f"{self.base}{path}?{query}", headers=tuple(self.headers.items()))

    @property
    def base(self) -> str:
        """The address that the API's paths are appended to."""
        return self.url if self.url.endswith(self.dialect.prefix) else f"{self.url}{self.dialect.prefix}"

    @property
    def headers(self) -> dict[str, str]:
        """What shows the server that we may ask. Raises ExstvError for a key that no header can hold."""
        key = expand(self.written.api_key, self.environ).strip()
        if not key.isascii() or not key.isprintable() or '"' in key:
            raise ExstvError("its `api_key` is no key of such a server")
        return {self.dialect.key_header: self.dialect.key_format.format(key)}
