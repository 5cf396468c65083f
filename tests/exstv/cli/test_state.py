"""`--state`: a compile goes on where another machine's server is."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from serving import served

from exstv.cli import compile as compile_command
from exstv.cli import plan
from exstv.clock import from_iso, to_iso
from exstv.errors import TimelineUnusable
from exstv.timeline import query, versions
from exstv.timeline.carried import carried_state, decode_state, encode_state
from exstv.timeline.model import PlayoutItem, Timeline
from exstv.timeline.query import TimelineReader
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS

NOW = "2026-03-06T12:00Z"
LATER_MS = from_iso("2026-03-07T15:17Z")
STATION = """
station: {name: Harbour TV, timezone: Europe/Amsterdam, horizon: 2d}
channels:
  a: {number: 1, name: Alpha, schedule: day}
  b: {number: 2, name: Beta, schedule: night}
schedules:
  day: {kind: loop, items: [{play: cards, order: shuffle, mode: flood, filler: {post_roll: half}}]}
  night: {kind: loop, items: [{play: cards, order: chronological, mode: flood}]}
filler:
  half: {play: clips, mode: pad, to: 30m}
collections:
  clips: {items: ["short:x", "short:y"]}
sources:
  cards:
    type: lavfi
    items:
      - {id: a, title: Alpha, video: black, duration: 47m, kind: movie, year: 1950}
      - {id: b, title: Beta, video: black, duration: 32m, kind: movie, year: 1951}
      - {id: c, title: Gamma, video: black, duration: 95m, kind: movie, year: 1952}
  short:
    type: lavfi
    items:
      - {id: x, title: X, video: black, duration: 3m}
      - {id: y, title: Y, video: black, duration: 4m}
"""


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A station on air since noon of the day before."""
    folder = tmp_path / "station"
    folder.mkdir()
    (folder / "all.yaml").write_text(STATION, encoding="utf-8")
    assert compile_command.run([str(folder), "--now", NOW, "--scan"]) == 0
    return folder


def on_air(station: Path) -> Path:
    path = versions.current(station / ".exstv")
    assert path is not None
    return path


def served_state(path: Path, now_ms: int) -> bytes:
    """What the route answers (tests/runtime/routes/test_api.py)."""
    reader = TimelineReader.open(path)
    try:
        return encode_state(carried_state(reader, now_ms))
    finally:
        reader.close()


def compiled(station: Path, state: str, *more: str, now: str | None = None) -> Timeline:
    out = station.parent / "given.duckdb"
    argv = [str(station), "--now", now or to_iso(LATER_MS), "--state", state, "--out", str(out), *more]
    assert compile_command.run(argv) == 0
    return query.load(out)


def from_on(timeline: Timeline, starts: dict[str, int]) -> list[PlayoutItem]:
    """The items from each channel's start on, without their numbers: those count from the first kept one."""
    items = (item for item in timeline.items if item.start_ms >= starts[item.channel])
    return [msgspec.structs.replace(item, seq=0) for item in items]


