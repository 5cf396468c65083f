"""HDHomeRun's two ports: UDP 65001, where tuners are looked for, and TCP 65001, where they are asked.

Owns the sockets. Answers: native.py; who is answered: neighbours.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from exstv.timeline.model import Channel
from runtime.tuner import native, packets
from runtime.tuner.native import Tuner
from runtime.tuner.neighbours import Patience, Reach, is_near

if TYPE_CHECKING:
    from typing import TypeAlias

    Peer: TypeAlias = tuple[str, int]

_MOST_CONNECTIONS = 16
_IDLE_SECONDS = 60.0
"""A client that asks nothing for so long is let go of; libhdhomerun connects again."""
_HELD_BACK_SECONDS = 0.2
"""How long each answer waits to a client that asks too much."""


class Finding(asyncio.DatagramProtocol):
    """The discovery port: answers each neighbour that looks for this tuner, to where it asked from."""

    _transport: asyncio.DatagramTransport

    def __init__(self, tuner: Tuner, reach: Reach, patience: Patience) -> None:
        self._tuner, self._reach, self._patience = tuner, reach, patience

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Peer) -> None:
        request = packets.decode(data)
        base_url = self._reach.base_url(addr[0]) if request else None
        if request is None or base_url is None:
            return
        answer = native.discovered(request, self._tuner, base_url)
        if answer is not None and self._patience.take(addr[0]):
            self._transport.sendto(packets.encode(answer), addr)


class Control:
    """The control port: answers what neighbours ask of the tuner's variables."""

    def __init__(
        self, tuner: Tuner, tuned: Callable[[], Sequence[Channel | None]], patience: Patience
    ) -> None:
        self._tuner, self._tuned, self._patience = tuner, tuned, patience
        self._clients: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one client until it goes, says what is no packet, or is silent for too long."""
        self._clients.add(writer)
        peer = writer.get_extra_info("peername")
        try:
            if peer and is_near(peer[0]) and len(self._clients) <= _MOST_CONNECTIONS:
                await self._answer(peer[0], reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # Gone, in whichever way: nobody is left to tell.
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _answer(self, peer: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(_IDLE_SECONDS):
                header = await reader.readexactly(packets.HEADER_BYTES)
                following = packets.following(header)
                if following > packets.MOST_PAYLOAD_BYTES + packets.CRC_BYTES:
                    return
                request = packets.decode(header + await reader.readexactly(following))
            if not self._patience.take(peer):
                await asyncio.sleep(_HELD_BACK_SECONDS)
            answer = native.controlled(request, self._tuner, self._tuned()) if request else None
            if answer is None:
                return
            writer.write(packets.encode(answer))
            await writer.drain()

    def close(self) -> None:
        """Lets go of everybody."""
        for writer in self._clients:
            writer.close()


async def open_finding(stack: contextlib.AsyncExitStack, finding: Finding, at: Peer) -> int:
    """Listens for who looks, until the stack ends it; gives the port. Raises OSError."""
    ears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # Another emulator on this machine may listen too: each gets every broadcast.
        ears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ears.setblocking(False)
        ears.bind(at)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: finding, sock=ears)
    except OSError:
        ears.close()
        raise
    stack.callback(transport.close)
    return int(ears.getsockname()[1])


async def open_control(stack: contextlib.AsyncExitStack, control: Control, at: Peer) -> int:
    """Listens for who asks, until the stack ends it; gives the port. Raises OSError."""
    server = await asyncio.start_server(control.serve, *at, family=socket.AF_INET)
    stack.callback(control.close)
    stack.callback(server.close)
    return int(server.sockets[0].getsockname()[1])
