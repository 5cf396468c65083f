"""Worker processes: what one file does to its reader, it does to itself only."""

from __future__ import annotations

import sys
from pathlib import Path

from exstv.sources.probed import Failed, Probed
from exstv.sources.probing import ProbeSpec, probe_files

# A worker that hangs on `hang`, crashes on `crash`, leaves on `leave`, and answers everything else.
WORKER = """
import json, os, signal, sys, time
for line in sys.stdin:
    name = json.loads(line)
    if name.endswith("hang"): time.sleep(60)
    if name.endswith("crash"): os.kill(os.getpid(), signal.SIGSEGV)
    if name.endswith("leave"): sys.exit(0)
    answer = {"type": "probed", "duration_ms": 1, "streams": [], "chapters": [], "title": name}
    sys.stdout.write(json.dumps(answer) + "\\n")
    sys.stdout.flush()
"""


def spec(workers: int = 2, limit_s: float = 30.0) -> ProbeSpec:
    return ProbeSpec(command=(sys.executable, "-c", WORKER), workers=workers, limit_s=limit_s)


def test_a_file_that_crashes_the_reader_costs_only_itself() -> None:
    paths = [Path(name) for name in ("a", "crash", "b", "leave", "c")]

    answers = probe_files(paths, lambda path: None, spec(workers=1))

    assert {str(path) for path, answer in answers.items() if isinstance(answer, Probed)} == {"a", "b", "c"}
    assert answers[Path("crash")] == answers[Path("leave")] == Failed("reading it made the reader crash")


def test_a_file_that_hangs_the_reader_is_given_up() -> None:
    # A reader needs a while to start, too, and more on a busy machine.
    answers = probe_files([Path("hang"), Path("a")], lambda path: None, spec(workers=1, limit_s=3))

    assert answers[Path("hang")] == Failed("reading it took more than 3 s")
    assert isinstance(answers[Path("a")], Probed)


def test_each_file_is_probed_once_and_reported_as_it_ends() -> None:
    paths = [Path(f"file {number}\n'") for number in range(20)]
    seen: list[Path] = []

    answers = probe_files(paths, seen.append, spec())

    assert sorted(seen) == sorted(paths) == sorted(answers)
    assert all(answers[path] == Probed(1, (), (), str(path)) for path in paths)


def test_a_worker_that_cannot_be_used_fails_each_file() -> None:
    broken = ProbeSpec(command=(sys.executable, "-c", "raise SystemExit(3)"), workers=1)

    assert probe_files([Path("a")], lambda path: None, broken) == {
        Path("a"): Failed("reading it made the reader crash")
    }


def test_nothing_to_probe_starts_nothing() -> None:
    assert probe_files([], lambda path: None, ProbeSpec(command=("/nowhere/at/all",))) == {}
