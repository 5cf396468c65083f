"""Asks a Plex Media Server through plexapi. Imported only where one is asked: it takes long to load.

plexapi says where it asked in each of its errors, keeps no limit on an answer and follows redirections with
the token: the session that it is given here knows better.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self
from xml.etree.ElementTree import ParseError

import requests
from plexapi import CONFIG
from plexapi.exceptions import PlexApiException
from plexapi.library import MovieSection, ShowSection
from plexapi.server import PlexServer
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, TimeoutError

from exstv.clock import SystemClock
from exstv.sources.expected import NoAnswer, Patience, check_status

PAGE = 200
"""Items in an answer; all of their facts are some kilobytes each."""
_PIECE = 64 * 1024

# An object of plexapi would ask for each fact that a list leaves out, with one request a fact and item.
CONFIG.data.setdefault("plexapi", {})["autoreload"] = "false"


class Server:
    """A connection to one server."""

    def __init__(self, url: str, token: str, patience: Patience) -> None:
        self._session = requests.Session()
        self._session.mount("http://", _Adapter(patience))
        self._session.mount("https://", _Adapter(patience))
        self._connect = partial(PlexServer, url, token, self._session, timeout=patience.silent_s)

    def __enter__(self) -> Self:
        with ExitStack() as failing:
            failing.callback(self._session.close)
            with _plainly():
                self._plex = self._connect()
            failing.pop_all()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    @property
    def version(self) -> str:
        """The server's."""
        return str(self._plex.version)

    def sections(self) -> list[Any]:
        """The libraries of films and of shows."""
        with _plainly():
            data = self._plex.query("/library/sections/all")
            return [each for kind in (MovieSection, ShowSection) for each in self._plex.findItems(data, kind)]

    def ask(self, path: str) -> Iterator[Any]:
        """All that a path lists, as plexapi's objects."""
        for each, _, _ in self.count(path):
            yield each

    def count(self, path: str) -> Iterator[tuple[Any, int, int]]:
        """The same, each with its number and how many there are; asked for page by page."""
        start, total = 0, 1
        while start < total:
            found, total = self._page(path, start)
            for each in found:
                start += 1
                yield each, start, total

    def _page(self, path: str, start: int) -> tuple[list[Any], int]:
        headers = {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(PAGE)}
        with _plainly():
            data = self._plex.query(path, headers=headers)
            found = list(self._plex.findItems(data, initpath=path))
            return found, int(data.attrib.get("totalSize", start + len(found))) if found else 0


class _Adapter(HTTPAdapter):
    """Judges each answer before anybody else sees it, and reads it within limits."""

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience
        self._clock = SystemClock()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        """Sends a request as always; only the answer is looked at."""
        response = super().send(request, True, timeout, verify, cert, proxies)
        with closing(response.raw) as raw:
            kind = response.headers.get("Content-Type", "")
            check_status(response.status_code, response.reason or "", kind)
            response.raw = io.BytesIO(self._read(raw.stream(_PIECE, decode_content=True)))
        return response

    def _read(self, parts: Iterable[bytes]) -> bytes:
        began, data = self._clock.monotonic(), bytearray()
        for part in parts:
            data += part
            self._patience.check(len(data), self._clock.monotonic() - began)
        return bytes(data)


@contextmanager
def _plainly() -> Iterator[None]:
    """Says in our words what goes wrong: plexapi's and requests' hold the address."""
    try:
        yield
    except (requests.Timeout, TimeoutError):
        raise NoAnswer("no answer in time") from None
    except requests.ConnectionError:
        raise NoAnswer("no connection") from None
    except (requests.RequestException, HTTPError):
        raise NoAnswer("the connection broke") from None
    except (ParseError, PlexApiException, AttributeError, ValueError):
        # plexapi reads attributes as they come, and None where the answer is empty.
        raise NoAnswer("the answer is no XML of a Plex server, or only a part of it") from None
