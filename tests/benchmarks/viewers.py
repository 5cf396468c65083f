"""CPU of many viewers of one channel, against a program that sends as much to as many and does no more."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil
from measuring import ROUNDS, Result
from station import CHANNEL, on_air

VIEWERS = 50
WINDOW_S, SETTLE_S = 2.0, 6.0
TURNS_A_SECOND = 30

# What viewers.py measures itself against: `python -c SENDER PORT BYTES_A_SECOND`.
SENDER = f"""
import asyncio, sys
port, rate = (int(word) for word in sys.argv[1:])
block = bytes(rate // {TURNS_A_SECOND})
writers = []
async def main():
    server = await asyncio.start_server(lambda reader, writer: writers.append(writer), "127.0.0.1", port)
    sys.stdout.write(f"{{server.sockets[0].getsockname()[1]}}\\n")
    sys.stdout.flush()
    loop, turn = asyncio.get_running_loop(), 0
    started = loop.time()
    while True:
        turn += 1
        for writer in writers:
            writer.write(block)
        await asyncio.sleep(max(0, started + turn / {TURNS_A_SECOND} - loop.time()))
asyncio.run(main())
"""


class Reader(asyncio.Protocol):
    """A viewer that takes everything and looks at nothing."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)


async def share(pid: int, port: int, request: bytes) -> tuple[float, float]:
    """The share of a core that a process takes to serve the viewers, and bytes a second that each gets."""
    loop = asyncio.get_running_loop()
    process = psutil.Process(pid)
    pairs = [await loop.create_connection(lambda: Reader(request), "127.0.0.1", port) for _ in range(VIEWERS)]
    # A channel that was just tuned to runs ahead first.
    await asyncio.sleep(SETTLE_S)
    shares: list[float] = []
    before, since = sum(reader.received for _, reader in pairs), time.monotonic()
    for _ in range(ROUNDS):
        used, at = _cpu(process), time.monotonic()
        await asyncio.sleep(WINDOW_S)
        shares.append((_cpu(process) - used) / (time.monotonic() - at))
    rate = (sum(reader.received for _, reader in pairs) - before) / (time.monotonic() - since) / VIEWERS
    if not all(reader.received > rate for _, reader in pairs):
        raise RuntimeError("a viewer was not served")
    for transport, _ in pairs:
        transport.close()
    return median(shares), rate


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of the process itself: its ffmpeg is not counted."""
    times = process.cpu_times()
    return float(times.user + times.system)


def measure() -> Iterator[Result]:
    """Percent of one core."""
    with tempfile.TemporaryDirectory() as name, on_air(Path(name)) as server:
        request = f"GET {CHANNEL} HTTP/1.0\r\n\r\n".encode()
        taken, rate = asyncio.run(share(server.pid, server.port, request))
    argv = [sys.executable, "-c", SENDER, "0", str(round(rate))]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as sender:
        assert sender.stdout is not None
        bare, _ = asyncio.run(share(sender.pid, int(sender.stdout.readline()), b""))
        sender.kill()
    what = f"{VIEWERS} viewers of one channel, {8 * rate / 1e6:.1f} Mb/s"
    yield Result(what, 100 * taken, 100 * bare, "% core", "asyncio that sends the same to as many")
