"""Schedules of other systems, imported and compiled: what plays was derived by hand from their rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from imported import GIVEN, expected, scanned

from compiler.pipeline import CompileRequest, compile_station
from exstv.catalog.lock import read_lock
from exstv.cli.compile import run as compile_command
from exstv.cli.import_ import run
from exstv.clock import from_iso, to_utc
from exstv.timeline.model import PlayoutItem, Timeline

CASES = {
    "evening": ("ersatztv", "evening.yml", "2026-03-06T06:00Z"),
    "nights": ("ersatztv", "nights.yml", "2026-03-06T00:00Z"),
    "weekend": ("ersatztv", "weekend.yml", "2026-03-06T05:00Z"),
    "tunarr": ("tunarr", "tunarr.json", "2026-03-06T03:30Z"),
    "dizquetv": ("dizquetv", "dizquetv.json", "2026-03-06T04:00Z"),
    "list": ("m3u", "list.m3u", "2026-03-06T00:00Z"),
}
"""The system, its file, and from when on what plays was derived."""


def imported(name: str, folder: Path) -> Path:
    system, file, _ = CASES[name]
    assert run([system, str(GIVEN / file), "--out", str(folder)]) == 0
    scanned(folder)
    return folder


def compiled(station: Path, now: str) -> Timeline:
    catalog, _ = read_lock(station / "catalog.lock")
    now_ms = from_iso(now)
    made = compile_station(CompileRequest(station, catalog, now_ms, now_ms))
    assert made.timeline is not None, made.diagnostics
    return made.timeline


def lines(items: list[PlayoutItem], from_ms: int) -> list[str]:
    """What plays, as the expectations are written; pieces of the fallback one after another are one."""
    found: list[str] = []
    for item in items:
        if item.start_ms < from_ms:
            continue
        media = item.media_id or "-"
        if media == "-" and found and found[-1].endswith(" -"):
            continue
        found.append(f"{to_utc(item.start_ms):%H:%M:%S} {media}")
    return found


@pytest.mark.parametrize("name", CASES)
def test_what_plays_is_what_the_other_system_would_play(name: str, tmp_path: Path) -> None:
    timeline = compiled(imported(name, tmp_path / "station"), CASES[name][2])
    wanted = expected(name)
    channel = "list-films" if name == "list" else timeline.channels[0].key
    items = [item for item in timeline.items if item.channel == channel]
    found = lines(items, from_iso(CASES[name][2]))
    assert found[: len(wanted)] == wanted


@pytest.mark.parametrize("name", CASES)
def test_what_is_imported_passes_the_check(name: str, tmp_path: Path) -> None:
    station = imported(name, tmp_path / "station")
    assert compile_command([str(station), "--check", "--now", CASES[name][2]]) == 0
