"""One client's connection: what the kernel may hold for it, and how it is cut.

A viewer's queue is bounded (fanout.py) only if what lies behind it is bounded, too: a socket grows to
megabytes by itself, and closing one whose client does not read waits for that client for ever.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from litestar.types import Scope

UNSENT_BYTES = 256 * 1024
"""Most that a socket holds beyond what is on its way: 0.5 s at 4 Mb/s."""
UNTAKEN_SECONDS = 60
"""A client that takes nothing for so long is gone, whatever is being sent to it."""
_CUT = "exstv_cut"


class Connection(H11Protocol):
    """uvicorn's connection, which a handler may cut."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Lets each request's scope know how to cut the connection."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.app_state = {**self.app_state, _CUT: self.cut}

    def cut(self) -> None:
        """Ends the connection at once, dropping what its client has not taken."""
        connected: socket.socket | None = self.transport.get_extra_info("socket")
        if connected is not None:
            # A reset: what the kernel holds is dropped, too, and the client knows that it was cut off.
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def cut(scope: Scope) -> None:
    """Ends a request's connection at once."""
    end = cast("Callable[[], None]", scope["state"][_CUT])
    end()


def bound(listening: socket.socket) -> None:
    """Bounds what the kernel keeps for the connections that a socket will accept; they inherit it."""
    if sys.platform != "linux":
        return
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN_SECONDS * 1000)
