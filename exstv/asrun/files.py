"""The files of the as-run log: one a UTC day, `2026-12-25.jsonl` while it is open and `.parquet` after.

An entry is in the file of the day in which it finished, so a day that is over gets no more. Owns the names;
runtime/asrun.py alone writes here.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from exstv.clock import to_utc

ON_AIR = "on-air.jsonl"
"""What was on air a second ago or waited for its line, for a server that is killed: no part of the log."""

LOCK = "writer.lock"
"""Locked by the server that writes, for as long as it lives."""

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.(jsonl|parquet)")


def as_run_dir(state_dir: Path) -> Path:
    """The folder of the as-run log."""
    return state_dir / "as-run"


def day_of(instant_ms: int) -> date:
    """The UTC day of an instant."""
    return to_utc(instant_ms).date()


def open_file(folder: Path, day: date) -> Path:
    """Where the entries of a day are appended."""
    return folder / f"{day.isoformat()}.jsonl"


def closed_file(folder: Path, day: date) -> Path:
    """Where the entries of a day are once it is over."""
    return folder / f"{day.isoformat()}.parquet"


def open_days(folder: Path) -> dict[date, Path]:
    """The days with lines that are not rewritten yet, in order."""
    return _days(folder, "jsonl")


def closed_days(folder: Path) -> dict[date, Path]:
    """The days that are rewritten as Parquet, in order."""
    return _days(folder, "parquet")


def _days(folder: Path, suffix: str) -> dict[date, Path]:
    if not folder.is_dir():
        return {}
    matches = ((_DAY.fullmatch(path.name), path) for path in folder.iterdir())
    found = ((match[1], path) for match, path in matches if match and match[2] == suffix)
    return {date.fromisoformat(day): path for day, path in sorted(found)}
