"""Runs the application under uvicorn: tells when it listens, and ends endless answers when told to go."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

import uvicorn
from litestar import Litestar

from runtime.broadcast import Broadcast

SHUTDOWN_SECONDS = 5
"""Longest wait for answers that are being sent when the server is told to go."""


class Server(uvicorn.Server):
    """A uvicorn server for endless answers."""

    def __init__(self, app: Litestar, host: str, port: int, ready: Callable[[int], None]) -> None:
        """`ready` is called with the port once it listens."""
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            # Query and headers are small here; a long header line is no player's.
            h11_max_incomplete_event_size=16 * 1024,
        )
        super().__init__(config)
        self._app = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready(self._port())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn waits for every answer to end, and a stream never does by itself (performance.md).
        broadcast: Broadcast | None = getattr(self._app.state, "broadcast", None)
        if broadcast is not None:
            broadcast.end_streams()
        await super().shutdown(sockets)

    def _port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


def quiet_slow_viewers() -> None:
    """Keeps uvicorn from logging an error for each viewer that was dropped: that is our decision."""
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: "returned without completing response" not in record.getMessage()
    )
