"""From YAML to a published timeline, in a process of its own, against a bare insert of the same rows."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
from measuring import ROUNDS, Result, seconds

CHANNELS, DAYS = 20, 7
NOW = "2026-03-06T12:00Z"
CLIPS = (5, 7, 10, 12, 15, 20, 25, 30, 40, 45, 50, 60)

STATION = f"""
station: {{name: Bench, timezone: Europe/Amsterdam, horizon: {DAYS}d}}
collections:
  shows: {{from: library, where: "kind = 'episode'"}}
  films: {{from: library, where: "kind = 'movie'"}}
  clips: {{from: library, where: "kind = 'clip'"}}
filler:
  ident: {{play: clips, mode: count, count: 1}}
  to_the_half: {{play: clips, mode: pad, to: 30m}}
  breaks: {{play: clips, mode: duration, duration: 15m}}
"""
CHANNEL = """
channels:
  c{n}: {{number: {n}, name: Channel {n}, schedule: s{n}, filler: {{pre_roll: ident, tail: breaks}}}}
schedules:
  s{n}:
    kind: loop
    items:
      - {{play: shows, order: shuffle, mode: flood, filler: {{post_roll: to_the_half}}}}
      - {{play: films, order: shuffle, mode: one, start: "20:00"}}
      - {{play: shows, order: shuffle, mode: flood}}
"""


def write_station(folder: Path) -> None:
    """A station of many channels over one library of a few hundred items."""
    items = [
        f"{{id: e{n}, title: Episode {n}, kind: episode, show: Show {n % 12}, season: {1 + n // 24}, "
        f"episode: {1 + n % 24}, video: black, duration: {19 * 60 + n * 37 % 420}s}}"
        for n in range(288)
    ]
    items += [
        f"{{id: f{n}, title: Film {n}, kind: movie, video: black, duration: {80 + n}m}}" for n in range(40)
    ]
    items += [
        f"{{id: c{n}, title: Clip {n}, video: black, duration: {CLIPS[n % len(CLIPS)]}s}}" for n in range(60)
    ]
    rows = "".join(f"      - {item}\n" for item in items)
    (folder / "library.yaml").write_text(f"sources:\n  library:\n    type: lavfi\n    items:\n{rows}")
    (folder / "station.yaml").write_text(STATION)
    for n in range(1, CHANNELS + 1):
        (folder / f"channel-{n}.yaml").write_text(CHANNEL.format(n=n))


def run(*args: str, state: Path) -> None:
    environ = {**os.environ, "EXSTREAMTV_STATE_DIR": str(state)}
    subprocess.run([sys.executable, "-m", "exstv", *args], check=True, capture_output=True, env=environ)


def measure() -> Iterator[Result]:
    """Rows of playout items a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        station = folder / "station"
        station.mkdir()
        write_station(station)
        run("scan", str(station), state=folder / "scan")
        states = [folder / f"state-{number}" for number in range(ROUNDS)]
        took = median(
            seconds(lambda state=state: run("compile", str(station), "--now", NOW, state=state))
            for state in states
        )
        (timeline,) = (states[0] / "timeline").glob("*.duckdb")
        rows, bare = bare_insert(timeline, folder)
    yield Result(
        f"compile {CHANNELS} channels × {DAYS} d, {rows:,} items",
        rows / took,
        rows / bare,
        "items/s",
        "DuckDB's bare insert of these rows",
    )


def bare_insert(timeline: Path, folder: Path) -> tuple[int, float]:
    """How many playout items there are, and how long it takes to write them to a file of their own."""
    with duckdb.connect(str(timeline), read_only=True) as connection:
        columns = connection.execute("SELECT * FROM playout_item").fetchnumpy()
        found = connection.execute(
            "SELECT sql FROM duckdb_tables() WHERE table_name = 'playout_item'"
        ).fetchone()
    assert found is not None
    # Plain arrays, as the store has them: a masked one would be read value by value.
    plain = {name: _plain(values) for name, values in columns.items()}

    def insert(number: int) -> None:
        with duckdb.connect(str(folder / f"bare-{number}.duckdb")) as connection:
            connection.execute(found[0])
            connection.register("given", plain)
            connection.execute("INSERT INTO playout_item SELECT * FROM given")
            connection.execute("CHECKPOINT")

    return len(plain["seq"]), median(seconds(lambda n=n: insert(n)) for n in range(ROUNDS))


def _plain(values: np.ndarray) -> np.ndarray:
    if isinstance(values, np.ma.MaskedArray):
        return values.astype(object).filled(None) if values.dtype == object else values.filled()
    return values
