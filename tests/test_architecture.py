"""Rules that hold for every file of the three packages, read from their syntax trees."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path for name in ("exstv", "compiler", "runtime") for path in (ROOT / name).rglob("*.py"))

MOST_LINES = 400
MOST_LINES_A_FUNCTION = 60

SPAWNERS = {
    "compiler/workers.py": "the channels of a compile, built on every core by forks of it",
    "runtime/process/child.py": "the pool's children",
    "exstv/sources/probing.py": "the workers that open media files",
    "exstv/cli/checks.py": "what the doctor tries, outside of any server",
    "exstv/cli/revision.py": "git, asked where a station stands, and told to commit a scan",
    "exstv/checkouts.py": "git, asked for the files of a commit",
}
"""Every file that may start a process, and which processes those are."""

CLOCKS = {"exstv/clock.py"}

EXCUSED = {
    (
        "exstv/timeline/tables.py",
        "type: ignore[name-defined]",
    ): "mypy takes `list[self.row]` for an annotation",
}
"""Every comment that silences a checker, and why it is there."""

_SPAWNS = re.compile(
    r"subprocess\.(run|call|check_call|check_output|getoutput|getstatusoutput|Popen)"
    r"|os\.(system|popen|fork|forkpty|exec\w+|spawn\w+|posix_spawnp?)"
    r"|(\w+\.)*(create_subprocess_(exec|shell)|subprocess_(exec|shell))"
    r"|multiprocessing\.\w+|(\w+\.)*ProcessPoolExecutor|pty\.\w+"
)
_READS_CLOCK = re.compile(
    r"time\.(time|time_ns|monotonic|monotonic_ns|localtime|gmtime|ctime)"
    r"|(datetime\.)*datetime\.(now|utcnow|today)|(datetime\.)*date\.today"
)
_SILENCES = re.compile(r"type: ignore(?:\[[\w, -]+\])?|noqa(?:: ?[A-Z0-9, ]+)?")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def full_names(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: `from time import time as now` makes `now` mean `time.time`."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.asname or each.name: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return found


def mentions(tree: ast.Module, wanted: re.Pattern[str]) -> Iterator[str]:
    """Every name that the code uses, called or handed on, and that a pattern matches."""
    names = full_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = ast.unparse(node).partition(".")
            full = names.get(first, first) + dot + rest
            if wanted.fullmatch(full):
                yield full


def used_in(wanted: re.Pattern[str]) -> set[str]:
    return {name_of(path) for path in FILES if any(mentions(tree_of(path), wanted))}


def test_imports_go_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert "1 kept, 0 broken" in done.stdout


def test_only_the_owners_of_processes_start_any() -> None:
    assert used_in(_SPAWNS) == set(SPAWNERS)


def test_only_the_clock_reads_the_clock() -> None:
    assert used_in(_READS_CLOCK) == CLOCKS


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("import subprocess as s\ns.run(['true'])", _SPAWNS),
        ("from subprocess import Popen as P\nP(['true'])", _SPAWNS),
        ("import asyncio\nstart = asyncio.create_subprocess_exec", _SPAWNS),
        ("import os\nos.system('true')", _SPAWNS),
        ("from os import posix_spawn\nposix_spawn('true')", _SPAWNS),
        ("async def f(loop):\n    await loop.subprocess_exec(f, 'true')", _SPAWNS),
        ("import concurrent.futures\nconcurrent.futures.ProcessPoolExecutor()", _SPAWNS),
        ("import time\ntime.time()", _READS_CLOCK),
        ("from time import time_ns as now\nnow()", _READS_CLOCK),
        ("from datetime import datetime\ndatetime.now()", _READS_CLOCK),
        ("import datetime as d\nd.datetime.utcnow()", _READS_CLOCK),
        ("from datetime import date\nfield(default_factory=date.today)", _READS_CLOCK),
    ],
)
def test_what_is_looked_for_is_found(code: str, pattern: re.Pattern[str]) -> None:
    assert list(mentions(ast.parse(code), pattern))


def test_what_only_resembles_it_is_not_found() -> None:
    tree = ast.parse("import subprocess\nfrom datetime import time\nsubprocess.PIPE\ntime(6)\nclock.now_ms()")

    assert [*mentions(tree, _SPAWNS), *mentions(tree, _READS_CLOCK)] == []


def test_nothing_prints() -> None:
    calls = [
        name_of(path)
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]

    assert calls == []


def test_files_are_short() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}

    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{name_of(path)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: length for name, length in lengths.items() if length > MOST_LINES_A_FUNCTION} == {}


def test_what_silences_a_checker_is_counted_and_excused() -> None:
    found = []
    for path in FILES:
        with path.open("rb") as file:
            comments = [
                each.string for each in tokenize.tokenize(file.readline) if each.type == tokenize.COMMENT
            ]
        found += [(name_of(path), match[0]) for text in comments for match in _SILENCES.finditer(text)]

    assert sorted(found) == sorted(EXCUSED)


def test_every_benchmark_can_be_loaded_beside_what_the_tests_share() -> None:
    argv = [sys.executable, "tests/benchmarks", "none of them"]
    told = subprocess.run(argv, cwd=ROOT, env={**os.environ, "PYTHONPATH": "tests"}, capture_output=True)
    files = {path.stem for path in (ROOT / "tests/benchmarks").glob("*.py")}
    assert told.returncode == 2 and b"no benchmark `none of them`" in told.stderr
    known = set(told.stderr.decode().partition("there are ")[2].strip().split(", "))
    assert known < files and len(known) > 10
