"""`exstv plan`, run as `exstv` runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from exstv.cli import compile as compile_command
from exstv.cli import plan
from exstv.clock import from_iso
from exstv.errors import ExstvError, TimelineUnusable
from exstv.timeline import query, store, versions
from exstv.timeline.carried import carried_state, encode_state
from exstv.timeline.query import TimelineReader

NOW = "2026-03-06T12:00Z"
STATION = """
    station: {name: Harbour TV, timezone: UTC, broadcast_day: "00:00", horizon: 1d}
    channels:
      a: {number: 1, name: Alpha, schedule: day}
      b: {number: 2, name: Beta, schedule: other}
    schedules:
      day:
        kind: loop
        items:
          - {play: cards, order: listed, mode: flood}
      other:
        kind: loop
        items:
          - {play: cards, order: listed, mode: flood}
    sources:
      cards:
        type: lavfi
        items:
          - {id: bars, title: Bars, video: smptehdbars, duration: 25m}
          - {id: film, title: Film, video: testsrc2, duration: 90m, kind: movie, year: 1950}
    """
SHORTER = ("mode: flood", "mode: duration, duration: 3h")
"""An edit of the first channel's schedule: the film no longer fits the end of its three hours."""


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A station that is on air."""
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "station"
    folder.mkdir()
    (folder / "all.yaml").write_text(dedent(STATION), encoding="utf-8")
    assert compile_command.run([str(folder), "--now", NOW, "--scan"]) == 0
    return folder


def edit(station: Path, old: str, new: str) -> None:
    path = station / "all.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def plan_at(station: Path, *more: str, now: str = NOW) -> int:
    return plan.run([str(station), "--now", now, *more])


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def test_without_an_edit_nothing_changes(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert plan_at(station) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.startswith("Harbour TV: version 1 on air → working tree, 2026-03-06T12:00Z to ")
    assert lines == ["1 Alpha  no change", "2 Beta  no change"]


def test_an_edit_is_shown_and_nothing_is_published(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(station, *SHORTER)
    capsys.readouterr()
    assert plan_at(station, "--format", "json") == 0
    first, second = json.loads(capsys.readouterr().out)["channels"]
    assert first["counts"]["moved"] > 0
    assert second["changes"] == []
    path = store.current(station / ".exstv")
    assert path is not None and path.name == "v00000001.duckdb"


def test_what_is_on_air_plays_to_its_end(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The film that is on at noon ends first: the edit counts from the next junction on.
    edit(station, "play: cards", "play: films")
    edit(station, "schedules:", "collections: {films: {items: ['cards:bars']}}\nschedules:")
    assert plan_at(station) == 0
    assert "cuts" not in capsys.readouterr().out


def test_a_channel_taken_away_cuts_what_is_on_air(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(station, "schedule: other}", "schedule: other, enabled: false}")
    capsys.readouterr()
    assert plan_at(station) == plan.UNSAFE == 3
    said = capsys.readouterr()
    assert "2 Beta  channel removed: " in said.out
    assert "cuts what is on air: " in said.out
    assert said.err.strip() == "exstv plan: this would cut what is on air on 2 Beta"
    assert plan_at(station, "--allow-cut") == 0
    assert "this would cut what is on air on 2 Beta" in capsys.readouterr().err


def test_against_a_file(station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.duckdb"
    assert compile_command.run([str(station), "--now", NOW, "--out", str(other)]) == 0
    edit(station, "name: Beta", "name: Gamma")
    capsys.readouterr()
    assert plan_at(station, "--against", str(other)) == 0
    out = capsys.readouterr().out
    assert f"{other} → working tree" in out
    assert "2 Gamma  other name" in out


def test_against_a_revision_of_git(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(station.parent, "init", "-q")
    git(station.parent, "add", "station/all.yaml")
    git(station.parent, "commit", "-q", "-m", "one")
    edit(station, *SHORTER)
    capsys.readouterr()
    assert plan_at(station, "--against", "HEAD", "--format", "markdown") == 0
    out = capsys.readouterr().out
    assert "HEAD → working tree" in out
    assert "**2 Beta**: no change" in out
    assert "**1 Alpha**: no change" not in out


def test_a_revision_that_does_not_exist_or_compile_is_told(station: Path) -> None:
    with pytest.raises(ExstvError, match="`v1` is no timeline's file and no git revision"):
        plan_at(station, "--against", "v1")
    git(station.parent, "init", "-q")
    edit(station, "order: listed", "order: listd")
    git(station.parent, "add", "station/all.yaml")
    git(station.parent, "commit", "-q", "-m", "broken")
    edit(station, "order: listd", "order: listed")
    with pytest.raises(ExstvError, match="at `HEAD` does not compile: `listd` is not one of"):
        plan_at(station, "--against", "HEAD")
    # Nothing that looks like an option reaches git as one.
    with pytest.raises(ExstvError, match="no git revision"):
        plan_at(station, "--against=--all")


def test_a_station_with_mistakes_has_no_plan(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(station, "order: listed", "order: listd")
    capsys.readouterr()
    assert plan_at(station) == 1
    said = capsys.readouterr()
    assert (said.out, "EXS2004" in said.err) == ("", True)


def test_nothing_on_air_names_the_commands_that_help(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(dedent(STATION), encoding="utf-8")
    assert compile_command.run([str(tmp_path), "--now", NOW, "--scan", "--check"]) == 0
    with pytest.raises(TimelineUnusable, match="exstv compile"):
        plan_at(tmp_path)


def test_what_is_planned_is_what_is_published(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The digest covers every item, programme and anchor, in order."""
    edit(station, "order: listed", "order: shuffle")
    later = "2026-03-06T17:40Z"
    state = station / "state.json"
    path = versions.current(station / ".exstv")
    assert path is not None
    reader = TimelineReader.open(path)
    state.write_bytes(encode_state(carried_state(reader, from_iso("2026-03-06T15:05Z"))))
    reader.close()
    for given in ((), ("--state", str(state))):
        capsys.readouterr()
        assert plan_at(station, *given, "--allow-cut", "--format", "json", now=later) == 0
        planned = json.loads(capsys.readouterr().out)
        assert compile_command.run([str(station), "--now", later, *given]) == 0
        published = versions.current(station / ".exstv")
        assert published is not None
        header = query.load(published).header
        assert (planned["digest"], planned["lock_digest"]) == (header.digest, header.lock_digest)
        versions.point_at(path)


def test_the_comment_names_what_it_stands_on_and_what_was_assumed(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(station, *SHORTER)
    (station / "rules.yaml").write_text("policies: {ads: {max_filler_per_hour: 1m}}\n")
    capsys.readouterr()
    assert plan_at(station, "--format", "markdown") == 0
    out = capsys.readouterr().out
    lock = query.load(station / ".exstv" / "timeline" / "v00000001.duckdb").header.lock_digest[:12]
    assert f"As of 2026-03-06T12:00:00.000Z, lock `{lock}`, progress: that of version 1, on air here." in out
    assert "Policies and tests: 10 found." in out and "of filler on" in out
    assert "<details><summary>The next 24 hours side by side</summary>" in out
    assert plan_at(station, "--format", "markdown", "--state", "http://127.0.0.1:9/api/v1/state") == 0
    said = capsys.readouterr()
    assert "the server could not be asked" in said.out
    assert "assumed is that of version 1, on air here" in said.out
    assert "warning[EXS7006]" in said.err
