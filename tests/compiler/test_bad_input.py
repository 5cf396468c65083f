"""Whatever bytes stand in a station: one diagnostic, exit code 1, no traceback, and soon."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from mistakes import long_file

from exstv.cli import compile as compile_command

NOW = "2026-03-06T12:00Z"
STATION = """
    station: {name: Harbour TV, timezone: UTC, broadcast_day: "00:00", horizon: 1d}
    channels:
      a: {number: 1, name: Alpha, schedule: day}
    schedules:
      day: {kind: loop, items: [{play: cards, order: listed, mode: flood}]}
    sources:
      cards: {type: lavfi, items: [{id: film, title: Film, video: testsrc2, duration: 90m}]}
    """
REFERENCE_S = 0.00975
"""What a million turns of an empty loop take on the machine that the limits are for."""

CALL = """
import sys, time
from pathlib import Path
from exstv.cli.main import main
code = main(sys.argv[1:])
status = Path("/proc/self/status").read_text()
peak_kb = int(status.partition("VmHWM:")[2].split()[0])
print("measured", time.process_time(), peak_kb / 1024)
sys.exit(code)
"""

ALIAS_BOMB = "a0: &a0 [lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60)
)
QUADRATIC = f"a: &a {'x' * 200_000}\nb: [{'*a, ' * 200_000}]\n"
RUBBISH = random.Random(3).randbytes(300_000)
LONG = "x" * 1_000_000
FILES = {
    "alias bomb": (ALIAS_BOMB.encode(), "EXS1005"),
    "quadratic bomb": (QUADRATIC.encode(), "EXS1005"),
    "flow sequences": (b"a: " + b"[" * 2000 + b"]" * 2000, "EXS1007"),
    "flow mappings": (b"{a: " * 2000 + b"}" * 2000, "EXS1007"),
    "flow sequences without an end": (b"[" * 200_000, "EXS1007"),
    "block mappings": ("".join(f"{' ' * depth}a:\n" for depth in range(2000)).encode(), "EXS1007"),
    "block sequences": (b"- " * 2000 + b"a", "EXS1007"),
    "nul": (b"collections:\n  a\0b: {from: cards}\n", "EXS1013"),
    "nul only": (b"\0" * 100_000, "EXS1013"),
    "utf-16": ("collections: {}\n".encode("utf-16"), "EXS1009"),
    "utf-16 without a mark": ("collections: {}\n".encode("utf-16-le"), "EXS1013"),
    "latin-1": ("collections:\n  caf\u00e9: {from: cards}\n".encode("latin-1"), "EXS1009"),
    "surrogates": (b"a: \xed\xa0\x80", "EXS1009"),
    "50 MB": (b"# nothing\n" * 5_000_000, "EXS1008"),
    "rubbish": (RUBBISH, "EXS1009"),
    "program": (b"\x7fELF\x02\x01\x01" + bytes(200), "EXS1013"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), "EXS1009"),
    "one long line": (LONG.encode(), "EXS1012"),
    "one long value": (f"collections: {{a: {{from: {LONG}}}}}".encode(), "EXS3001"),
    "one long list": (f"collections: {{a: {{from: [{'cards, ' * 100_000}crads]}}}}".encode(), "EXS3001"),
    "long key": (f"? {'k' * 100_000}\n: 1\n".encode(), "EXS2001"),
    "long key without a mark": (b"k" * 100_000 + b": 1\n", "EXS1003"),
    "open quote": (b'a: "' + b"x\n" * 200_000, "EXS1003"),
    "list": (b"- a\n" * 50_000, "EXS1012"),
}


def speed() -> float:
    """How many times as long as on the reference machine a computation takes here and now."""
    began = time.process_time()
    for _ in range(1_000_000):
        pass
    return max(1.0, (time.process_time() - began) / REFERENCE_S)


@pytest.fixture
def station(tmp_path: Path) -> Path:
    (tmp_path / "station.yaml").write_text(dedent(STATION), encoding="utf-8")
    return tmp_path


def check(station: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the diagnostics of a check."""
    code = compile_command.run([str(station), "--check", "--scan", "--now", NOW, "--format", "json"])
    printed = capsys.readouterr().out
    # No diagnostic is a page long, whatever it is about.
    assert len(printed) < 20_000
    return code, [json.loads(line) for line in printed.splitlines()]


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_one_diagnostic(name: str, station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, expected = FILES[name]
    (station / "bad.yaml").write_bytes(raw)
    limit = 3 * speed()
    began = time.process_time()
    code, found = check(station, capsys)
    assert (code, [each["code"] for each in found]) == (1, [expected])
    assert time.process_time() - began < limit


@pytest.mark.parametrize("name", ["alias bomb", "quadratic bomb", "50 MB", "one long line", "long key"])
def test_a_bad_file_is_shown_in_little_memory(name: str, station: Path) -> None:
    (station / "bad.yaml").write_bytes(FILES[name][0])
    done = run(station)
    assert done.code == 1
    assert "Traceback" not in done.printed
    assert f"error[{FILES[name][1]}]" in done.printed
    assert "1 error in 1 file" in done.printed
    assert len(done.printed) < 5000
    assert done.memory_mb < 200


def test_links_pipes_and_what_may_not_be_read(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def only(expected: str) -> None:
        code, found = check(station, capsys)
        assert (code, [each["code"] for each in found]) == (1, [expected])

    path = station / "x.yaml"
    path.symlink_to(station / "nowhere.yaml")
    only("EXS1001")
    path.unlink()
    path.symlink_to(path)
    only("EXS1001")
    path.unlink()
    os.mkfifo(path)
    only("EXS1001")
    path.unlink()
    # A folder may be called like a file; a link in it that leads up is a loop.
    path.mkdir()
    assert check(station, capsys) == (0, [])
    (path / "up").symlink_to(station)
    only("EXS1014")
    (path / "up").unlink()
    if os.geteuid():
        (path / "secret.yaml").write_text("a: 1")
        (path / "secret.yaml").chmod(0)
        only("EXS1001")


@pytest.mark.parametrize(("text", "expected"), [(None, "EXS1015"), ("", "EXS2018"), ("# none\n", "EXS2018")])
def test_a_station_of_nothing(
    text: str | None, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "a.yaml").write_text(text)
    code, found = check(tmp_path, capsys)
    assert (code, [each["code"] for each in found]) == (1, [expected])


def test_three_hundred_mistakes_in_ten_thousand_lines_are_all_told(tmp_path: Path) -> None:
    text, wrong = long_file(830, 300)
    assert text.count("\n") > 10_000
    (tmp_path / "station.yaml").write_text(text)
    limit = 2 * speed()
    done = run(tmp_path, "--format", "concise")
    lines = [int(line.split(":")[1]) for line in done.printed.splitlines() if "error[" in line]
    assert lines == wrong
    assert len(wrong) == 300
    assert done.cpu_s < limit
    assert "300 errors in 1 file" in run(tmp_path).printed


class run:
    """A check as a process of its own: what it printed, its exit code, its memory and time."""

    def __init__(self, station: Path, *more: str) -> None:
        argv = ["compile", str(station), "--check", "--scan", "--now", NOW, *more]
        done = subprocess.run(
            [sys.executable, "-c", CALL, *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.printed, _, measured = done.stdout.rpartition("measured ")
        self.code = done.returncode
        self.cpu_s, self.memory_mb = map(float, measured.split())
