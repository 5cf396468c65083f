"""From a push, and from a save, to the guide that shows it: a running server over 100 channels of 7 days.

What is edited is one channel's name, and the guide is the whole of XMLTV. The remote is asked every second,
and a push is measured from the moment when git has it. The first save in a while is one where no compiler
waits; the others come as people's do, some seconds after the one before.
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
NAMES, GUIDE = "/iptv/channels.m3u", "/iptv/xmltv.xml"
PAUSE_S = 4.0


def measure() -> Iterator[Result]:
    """Seconds beside what issue 7 allows."""
    # What is installed has its bytecode, also where this environment would have none written.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    what = f"{SIZE.channels} ch × {SIZE.days} d"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_station(folder / "station", SIZE)
        server = Server(folder / "station", EXSTREAMTV_CATALOG__MODE="locked")
        first, *saves = [_saved(server, folder / "station", n) for n in range(1 + ROUNDS)]
        server.stop()
        repo = repository(folder / "station", folder / "bare.git")
        server = Server(machine(folder / "machine", repo), EXSTREAMTV_CATALOG__MODE="locked")
        server.until("/api/v1/revision", '"state":"on_air"')
        pushed = [_pushed(server, repo, n) for n in range(ROUNDS)]
        broken = _broken(server, repo)
        server.stop()
    yield Result(f"push to the guide, {what}", median(pushed), PROMISED_PUSH_S, "s", "the promise")
    yield Result("  a broken one to the page", broken, PROMISED_PUSH_S, "s", "the promise")
    yield Result(f"save to the guide, {what}", median(saves), PROMISED_SAVE_S, "s", "the promise")
    yield Result("  the first save in a while", first, PROMISED_SAVE_S, "s", "the promise")


def _saved(server: Server, station: Path, number: int) -> float:
    path = station / EDITED
    text = _renamed(path, f"Saved {number}")
    _at_rest(server)
    begun = time.perf_counter()
    path.write_text(text)
    _until_listed(server, f"Saved {number}")
    return time.perf_counter() - begun


def _pushed(server: Server, repo: Repository, number: int) -> float:
    path = repo.work / EDITED
    path.write_text(_renamed(path, f"Pushed {number}"))
    _at_rest(server)
    repo.commit()
    repo.push()
    begun = time.perf_counter()
    _until_listed(server, f"Pushed {number}")
    return time.perf_counter() - begun


def _broken(server: Server, repo: Repository) -> float:
    (repo.work / "broken.yaml").write_text("channels: {x: [\n")
    _at_rest(server)
    repo.commit()
    repo.push()
    begun = time.perf_counter()
    server.until("/", "broken.yaml:")
    return time.perf_counter() - begun


def _at_rest(server: Server) -> None:
    """Players have asked for the guide, and the last edit is some seconds ago."""
    server.get(GUIDE)
    time.sleep(PAUSE_S)


def _until_listed(server: Server, name: str) -> None:
    """Waits for the timeline, which is asked for at a small price, and for the whole guide of it."""
    server.until(NAMES, f",{name}")
    if f">{name}<".encode() not in server.get(GUIDE).content:
        raise RuntimeError(f"the guide does not list {name}")


def _renamed(path: Path, name: str) -> str:
    """The text of a file with another name for its channel."""
    before, word, rest = path.read_text().partition("name: ")
    return f"{before}{word}{name}{rest[rest.index(',') :]}"
