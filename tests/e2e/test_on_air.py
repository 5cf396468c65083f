"""The server as a user starts it, in its own process, watched by real viewers: issue 2's "It must show"."""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import av
import psutil
import pytest
from stations import LONG, write_station
from watching import (
    PATIENCE_SECONDS,
    Server,
    Viewer,
    check_stream,
    leads,
    least_ahead,
    most_ahead,
    stream_seconds,
    watch,
)

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]


@pytest.fixture
def station(tmp_path: Path) -> Path:
    return write_station(tmp_path / "test-card", {"alpha": (8, 10, 12), "beta": (9, 11)})


@pytest.fixture
def long_items(tmp_path: Path) -> Path:
    """A station whose encoders run while their items are on air."""
    return write_station(tmp_path / "test-card", {"alpha": LONG, "beta": LONG})


def exstv(*args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exstv", *args],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_a_minute_over_five_junctions_passes_the_stream_check(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station)
    capture = watch(server, "/iptv/channel/1.ts", seconds=62)
    check_stream(capture, tmp_path, frame_ms=1000 / 30)
    server.wait_for_line("on air channel=alpha", times=6)
    # Of the timing only what a busy machine cannot excuse: never behind, never more than 2.5 s ahead.
    assert most_ahead(capture) <= 2.5
    assert least_ahead(capture, after=10) >= 0


def test_every_channel_of_the_default_station_gives_h264_and_aac(
    put_on_air: PutOnAir, tmp_path: Path
) -> None:
    copy = tmp_path / "channels"
    shutil.copytree(Path(__file__).parents[2] / "channels", copy, ignore=shutil.ignore_patterns(".exstv"))
    server = put_on_air(copy)
    numbers = re.findall(r"(?m)^\S+/iptv/channel/([\d.]+)\.ts$", server.get("/iptv/channels.m3u").text)
    assert len(numbers) == 3
    for number in numbers:
        path = tmp_path / f"{number}.ts"
        path.write_bytes(watch(server, f"/iptv/channel/{number}.ts", seconds=3).data)
        with av.open(str(path)) as container:
            codecs = [stream.codec_context.name for stream in container.streams]
            pictures = sum(1 for _ in container.decode(video=0))
        assert sorted(codecs) == ["aac", "h264"] and pictures > 60


def test_guide_xmltv_and_page_name_the_same_programme_and_the_page_the_item(
    station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station)
    viewer = Viewer(server, "/iptv/channel/2.ts")
    server.wait_for_item(2)
    for _ in range(5):
        before = xmltv_now(server, "beta.test-card")
        page = server.get("/").text
        guide = exstv("guide", "--at", "now", "--format", "json", "--station", str(station))
        if before == xmltv_now(server, "beta.test-card"):
            break
    assert guide.returncode == 0, guide.stderr
    assert before in guide.stdout
    card = re.search(r'<article[^>]*data-channel="beta".*?</article>', page, re.S)
    assert card is not None
    words = html.unescape(re.sub(r"<[^>]+>", " ", card[0]))
    assert before in words
    item = re.search(r'class="item"[^>]*>([^<]+)<', card[0])
    assert item is not None and html.unescape(item[1]) in (before, "Ident")
    viewer.leave()


def running_encoders(server: Server) -> list[psutil.Process]:
    """The encoders, once there are any: a short item's has ended long before its last frame is due."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := server.encoders()):
        assert time.monotonic() < deadline, server.log
        time.sleep(0.05)
    return found


def name_of(process: psutil.Process) -> str:
    """Its name, while it is there."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.name()
    return ""


def xmltv_now(server: Server, xmltv_id: str) -> str:
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S +0000")
    for programme in ET.fromstring(server.get("/iptv/xmltv.xml").content).iter("programme"):
        got = programme.attrib
        if got["channel"] == xmltv_id and got["start"] <= now < got["stop"]:
            return programme.findtext("title") or ""
    raise AssertionError("nothing is on")


def test_two_viewers_share_one_ffmpeg_and_the_second_starts_at_a_keyframe_at_once(
    long_items: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(long_items)
    first = Viewer(server, "/iptv/channel/1.ts")
    first.wait_for_seconds(4)
    second = Viewer(server, "/iptv/channel/1.ts")
    second.wait_for_seconds(2)
    # One that was too slow to start has another one after it.
    assert 1 <= max(server.starts(f": Alpha {n}") for n in range(3)) <= 1 + server.late("alpha")
    assert "2 viewers" in server.get("/").text
    first.leave()
    capture = second.leave()
    assert capture.data[:3] == b"\x47\x40\x00", "a viewer starts at the tables"
    # The two seconds behind the live edge came at once, not at the stream's pace.
    assert max(lead for _, lead in leads(capture)) > 1
    check_stream(capture, tmp_path, frame_ms=1000 / 30)


def test_a_killed_ffmpeg_does_not_break_the_stream_or_change_the_guide(
    long_items: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(long_items)
    guide = server.get("/iptv/xmltv.xml").content
    viewer = Viewer(server, "/iptv/channel/1.ts")
    viewer.wait_for_seconds(3)
    for child in running_encoders(server):
        child.send_signal(signal.SIGKILL)
    # What its pipe held is played first.
    server.wait_for_line("exit=killed")
    viewer.wait_for_seconds(stream_seconds(viewer.capture) + 4)
    capture = viewer.leave()
    check_stream(capture, tmp_path, frame_ms=1000 / 30)
    assert max(capture.silences()) < 2
    assert server.get("/iptv/xmltv.xml").content == guide


def test_an_edit_reaches_the_guide_and_a_viewer_of_another_channel_loses_nothing(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station)
    viewer = Viewer(server, "/iptv/channel/1.ts")
    viewer.wait_for_seconds(3)
    beta = station / "beta.yaml"
    good = beta.read_text()
    beta.write_text(good.replace("Beta 1", "Harbour Lights"))
    server.until("/iptv/xmltv.xml", "Harbour Lights")
    version = server.get("/healthz").json()["timeline"]["version"]

    beta.write_text(good.replace("mode: flood", "mood: flood"))
    page = html.unescape(server.until("/", "EXS2"))
    line = next(n for n, text in enumerate(beta.read_text().splitlines(), 1) if "mood" in text)
    assert f"beta.yaml:{line}:" in page and "did you mean `mode`" in page
    server.wait_for_line(f"beta.yaml:{line}:")
    assert server.get("/healthz").json()["timeline"]["version"] == version
    assert server.get("/readyz").status_code == 200

    beta.write_text(good)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.get("/healthz").json()["timeline"]["version"] == version:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.05)
    viewer.wait_for_seconds(14)
    check_stream(viewer.leave(), tmp_path, frame_ms=1000 / 30)


def test_told_to_go_it_ends_its_streams_and_leaves_no_process(long_items: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(long_items)
    viewer = Viewer(server, "/iptv/channel/1.ts")
    viewer.wait_for_seconds(3)
    children = running_encoders(server)
    assert server.stop() == 0
    viewer.wait_for_end()
    assert not [child for child in children if child.is_running() and child.status() != "zombie"]
    assert "Traceback" not in server.log


def test_a_second_server_on_the_same_port_says_so(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    port = put_on_air(station).base.rsplit(":", 1)[1]
    # A state folder is one server's.
    other = {"EXSTREAMTV_STATE_DIR": str(tmp_path / "other")}
    assert exstv("compile", str(station), "--scan", **other).returncode == 0
    address = {"EXSTREAMTV_SERVER__PORT": port, "EXSTREAMTV_SERVER__HOST": "127.0.0.1"}
    second = exstv("serve", str(station), **address, **other)
    assert second.returncode == 1
    assert "address already in use" in second.stderr and "Traceback" not in second.stderr


def test_serving_without_a_timeline_says_what_to_do(station: Path) -> None:
    done = exstv("serve", str(station), EXSTREAMTV_SERVER__PORT="0")
    assert done.returncode == 1
    assert "run `exstv compile" in done.stderr and "Traceback" not in done.stderr


def test_an_up_over_a_broken_station_plays_the_last_good_timeline(
    station: Path, put_on_air: PutOnAir
) -> None:
    assert exstv("compile", str(station), "--scan").returncode == 0
    (station / "beta.yaml").write_text("channels: [")
    server = put_on_air(station)
    assert server.get("/readyz").status_code == 200
    assert "beta.yaml:1:" in server.until("/", "EXS1")
    watch(server, "/iptv/channel/1.ts", seconds=2)


def test_the_page_and_discover_agree_with_the_configuration(station: Path, put_on_air: PutOnAir) -> None:
    (station / "config.yaml").write_text("hdhomerun: {tuner_count: 2, device_id: E5E17005}\n")
    server = put_on_air(station)
    got = json.loads(server.get("/discover.json").text)
    assert (got["TunerCount"], got["DeviceID"]) == (2, "E5E17005")
    assert "E5E17005" in server.get("/setup").text


def test_a_killed_server_leaves_nothing_behind_not_even_what_hangs_on_its_input(
    long_items: Path, put_on_air: PutOnAir, ffmpeg: str, tmp_path: Path
) -> None:
    # One channel's ffmpeg hangs, with a child of its own, and never writes: no broken pipe ends it.
    script = tmp_path / "ffmpeg.sh"
    hangs = "sleep 1000 & wait $!"
    script.write_text(f'#!/bin/sh\ncase "$*" in *text=Alpha*) {hangs} ;; *) exec {ffmpeg} "$@" ;; esac\n')
    script.chmod(0o755)
    server = put_on_air(
        long_items, EXSTREAMTV_FFMPEG__PATH=str(script), EXSTREAMTV_FFMPEG__STUCK_SECONDS="600"
    )
    viewers = [Viewer(server, f"/iptv/channel/{number}.ts") for number in (1, 2)]
    viewers[1].wait_for_seconds(2)
    server.wait_for_line("process started pid=")
    me = psutil.Process(server.process.pid)
    while not any("sleep" in name_of(child) for child in me.children(recursive=True)):
        time.sleep(0.02)
    family = me.children(recursive=True)
    server.process.kill()
    server.process.wait()
    # What hangs would hang for many minutes more.
    gone, alive = psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
    assert len(gone) >= 3 and not alive
    for viewer in viewers:
        viewer.wait_for_end()


def test_a_killed_server_leaves_no_ffmpeg_behind(long_items: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(long_items)
    viewer = Viewer(server, "/iptv/channel/1.ts")
    viewer.wait_for_seconds(3)
    children = running_encoders(server)
    server.process.kill()
    server.process.wait()
    gone, alive = psutil.wait_procs(children, timeout=PATIENCE_SECONDS)
    assert gone and not alive
    viewer.wait_for_end()
