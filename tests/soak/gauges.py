"""What is measured of a server while it plays, and what counts as growth."""

from __future__ import annotations

import asyncio
import gc
import statistics
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil

MOST_GROWTH = 0.05
WINDOW = 8
"""Samples that are judged together: one moment says little of what comes and goes."""


class Sample(msgspec.Struct, frozen=True):
    """One look: seconds that have passed, bytes of the process and of Python's own, and what is open."""

    seconds: float
    rss: int
    traced: int
    descriptors: int
    tasks: int
    files: int
    children: int


LEVELS = ("rss", "traced")
"""Judged by their medians; what is counted is judged by what is left at the quietest moment."""
COUNTS = ("descriptors", "tasks", "files")


def look(seconds: float, folder: Path) -> Sample:
    """Measures this process and the files below a folder."""
    gc.collect()
    process = psutil.Process()
    return Sample(
        seconds=seconds,
        rss=process.memory_info().rss,
        traced=tracemalloc.get_traced_memory()[0],
        descriptors=process.num_fds(),
        tasks=len(asyncio.all_tasks()),
        # The as-run log has one more file a day, which is what it is for.
        files=sum(1 for path in folder.rglob("*") if path.is_file() and path.parent.name != "as-run"),
        children=len(process.children(recursive=True)),
    )


def growth(samples: Sequence[Sample]) -> dict[str, float]:
    """By which part each measure grew from the first samples to the last ones."""
    first, last = samples[:WINDOW], samples[-WINDOW:]
    found = {}
    for name in (*LEVELS, *COUNTS):
        judge = statistics.median if name in LEVELS else min
        before, after = (judge(getattr(each, name) for each in window) for window in (first, last))
        found[name] = after / before - 1 if before else 0.0
    return found


def grown(samples: Sequence[Sample]) -> list[str]:
    """What grew by more than may be, in words."""
    return [f"{name} grew by {part:.1%}" for name, part in growth(samples).items() if part > MOST_GROWTH]
