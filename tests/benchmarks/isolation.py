"""What viewers notice of others who stop reading, read a byte a second, or connect and vanish."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from crowd import Crowd, Hall, clip, film, program, station
from measuring import Result
from station import CHANNEL, OnAir, on_air

WATCHING, VANISHING, STALLED = 5, 200, 20
STALL_MS = 200.0
FILM = 6
"""How many clips it is long."""


def trouble(server: OnAir, over: threading.Event) -> None:
    """Everything at once, until told that it is over."""
    with ExitStack() as stack:
        readers = [stack.enter_context(_join(server)) for _ in range(STALLED)]
        vanished = 0
        while not over.wait(0.02):
            if vanished % 50 == 0:
                # All but one never read at all.
                _read_one(readers[0])
            if vanished < VANISHING:
                _join(server).close()
            vanished += 1


def _join(server: OnAir) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    client.sendall(f"GET {CHANNEL} HTTP/1.0\r\n\r\n".encode())
    return client


def _read_one(client: socket.socket) -> None:
    try:
        client.recv(1, socket.MSG_DONTWAIT)
    except (BlockingIOError, ConnectionResetError):
        """Nothing has come yet, or it was cut off: as it should be."""


def measure() -> Iterator[Result]:
    """Milliseconds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        played = film(clip(folder / "clip.h264"), folder / "film.mp4", FILM)
        hall = Hall(program(folder))
        with on_air(station(folder / "one", "realtime", 1, (played,))) as server:
            over = threading.Event()
            others = threading.Thread(target=trouble, args=(server, over))
            others.start()
            try:
                seen: Crowd = hall.watch((server.pid, server.port), {CHANNEL: WATCHING}, settle=4)
            finally:
                over.set()
                others.join()
    what = f"{STALLED} who stall, {VANISHING} who vanish: others wait"
    yield Result(what, seen.late_ms, STALL_MS, "ms", "promised")
