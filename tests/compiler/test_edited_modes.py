"""An entry whose mode is edited plays by its new mode: what was remembered of the old one says nothing."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from textwrap import dedent

import pytest

from compiler.load import load
from compiler.onair import OnAirMemory
from compiler.parse import parse
from compiler.pipeline import CompileRequest, compile_station
from compiler.validate import declared_sources, validate
from exstv.catalog.model import Catalog
from exstv.clock import from_iso
from exstv.sources.scan import ScanSite, scan_station
from exstv.timeline.model import ItemKind, Timeline

MODES = {
    "one": "mode: one",
    "multiple": "mode: multiple, count: 20",
    "duration": "mode: duration, duration: 3h, tail: none",
    "flood": "mode: flood",
}
STATION = """
    station: {{name: Harbour TV, timezone: UTC, horizon: 2d}}
    sources:
      first: {{type: lavfi, items: [{{id: a, title: A, video: testsrc2, duration: 25m}}]}}
      second: {{type: lavfi, items: [{{id: b, title: B, video: testsrc2, duration: 40m}}]}}
    channels:
      one: {{number: 1, name: One, schedule: day}}
    schedules:
      day: {{kind: loop, items: [{{play: first, {mode}}}, {{play: second}}]}}
    """
BEFORE, AFTER = from_iso("2026-03-06T12:00Z"), from_iso("2026-03-06T14:03Z")


def compiled(folder: Path, mode: str, now_ms: int, old: Timeline | None) -> Timeline:
    folder.mkdir(exist_ok=True)
    (folder / "station.yaml").write_text(dedent(STATION).format(mode=mode))
    documents, _ = validate(parse(load(folder)[0])[0])
    site = ScanSite(media_root=folder, state_dir=folder / ".exstv", environ={})
    catalog, _, _ = scan_station(declared_sources(documents), Catalog(), site, only=None)
    result = compile_station(
        CompileRequest(folder, catalog, now_ms, now_ms, OnAirMemory(old) if old else None)
    )
    assert result.timeline is not None, result.diagnostics
    return result.timeline


def runs(timeline: Timeline, from_ms: int) -> list[tuple[str | None, int]]:
    """What plays from an instant on, as media and how many of it in a row."""
    found: list[tuple[str | None, int]] = []
    for item in timeline.items:
        if item.start_ms < from_ms or item.kind is not ItemKind.CONTENT:
            continue
        if found and found[-1][0] == item.media_id:
            found[-1] = (item.media_id, found[-1][1] + 1)
        else:
            found.append((item.media_id, 1))
    return found


@pytest.mark.parametrize(("old", "new"), list(permutations(MODES, 2)))
def test_an_edited_mode_is_what_plays(old: str, new: str, tmp_path: Path) -> None:
    before = compiled(tmp_path / "station", MODES[old], BEFORE, None)
    after = runs(compiled(tmp_path / "station", MODES[new], AFTER, before), AFTER)
    in_a_row = {"one": 1, "multiple": 20, "duration": 7, "flood": None}[new]
    if in_a_row is None:
        assert after[-1][0] == "first:a" and after[-1][1] > 50
    else:
        # The first and the last run may be cut by the take-over and by the horizon.
        whole = after[1:-1]
        assert {count for media, count in whole if media == "first:a"} == {in_a_row}
        assert {count for media, count in whole if media == "second:b"} == {1}


def test_an_entry_with_a_fixed_start_does_not_wait_for_it_to_come_round_again(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    before = compiled(folder, 'start: "13:00", mode: flood', BEFORE, None)
    after = runs(compiled(folder, 'start: "13:00", mode: multiple, count: 2', AFTER, before), AFTER)
    assert after[0][0] == "first:a" or after[0] == ("second:b", 1)
    assert ("second:b", 1) in after[:2]
