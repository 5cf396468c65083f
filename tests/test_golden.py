"""Every station of this repository, compiled for one evening and compared with tests/golden.

`UPDATE_GOLDEN=1 pytest tests/test_golden.py` rewrites the files; read the diff before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from compiler.pipeline import CompileRequest, compile_station
from exstv.catalog.lock import LOCK_NAME, read_lock
from exstv.clock import from_iso, to_utc
from exstv.diagnostics import Severity
from exstv.timeline.model import Channel, PlayoutItem, Programme, Timeline
from exstv.units import MINUTE_MS

REPOSITORY = Path(__file__).parents[1]
GOLDEN = REPOSITORY / "tests" / "golden"
NOW_MS = from_iso("2026-03-06T18:30Z")
# Around eight in the evening where the stations are, short enough for a diff to be read.
SHOWN = tuple((from_iso(f"2026-03-06T{hour}:55Z"), 10 * MINUTE_MS) for hour in ("18", "19"))
STATIONS = ["channels", *(f"examples/{path.name}" for path in sorted((REPOSITORY / "examples").iterdir()))]


def test_there_are_stations_and_no_golden_file_is_left_over() -> None:
    assert len(STATIONS) >= 2
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {Path(name).name for name in STATIONS}


@pytest.mark.parametrize("name", STATIONS)
def test_a_station_gives_its_golden_timeline(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # File names in rules are as the user gave the station, so it is given as a user in the repository would.
    monkeypatch.chdir(REPOSITORY)
    catalog, damaged = read_lock(Path(name) / LOCK_NAME)
    assert damaged == []
    result = compile_station(CompileRequest(Path(name), catalog, NOW_MS, NOW_MS))
    assert [one.message for one in result.diagnostics if one.severity is Severity.ERROR] == []
    assert result.timeline is not None
    shown = "\n".join(rendered(result.timeline)) + "\n"
    path = GOLDEN / f"{Path(name).name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def rendered(timeline: Timeline) -> Iterator[str]:
    """The guide of an evening with the items of each programme, and a digest for all the rest."""
    for channel in timeline.channels:
        yield f"{channel.number} {channel.name} ({channel.timezone}) {channel.digest[:16]}"
        programmes = [one for one in timeline.programmes if one.channel == channel.key and is_shown(one)]
        for programme in programmes:
            words = f"{programme.title}: {programme.sub_title}" if programme.sub_title else programme.title
            yield f"  {clock(channel, programme.start_ms)} {words}"
            for item in timeline.items:
                if item.channel == channel.key and item.programme_id == programme.id:
                    yield f"      {described(channel, item)}"
        yield ""


def is_shown(programme: Programme) -> bool:
    return any(programme.start_ms < start + length and programme.finish_ms > start for start, length in SHOWN)


def described(channel: Channel, item: PlayoutItem) -> str:
    length = f"{(item.finish_ms - item.start_ms) / 1000:g}s"
    media = item.media_id or "slate"
    return f"{clock(channel, item.start_ms)} {media} {length} | {item.rule} | {item.file}:{item.line}"


def clock(channel: Channel, at_ms: int) -> str:
    return to_utc(at_ms).astimezone(ZoneInfo(channel.timezone)).strftime("%H:%M:%S")
