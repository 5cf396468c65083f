"""What the benchmarks share: medians, the calibration, and how a result is printed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

ROUNDS = 5
LONG = "BENCH_LONG" in os.environ
"""Whether what is promised over a minute is measured over one, `BENCH_LONG=1 make bench`, or in short."""
HEADER = f"{'what':<46} {'measured':>16} {'limit':>16} {'ratio':>8}  the limit is\n"


@dataclass(frozen=True)
class Result:
    """One line: what was measured against which limit, both in one unit."""

    what: str
    measured: float
    limit: float
    unit: str
    peer: str

    def line(self) -> str:
        """The line as it is printed."""
        ratio = self.measured / self.limit
        measured, limit = (f"{_rounded(value)} {self.unit}" for value in (self.measured, self.limit))
        return f"{self.what:<46} {measured:>16} {limit:>16} {_rounded(ratio):>8}  {self.peer}\n"


def _rounded(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def seconds(work: Callable[[], object]) -> float:
    """How long something takes once."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def typical_seconds(work: Callable[[], object]) -> float:
    """How long something takes: the median of some rounds, after one that warms up."""
    work()
    return median(seconds(work) for _ in range(ROUNDS))


def calibrate() -> float:
    """How long a million turns of an empty loop take."""

    def loop() -> None:
        for _ in range(1_000_000):
            pass

    return typical_seconds(loop)
