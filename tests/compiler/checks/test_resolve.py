"""Policies and tests as they are written become what is held against a timeline."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from compiler.checks.model import Checks, DeadAir, FillerLoad, Query, Repeat
from compiler.load import load
from compiler.parse import parse
from compiler.resolve import resolve
from compiler.validate import validate
from exstv.catalog.lock import seal
from exstv.catalog.model import Catalog, MediaItem, ScannedSource
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic, Severity
from exstv.units import MINUTE_MS

STATION = """
station: {name: Harbour TV, timezone: UTC}
sources: {films: {type: local, path: films}}
collections: {noir: {items: ["films:a", "films:b"]}}
channels: {retro: {number: 1, name: Retro, schedule: day}}
schedules:
  day:
    kind: loop
    items: [{play: films, mode: flood}, {wait_until: "20:00"}, {wait_until: "21:00", name: pause}]
  week:
    kind: slots
    slots:
      - {name: prime, start: "20:00", play: films, padding: none}
      - {name: late, start: "23:00", play: films}
"""


def catalog() -> Catalog:
    items = [
        MediaItem(
            id=f"films:{key}",
            source="films",
            kind="movie",
            title=key,
            show="Tales" if key == "a" else None,
            locator=key,
            duration_ms=60_000,
        )
        for key in "abc"
    ]
    return seal(items, {"films": ScannedSource(items=3, definition="")})


def resolved(folder: Path, text: str) -> tuple[Checks, list[Diagnostic]]:
    (folder / "station.yaml").write_text(STATION, encoding="utf-8")
    (folder / "checks.yaml").write_text(dedent(text), encoding="utf-8")
    documents, found = validate(parse(load(folder)[0])[0])
    assert found == []
    station, problems = resolve(documents, catalog(), from_iso("2026-03-06T12:00Z"))
    assert station is not None
    return station.checks, [each for each in problems if each.code != "EXS3007"]


def test_a_station_without_checks_has_none(tmp_path: Path) -> None:
    checks, found = resolved(tmp_path, "")
    assert (bool(checks), checks, found) == (False, Checks(), [])


def test_each_kind_of_policy_is_told_by_its_key(tmp_path: Path) -> None:
    checks, found = resolved(
        tmp_path,
        """
        policies:
          air: {max: 10s}
          load: {max_filler_per_hour: 12m, severity: warning}
          fresh: {min_repeat: 7d, collection: noir}
          watershed: {sql: "select title from programme"}
        """,
    )
    assert found == []
    air, load_, fresh, watershed = checks.policies
    waits = {("wait_until",), ("pause",), ("week", "prime")}
    assert air.rule == DeadAir(10_000, frozenset(waits))
    assert (load_.rule, load_.severity) == (FillerLoad(12 * MINUTE_MS), Severity.WARNING)
    assert fresh.rule == Repeat(7 * 24 * 60 * MINUTE_MS, frozenset(["films:a", "films:b"]))
    assert (watershed.rule, watershed.severity) == (Query("select title from programme"), Severity.ERROR)
    assert [(each.span.line, each.where.line) for each in checks.policies] == [(3, 3), (4, 4), (5, 5), (6, 6)]
    assert (air.span.column, air.where.column) == (3, 14)


def test_a_test_knows_the_members_of_its_collection_and_the_shows(tmp_path: Path) -> None:
    checks, found = resolved(
        tmp_path,
        'tests: [{channel: retro, at: "2026-03-07 20:30", expect: {collection: noir, show: Tales}}]',
    )
    assert found == []
    (test,) = checks.tests
    assert [(each.key, each.wanted) for each in test.expected] == [("collection", "noir"), ("show", "Tales")]
    assert test.expected[0].members == {"films:a", "films:b"}
    assert checks.shows == (("films:a", "Tales"),)


@pytest.mark.parametrize(
    ("text", "code", "help"),
    [
        ("policies: {a: {min_repeat: 7d, collection: nior}}", "EXS3001", "did you mean `noir`?"),
        ("policies: {a: {sql: 'select * from channel'}}", "EXS3014", "a policy reads"),
        ("policies: {a: {sql: 'drop table media'}}", "EXS5040", ""),
        ("policies: {a: {sql: 'select titel from programme'}}", "EXS5041", "did you mean `title`?"),
        (
            "tests: [{channel: retri, at: 'sat 08:10', expect: {kind: movie}}]",
            "EXS5049",
            "did you mean `retro`?",
        ),
        ("tests: [{channel: retro, at: 'sat 08:10', expect: {collection: x}}]", "EXS3001", ""),
        (
            "tests: [{channel: retro, at: 'sat 08:10', expect: {schedule: dya}}]",
            "EXS3002",
            "did you mean `day`?",
        ),
    ],
)
def test_a_name_that_nothing_has_is_told_without_a_timeline(
    text: str, code: str, help: str, tmp_path: Path
) -> None:
    _, found = resolved(tmp_path, text)
    assert [each.code for each in found] == [code]
    assert found[0].help.startswith(help)
