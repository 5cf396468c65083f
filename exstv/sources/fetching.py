"""Fetches what a scan reads from other servers: an answer is whole and in time, or there is none.

Imported only where something is fetched: an HTTP client takes long to load. No message names an address.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

import httpx
import msgspec

from exstv.clock import SystemClock
from exstv.errors import ExstvError
from exstv.sources.addresses import AGENT, Headers, headers_for, is_web, joined

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
_CLOCK = SystemClock()


class NotFetched(ExstvError):
    """Something did not come; the message says why, without its address.

    `status` is what the server answered, None where it gave no answer that can be read.
    """

    def __init__(self, words: str, status: int | None = None) -> None:
        super().__init__(words)
        self.status = status


class NoAnswer(NotFetched):
    """A server cannot be reached, or breaks off in the middle of its answer."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much and how long is waited for: bytes once unpacked, seconds in all and of silence."""

    bytes: int = 64_000_000
    seconds: float = 60.0
    silent_seconds: float = 15.0
    redirects: int = 8


def fetch(url: str, headers: Headers = (), limits: Limits | None = None) -> bytes:
    """Gives what is at an address, unpacked. Raises NotFetched."""
    limits = limits or Limits()
    deadline = _CLOCK.monotonic() + limits.seconds
    with _opened(url, headers, {"accept-encoding": "gzip"}, limits) as response:
        return _unpacked(_body(response, limits, deadline), limits.bytes)


def answers(url: str, headers: Headers = ()) -> bool:
    """Tells whether a server gives what is at an address, without taking it."""
    asked = {"accept-encoding": "identity", "range": "bytes=0-0"}
    try:
        with _opened(url, headers, asked, Limits()) as response:
            return response.is_success
    except NotFetched:
        return False


@contextmanager
def _opened(url: str, headers: Headers, asked: Mapping[str, str], limits: Limits) -> Iterator[httpx.Response]:
    """The answer of whom an address leads to in the end; what breaks while it is read is NotFetched, too."""
    address = url
    try:
        with httpx.Client(verify=_tls(), timeout=limits.silent_seconds) as client:
            for _ in range(limits.redirects + 1):
                if not is_web(address):
                    raise NotFetched("its address is neither http nor https")
                told = {"user-agent": AGENT, **asked} | headers_for(address, url, headers)
                with client.stream("GET", address, headers=told) as response:
                    if not response.has_redirect_location:
                        yield response
                        return
                    address = joined(address, response.headers["location"])
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise NoAnswer(_plainly(error)) from None
    raise NotFetched("it is sent from one address to the next")


@cache
def _tls() -> ssl.SSLContext:
    """The certificates of this machine, which take long to load."""
    return httpx.create_ssl_context()


def _body(response: httpx.Response, limits: Limits, deadline: float) -> bytes:
    if not response.is_success:
        words = f"the answer is {response.status_code} {response.reason_phrase}".rstrip()
        raise NotFetched(words, response.status_code)
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", "gzip", "x-gzip"):
        raise NotFetched("the answer is packed in a way that nobody asked for")
    data = bytearray()
    for part in _in_time(response.iter_raw(), deadline):
        data += part
        if len(data) > limits.bytes:
            raise NotFetched(f"the answer has more than {limits.bytes:,} bytes")
    return bytes(data)


def _in_time(parts: Iterator[bytes], deadline: float) -> Iterator[bytes]:
    for part in parts:
        if _CLOCK.monotonic() > deadline:
            raise NoAnswer("the answer does not come to an end in time")
        yield part


def _unpacked(data: bytes, most: int) -> bytes:
    """Unpacks what is gzip, whether the server says so or the file was packed; all of it must be there."""
    while data.startswith(_GZIP):
        unpacker = zlib.decompressobj(_GZIP_WINDOW)
        try:
            data = unpacker.decompress(data, most + 1)
        except zlib.error:
            raise NotFetched("the answer is packed and cannot be unpacked") from None
        if len(data) > most:
            raise NotFetched(f"the answer has more than {most:,} bytes")
        if not unpacker.eof:
            raise NotFetched("the answer is packed, and its end is missing")
    return data


def _plainly(error: Exception) -> str:
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ConnectError():
            return "no connection"
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return "the connection broke"
    return "its address cannot be asked"
