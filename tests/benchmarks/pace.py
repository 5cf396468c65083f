"""How far a channel's pace is from the wall clock's, and how long a viewer ever waits for more.

By the stream's own clock, after the first stretch that comes at once.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from measuring import LONG, Result
from station import CHANNEL, PACKET, on_air

WINDOW_S = 60.0 if LONG else 15.0
SETTLE_S = 5.0
PERCENT, SILENCE_MS = 0.1, 200.0
STATION = """
station: {{name: Pace, timezone: UTC, horizon: 1d}}
profiles:
  hd: {{resolution: 640x360, video: {{bitrate: {rate}, preset: ultrafast, gop: 2s}}}}
sources:
  cards:
    type: lavfi
    items:
      - id: card
        title: Card
        video: "testsrc2=s=640x360:r=30,noise=alls=100:allf=t"
        audio: "sine=f=440:r=48000"
        duration: 1h
schedules:
  day: {{kind: loop, items: [{{play: cards}}]}}
channels:
  one: {{number: 1, name: One, schedule: day}}
"""


def clocks(viewer: socket.socket) -> Iterator[tuple[float, float]]:
    """For each portion that comes: when, and the last clock value (PCR) that it brought, in seconds."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += viewer.recv(65_536)
    data = data.partition(b"\r\n\r\n")[2]
    while more := viewer.recv(1 << 20):
        at = time.monotonic()
        data += more
        whole = len(data) // PACKET * PACKET
        found = (_clock(data, place) for place in range(whole - PACKET, -1, -PACKET))
        clock = next((each for each in found if each is not None), None)
        data = data[whole:]
        if clock is not None:
            yield at, clock


def _clock(data: bytes, at: int) -> float | None:
    if not (data[at + 3] & 0x20 and data[at + 4] >= 7 and data[at + 5] & 0x10):
        return None
    return (int.from_bytes(data[at + 6 : at + 11], "big") >> 7) / 90_000


def followed(viewer: socket.socket) -> list[tuple[float, float]]:
    """What comes in the window, after the stretch at the start."""
    begun = time.monotonic() + SETTLE_S
    found = []
    for at, clock in clocks(viewer):
        if at > begun:
            found.append((at, clock))
        if at > begun + WINDOW_S:
            return found
    raise RuntimeError("the stream ended")


def off_pace(found: list[tuple[float, float]]) -> float:
    """By how many percent the stream's clock differs from the wall clock, from the first to the last."""
    (first_at, first), (last_at, last) = found[0], found[-1]
    return 100 * abs((last - first) / (last_at - first_at) - 1)


def measure() -> Iterator[Result]:
    """Percent, and milliseconds."""
    for rate in ("500k", "20M"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "station.yaml").write_text(STATION.format(rate=rate))
            argv = [sys.executable, "-m", "exstv", "compile", name, "--scan"]
            subprocess.run(argv, check=True, capture_output=True)
            with on_air(folder) as server, server.get(CHANNEL) as viewer:
                found = followed(viewer)
        silence = max(b - a for (a, _), (b, _) in pairwise(found))
        what = f"pace over {WINDOW_S:.0f} s at {rate.replace('k', ' kb/s').replace('M', ' Mb/s')}"
        yield Result(f"{what}: off by", off_pace(found), PERCENT * 60 / WINDOW_S, "%", "promised")
        yield Result(f"{what}: longest silence", 1000 * silence, SILENCE_MS, "ms", "promised")
