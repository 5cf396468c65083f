"""Asks a database on the web: a few questions at a time, with patience where it asks for restraint.

Imported only where one is asked: an HTTP client takes long to load. No message names an address or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from exstv.sources.addresses import AGENT
from exstv.sources.expected import Garbled, NoAnswer, Restraint, check_status

T = TypeVar("T")

_TOO_MANY, _NOT_FOUND = 429, 404


class Database:
    """A connection to one database; threads may share it."""

    def __init__(self, url: str, restraint: Restraint) -> None:
        self._url = url.rstrip("/")
        self._restraint = restraint
        self._headers = {"accept": "application/json", "user-agent": AGENT}
        self._always: dict[str, str] = {}
        self._http = httpx.Client(timeout=restraint.silent_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def authorise(self, *, bearer: str = "", **params: str) -> None:
        """Shows a key with every question from now on, in a header or in the query."""
        if bearer:
            self._headers["authorization"] = f"Bearer {bearer}"
        self._always.update(params)

    def get(self, path: str, type_: type[T], **params: str | int) -> T | None:
        """One answer of a known shape, None for what the database does not have. Raises NoAnswer."""
        return self._ask("GET", path, type_, {**params, **self._always})

    def post(self, path: str, type_: type[T], body: Mapping[str, str]) -> T:
        """The answer to what is sent. Raises NoAnswer."""
        found = self._ask("POST", path, type_, {}, msgspec.json.encode(body))
        if found is None:
            raise NoAnswer("there is no such database at its address")
        return found

    def _ask(
        self, method: str, path: str, type_: type[T], params: Mapping[str, Any], body: bytes | None = None
    ) -> T | None:
        for left in reversed(range(self._restraint.tries)):
            response = self._send(method, path, params, body)
            if response.status_code == _NOT_FOUND:
                return None
            busy = response.status_code == _TOO_MANY or response.status_code >= 500
            if not busy or left == 0:
                break
            self._pause(response.headers.get("retry-after", ""))
        check_status(response.status_code, response.reason_phrase, response.headers.get("content-type", ""))
        try:
            return msgspec.json.decode(response.content, type=type_, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Garbled("an answer is not what the database is known to say") from None

    def _send(self, method: str, path: str, params: Mapping[str, Any], body: bytes | None) -> httpx.Response:
        headers = self._headers | ({"content-type": "application/json"} if body is not None else {})
        try:
            with self._http.stream(
                method, f"{self._url}{path}", params=params, headers=headers, content=body
            ) as response:
                data = bytearray()
                for part in response.iter_bytes():
                    data += part
                    if len(data) > self._restraint.most_bytes:
                        raise NoAnswer(f"the answer has more than {self._restraint.most_bytes:,} bytes")
                return httpx.Response(
                    response.status_code,
                    headers=_plain(response.headers),
                    content=bytes(data),
                    extensions=response.extensions,
                )
        except httpx.TimeoutException:
            raise NoAnswer("no answer in time") from None
        except httpx.ConnectError:
            raise NoAnswer("no connection") from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
            raise NoAnswer("the connection broke, or its address cannot be asked") from None

    def _pause(self, said: str) -> None:
        """Waits as long as the database wants. Raises NoAnswer if that is too long."""
        pause_s = float(said) if said.isdecimal() else self._restraint.usual_pause_s
        if pause_s > self._restraint.longest_pause_s:
            raise NoAnswer(f"it wants to be left alone for {pause_s:g} s")
        self._restraint.sleep(pause_s)


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """Without how the body was packed: it is unpacked here."""
    return {name: headers[name] for name in ("content-type", "retry-after") if name in headers}
