"""From a push, and from a save, to the guide that shows it: a running server over 100 channels of 7 days.

What is edited is one channel's name. The remote is asked every second, and a push is measured from the
moment when git has it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from compiling import LARGE, write_station
from measuring import ROUNDS, Result
from repositories import Repository, machine, repository
from watching import Server

PROMISED_PUSH_S, PROMISED_SAVE_S = 5.0, 1.0
SIZE = replace(LARGE, channels=100, days=7)
EDITED = "channel-7.yaml"
NAMES = "/iptv/channels.m3u"


def measure() -> Iterator[Result]:
    """Seconds beside what issue 7 allows."""
    # What is installed has its bytecode, also where this environment would have none written.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    what = f"{SIZE.channels} ch × {SIZE.days} d"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_station(folder / "station", SIZE)
        server = Server(folder / "station", EXSTREAMTV_CATALOG__MODE="locked")
        saves = [_saved(server, folder / "station", n) for n in range(ROUNDS)]
        server.stop()
        repo = repository(folder / "station", folder / "bare.git")
        server = Server(machine(folder / "machine", repo), EXSTREAMTV_CATALOG__MODE="locked")
        server.until("/api/v1/revision", '"state":"on_air"')
        pushed = [_pushed(server, repo, n) for n in range(ROUNDS)]
        server.stop()
    yield Result(f"push to the guide, {what}", median(pushed), PROMISED_PUSH_S, "s", "the promise")
    yield Result(f"save to the guide, {what}", median(saves), PROMISED_SAVE_S, "s", "the promise")


def _saved(server: Server, station: Path, number: int) -> float:
    path = station / EDITED
    text = _renamed(path, f"Saved {number}")
    begun = time.perf_counter()
    path.write_text(text)
    server.until(NAMES, f",Saved {number}")
    return time.perf_counter() - begun


def _pushed(server: Server, repo: Repository, number: int) -> float:
    path = repo.work / EDITED
    path.write_text(_renamed(path, f"Pushed {number}"))
    repo.commit()
    repo.push()
    begun = time.perf_counter()
    server.until(NAMES, f",Pushed {number}")
    return time.perf_counter() - begun


def _renamed(path: Path, name: str) -> str:
    """The text of a file with another name for its channel."""
    before, word, rest = path.read_text().partition("name: ")
    return f"{before}{word}{name}{rest[rest.index(',') :]}"
