"""A server of 200 channels for a week: what it takes at rest, and what its guide costs those who watch."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from statistics import median

import psutil
from measuring import ROUNDS, Result, seconds
from station import CHANNEL, EXSTV, GUIDE, OnAir, on_air, until_picture

CHANNELS, DAYS, PROGRAMMES = 200, 7, 96
PROMISED_MB, PROMISED_304_MS, PROMISED_STALL_MS = 150.0, 1.0, 50.0
QUIET_SECONDS, WATCHED_SECONDS, ASKED = 5.0, 10.0, 200

STATION = f"""
station: {{name: Wide, timezone: UTC, horizon: {DAYS}d}}
profiles:
  small: {{resolution: 640x360, video: {{bitrate: 1M, preset: veryfast}}}}
schedules:
  day: {{kind: loop, items: [{{play: cards, order: shuffle, mode: flood}}]}}
sources:
  cards:
    type: lavfi
    items:
"""
CARD = (
    '      - {{id: c{n}, title: "Card {n}", plot: "What happens in {n}, told in a sentence.", duration: 30m,'
    ' video: "testsrc2=s=640x360:r=30", audio: "sine=f=440:r=48000"}}\n'
)


def write(folder: Path) -> None:
    """The station, compiled."""
    cards = "".join(CARD.format(n=n) for n in range(PROGRAMMES))
    channels = "".join(
        f"  c{n}: {{number: {n}, name: Channel {n}, schedule: day, profile: small}}\n"
        for n in range(1, CHANNELS + 1)
    )
    (folder / "station.yaml").write_text(f"{STATION}{cards}channels:\n{channels}")
    subprocess.run([*EXSTV, "compile", str(folder), "--scan"], check=True, capture_output=True)


def measure() -> Iterator[Result]:
    """Megabytes at rest; ms for a guide that a client has, and of the longest stall while one is written."""
    span = f"{CHANNELS} channels x {DAYS} d"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        stalls = []
        for _ in range(ROUNDS):
            with on_air(folder) as server:
                time.sleep(QUIET_SECONDS)
                at_rest = psutil.Process(server.pid).memory_info().rss / 1e6
                stalls.append(_stalls(server))
                unchanged = _unchanged_ms(server)
    yield Result(f"server at rest, {span}", at_rest, PROMISED_MB, "MB", "promised")
    yield Result("  a guide that the client has (304)", unchanged, PROMISED_304_MS, "ms", "promised")
    calm, while_written = (median(each) for each in zip(*stalls, strict=True))
    what = "  a viewer's longest wait while the guide is written"
    yield Result(what, while_written, PROMISED_STALL_MS, "ms", "promised")
    yield Result("  the same", while_written, calm, "ms", "its longest wait before")


def _unchanged_ms(server: OnAir) -> float:
    # The plainest of clients: httpx takes as long for itself as all of the server's answer.
    with closing(HTTPConnection("127.0.0.1", server.port)) as client:
        client.request("HEAD", GUIDE)
        answer = client.getresponse()
        tag = answer.headers["ETag"]
        answer.read()

        def ask() -> None:
            client.request("GET", GUIDE, headers={"If-None-Match": tag})
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (304, b"")

        return median(seconds(ask) for _ in range(ASKED)) * 1000


def _stalls(server: OnAir) -> tuple[float, float]:
    """The longest wait between two arrivals, in ms: for some seconds, and while a guide is written."""
    arrivals: list[float] = []
    done = threading.Event()
    with server.get(CHANNEL) as viewer:
        until_picture(lambda: viewer.recv(65_536))
        watching = threading.Thread(target=_note_arrivals, args=(viewer, arrivals, done))
        watching.start()
        # The first seconds come at once.
        time.sleep(QUIET_SECONDS)
        calm = time.monotonic()
        time.sleep(WATCHED_SECONDS)
        asked = time.monotonic()
        with server.get(GUIDE) as reader:
            # Nothing is done with it: what the viewer's thread waits for is to be the server alone.
            while reader.recv(1_000_000):
                pass
        answered = time.monotonic()
        done.set()
        watching.join()
    return _longest_ms(arrivals, calm, asked), _longest_ms(arrivals, asked, answered)


def _note_arrivals(viewer: socket.socket, arrivals: list[float], done: threading.Event) -> None:
    while not done.is_set() and viewer.recv(65_536):
        arrivals.append(time.monotonic())


def _longest_ms(arrivals: list[float], start: float, finish: float) -> float:
    inside = [start, *(at for at in arrivals if start < at < finish), finish]
    return max(b - a for a, b in pairwise(inside)) * 1000
