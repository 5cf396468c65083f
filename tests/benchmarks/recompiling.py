"""A compile of a large station of which one line was edited, or nothing: the whole process, caches warm.

Beside the time of an edit stands that of a compile from nothing of the same station in the same run, and
what is promised; each compile is for a minute after the one before, as an editor's are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from compiling import LARGE, NOW, write_station
from measuring import ROUNDS, Result, seconds

from exstv.clock import from_iso, to_iso
from exstv.units import MINUTE_MS

PROMISED_LINE_S, PROMISED_NONE_S = 1.5, 0.4
EDITED = "channel-7.yaml"


def measure() -> Iterator[Result]:
    """Seconds of a compile after an edit of one line, and of one where nothing changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_station(folder / "station", LARGE)
        minutes = iter(range(1000))
        cold = seconds(lambda: _compile(folder, next(minutes)))
        lines = median(_edited(folder, number, next(minutes)) for number in range(ROUNDS))
        unchanged = median(seconds(lambda: _compile(folder, next(minutes))) for _ in range(ROUNDS))
    what = f"{LARGE.channels} ch × {LARGE.days} d"
    yield Result(f"recompile {what}, one line", lines, PROMISED_LINE_S, "s", "promised")
    yield Result("  the same", lines, cold, "s", "the whole station, this run")
    yield Result(f"recompile {what}, no change", unchanged, PROMISED_NONE_S, "s", "promised")


def _edited(folder: Path, number: int, minute: int) -> float:
    """How long the compile takes after the films of one channel go another way."""
    path = folder / "station" / EDITED
    before, after = ("shuffle", "random") if number % 2 == 0 else ("random", "shuffle")
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    return seconds(lambda: _compile(folder, minute))


def _compile(folder: Path, minute: int) -> None:
    """As a user does."""
    now = to_iso(from_iso(NOW) + minute * MINUTE_MS)
    environ = {**os.environ, "EXSTREAMTV_STATE_DIR": str(folder / "state")}
    command = [sys.executable, "-m", "exstv", "compile", str(folder / "station"), "--now", now]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ, check=True)
