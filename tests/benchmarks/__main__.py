"""Measures what exstv costs: `make bench`, or `python tests/benchmarks`, on a machine that does nothing else.

How to read it: each line is the median of five, beside a limit measured in the same run on the same
machine: the least that any program must do for the same end (a bare insert, a bare ffmpeg, a walk over the
packets); or beside what is promised. Machines differ, limits differ with them, so watch the ratio: a change
that moves it is ours. Of a rate more is better, of a time or a share of a core less is. The first line tells
how fast this machine runs Python at all: runs whose first lines differ much were not made under the same
conditions. Nothing here passes or fails. `BENCH_LONG=1` measures over a minute what is promised over one.

One file a benchmark; each has `measure() -> Iterator[Result]`.
"""

from __future__ import annotations

import sys
import time

import compiling
import crowd
import gitops
import guide
import hls
import isolation
import library
import measuring
import pace
import pages
import promises
import recompiling
import servers
import splicing
import tuning
import viewers
import wide_server

BENCHMARKS = (
    compiling,
    recompiling,
    splicing,
    guide,
    pages,
    tuning,
    viewers,
    crowd,
    isolation,
    pace,
    hls,
    promises,
    gitops,
    servers,
    library,
    wide_server,
)


def main() -> int:
    """Runs every benchmark, or those named, and prints a line for each result as it is made."""
    started = time.perf_counter()
    names = set(sys.argv[1:])
    if unknown := names - {each.__name__ for each in BENCHMARKS}:
        known = ", ".join(each.__name__ for each in BENCHMARKS)
        sys.stderr.write(f"no benchmark `{', '.join(sorted(unknown))}`; there are {known}\n")
        return 2
    sys.stdout.write(f"for i in range(1000000): pass  {measuring.calibrate() * 1000:.1f} ms\n\n")
    sys.stdout.write(measuring.HEADER)
    for benchmark in BENCHMARKS:
        if not names or benchmark.__name__ in names:
            for result in benchmark.measure():
                sys.stdout.write(result.line())
                sys.stdout.flush()
    sys.stdout.write(f"\n{time.perf_counter() - started:.0f} s in all\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
