"""From files to a published timeline: digests, carried progress, and the pages of what scheduling finds."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from compiler.checks.run import run_checks
from compiler.load import load
from compiler.onair import OnAir, OnAirMemory
from compiler.parse import parse
from compiler.pipeline import CompileRequest, CompileResult, compile_station
from compiler.publish import previous
from compiler.validate import declared_sources, validate
from exstv import codes
from exstv.catalog.lock import write_lock
from exstv.catalog.model import Catalog
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic
from exstv.sources.scan import ScanSite, scan_station
from exstv.timeline import query, store
from exstv.timeline.model import ProgrammeKind, Timeline
from exstv.units import DAY_MS

REPOSITORY = Path(__file__).parents[2]
PAGES = REPOSITORY / "exstv" / codes.EXPLANATIONS
NOW = "2026-03-06T12:00Z"
EXPECTED = re.compile(r"# (error|warning|note): \[(EXS\d{4})\]")

STATION = """
    station: {name: Harbour TV, timezone: Europe/Amsterdam, horizon: 1d}
    """
CARDS = """
    sources:
      cards:
        type: lavfi
        items:
          - {id: bars, title: Bars, video: smptehdbars, duration: 30s}
          - {id: film, title: Film, video: testsrc2, duration: 90m, kind: movie, year: 1950}
          - {id: one, title: One, video: testsrc2, duration: 30m, kind: episode, season: 1, episode: 1}
    """
CHANNELS = """
    channels:
      a: {number: 1, name: A, schedule: day}
      b: {number: 2, name: B, schedule: mix}
    schedules:
      day: {kind: loop, items: [{play: cards, mode: flood}]}
      mix: {kind: loop, items: [{play: cards, order: shuffle, mode: flood}]}
    """


def write_station(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
    return folder


@pytest.fixture
def station(tmp_path: Path) -> Path:
    return write_station(tmp_path / "station", station=STATION, cards=CARDS, channels=CHANNELS)


def scanned(folder: Path) -> Catalog:
    documents, _ = validate(parse(load(folder)[0])[0])
    site = ScanSite(media_root=folder, state_dir=folder / ".exstv", environ={})
    catalog, _, _ = scan_station(declared_sources(documents), Catalog(), site)
    return catalog


def compiled(
    folder: Path, now: str = NOW, old: Timeline | OnAir | None = None, horizon_ms: int | None = None
) -> CompileResult:
    on_air = OnAirMemory(old) if isinstance(old, Timeline) else old
    return compile_station(
        CompileRequest(folder, scanned(folder), from_iso(now), from_iso(now), on_air, horizon_ms)
    )


def timeline(folder: Path, now: str = NOW, old: Timeline | OnAir | None = None) -> Timeline:
    result = compiled(folder, now, old)
    assert result.timeline is not None, result.diagnostics
    return result.timeline


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_station_becomes_a_timeline_with_all_that_playing_needs(station: Path) -> None:
    found = timeline(station)
    channels = [(one.key, one.number, one.profile) for one in found.channels]
    assert channels == [("a", "1", "hd"), ("b", "2", "hd")]
    assert {item.media_id for item in found.items} == {"cards:bars", "cards:film", "cards:one"}
    assert [media.id for media in found.media] == ["cards:bars", "cards:film", "cards:one"]
    assert [source.name for source in found.sources] == ["cards"]
    assert found.header.start_ms == from_iso("2026-03-06T06:00+01:00")
    assert found.header.finish_ms == from_iso("2026-03-08T06:00+01:00")
    first = found.items[0]
    assert first.rule == "a › day › cards"
    assert (Path(first.file).name, first.line) == ("channels.yaml", 6)


def test_errors_give_no_timeline(station: Path) -> None:
    edit(station, "channels", "schedule: mix", "schedule: mxi")
    result = compiled(station)
    assert result.timeline is None
    assert [one.code for one in result.diagnostics][:1] == ["EXS3002"]


def test_a_comment_and_a_renamed_file_change_the_inputs_and_not_the_digest(station: Path) -> None:
    before = timeline(station).header
    edit(station, "channels", "channels:", "# a comment\nchannels:")
    commented = timeline(station).header
    (station / "channels.yaml").rename(station / "line-up.yaml")
    renamed = timeline(station).header
    assert before.digest == commented.digest == renamed.digest
    assert len({before.inputs, commented.inputs, renamed.inputs}) == 3


def test_an_edit_changes_the_digest_of_its_channel_alone(station: Path) -> None:
    before = {one.key: one.digest for one in timeline(station).channels}
    edit(station, "channels", "play: cards, mode: flood", "play: cards, order: listed, mode: flood")
    after = {one.key: one.digest for one in timeline(station).channels}
    assert (before["a"] != after["a"], before["b"] == after["b"]) == (True, True)


def test_the_digest_is_the_same_in_another_place_and_environment(station: Path, tmp_path: Path) -> None:
    write_lock(station / "catalog.lock", scanned(station))
    elsewhere = tmp_path / "else where" / "x"
    shutil.copytree(station, elsewhere)
    environments = (
        {"TZ": "Asia/Tokyo", "LANG": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/New_York", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "2"},
    )
    lines = []
    for folder, environment in zip((station, elsewhere), environments, strict=True):
        command = [sys.executable, "-m", "exstv", "compile", ".", "--now", NOW, "--out", "t.duckdb"]
        made = subprocess.run(
            command, cwd=folder, env=os.environ | environment, capture_output=True, check=True
        )
        lines.append(made.stdout.decode())
    assert lines[0] == lines[1]
    assert timeline(station).header.digest in lines[0]


def test_a_recompile_goes_on_and_keeps_what_only_the_old_timeline_knows(station: Path) -> None:
    old = timeline(station)
    edit(station, "cards", "{id: film, title: Film,", "{id: movie, title: Movie,")
    new = timeline(station, "2026-03-06T12:10Z", old)
    on_air = query.item_at([one for one in new.items if one.channel == "a"], from_iso("2026-03-06T12:10Z"))
    assert on_air in old.items
    media = {one.id for one in new.media}
    assert {"cards:film", "cards:movie"} <= media
    titles = [one.title for one in new.programmes if one.channel == "a"]
    assert "Film" in titles
    assert titles[-10:].count("Film") == 0


def test_a_new_channel_starts_cold_and_a_removed_one_goes(station: Path) -> None:
    old = timeline(station)
    edit(station, "channels", "b: {number: 2", "c: {number: 2")
    new = timeline(station, "2026-03-07T12:10Z", old)
    assert [one.key for one in new.channels] == ["a", "c"]
    starts = {key: min(one.start_ms for one in new.items if one.channel == key) for key in "ac"}
    assert starts == {"a": from_iso("2026-03-06T05:00Z"), "c": from_iso("2026-03-07T05:00Z")}


def test_publishing_carries_progress_from_version_to_version(station: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert previous(state) == (None, [])
    store.publish(timeline(station), state)
    old, found = previous(state)
    assert found == []
    assert old is not None
    path = store.publish(timeline(station, "2026-03-08T03:00Z", old), state)
    rolled = query.load(path)
    straight = compiled(station, horizon_ms=3 * DAY_MS).timeline
    assert straight is not None
    for key in "ab":
        plays = [(one.start_ms, one.media_id) for one in rolled.items if one.channel == key]
        at_once = [(one.start_ms, one.media_id) for one in straight.items if one.channel == key]
        assert plays == at_once[: len(plays)]


def test_a_damaged_timeline_is_told_and_the_compile_starts_cold(station: Path, tmp_path: Path) -> None:
    store.publish(timeline(station), tmp_path).write_text("broken")
    old, found = previous(tmp_path)
    assert old is None
    assert [one.code for one in found] == ["EXS7001"]
    assert store.publish(timeline(station, old=old), tmp_path) == store.current(tmp_path)


def test_a_timeline_of_only_filler_is_listed_under_the_channels_name(station: Path) -> None:
    edit(station, "channels", "play: cards, mode: flood", 'play: cards, start: "12:00"')
    found = timeline(station)
    first = next(one for one in found.programmes if one.channel == "a")
    assert (first.kind, first.title) == (ProgrammeKind.FILLER, "A")
    assert [json.loads(one)["code"] for one in found.diagnostics] == ["EXS5001"]


def checked(folder: Path, beside: Path) -> list[Diagnostic]:
    """What policies and tests find, as `exstv compile --check` asks them."""
    result = compiled(folder)
    if result.timeline is None or not result.checks:
        return []
    store.write(result.timeline, beside / "checked.duckdb")
    return run_checks(result.checks, beside / "checked.duckdb")


def pages() -> list[Path]:
    found = sorted(page for page in PAGES.glob("EXS[45]*.md") if "```yaml" in page.read_text("utf-8"))
    assert len(found) >= 4
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_a_page_of_a_later_stage_shows_what_it_says(page: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for number, block in enumerate(blocks):
        folder = write_station(tmp_path / str(number), case=block, station=STATION)
        if not re.search("^sources:", block, re.MULTILINE):
            write_station(folder, cards=CARDS)
        expected = [
            (line_number, code)
            for line_number, line in enumerate(block.splitlines(), start=1)
            for _, code in EXPECTED.findall(line)
        ]
        found = [(one.span.line, one.code) for one in compiled(folder).diagnostics]
        # A policy says the same of each hour and each airing: here once is enough.
        found += sorted({(one.span.line, one.code) for one in checked(folder, tmp_path)})
        assert found == expected
        assert bool(expected) == (number == 0)
