"""Runs the application under uvicorn: listens, goes on air, and ends endless answers when told to go.

A connection whose client does not read is cut, never waited for: connection.py.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from litestar import Litestar

from exstv.errors import CannotStart, ExstvError
from exstv.settings import Settings
from runtime.broadcast import Broadcast
from runtime.connection import IDLE_SECONDS, LONGEST_HEAD, Connection, bound
from runtime.events import Events
from runtime.gate.gate import Gate
from runtime.gate.hosts import machine_name
from runtime.process.guards import FDS_PER_PROCESS, raised_descriptor_limit
from runtime.tuner.discovery import Discovery

GOODBYE_SECONDS = 1.0
"""How long clients have to take the last bytes when the server is told to go; then they are cut off."""
SHUTDOWN_SECONDS = 3
"""Longest wait for answers that are being made then."""


def run_server(app: Litestar, settings: Settings, ready: Callable[[int], None]) -> None:
    """Serves until SIGINT or SIGTERM; `ready` is called with the port once it listens. Raises CannotStart."""
    listening = listen(settings.server.host, settings.server.port)
    config = uvicorn.Config(
        Gate(app, settings.server, machine_name()),
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        # From so many on uvicorn answers nobody; connection.py closes the one too many before that.
        limit_concurrency=most_connections(settings, raised_descriptor_limit()) + 1,
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


def most_connections(settings: Settings, descriptors: int | None) -> int:
    """How many clients may be connected: never so many that ffmpeg could not be started for want of files."""
    wanted = settings.server.max_connections
    if descriptors is None:
        return wanted
    kept = settings.ffmpeg.fd_guard_reserve + FDS_PER_PROCESS * settings.ffmpeg.max_processes
    # On a machine that gives hardly any, clients and processes share.
    return max(16, min(wanted, max(descriptors - kept, descriptors // 4)))


class _Server(uvicorn.Server):
    """A uvicorn server for endless answers."""

    streams: Broadcast
    events: Events
    discovery: Discovery

    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # What is there now stays: looked through again and again it would only keep garbage waiting.
        gc.collect()
        gc.freeze()
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


_CLIENTS_DOING = ("returned without completing response", "Invalid HTTP request", "upgrade request")


def quiet_about_clients() -> None:
    """Keeps uvicorn from logging what clients did: a viewer that we dropped, a request that is no HTTP.

    A stranger could fill the disk with it.
    """
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: not any(words in record.getMessage() for words in _CLIENTS_DOING)
    )
