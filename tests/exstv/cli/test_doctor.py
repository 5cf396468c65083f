"""`exstv doctor`: each thing that is wrong is found, and nothing is found where all is well."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from serving import Shelf, shelved
from stations import HD

from exstv.catalog.lock import LOCK_NAME
from exstv.cli.checks import (
    Finding,
    Level,
    check_diagnostics,
    check_encoders,
    check_ffmpeg,
    check_hardware,
    check_port,
    check_state_dir,
    check_timeline,
)
from exstv.cli.doctor import examine
from exstv.cli.main import main
from exstv.clock import SystemClock
from exstv.diagnostics import Diagnostic, Label, Severity, Span
from exstv.timeline import store
from exstv.timeline.model import Header, Timeline
from exstv.units import DAY_MS

STATION = """
station: {name: Test, timezone: UTC, horizon: 1h, broadcast_day: "00:00", defaults: {fallback: slate}}
sources:
  cards: {type: lavfi, items: [{id: a, title: A, video: "color=s=160x90:r=5", audio: sine, duration: 10s}]}
filler: {slate: {play: cards, mode: loop}}
profiles: {hd: {resolution: 160x90, frame_rate: 5}}
schedules: {all: {kind: loop, items: [{play: cards, mode: flood}]}}
channels: {one: {number: 1, name: One, schedule: all}}
"""


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "station.yaml").write_text(STATION)
    monkeypatch.setenv("EXSTREAMTV_SERVER__PORT", "0")
    return tmp_path


def findings(station: Path) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(station, SystemClock())}


@pytest.mark.ffmpeg
def test_a_sound_station_has_nothing_that_fails(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", str(station)])
    capsys.readouterr()

    code = main(["doctor", str(station)])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert "ok   source cards: a second of `cards:a` plays" in lines
    assert "ok   station: nothing to report" in lines
    assert "warn timeline: none is published" in lines


@pytest.mark.ffmpeg
def test_a_station_that_was_never_scanned_says_what_to_run(station: Path) -> None:
    found = findings(station)

    assert found["catalog"].level is Level.WARN
    assert found["catalog"].advice == f"run `exstv scan {station}`"
    assert found["station"].level is Level.FAIL
    assert "source cards" not in found


@pytest.mark.ffmpeg
def test_a_graph_that_ffmpeg_refuses_fails_with_its_words(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (station / "station.yaml").write_text(STATION.replace("color=s=160x90:r=5", "no_such_filter"))
    main(["scan", str(station)])
    capsys.readouterr()

    code = main(["doctor", str(station)])

    assert code == 1
    assert "fail source cards: ffmpeg failed with exit code" in capsys.readouterr().out


@pytest.mark.ffmpeg
def test_a_file_that_is_gone_fails(
    station: Path, capsys: pytest.CaptureFixture[str], make_clip: object
) -> None:
    assert callable(make_clip)
    (station / "station.yaml").write_text(
        STATION.replace("sources:", "sources:\n  films: {type: local, path: films}")
    )
    clip: Path = make_clip(station / "films" / "Film (1950).mkv", 1)
    main(["scan", str(station)])
    capsys.readouterr()
    assert findings(station)["source films"].level is Level.OK

    clip.unlink()

    found = findings(station)["source films"]
    assert (found.level, found.text) == (Level.FAIL, "`films:Film (1950).mkv` is gone: run `exstv scan`")


@pytest.mark.ffmpeg
def test_items_that_are_missing_are_counted(
    station: Path, capsys: pytest.CaptureFixture[str], make_clip: object
) -> None:
    assert callable(make_clip)
    (station / "station.yaml").write_text(
        STATION.replace("sources:", "sources:\n  films: {type: local, path: films}")
    )
    clip: Path = make_clip(station / "films" / "Film (1950).mkv", 1)
    main(["scan", str(station)])
    clip.unlink()
    main(["scan", str(station)])
    capsys.readouterr()

    found = findings(station)

    assert (found["catalog"].level, found["catalog"].text) == (Level.WARN, "missing at the last scan: 1")
    assert found["source films"].text == "it holds nothing"


def test_a_damaged_lock_fails(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (station / LOCK_NAME).write_text("{}\n")
    monkeypatch.setenv("EXSTREAMTV_FFMPEG__PATH", "/nowhere/ffmpeg")

    found = findings(station)

    assert (found["catalog"].level, found["catalog"].text) == (Level.FAIL, "1 error")
    assert found["ffmpeg"].level is Level.FAIL
    assert "source cards" not in found


def test_a_mistake_in_the_station_fails(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXSTREAMTV_FFMPEG__PATH", "/nowhere/ffmpeg")
    (station / "station.yaml").write_text(
        STATION.replace("play: cards, mode: loop", "play: crads, mode: loop")
    )

    assert findings(station)["station"].level is Level.FAIL


def test_a_profile_whose_codec_this_ffmpeg_lacks_fails(tmp_path: Path) -> None:
    poor = tmp_path / "ffmpeg"
    poor.write_text("#!/bin/sh\necho ' V libx264 x'\necho ' A aac x'\n")
    poor.chmod(0o755)
    modern = msgspec.structs.replace(HD, name="uhd", video_codec="hevc", audio_codec="ac3")

    (finding,) = check_encoders(str(poor), [HD, modern])

    assert finding.level is Level.FAIL
    assert finding.text == f"profile `uhd` needs libx265 and ac3, which {poor} lacks"


def test_an_ffmpeg_that_lacks_an_encoder_fails(tmp_path: Path) -> None:
    poor = tmp_path / "ffmpeg"
    poor.write_text(
        "#!/bin/sh\necho ' V libx264 x'\necho ' T drawtext x'\necho ' T scale x'\necho ' T pad x'\n"
    )
    poor.chmod(0o755)

    ffmpeg, found = check_ffmpeg(str(poor))

    assert ffmpeg is None
    assert [(finding.level, finding.text) for finding in found] == [
        (Level.FAIL, f"{poor} lacks aac, aresample")
    ]


@pytest.mark.parametrize(
    ("works", "level", "words"),
    [
        ("*h264_nvenc*", Level.OK, "h264 by `nvenc` is encoded by h264_nvenc"),
        ("nothing", Level.WARN, "encoded by the processor: h264_nvenc: ffmpeg failed with exit code 1"),
    ],
)
def test_hardware_that_a_profile_asks_for_is_tried(
    works: str, level: Level, words: str, tmp_path: Path
) -> None:
    card = tmp_path / "ffmpeg"
    card.write_text(
        "#!/bin/sh\ncase \"$*\" in\n  *-encoders*) echo ' V....D h264_nvenc  NVIDIA' ;;\n"
        f"  {works}) echo pictures ;;\n  *) echo no card >&2; exit 1 ;;\nesac\n"
    )
    card.chmod(0o755)

    (finding,) = check_hardware(str(card), [HD, msgspec.structs.replace(HD, hardware="nvenc")])

    assert finding.level is level and words in finding.text


def test_a_program_that_is_no_ffmpeg_fails(tmp_path: Path) -> None:
    text = tmp_path / "ffmpeg"
    text.write_text("not a program")
    text.chmod(0o755)

    _, found = check_ffmpeg(str(text))

    assert found[0].level is Level.FAIL
    assert "cannot be run" in found[0].text


def test_a_port_that_is_taken_is_a_warning() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert check_port("127.0.0.1", port).level is Level.WARN
    assert check_port("127.0.0.1", 0).level is Level.OK


def test_a_state_folder_that_takes_no_files_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    found = check_state_dir(tmp_path / "file" / "state")

    assert [finding.level for finding in found] == [Level.FAIL]
    assert "takes no files" in found[0].text


def test_diagnostics_are_counted_by_severity() -> None:
    def found(*severities: Severity) -> Finding:
        made = (Diagnostic("EXS1001", each, "x", (Label(Span("a")),)) for each in severities)
        return check_diagnostics("station", made, "advice")

    assert found().level is Level.OK
    assert found(Severity.NOTE).level is Level.OK
    assert found(Severity.WARNING, Severity.WARNING).text == "2 warnings"
    assert found(Severity.WARNING, Severity.ERROR).level is Level.FAIL


def timeline(finish_ms: int) -> Timeline:
    header = Header(
        version=0,
        digest="d",
        inputs="i",
        commit=None,
        lock_digest="l",
        station="Test",
        timezone="UTC",
        start_ms=0,
        finish_ms=finish_ms,
        built_at_ms=0,
        compiled_for_ms=0,
    )
    return Timeline(
        header=header,
        channels=(),
        profiles=(),
        sources=(),
        media=(),
        items=(),
        programmes=(),
        fallbacks=(),
        anchors=(),
    )


def test_a_timeline_is_judged_by_how_long_it_lasts(tmp_path: Path) -> None:
    assert check_timeline(tmp_path, 0).text == "none is published"

    store.publish(timeline(3 * DAY_MS), tmp_path)

    assert check_timeline(tmp_path, DAY_MS) == Finding(
        Level.OK, "timeline", "version 1 lasts 48.0 hours more"
    )
    assert check_timeline(tmp_path, 2 * DAY_MS + 1).level is Level.WARN
    assert check_timeline(tmp_path, 3 * DAY_MS).level is Level.FAIL


def test_a_damaged_timeline_fails(tmp_path: Path) -> None:
    store.publish(timeline(DAY_MS), tmp_path).write_bytes(b"damaged")

    found = check_timeline(tmp_path, 0)

    assert (found.level, found.advice) == (Level.FAIL, "run `exstv compile`")


@pytest.mark.ffmpeg
def test_a_source_on_another_server_is_tried_and_its_key_is_not_told(
    station: Path, make_clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TV_KEY", "k3y-of-the-house")
    film = make_clip(tmp_path / "elsewhere" / "film.mp4", 2).read_bytes()
    with shelved(Shelf({"/film.mp4": film}, query="k=k3y-of-the-house")) as shelf:
        shelf.bodies["/list"] = (
            f"#EXTM3U\n#EXTINF:2,Film\n{shelf.address}/film.mp4?k=k3y-of-the-house".encode()
        )
        asked = '?k=${TV_KEY}"'
        (station / "more.yaml").write_text(
            f'sources:\n  list: {{type: m3u, url: "{shelf.address}/list{asked}}}\n'
            f'  direct: {{type: url, items: {{id: a, title: A, url: "{shelf.address}/film.mp4{asked}}}}}\n'
        )
        main(["scan", str(station)])
        found = findings(station)
        assert found["source list"].text == f"a second of `list:{shelf.address}/film.mp4` plays"
        assert found["source direct"].text == "a second of `direct:a` plays"
        shelf.query = "k=another"
        found = findings(station)
    assert found["source direct"].level is found["source list"].level is Level.FAIL
    assert "403" in found["source direct"].text and "403" in found["source list"].text
    assert "k3y-of-the-house" not in str(found)
