"""Asks a media server over HTTP and reads its JSON. Imported where one is asked: a client takes long to load.

Owns the connection and what is said when no usable answer comes: why, never from which address or with which
key. A redirection is not followed, since the key would go wherever it leads.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Self, TypeVar

import httpx
import msgspec

from exstv.clock import SystemClock
from exstv.errors import ExstvError

T = TypeVar("T")

# It names the address of each request.
logging.getLogger("httpx").setLevel(logging.WARNING)


class NoAnswer(ExstvError):
    """The server gave no answer that can be used."""


class Refused(NoAnswer):
    """The server does not give this to the holder of this key, or does not have it."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, and for how much."""

    silent_s: float = 30.0
    """Without a byte; a server that sorts a large library for the first time is slow."""
    whole_s: float = 300.0
    """For all of an answer: one that drips is of no use either."""
    most_bytes: int = 128_000_000


class Server:
    """A connection to one server."""

    def __init__(self, url: str, headers: Mapping[str, str], patience: Patience) -> None:
        self._url = url
        self._patience = patience
        self._clock = SystemClock()
        self._http = httpx.Client(
            headers={"Accept": "application/json", **headers}, timeout=patience.silent_s
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(self, path: str, type_: type[T], params: Mapping[str, str | int]) -> T:
        """One answer of a known shape. Raises NoAnswer."""
        try:
            with self._http.stream("GET", f"{self._url}{path}", params=params) as response:
                _check(response)
                data = self._body(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(_plainly(error)) from None
        try:
            return msgspec.json.decode(data, type=type_)
        except msgspec.ValidationError as error:
            raise NoAnswer(f"the answer is of an unknown shape: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise NoAnswer("the answer is no JSON, or only a part of it") from None

    def _body(self, response: httpx.Response) -> bytes:
        began, data = self._clock.monotonic(), bytearray()
        for part in response.iter_bytes():
            data += part
            if len(data) > self._patience.most_bytes:
                raise NoAnswer(f"the answer has more than {self._patience.most_bytes:,} bytes")
            if self._clock.monotonic() - began > self._patience.whole_s:
                raise NoAnswer(f"the answer takes longer than {self._patience.whole_s:g} s")
        return bytes(data)


def _check(response: httpx.Response) -> None:
    status = f"{response.status_code} {response.reason_phrase}".rstrip()
    if response.status_code in (401, 403):
        raise Refused(f"it refuses the key: {status}")
    if response.status_code == 404:
        raise Refused(f"it does not know what was asked: {status}")
    if response.is_redirect:
        raise NoAnswer(f"it redirects elsewhere: {status}; write the address that it leads to")
    if not response.is_success:
        raise NoAnswer(f"the answer is {status}")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if kind.endswith("html"):
        raise NoAnswer("the answer is a web page; write the address of the server itself")


def _plainly(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return "no address" if isinstance(error, httpx.InvalidURL) else "the connection broke"
