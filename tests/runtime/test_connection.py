"""What a connection bears: how many there are, how slow a request is, and what is no HTTP at all."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
import uvicorn

from runtime.connection import LONGEST_HEAD, Body, Connection

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Application = Callable[["Scope", "Receive", "Send"], Awaitable[None]]
HEAD = b"POST / HTTP/1.1\r\nHost: tv.local\r\n"
PATIENCE_SECONDS = 20
OK = b"\r\n\r\nok"


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once, without a look at what else is sent."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok", "more_body": False})


@contextlib.asynccontextmanager
async def served(most: int = 100, app: Application = answering) -> AsyncIterator[int]:
    """The port of a server with our connections."""
    config = uvicorn.Config(
        app,
        port=0,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        limit_concurrency=most + 1,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def asked(streams: Streams, *parts: bytes) -> bytes:
    """All that comes until the server closes; between the parts it may answer."""
    reader, writer = streams
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0.05)
    return await reader.read()


async def test_one_connection_too_many_is_told_so_and_room_is_made_by_who_leaves() -> None:
    async with served(most=2) as port, connected(port), connected(port) as last:
        async with connected(port) as (reader, _):
            told = await reader.read()
        assert told.startswith(b"HTTP/1.1 503 ") and b"server.max_connections" in told
        # Whoever is in is served.
        assert OK in await asked(last, HEAD + b"Connection: close\r\n\r\n")
        async with connected(port) as another:
            assert OK in await asked(another, HEAD + b"Connection: close\r\n\r\n")


@pytest.mark.parametrize("begun", [b"", b"G", HEAD, HEAD + b"X: y"])
async def test_a_request_that_does_not_come_in_time_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.connection.REQUEST_SECONDS", 0.2)
    async with served() as port, connected(port) as streams:
        assert (await asked(streams, begun)).startswith(b"HTTP/1.1 408 ")


async def test_a_second_request_has_as_long_as_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.connection.REQUEST_SECONDS", 1.0)
    async with served() as port, connected(port) as streams:
        told = await asked(streams, HEAD + b"\r\n", HEAD, b"X: y\r\n")
        assert told.count(OK) == 1 and b"HTTP/1.1 408 " in told


async def test_a_body_that_never_ends_holds_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.connection.REQUEST_SECONDS", 0.6)
    async with served() as port, connected(port) as streams:
        told = await asked(streams, HEAD + b"Content-Length: 9999\r\n\r\n", b"a", b"b", b"c")
        assert told.endswith(OK) and told.count(b"HTTP/1.1") == 1


async def test_who_takes_its_time_between_requests_is_not_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.connection.REQUEST_SECONDS", 0.5)
    async with served() as port, connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
            assert (await reader.readuntil(OK)).startswith(b"HTTP/1.1 200 ")
            await asyncio.sleep(0.8)


@pytest.mark.parametrize(
    ("parts", "statuses"),
    [
        ((b"\x16\x03\x01\r\n\r\n",), [b"400"]),
        ((HEAD + b"X: " + b"y" * LONGEST_HEAD,), [b"400"]),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"no number\r\n"), [b"200"]),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\nno number\r\n",), [b"400"]),
        ((HEAD + b"\r\n" + b"rubbish\r\n\r\n",), [b"200", b"400"]),
        ((HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",), [b"400"]),
    ],
)
async def test_what_is_no_http_is_told_so_once_and_no_traceback_tells_of_it(
    parts: tuple[bytes, ...], statuses: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    async with served() as port, connected(port) as streams:
        told = await asked(streams, *parts)
    assert [line[:3] for line in told.split(b"HTTP/1.1 ")[1:]] == statuses
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_who_is_gone_is_forgotten_at_once_with_all_that_it_sent() -> None:
    gc.collect()
    # Nothing else may clear away what refers to itself.
    gc.disable()
    try:
        async with served() as port:
            for head in (b"\r\n", b"Connection: close\r\n\r\n", b"X: " + b"y" * LONGEST_HEAD):
                async with connected(port) as (reader, writer):
                    writer.write(HEAD + head)
                    await reader.read(1)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while any(isinstance(each, Connection) for each in gc.get_objects()):
                    await asyncio.sleep(0.05)
    finally:
        gc.enable()


PORTIONS = [bytes([number]) * 50_000 for number in range(200)]
"""More than sockets hold."""


async def pouring(scope: Scope, receive: Receive, send: Send) -> None:
    """Writes its portions as there is room for them."""
    left, room = list(PORTIONS), asyncio.Event()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    body = Body(scope, room.set)
    while left:
        room.clear()
        while left and body.has_room():
            body.write(left.pop(0))
        if left:
            await room.wait()
    body.close()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_body_past_all_layers_comes_whole_to_who_reads_it_late(version: str) -> None:
    async with served(app=pouring) as port, connected(port) as (reader, writer):
        writer.write(f"GET / HTTP/{version}\r\nHost: tv.local\r\nConnection: close\r\n\r\n".encode())
        await asyncio.sleep(0.1)
        head = await reader.readuntil(b"\r\n\r\n")
        chunked = b"transfer-encoding: chunked" in head.lower()
        assert chunked == (version == "1.1")
        whole = await (dechunked(reader) if chunked else reader.read())
    assert whole == b"".join(PORTIONS)


async def dechunked(reader: asyncio.StreamReader) -> bytes:
    """A body by RFC 9112 §7.1, to its last chunk and the connection's end."""
    whole = bytearray()
    while size := int(await reader.readline(), 16):
        whole += await reader.readexactly(size)
        assert await reader.readexactly(2) == b"\r\n"
    assert await reader.read() == b"\r\n"
    return bytes(whole)


async def test_who_goes_in_the_middle_of_a_body_leaves_no_room() -> None:
    rooms: list[bool] = []
    gone = asyncio.Event()

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        body = Body(scope, lambda: None)
        rooms.append(body.has_room())
        while (await receive())["type"] != "http.disconnect":
            pass
        rooms.append(body.has_room())
        gone.set()

    async with served(app=watched) as port:
        async with connected(port) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: tv.local\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
        await asyncio.wait_for(gone.wait(), PATIENCE_SECONDS)
    assert rooms == [True, False]
