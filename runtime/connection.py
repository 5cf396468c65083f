"""One client's connection: how many there may be, how long a request may take to come, how it is cut.

A viewer's queue is bounded (fanout.py) only if what lies behind it is bounded, too: a socket grows to
megabytes by itself, and closing one whose client does not read waits for that client for ever. A body without
an end is written by `Body`, past the layers that whole answers go through.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, cast
from weakref import ref

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from litestar.types import Scope

UNSENT_BYTES = 256 * 1024
"""Most that a socket holds beyond what is on its way: 0.5 s at 4 Mb/s."""
UNTAKEN_SECONDS = 60
"""A client that takes nothing for so long is gone, whatever is being sent to it."""
REQUEST_SECONDS = 15.0
"""How long a client has to say what it wants, to the last byte; then it is told that it was too slow."""
IDLE_SECONDS = 5
"""How long a connection is kept for another request."""
LONGEST_HEAD = 16 * 1024
"""Bytes of a request's address and headers; no player's have more than 2 kB."""
_CONNECTION = "exstv_connection"
_FULL = "as many connections are open as server.max_connections of config.yaml allows"
_LATE = "the request took too long to come"


class Connection(H11Protocol):
    """uvicorn's connection, bounded in number and in patience, which a handler may cut."""

    _request_due: asyncio.TimerHandle | None = None
    _go_on: Callable[[], None] | None = None
    """What is called as soon as the client has taken enough for there to be room again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Lets each request's scope know its connection; one too many is told so and closed."""
        super().connection_made(cast("asyncio.Transport", transport))
        # Weakly: who is gone is to be forgotten at once, with all that it sent, not when Python next looks.
        self.app_state = {**self.app_state, _CONNECTION: ref(self)}
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self._end("503 Service Unavailable", _FULL)
            return
        self._request_due = self.loop.call_later(REQUEST_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Lets go of the clock, too, and of who waits for room."""
        self._stop_clock()
        self._go_on = None
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        """Lets who waits for room go on."""
        super().resume_writing()
        if self._go_on is not None:
            self._go_on()

    def data_received(self, data: bytes) -> None:
        """Takes a part of a request; from its first byte to its last one the clock runs."""
        super().data_received(data)
        # uvicorn's own clock stops at the first byte: a byte a second would hold a connection for ever.
        if self.transport.is_closing() or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._stop_clock()
        elif self._request_due is None:
            self._request_due = self.loop.call_later(REQUEST_SECONDS, self._too_slow)

    def send_400_response(self, msg: str) -> None:
        """Says that this is no HTTP, if nothing else was said yet: h11 has no second answer to a request."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        if self.cycle is not None:
            # What the application still says is for nobody.
            self.cycle.disconnected = True
        super().send_400_response(msg)

    def _too_slow(self) -> None:
        self._request_due = None
        if self.conn.our_state is h11.IDLE:
            self._end("408 Request Timeout", _LATE)
        else:
            self.transport.close()

    def _end(self, status: str, words: str) -> None:
        """Says a last word past h11, which may be in the middle of a request."""
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(words)}"
        self.transport.write(f"{head}\r\nConnection: close\r\n\r\n{words}".encode())
        self.transport.close()

    def _stop_clock(self) -> None:
        if self._request_due is not None:
            self._request_due.cancel()
            self._request_due = None

    def go_on(self, go_on: Callable[[], None] | None) -> None:
        """Says who is to be called when there is room again."""
        self._go_on = go_on

    def cut(self) -> None:
        """Ends the connection at once, dropping what its client has not taken."""
        connected: socket.socket | None = self.transport.get_extra_info("socket")
        if connected is not None:
            # A reset: what the kernel holds is dropped, too, and the client knows that it was cut off.
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class Body:
    """An answer's body without an end, straight to the socket: a portion is one write.

    The way through ASGI and h11 takes longer than the write itself. They need not know of it: the head went
    through them, and so does the end.
    """

    def __init__(self, scope: Scope, go_on: Callable[[], None]) -> None:
        """Of a request whose answer has begun; `go_on` is called whenever there is room again."""
        self._connection = _connection(scope)
        # Who speaks HTTP/1.0 takes all up to the connection's end for the body (RFC 9112 §6.3, h11 does so).
        self._chunked = scope["http_version"] != "1.0"
        if self._connection is not None:
            self._connection.go_on(go_on)

    def has_room(self) -> bool:
        """Tells whether the client has taken enough of what was written, and is still there."""
        connection = self._connection
        if connection is None or connection.transport.is_closing():
            return False
        return not connection.flow.write_paused

    def write(self, data: bytes) -> None:
        """Writes a portion, for which there is room."""
        assert self._connection is not None, "there is no room in what is gone"
        transport = self._connection.transport
        if self._chunked:
            transport.writelines((b"%x\r\n" % len(data), data, b"\r\n"))
        else:
            transport.write(data)

    def close(self) -> None:
        """Waits for no room any more."""
        if self._connection is not None:
            self._connection.go_on(None)


def cut(scope: Scope) -> None:
    """Ends a request's connection at once."""
    connection = _connection(scope)
    if connection is not None:
        connection.cut()


def _connection(scope: Scope) -> Connection | None:
    """A request's connection; None once it is gone."""
    return cast("ref[Connection]", scope["state"][_CONNECTION])()


def bound(listening: socket.socket) -> None:
    """Bounds what the kernel keeps for the connections that a socket will accept; they inherit it."""
    if sys.platform != "linux":
        return
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN_SECONDS * 1000)
