"""Runs the application under uvicorn: listens, goes on air, and ends endless answers when told to go.

A connection whose client does not read is cut, never waited for: connection.py.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from litestar import Litestar

from exstv.errors import CannotStart, ExstvError
from runtime.broadcast import Broadcast
from runtime.connection import Connection, bound
from runtime.events import Events
from runtime.tuner.discovery import Discovery

GOODBYE_SECONDS = 1.0
"""How long clients have to take the last bytes when the server is told to go; then they are cut off."""
SHUTDOWN_SECONDS = 3
"""Longest wait for answers that are being made then."""


def run_server(app: Litestar, host: str, port: int, ready: Callable[[int], None]) -> None:
    """Serves until SIGINT or SIGTERM; `ready` is called with the port once it listens. Raises CannotStart."""
    listening = listen(host, port)
    config = uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        # No player sends long headers.
        h11_max_incomplete_event_size=16 * 1024,
    )
    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_on_air(app, _Server(config, ready), listening))
    except ExceptionGroup as group:
        # Litestar starts its lifespan in a task group, which wraps what our owners raise.
        reason = group.subgroup(ExstvError)
        if reason is None:
            raise
        raise CannotStart("; ".join(str(error) for error in reason.exceptions)) from group
    finally:
        listening.close()


async def _on_air(app: Litestar, server: _Server, listening: socket.socket) -> None:
    # Ours instead of uvicorn's lifespan, which would print a traceback for what is only a missing ffmpeg.
    async with app.lifespan():
        server.streams = app.state.broadcast
        server.events = app.state.events
        server.discovery = Discovery(app.state.services)
        await server.serve([listening])


class _Server(uvicorn.Server):
    """A uvicorn server for endless answers."""

    streams: Broadcast
    events: Events
    discovery: Discovery

    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for each in sockets or ():
            host, port = each.getsockname()[:2]
            # Only now: who hears of us asks at once.
            await self.discovery.start(host, port)
            self._ready(port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.discovery.close()
        # uvicorn waits for every answer to end, and a stream never does by itself (performance.md).
        self.streams.end_streams()
        self.events.end()
        cutting = asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self._cut_off)
        await super().shutdown(sockets)
        cutting.cancel()

    def _cut_off(self) -> None:
        for connection in list(self.server_state.connections):
            assert isinstance(connection, Connection), "asked for in the configuration"
            connection.cut()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn would raise the signal anew after serving, before our owners are closed.
        self.force_exit = self.should_exit
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Takes the address that clients are to find. Raises CannotStart."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound(listening)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        reason = (error.strerror or str(error)).lower()
        raise CannotStart(
            f"cannot listen on {host} port {port}: {reason}; set server.port in config.yaml"
        ) from error
    return listening


def quiet_slow_viewers() -> None:
    """Keeps uvicorn from logging an error for each viewer that was dropped: that is our decision."""
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: "returned without completing response" not in record.getMessage()
    )
