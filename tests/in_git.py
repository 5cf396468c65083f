"""A station in git that is on air, and what is asked of it: for tests of going back and of moving."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from repositories import Repository, repository

from exstv.cli import compile as compile_command
from exstv.cli import rollback
from exstv.clock import from_iso
from exstv.timeline import query, versions
from exstv.timeline.model import Timeline

NOW = "2026-03-06T12:00Z"
LATER = "2026-03-06T15:00Z"
"""Six programmes of half an hour later."""
STATION = """
    station: {name: Harbour TV, timezone: UTC, horizon: 1d}
    sources:
      cards:
        type: lavfi
        items:
          - {id: a, title: A, video: testsrc2, duration: 30m}
          - {id: b, title: B, video: testsrc2, duration: 30m}
          - {id: c, title: C, video: testsrc2, duration: 30m}
          - {id: d, title: D, video: testsrc2, duration: 30m}
          - {id: e, title: E, video: testsrc2, duration: 30m}
    collections: {few: {items: ["cards:e", "cards:d"]}}
    channels: {one: {number: 1, name: One, schedule: day}}
    schedules: {day: {kind: loop, items: [{play: cards, order: listed, mode: flood}]}}
"""


def on_air_since_noon(tmp_path: Path) -> Repository:
    """A station in git that is on air since `NOW`."""
    folder = tmp_path / "station"
    folder.mkdir()
    (folder / "all.yaml").write_text(dedent(STATION), encoding="utf-8")
    repo = repository(folder, tmp_path / "bare.git")
    assert compiled(repo, NOW) == 0
    return repo


def compiled(repo: Repository, now: str) -> int:
    return compile_command.run([str(repo.work), "--now", now, "--scan"])


def rolled_back(repo: Repository, now: str, *words: str) -> int:
    return rollback.run([*words, "--station", str(repo.work), "--now", now])


def on_air(repo: Repository) -> Timeline:
    path = versions.current(repo.work / ".exstv")
    assert path is not None
    return query.load(path)


def titles(timeline: Timeline, start: str, count: int) -> list[str]:
    coming = [each for each in timeline.programmes if each.start_ms >= from_iso(start)]
    return [each.title for each in coming[:count]]
