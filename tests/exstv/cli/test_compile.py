"""`exstv compile`, `guide` and `why`, run as `exstv` runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import msgspec
import pytest

from exstv.cli import compile as compile_command
from exstv.cli import guide, why
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic
from exstv.errors import TimelineUnusable
from exstv.timeline import query, versions

NOW = "2026-03-06T12:00Z"


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A station that was never scanned; the settings of this machine's environment do not count."""
    monkeypatch.setenv("COLUMNS", "200")
    text = """
        station: {name: Harbour TV, timezone: UTC, broadcast_day: "00:00", horizon: 1d}
        channels:
          a: {number: 1, name: Alpha, schedule: day}
          b: {number: 2.1, name: "[bold]", schedule: day}
        schedules:
          day:
            kind: loop
            items:
              - {play: cards, order: listed, mode: flood, filler: {pre_roll: ident}}
        filler:
          ident: {play: bars, mode: count, count: 1}
        collections:
          bars: {items: ["cards:bars"]}
        sources:
          cards:
            type: lavfi
            items:
              - {id: bars, title: Bars, video: smptehdbars, duration: 30m}
              - {id: film, title: Film, video: testsrc2, duration: 90m, kind: movie, year: 1950}
        """
    folder = tmp_path / "station"
    folder.mkdir()
    (folder / "all.yaml").write_text(dedent(text), encoding="utf-8")
    return folder


def compile_at(station: Path, *more: str) -> int:
    return compile_command.run([str(station), "--now", NOW, *more])


