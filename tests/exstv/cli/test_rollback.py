"""`exstv rollback`: an older version goes on air, whole, or nothing changes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from exstv.cli import rollback
from exstv.clock import from_iso
from exstv.errors import TimelineUnusable
from exstv.timeline import store, versions
from exstv.timeline.model import Channel, Header, Timeline

NOW = "2026-03-06T12:00Z"


def timeline(name: str, finish: str = "2026-03-09T00:00Z") -> Timeline:
    header = Header(
        version=0,
        digest=name,
        inputs=name,
        commit=None,
        lock_digest="",
        station=name,
        timezone="UTC",
        start_ms=from_iso("2026-03-05T00:00Z"),
        finish_ms=from_iso(finish),
        built_at_ms=from_iso(NOW),
        compiled_for_ms=from_iso(NOW),
    )
    channel = Channel(key="a", number="1", name="A", xmltv_id="a", timezone="UTC", profile="hd")
    return Timeline(
        header=header,
        channels=(channel,),
        profiles=(),
        sources=(),
        media=(),
        items=(),
        programmes=(),
        fallbacks=(),
        anchors=(),
    )


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A station with three versions; the third is on air."""
    for name in ("first", "second", "third"):
        store.publish(timeline(name), tmp_path / ".exstv")
    return tmp_path


def roll_back(station: Path, *words: str) -> int:
    return rollback.run([*words, "--station", str(station), "--now", NOW])


def on_air(station: Path) -> str:
    path = versions.current(station / ".exstv")
    assert path is not None
    return path.name


def test_without_a_number_it_is_the_version_before(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert roll_back(station) == 0
    assert on_air(station) == "v00000002.duckdb"
    said = capsys.readouterr().out
    assert said.startswith("version 2 is on air, built 2026-03-06T12:00:00.000Z: 1 channels, ")
    assert said.endswith("digest second\n")
    assert roll_back(station) == 0
    assert on_air(station) == "v00000001.duckdb"


@pytest.mark.parametrize("word", ["1", "v1", "v00000001.duckdb"])
def test_a_version_is_named_by_its_number_or_its_file(station: Path, word: str) -> None:
    assert roll_back(station, word) == 0
    assert on_air(station) == "v00000001.duckdb"


def test_forward_again_is_a_version_too(station: Path) -> None:
    assert (roll_back(station, "1"), roll_back(station, "3")) == (0, 0)
    assert on_air(station) == "v00000003.duckdb"


def test_an_unknown_version_is_told_with_those_that_are_kept(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert roll_back(station, "9") == 1
    said = capsys.readouterr().err
    assert "EXS7002" in said
    assert "kept are 1, 2, 3 (on air)" in said
    assert on_air(station) == "v00000003.duckdb"


def test_nothing_before_the_first_is_told(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert roll_back(station, "1") == 0
    assert roll_back(station) == 1
    assert "EXS7003" in capsys.readouterr().err


def test_a_damaged_version_stays_off_the_air(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (station / ".exstv" / "timeline" / "v00000002.duckdb").write_text("damaged")
    assert roll_back(station) == 1
    assert "EXS7004" in capsys.readouterr().err
    assert on_air(station) == "v00000003.duckdb"


def test_a_version_that_is_over_stays_off_the_air(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.publish(timeline("short", finish=NOW), station / ".exstv")
    store.publish(timeline("long"), station / ".exstv")
    assert roll_back(station, "4") == 1
    assert "EXS7005" in capsys.readouterr().err
    assert on_air(station) == "v00000005.duckdb"


def test_what_is_on_air_is_never_cleared_away(station: Path) -> None:
    state_dir = station / ".exstv"
    for number in range(9):
        store.publish(timeline(f"more {number}"), state_dir)
    oldest = min(versions.versions(state_dir))
    assert roll_back(station, str(oldest)) == 0
    for path in list(versions.versions(state_dir).values()):
        path.with_name(f"v{100 + int(path.stem[1:]):08d}.duckdb").write_bytes(path.read_bytes())
    versions.retire(state_dir)
    assert min(versions.versions(state_dir)) == oldest
    assert len(versions.versions(state_dir)) == versions.VERSIONS_KEPT + 1


def test_the_next_version_counts_on_after_a_rollback(station: Path) -> None:
    assert roll_back(station, "1") == 0
    assert roll_back(station, "--unpin") == 0
    again = msgspec.structs.replace(timeline("third"), profiles=())
    assert store.publish(again, station / ".exstv").name == "v00000004.duckdb"


def test_a_station_that_was_never_compiled_is_told(tmp_path: Path) -> None:
    with pytest.raises(TimelineUnusable, match="exstv compile"):
        roll_back(tmp_path)


@pytest.mark.parametrize("word", ["x", "-1", "1.5", "v", "9" * 30])
def test_what_is_no_number_is_usage(station: Path, word: str) -> None:
    with pytest.raises(SystemExit) as left:
        roll_back(station, word)
    assert left.value.code == 2
