"""Source `plex`: films, episodes and other videos of a Plex Media Server.

Here is how an item plays; plex_library.py scans. The token is added only then, and stands in a header.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exstv.errors import ExstvError
from exstv.sources.base import UrlInput
from exstv.sources.environment import expand
from exstv.sources.server_source import ServerSource, Written
from exstv.sources.servers import MappedFile
from exstv.timeline.model import Media

TOKEN_HEADER = "X-Plex-Token"


class Locator(msgspec.Struct, frozen=True, omit_defaults=True):
    """What plays an item: the path of its file at the server, and where it is on disk if that is mapped."""

    part: str
    mapped: MappedFile | None = None


class _Written(Written, frozen=True, kw_only=True):
    token: str


class PlexSource(ServerSource):
    """The videos of one server."""

    library = "exstv.sources.plex_library"
    written: _Written

    def __init__(self, name: str, definition: str, environ: Mapping[str, str]) -> None:
        super().__init__(name, environ)
        self.written = msgspec.json.decode(definition, type=_Written)

    def remote(self, media: Media) -> UrlInput:
        """The server's address of a file as it is, with the token in a header."""
        part = msgspec.json.decode(media.locator, type=Locator).part
        if not part.startswith("/"):
            # Behind a host's name anything else could make it another host's, and tell that one the token.
            raise ExstvError(f"`{media.id}` is no file of a Plex server: run `exstv scan`")
        return self._with_token(part)

    def remote_picture(self, path: str) -> UrlInput:
        """The server's address of a picture, with the token in a header."""
        return self._with_token(path)

    @property
    def token(self) -> str:
        """What shows the server that we may ask. Raises ExstvError for one that no header can hold."""
        token = expand(self.written.token, self.environ).strip()
        if not token.isascii() or not token.isprintable():
            raise ExstvError("its `token` is no token of such a server")
        return token

    def _with_token(self, path: str) -> UrlInput:
        return UrlInput(url=f"{self.url}{path}", headers=((TOKEN_HEADER, self.token),))
