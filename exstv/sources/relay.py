"""The way from ffmpeg to other servers: a server on the loopback interface that fetches for it.

Addresses and headers with their secrets stay in this process (passage.py): a command line holds a name that
is good for nothing once the process has ended. ffmpeg goes on asking for ranges and reconnecting by itself;
here nothing is tried again, kept, or paced but by what ffmpeg takes. No address is ever logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Self

import httpx
import msgspec

from exstv.sources.addresses import AGENT, is_web, joined, split
from exstv.sources.base import Opened, RelayedInput, UrlInput
from exstv.sources.passage import PLAYLIST_START, Passage

log = logging.getLogger(__name__)

CONNECT_SECONDS = 8.0
STALLED_SECONDS = 10.0
"""How long a server may be silent: then the connection is broken off, and ffmpeg decides."""
MOST_REDIRECTS = 8
LARGEST_PLAYLIST = 8 * 1024 * 1024
LARGEST_REQUEST = 16 * 1024
PASSED_ON = ("content-length", "content-range", "accept-ranges", "content-type")
NO_ANSWER = 502
"""What ffmpeg is told where there is no answer to pass on: it asks again, as command.py says."""


class NoAnswer(Exception):
    """A server does not answer, or with nothing that can be passed on."""


class Relay:
    """Owner of the loopback server, and of every passage through it."""

    def __init__(self) -> None:
        self._passages: dict[str, _Fetching] = {}
        self._server: asyncio.Server | None = None
        self._tls: ssl.SSLContext | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._tls = await asyncio.to_thread(_warmed_up)
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=LARGEST_REQUEST)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for key in list(self._passages):
            self._close(key)
        if self._closing:
            await asyncio.wait(self._closing)

    def open(self, remote: UrlInput) -> Opened:
        """Gives what ffmpeg may open in the place of a remote input."""
        relayed, key = self._relayed(remote)
        if remote.sound is None:
            return Opened(relayed, lambda: self._close(key))
        sound, sound_key = self._relayed(remote.sound)

        def close() -> None:
            self._close(key)
            self._close(sound_key)

        return Opened(msgspec.structs.replace(relayed, sound=sound.address), close)

    def address_of(self, remote: UrlInput) -> str:
        """The address that a remote input has here for as long as the relay is open."""
        relayed, _ = self._relayed(remote)
        return relayed.address

    def _relayed(self, remote: UrlInput) -> tuple[RelayedInput, str]:
        assert self._server is not None and self._tls is not None
        passage = Passage(remote)
        self._passages[passage.key] = _Fetching(passage, self._tls)
        port = self._server.sockets[0].getsockname()[1]
        address = f"http://127.0.0.1:{port}{passage.name}"
        return RelayedInput(address=address, live=remote.live), passage.key

    def _close(self, key: str) -> None:
        fetching = self._passages.pop(key, None)
        if fetching is not None:
            task = asyncio.create_task(fetching.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # ffmpeg has gone, as it does whenever it seeks.
            writer.transport.abort()
        except asyncio.CancelledError:
            # Not passed on: to asyncio's server a connection that was given up is an error to be reported.
            writer.transport.abort()
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(STALLED_SECONDS):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        name, range_ = _asked(head)
        fetching = self._passages.get(name.removeprefix("/").partition("/")[0])
        address = fetching.passage.address_of(name) if fetching is not None else None
        if fetching is None or address is None:
            writer.write(_head(404, {}))
            await writer.drain()
            return
        try:
            with fetching.running():
                async with fetching.fetch(address, range_) as response:
                    await _pass_on(response, fetching.passage, writer)
        except NoAnswer as error:
            log.warning("nothing to relay host=%s reason=%s", split(address).hostname, error)
            writer.write(_head(NO_ANSWER, {}))
            await writer.drain()
        except httpx.HTTPError as error:
            # In the middle of it: a plain end would be taken for the end of the stream.
            log.warning("relay broke host=%s reason=%s", split(address).hostname, type(error).__name__)
            writer.transport.abort()


class _Fetching:
    """A passage, and the client that fetches for it: cookies stay within one play."""

    def __init__(self, passage: Passage, tls: ssl.SSLContext) -> None:
        self.passage = passage
        self._tasks: set[asyncio.Task[None]] = set()
        timeout = httpx.Timeout(STALLED_SECONDS, connect=CONNECT_SECONDS)
        self._client = httpx.AsyncClient(
            verify=tls, timeout=timeout, limits=httpx.Limits(max_connections=None)
        )

    async def close(self) -> None:
        """Gives up what is being fetched."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._client.aclose()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """The task that answers ffmpeg is given up with the passage."""
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    @contextlib.asynccontextmanager
    async def fetch(self, address: str, range_: str | None) -> AsyncIterator[httpx.Response]:
        """The answer of whom an address leads to in the end. Raises NoAnswer."""
        for _ in range(MOST_REDIRECTS):
            response = await self._send(address, range_)
            try:
                if not response.has_redirect_location:
                    yield response
                    return
                address = joined(address, response.headers["location"])
            finally:
                await response.aclose()
        raise NoAnswer("it is sent from one address to the next")

    async def _send(self, address: str, range_: str | None) -> httpx.Response:
        if not is_web(address):
            raise NoAnswer("it is sent to an address that is neither http nor https")
        headers = {"user-agent": AGENT, "accept-encoding": "identity"} | self.passage.headers_for(address)
        if range_ is not None:
            headers["range"] = range_
        try:
            return await self._client.send(
                self._client.build_request("GET", address, headers=headers), stream=True
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # The kind of error alone: some name the address.
            raise NoAnswer(type(error).__name__) from None


def _warmed_up() -> ssl.SSLContext:
    """Loads certificates and what a first client loads: a channel could not stand still for so long."""
    tls = httpx.create_ssl_context()
    httpx.AsyncClient(verify=tls)
    return tls


async def _pass_on(response: httpx.Response, passage: Passage, writer: asyncio.StreamWriter) -> None:
    """Sends an answer to ffmpeg as fast as it takes it; a list of addresses is rewritten."""
    parts = response.aiter_bytes()
    first = await anext(parts, b"")
    if first.lstrip(b"\xef\xbb\xbf").startswith(PLAYLIST_START):
        text = await _whole(first, parts)
        body = passage.rewritten(text, str(response.url)).encode()
        headers = {"content-type": "application/vnd.apple.mpegurl", "content-length": str(len(body))}
        writer.write(_head(200, headers) + body)
        await writer.drain()
        return
    headers = {name: response.headers[name] for name in PASSED_ON if name in response.headers}
    if "content-encoding" in response.headers:
        # Decoded here, so that it is longer than it says.
        headers.pop("content-length", None)
    writer.write(_head(response.status_code, headers) + first)
    await writer.drain()
    async for part in parts:
        writer.write(part)
        await writer.drain()


async def _whole(first: bytes, parts: AsyncIterator[bytes]) -> str:
    body, part = bytearray(), first
    while part:
        body += part
        if len(body) > LARGEST_PLAYLIST:
            raise NoAnswer("its list has no end")
        part = await anext(parts, b"")
    return bytes(body).decode("utf-8-sig", "replace")


def _asked(head: str) -> tuple[str, str | None]:
    """The path that a request is for, and the range."""
    line, *fields = head.split("\r\n")
    method, _, rest = line.partition(" ")
    name = rest.partition(" ")[0] if method == "GET" else ""
    ranges = [
        value.strip()
        for key, _, value in (field.partition(":") for field in fields)
        if key.lower() == "range"
    ]
    return name, ranges[0] if ranges else None


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} -", "connection: close", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
