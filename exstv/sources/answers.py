"""Asks a media server over HTTP and reads its JSON. Imported where one is asked: a client takes long to load.

Owns the connection, and the words for what a client says of one that fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self, TypeVar

import httpx
import msgspec

from exstv.clock import SystemClock
from exstv.sources.expected import NoAnswer, Patience, check_status

T = TypeVar("T")


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
                kind = response.headers.get("Content-Type", "")
                check_status(response.status_code, response.reason_phrase, kind)
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
            self._patience.check(len(data), self._clock.monotonic() - began)
        return bytes(data)


def _plainly(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return "no address" if isinstance(error, httpx.InvalidURL) else "the connection broke"