def test_a_compile_with_the_state_of_a_server_is_its_own_recompile(station: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_bytes(served_state(on_air(station), LATER_MS))
    starts = {key: from_iso(place["at"]) for key, place in json.loads(state.read_bytes())["channels"].items()}
    assert min(starts.values()) >= LATER_MS
    (station / "all.yaml").write_text(STATION.replace("day: {kind", "# why\n  day: {kind"), encoding="utf-8")
    given = compiled(station, str(state))
    assert compile_command.run([str(station), "--now", to_iso(LATER_MS)]) == 0
    recompiled = query.load(on_air(station))
    assert recompiled.header.version == 2
    assert given.items and from_on(given, starts) == from_on(recompiled, starts)
    assert {key: min(i.start_ms for i in given.items if i.channel == key) for key in starts} == starts
    assert given.header.digest == compiled(station, str(state)).header.digest
    # Of a cold start it is not.
    argv = [str(station), "--now", to_iso(LATER_MS), "--out", str(tmp_path / "cold.duckdb")]
    assert compile_command.run(argv) == 0
    assert from_on(query.load(tmp_path / "cold.duckdb"), starts) != from_on(recompiled, starts)


@pytest.mark.parametrize("later", range(0, 40 * HOUR_MS, 7 * HOUR_MS + 13 * MINUTE_MS))
def test_the_state_that_is_told_is_that_of_the_take_over(station: Path, later: int) -> None:
    now_ms = from_iso(NOW) + later
    told = decode_state(served_state(on_air(station), now_ms)).channels
    whole = query.load(on_air(station))
    for key, anchor in told.items():
        starts = [row.start_ms for row in whole.programmes if row.channel == key and row.start_ms >= now_ms]
        assert anchor.at_ms == min(starts)
    # And the inputs of the compile that carries it on name it.
    given = [
        compiled(station, str(path), now=to_iso(now_ms)).header.inputs
        for path in (written(station.parent, on_air(station), now_ms), nobody(station.parent))
    ]
    assert given[0] != given[1]


def written(folder: Path, timeline: Path, now_ms: int) -> Path:
    path = folder / "told.json"
    path.write_bytes(served_state(timeline, now_ms))
    return path


def nobody(folder: Path) -> Path:
    path = folder / "nobody.json"
    path.write_text('{"format": 1, "station": "Harbour TV", "channels": {}}', encoding="utf-8")
    return path


def test_a_state_of_some_days_ago_is_gone_on_from_then(station: Path, tmp_path: Path) -> None:
    path = written(tmp_path, on_air(station), from_iso(NOW))
    starts = {key: from_iso(at["at"]) for key, at in json.loads(path.read_bytes())["channels"].items()}
    assert (
        from_on(compiled(station, str(path)), starts)[:20]
        == from_on(query.load(on_air(station)), starts)[:20]
    )
    # Of weeks ago: nobody saw them, the progress counts all the same.
    later = from_iso(NOW) + 30 * DAY_MS
    old = compiled(station, str(path), now=to_iso(later))
    assert later - DAY_MS < old.header.start_ms <= later


def test_channels_that_are_away_come_with_the_state(station: Path, tmp_path: Path) -> None:
    text = (station / "all.yaml").read_text(encoding="utf-8")
    (station / "all.yaml").write_text(text.replace("name: Beta", "name: Beta, enabled: false"), "utf-8")
    assert compile_command.run([str(station), "--now", NOW]) == 0
    path = written(tmp_path, on_air(station), LATER_MS)
    told = json.loads(path.read_bytes())
    assert (list(told["channels"]), list(told["away"])) == (["a"], ["b"])
    assert [anchor.channel for anchor in compiled(station, str(path)).away] == ["b"]
    (station / "all.yaml").write_text(text, "utf-8")
    back = compiled(station, str(path))
    assert min(item.start_ms for item in back.items if item.channel == "b") == LATER_MS


def test_a_state_comes_from_a_server_too(station: Path) -> None:
    with served({"/api/v1/state": served_state(on_air(station), LATER_MS)}) as base:
        assert compiled(station, f"{base}/api/v1/state").items


def test_what_is_no_state_is_told(station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {
        "nothing": None,
        "words": "state",
        "shape": '{"format": 1, "station": "x", "channels": []}',
        "old": '{"format": 0}',
        "when": '{"format": 1, "station": "x", "channels": {"a": {"at": "noon", "state": {}}}}',
    }
    reasons = ["no such file", "not JSON", "no state of a station", "format 0", "`noon`"]
    for (name, text), reason in zip(wrong.items(), reasons, strict=True):
        path = tmp_path / name
        if text is not None:
            path.write_text(text, encoding="utf-8")
        for command in (compile_command, plan):
            assert command.run([str(station), "--now", NOW, "--state", str(path)]) == 1
            said = capsys.readouterr().err
            assert ("EXS7006" in said, reason in said) == (True, True), said
    assert on_air(station).name == "v00000001.duckdb"


def test_an_address_without_a_state_is_told_without_its_secrets(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served({}) as base:
        address = f"{base.replace('//', '//me:hidden@')}/t/hidden/api/v1/state?token=hidden"
        assert compile_command.run([str(station), "--state", address]) == 1
    said = capsys.readouterr().err
    assert ("EXS7006" in said, "404" in said, "hidden" in said) == (True, True, False)
    assert compile_command.run([str(station), "--state", address]) == 1
    assert "no connection" in capsys.readouterr().err


def test_a_state_beyond_the_window_is_told(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, on_air(station), LATER_MS)
    early = ("--now", "2026-03-01T12:00Z", "--out", str(tmp_path / "early.duckdb"))
    assert compile_command.run([str(station), "--state", str(path), *early]) == 1
    assert "EXS7007" in capsys.readouterr().err


def test_the_state_of_another_station_is_told(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, on_air(station), LATER_MS)
    path.write_text(path.read_text(encoding="utf-8").replace("Harbour TV", "Airport TV"), encoding="utf-8")
    compiled(station, str(path))
    assert "`Airport TV`" in capsys.readouterr().err


def test_a_plan_against_a_revision_starts_where_the_state_says(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, on_air(station), LATER_MS)
    argv = [str(station), "--now", to_iso(LATER_MS), "--state", str(path)]
    assert plan.run(argv) == 0
    assert capsys.readouterr().out.count("no change") == 2
    (station / "all.yaml").write_text(STATION.replace("order: shuffle", "order: chronological"), "utf-8")
    assert plan.run(argv) == 0
    assert capsys.readouterr().out.count("no change") == 1
    (station / ".exstv" / "timeline" / "current").unlink()
    with pytest.raises(TimelineUnusable):
        plan.run(argv)


def test_state_and_cold_exclude_each_other(station: Path) -> None:
    with pytest.raises(SystemExit) as left:
        compile_command.run([str(station), "--cold", "--state", "x"])
    assert left.value.code == 2
