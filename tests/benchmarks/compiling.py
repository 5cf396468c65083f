"""From YAML to a published timeline, in a process of its own, cold and with empty caches.

Beside each rate stand two limits: DuckDB's bare insert of the very same rows, measured in the same run, and
what another system was measured to do for the same end on such a machine (its figure, not measured here).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import psutil
from measuring import ROUNDS, Result, seconds

from exstv.catalog.lock import LOCK_NAME, definition_digest, encode, seal
from exstv.catalog.model import MediaItem, ScannedSource
from exstv.cli.scan import read_sources

NOW = "2026-03-06T12:00Z"
EXSTREAMTV, TUNARR = 12_000, 11_000
"""Items a second of their own builders, each with its database, on the shape that stands beside it."""
PROMISED_MB = 600

STATION = """
station: {{name: Bench, timezone: Europe/Amsterdam, horizon: {days}d}}
sources:
  library: {{type: local, path: library}}
collections:
  shows: {{from: library, where: "kind = 'episode'"}}
  films: {{from: library, where: "kind = 'movie'"}}
  clips: {{from: library, where: "kind = 'clip'"}}
filler:
  breaks: {{play: clips, mode: pad, to: 30m}}
  tail: {{play: clips, mode: duration, duration: 30m}}
"""
HALF_HOURS = """
channels:
  c{n}: {{number: {n}, name: Channel {n}, schedule: s{n}, filler: {{post_roll: breaks}}}}
schedules:
  s{n}:
    kind: loop
    items: [{{play: shows, order: shuffle, mode: flood}}]
"""
SLOTS = """
channels:
  c{n}: {{number: {n}, name: Channel {n}, schedule: s{n}, filler: {{tail: tail}}}}
schedules:
  s{n}:
    kind: slots
    slots:
