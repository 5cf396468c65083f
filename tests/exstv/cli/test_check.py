"""`exstv compile --check` holds a station to its policies and tests; nothing else does."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from exstv.cli import compile as compile_command
from exstv.timeline import versions

NOW = "2026-03-06T12:00Z"
STATION = """
    station: {name: Harbour TV, timezone: UTC, broadcast_day: "00:00", horizon: 1d}
    channels:
      a: {number: 1, name: Alpha, schedule: day}
    schedules:
      day:
        kind: loop
        items:
          - {play: cards, order: listed, mode: flood}
    sources:
      cards:
        type: lavfi
        items:
          - {id: film, title: Film, video: testsrc2, duration: 90m, kind: movie}
    policies:
      watershed:
        sql: "select channel, start_time, title from programme where start_time = '2026-03-06 18:00'"
    tests:
      - {channel: a, at: "2026-03-06 18:30", expect: {kind: episode}}
    """


@pytest.fixture
def station(tmp_path: Path) -> Path:
    (tmp_path / "all.yaml").write_text(dedent(STATION), encoding="utf-8")
    return tmp_path


def compiled(station: Path, *more: str) -> int:
    return compile_command.run([str(station), "--now", NOW, "--scan", *more])


def test_a_policy_and_a_test_fail_the_check_at_their_lines(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compiled(station, "--check") == 1
    said = capsys.readouterr().err
    assert "error[EXS5044]: `watershed` finds `a` at 2026-03-06 18:00, title `Film`\n" in said
    assert f"{station}/all.yaml:9:" in said
    assert "expected kind `episode`, found `movie`" in said
    assert f"{station}/all.yaml:19:" in said


def test_a_warning_passes_the_check(station: Path) -> None:
    path = station / "all.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("sql:", "severity: warning\n    sql:").replace("episode", "movie"))
    assert compiled(station, "--check") == 0


def test_only_the_check_runs_them(station: Path) -> None:
    assert compiled(station) == 0
    assert versions.current(station / ".exstv") is not None


def test_sarif_is_all_that_is_on_stdout(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compiled(station, "--check", "--format", "sarif") == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert [each["ruleId"] for each in run["results"]] == ["EXS5044", "EXS5047"]


def test_a_workflow_reads_its_own_commands(
    station: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert compiled(station, "--check") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == [f"::error file={station}/all.yaml"] * 2