def test_a_station_that_was_never_scanned_is_told(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compile_at(station) == 1
    assert "EXS3006" in capsys.readouterr().err
    assert versions.current(station / ".exstv") is None


def test_scan_scans_what_is_new_and_the_timeline_is_published(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compile_at(station, "--scan") == 0
    said = capsys.readouterr().out
    assert said.startswith("version 1: 2 channels, ")
    path = versions.current(station / ".exstv")
    assert path is not None
    assert query.load(path).header.digest in said
    # This machine's own lock; the committed one is written by `exstv scan` alone.
    assert (station / ".exstv" / "catalog.lock").is_file()
    assert not (station / "catalog.lock").exists()


def test_locked_means_that_nothing_is_scanned(station: Path) -> None:
    (station / "config.yaml").write_text("catalog: {mode: locked}\n", encoding="utf-8")
    assert compile_at(station, "--scan") == 1
    assert not (station / ".exstv" / "catalog.lock").exists()


def test_check_publishes_nothing(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compile_at(station, "--scan", "--check") == 0
    assert capsys.readouterr().out.startswith("checked: 2 channels, ")
    assert versions.current(station / ".exstv") is None


def test_out_writes_a_file_from_a_cold_start(station: Path, tmp_path: Path) -> None:
    assert compile_at(station, "--scan") == 0
    later = ("--now", "2026-03-08T12:00Z", "--horizon", "2d", "--out", str(tmp_path / "t.duckdb"))
    assert compile_command.run([str(station), *later]) == 0
    header = query.load(tmp_path / "t.duckdb").header
    assert (header.start_ms, header.finish_ms) == (
        from_iso("2026-03-08T00:00Z"),
        from_iso("2026-03-11T00:00Z"),
    )
    assert [path.name for path in (station / ".exstv" / "timeline").glob("*.duckdb")] == ["v00000001.duckdb"]


def test_cold_forgets_the_progress_of_what_is_on_air(station: Path) -> None:
    assert compile_at(station, "--scan") == 0
    carried, cold = ("--now", "2026-03-06T15:00Z"), ("--now", "2026-03-07T15:00Z", "--cold")
    for more, start in ((carried, "2026-03-06T00:00Z"), (cold, "2026-03-07T00:00Z")):
        assert compile_command.run([str(station), *more]) == 0
        path = versions.current(station / ".exstv")
        assert path is not None
        assert query.load(path).header.start_ms == from_iso(start)


def test_json_is_one_diagnostic_a_line_and_nothing_else(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compile_at(station, "--format", "json") == 1
    lines = capsys.readouterr().out.splitlines()
    found = [msgspec.json.decode(line, type=Diagnostic) for line in lines]
    assert "EXS3006" in {one.code for one in found}
    assert compile_at(station, "--format", "json", "--scan") == 0
    said = capsys.readouterr()
    assert [json.loads(line)["code"] for line in said.out.splitlines()] == []
    assert "version 1" in said.err


def test_broken_settings_are_errors_of_the_station(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (station / "config.yaml").write_text("servr: {}\n", encoding="utf-8")
    assert compile_at(station) == 1
    assert "config.yaml:1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [("--now", "tomorrow"), ("--horizon", "0s"), ("--horizon", "soon"), ("--horizon", "9999d")],
)
def test_wrong_arguments_are_usage(station: Path, wrong: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as left:
        compile_at(station, *wrong)
    assert left.value.code == 2


def test_a_folder_for_a_file_and_a_file_for_a_folder_are_usage(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = station.parent, station / "all.yaml"
    for argv, words in (
        ([str(station), "--out", str(folder)], "is a folder"),
        ([str(station), "--out", str(folder / "nowhere" / "t.duckdb")], "there is no folder"),
        ([str(file)], "is a file"),
    ):
        with pytest.raises(SystemExit) as left:
            compile_command.run(argv)
        assert (left.value.code, words in capsys.readouterr().err) == (2, True)
    assert not (station / ".exstv").exists()


UNCHANGED = """
import sys
from exstv.cli import main
code = main.main(sys.argv[1:])
named = {"pydantic", "ruamel.yaml", "av", "rich", "httpx", "plexapi", "duckdb"}
named |= {"compiler.pipeline", "exstv.cli.building"}
print(code, sorted(named & set(sys.modules)))
"""


def test_where_nothing_changed_that_is_told_at_once(station: Path) -> None:
    # The environment names nothing but the state folder, as a user's does.
    assert compile_at(station, "--scan") == 0
    folder = station / ".exstv" / "timeline"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    environ = {name: value for name, value in os.environ.items() if not name.startswith("EXSTREAMTV_")}

    def later(*more: str) -> list[str]:
        argv = [sys.executable, "-c", UNCHANGED, "compile", str(station), "--now", "2026-03-06T12:05Z", *more]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True, env=environ)
        return done.stdout.splitlines()

    for more in ((), ("--scan",)):
        said, code = later(*more)
        assert said.startswith("version 1: 2 channels, ")
        assert code == "0 []"
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    # An edit, and another day, take the whole way; without a scan no library that scans is loaded.
    text = (station / "all.yaml").read_text(encoding="utf-8")
    (station / "all.yaml").write_text(text.replace("name: Alpha", "name: Omega"), encoding="utf-8")
    said, code = later()
    assert said.startswith("version 2: 2 channels, ")
    # Where there is another core another process reads the station, with all that this takes.
    code = code.replace(", 'pydantic'", "").replace(", 'ruamel.yaml'", "")
    assert code == "0 ['compiler.pipeline', 'exstv.cli.building']"


def test_the_guide_shows_now_and_next_on_each_channel(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compile_at(station, "--scan")
    capsys.readouterr()
    assert guide.run(["--station", str(station), "--at", NOW]) == 0
    alpha, bold = (line for line in capsys.readouterr().out.splitlines() if "12:00" in line or "11:" in line)
    assert ("Alpha" in alpha, "[bold]" in bold) == (True, True)
    assert guide.run(["--station", str(station), "--at", NOW, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["channel"] for row in rows] == ["a", "a", "b", "b"]
    assert rows[0]["start_time"] <= "2026-03-06T12:00:00.000Z" < rows[0]["finish_time"]
    assert rows[1]["start_time"] == rows[0]["finish_time"]


def test_the_guide_of_one_channel_is_its_coming_day(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compile_at(station, "--scan")
    capsys.readouterr()
    for name in ("1", "a", "alpha"):
        assert guide.run([name, "--station", str(station), "--at", NOW, "--format", "json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        assert {row["channel"] for row in rows} == {"a"}
        assert len(rows) > 10
    assert guide.run(["a", "--station", str(station), "--at", NOW]) == 0
    shown = capsys.readouterr().out
    assert ("1 Alpha (UTC)" in shown, "Friday 06 March 2026" in shown) == (True, True)


def test_a_channel_that_does_not_exist_is_usage_with_a_suggestion(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compile_at(station, "--scan")
    for command in (guide, why):
        assert command.run(["alpa", "--station", str(station), "--at", NOW]) == 2
        assert "no channel `alpa`; did you mean `alpha`?" in capsys.readouterr().err


def test_why_tells_the_chain_of_names_and_the_line(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compile_at(station, "--scan")
    capsys.readouterr()
    assert why.run(["a", "--station", str(station), "--at", "2026-03-06T00:10Z"]) == 0
    pre_roll = capsys.readouterr().out
    assert "Bars [cards:bars] (filler pre_roll)" in pre_roll
    assert "channel a › schedule day › entry cards › filler ident" in pre_roll
    assert "all.yaml:12" in pre_roll
    assert why.run(["a", "--station", str(station), "--at", "2026-03-06T00:40Z"]) == 0
    content = capsys.readouterr().out
    assert "(content)" in content
    assert "all.yaml:10" in content
    assert "2026-03-06 00:30:00 to 2026-03-06 01:00:00" in content


def test_why_says_where_nothing_is_planned(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compile_at(station, "--scan")
    assert why.run(["a", "--station", str(station), "--at", "2030-01-01T00:00Z"]) == 1
    assert "nothing is planned on Alpha" in capsys.readouterr().err
    assert guide.run(["--station", str(station), "--at", "2030-01-01T00:00Z"]) == 0
    assert "nothing is planned" in capsys.readouterr().out


def test_without_a_timeline_the_command_that_makes_one_is_named(station: Path) -> None:
    with pytest.raises(TimelineUnusable, match="exstv compile"):
        guide.run(["--station", str(station)])


def test_a_file_in_place_of_a_station_is_told_in_words(tmp_path: Path) -> None:
    file = tmp_path / "station"
    file.write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "exstv", "up", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and str(file) in done.stderr


def test_a_compile_that_waits_reads_everything_when_it_is_told(station: Path) -> None:
    compile_at(station, "--scan")
    timelines = versions.timeline_dir(station / ".exstv")
    before = versions.current(station / ".exstv")
    waits = subprocess.Popen(
        [sys.executable, "-m", "exstv", "compile", str(station), "--format", "json", "--when-told"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    text = (station / "all.yaml").read_text()
    (station / "all.yaml").write_text(text.replace("name: Alpha", "name: Edited"))

    said, _ = waits.communicate(json.dumps(["--now", NOW]).encode() + b"\n", timeout=60)

    assert (waits.returncode, said) == (0, b"")
    after = versions.current(station / ".exstv")
    assert after is not None and after != before
    reader = query.TimelineReader.open(after)
    assert [channel.name for channel in reader.channels] == ["Edited", "[bold]"]
    reader.close()
    assert not [path for path in timelines.iterdir() if path.name.endswith(".new")]


def test_a_compile_that_is_never_told_does_nothing(station: Path) -> None:
    argv = [sys.executable, "-m", "exstv", "compile", str(station), "--when-told"]
    for said in (b"", b'["--now", "2026'):
        done = subprocess.run(argv, input=said, capture_output=True, timeout=60, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not (station / ".exstv").exists()