"""
SLOT = (
    '      - {{start: "{hour:02}:{minute:02}", play: {play}, order: shuffle, mode: one, padding: filler}}\n'
)


@dataclass(frozen=True)
class Shape:
    """One station to generate: its channels are alike, and share one library."""

    what: str
    channels: int
    days: int
    clips: int
    channel: Callable[[int], str]
    peer: float
    peer_name: str


def _half_hours(number: int) -> str:
    return HALF_HOURS.format(n=number)


def _slots(number: int) -> str:
    """A day of half-hour slots, and a film in the evening."""
    times = [(minute // 60, minute % 60) for minute in range(360, 1800, 30)]
    slots = [
        SLOT.format(hour=hour % 24, minute=minute, play="films" if (hour, minute) == (20, 0) else "shows")
        for hour, minute in times
        if not (20, 0) < (hour, minute) < (22, 30)
    ]
    return SLOTS.format(n=number) + "".join(slots)


BREAKS = Shape(
    "half hours, 60 clips", 100, 14, 60, _half_hours, EXSTREAMTV, "EXStreamTV's builder, elsewhere"
)
GRID = Shape("slots, 2,000 clips", 100, 7, 2000, _slots, TUNARR, "Tunarr's builder, elsewhere")
LARGE = Shape("half hours, 60 clips", 500, 14, 60, _half_hours, EXSTREAMTV, "")


def library(clips: int) -> Iterator[MediaItem]:
    """Episodes of 24 to 28 minutes, films, and clips of 20 seconds to three minutes."""
    for n in range(288):
        yield _item(f"show {n % 12}/{n:03}.mkv", "episode", 24 * 60_000 + n * 7919 % 240_000, n)
    for n in range(40):
        yield _item(f"films/{n:02}.mkv", "movie", (95 + n) * 60_000 + n * 3001 % 60_000, n)
    for n in range(clips):
        yield _item(f"clips/{n:04}.mp4", "clip", 20_000 + n * 7717 % 160_000, n)


def _item(key: str, kind: str, duration_ms: int, n: int) -> MediaItem:
    facts = (
        {"show": f"Show {n % 12}", "season": 1 + n // 24, "episode": 1 + n % 24} if kind == "episode" else {}
    )
    plot = "Somebody wants something, and somebody else does not want them to have it. " * 3
    return MediaItem(
        id=f"library:{key}",
        source="library",
        kind=kind,
        title=f"{kind.title()} {n}",
        locator=key,
        duration_ms=duration_ms,
        plot=plot,
        **facts,
    )


def write_station(folder: Path, shape: Shape) -> None:
    """A station with a file a channel; its library stands in the lock, as no file of it need be there."""
    folder.mkdir()
    (folder / "station.yaml").write_text(STATION.format(days=shape.days))
    for number in range(1, shape.channels + 1):
        (folder / f"channel-{number}.yaml").write_text(shape.channel(number))
    sources, _ = read_sources(folder)
    scanned = {each.name: ScannedSource(items=0, definition=definition_digest(each)) for each in sources}
    (folder / LOCK_NAME).write_bytes(encode(seal(library(shape.clips), scanned)))


def compile_cold(station: Path, state: Path) -> subprocess.Popen[bytes]:
    """Starts a compile as a user does."""
    environ = {**os.environ, "EXSTREAMTV_STATE_DIR": str(state)}
    command = [sys.executable, "-m", "exstv", "compile", str(station), "--now", NOW]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ)


def measure() -> Iterator[Result]:
    """Playout items a second of both shapes, how evenly clips are used, and the memory of a large station."""
    for shape in (BREAKS, GRID):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_station(folder / "station", shape)
            took = median(_seconds_of(folder, number) for number in range(ROUNDS))
            (timeline,) = (folder / "state-0" / "timeline").glob("*.duckdb")
            rows, bare = bare_insert(timeline, folder)
            what = f"compile {shape.channels} ch × {shape.days} d, {shape.what}, {rows:,}"
            yield Result(what, rows / took, rows / bare, "items/s", "DuckDB's bare insert of these rows")
            yield Result("  the same", rows / took, shape.peer, "items/s", shape.peer_name)
            if shape is GRID:
                uneven = unevenness(timeline)
                yield Result("  plays a week, most less least used clip", uneven, 2, "plays", "promised")
    yield Result(
        f"compile {LARGE.channels} ch × {LARGE.days} d, memory", peak_mb(LARGE), PROMISED_MB, "MB", "promised"
    )


def _seconds_of(folder: Path, number: int) -> float:
    def run() -> None:
        if compile_cold(folder / "station", folder / f"state-{number}").wait() != 0:
            raise RuntimeError("the station does not compile")

    return seconds(run)


def unevenness(timeline: Path) -> float:
    """By how much the plays of a channel's most and least used clips differ, on the worst channel."""
    with duckdb.connect(str(timeline), read_only=True) as connection:
        found = connection.execute(
            "SELECT max(most - CASE WHEN used < (SELECT count(*) FROM media WHERE kind = 'clip') THEN 0 ELSE"
            " least END) FROM (SELECT max(plays) AS most, min(plays) AS least, count(*) AS used FROM"
            " (SELECT channel, media_id, count(*) AS plays FROM playout_item WHERE kind = 'filler'"
            " AND media_id IS NOT NULL GROUP BY 1, 2) GROUP BY channel)"
        ).fetchone()
    assert found is not None
    return float(found[0])


def peak_mb(shape: Shape) -> float:
    """The most memory that a compile and its workers have at a time; what they share is counted once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_station(folder / "station", shape)
        process = compile_cold(folder / "station", folder / "state")
        peak = 0
        while process.poll() is None:
            peak = max(peak, _tree_bytes(process.pid))
            time.sleep(0.02)
    return peak / 1e6


def _tree_bytes(pid: int) -> int:
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        # It ended between two looks.
        return total
    return total


def bare_insert(timeline: Path, folder: Path) -> tuple[int, float]:
    """How many playout items there are, and how long it takes to write them to a file of their own."""
    with duckdb.connect(str(timeline), read_only=True) as connection:
        columns = connection.execute("SELECT * FROM playout_item ORDER BY channel, seq").fetchnumpy()
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
        plain = values.data.astype(object)
        plain[np.ma.getmaskarray(values)] = None
        return plain
    return values
