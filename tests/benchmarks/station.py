"""A station on air for the benchmarks that watch it, and what a viewer sees of a stream."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PACKET, VIDEO_PID, PAT, PMT = 188, 0x100, 0x0, 0x1000

EXSTV = (sys.executable, "-m", "exstv")
STATION = """
station: {name: Bench, timezone: UTC, horizon: 1d}
profiles:
  hd: {resolution: 1280x720, video: {bitrate: 4M, preset: veryfast, gop: 2s}}
sources:
  cards:
    type: lavfi
    items:
      - {id: card, title: Card, video: "testsrc2=s=1280x720:r=30", audio: "sine=f=440:r=48000", duration: 1h}
schedules:
  day: {kind: loop, items: [{play: cards}]}
channels:
  one: {number: 1, name: One, schedule: day}
"""


CHANNEL, GUIDE = "/iptv/channel/1.ts", "/iptv/xmltv.xml"


@dataclass(frozen=True)
class OnAir:
    """A running server."""

    pid: int
    port: int

    def get(self, path: str) -> socket.socket:
        """Asks for something; the answer is the reader's."""
        client = socket.create_connection(("127.0.0.1", self.port))
        client.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return client


@contextmanager
def on_air(folder: Path) -> Iterator[OnAir]:
    """Puts the station in a folder on air, as a user does."""
    log = folder / "log"
    if not (folder / "station.yaml").exists():
        (folder / "station.yaml").write_text(STATION)
        subprocess.run([*EXSTV, "compile", str(folder), "--scan"], check=True, capture_output=True)
    environ = {
        **os.environ,
        "EXSTREAMTV_SERVER__HOST": "127.0.0.1",
        "EXSTREAMTV_SERVER__PORT": "0",
        # A crowd here has one address.
        "EXSTREAMTV_SERVER__MAX_VIEWERS_PER_CLIENT": "1000",
    }
    with log.open("wb") as file:
        process = subprocess.Popen([*EXSTV, "serve", str(folder)], stdout=file, stderr=file, env=environ)
    try:
        yield OnAir(process.pid, _port(process, log))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    while process.poll() is None:
        if found := re.search(r"Page +http://127\.0\.0\.1:(\d+)/", log.read_text(errors="replace")):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"the server ended:\n{log.read_text(errors='replace')}")


def until_picture(read: Callable[[], bytes]) -> bytes:
    """Reads a stream until its first keyframe is there as a whole: until the frame after it begins.

    Gives what was read.
    """
    data = b""
    while not _has_picture(data):
        more = read()
        if not more:
            raise RuntimeError("the stream ended before its first keyframe")
        data += more
    return data


def pids(data: bytes) -> list[int]:
    """The PIDs of a stream's packets, from the first on."""
    start = _start(data) or 0
    return [(data[at + 1] & 0x1F) << 8 | data[at + 2] for at in range(start, len(data) - PACKET + 1, PACKET)]


def _start(data: bytes) -> int | None:
    """Where a stream begins after an HTTP head: three sync bytes stand a packet apart."""
    return next((at for at in range(min(len(data), 2048)) if data[at::PACKET][:3] == b"GGG"), None)


def _has_picture(data: bytes) -> bool:
    start = _start(data)
    if start is None:
        return False
    keyframe = False
    for at in range(start, len(data) - PACKET + 1, PACKET):
        begins = data[at + 1] & 0x40 and (data[at + 1] & 0x1F) << 8 | data[at + 2] == VIDEO_PID
        if begins and keyframe:
            return True
        if begins and data[at + 3] & 0x20 and data[at + 4] and data[at + 5] & 0x40:
            keyframe = True
    return False
