"""HLS as players meet it, over HTTP and over junctions: the judge, ffmpeg, PyAV and hls.js in a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import browsing
import imageio_ffmpeg
import pytest
from hls_rules import Judge
from stations import write_station
from watching import (
    FORBIDDEN,
    PATIENCE_SECONDS,
    POLL_SECONDS,
    TSCHECK,
    Capture,
    Server,
    Viewer,
    poll_hls,
    stream_seconds,
)

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
PLAYLIST = "/iptv/channel/1.m3u8"
LONG_RUN = bool(os.environ.get("HLS_LONG"))
POLLED_SECONDS, WATCHED_SECONDS = (120, 60) if LONG_RUN else (16, 16)
TRIES = 4


@pytest.fixture
def server(tmp_path: Path, put_on_air: PutOnAir) -> Server:
    """Items of 2 to 5 s: a junction every three seconds or so."""
    return put_on_air(write_station(tmp_path / "short", {"alpha": (4, 5)}))


def junctions(server: Server) -> int:
    return sum(1 for line in server.lines if "on air channel=alpha step=item" in line) - 1


def test_a_polled_playlist_breaks_no_rule_and_its_segments_are_the_stream(
    server: Server, tmp_path: Path
) -> None:
    # A busy machine is late by some; test_segment.py judges the pace to the frame.
    judge = Judge(slack=POLL_SECONDS + 1.0)
    viewer = Viewer(server, "/iptv/channel/1.ts")
    server.wait_for_item(1)
    segments = list(poll_hls(server, PLAYLIST, judge, POLLED_SECONDS).values())
    capture = bytes(viewer.leave().data)
    assert judge.broken == []
    # Some have left the window, and the dates are those of now.
    assert len(judge.seen) == len(segments) > 8 and junctions(server) >= 3
    newest = max(judge.seen.values(), key=lambda entry: entry.sequence)
    assert abs(newest.at + newest.seconds - time.time()) < 10
    whole = b"".join(segments)
    at = capture.find(segments[1])
    assert at >= 0
    common = min(len(capture) - at, len(whole) - len(segments[0]))
    assert common > len(whole) // 2
    assert capture[at : at + common] == whole[len(segments[0]) :][:common]
    path = tmp_path / "segments.ts"
    path.write_bytes(whole)
    done = subprocess.run([sys.executable, TSCHECK, "--json", path], capture_output=True, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == 0 and not set(FORBIDDEN) & set(found["events"]), found
    assert stream_seconds_of(whole) == pytest.approx(
        sum(entry.seconds for entry in judge.seen.values()), abs=0.05
    )


def stream_seconds_of(data: bytes) -> float:
    """Length of a whole stream: the last frame lasts a frame too."""
    return stream_seconds(Capture(0, bytearray(data))) + 1 / 30


def test_ffmpeg_and_pyav_play_it_over_junctions_without_a_warning(server: Server) -> None:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    viewer = Viewer(server, "/iptv/channel/1.ts")
    server.wait_for_item(1)
    argv = [ffmpeg, "-v", "warning", "-i", server.base + PLAYLIST, "-t", "9", "-f", "null", "-"]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as playing:
        pictures = 0
        with av.open(server.base + PLAYLIST, timeout=PATIENCE_SECONDS) as container:
            times = []
            for frame in container.decode(video=0):
                pictures += 1
                times.append(frame.time)
                if pictures == 240:
                    break
        _, warnings = playing.communicate(timeout=PATIENCE_SECONDS)
    assert (playing.returncode, warnings) == (0, "")
    viewer.leave()
    assert max(later - earlier for earlier, later in pairwise(times)) < 0.034
    assert junctions(server) >= 2


@pytest.mark.skipif(bool(browsing.missing()) and "CI" not in os.environ, reason=browsing.missing())
def test_hls_js_plays_over_junctions_in_a_browser(server: Server, tmp_path: Path) -> None:
    assert not browsing.missing()
    for _ in range(TRIES):
        report = browsing.play(server.base + PLAYLIST, WATCHED_SECONDS, tmp_path / "profile")
        # Slow with all it needs in hand is a browser that gets too little of the processor: not our doing.
        if report["played"] >= 0.95 * report["wall"] or report["waits"]:
            break
    assert report["errors"] == []
    assert report["played"] >= 0.95 * report["wall"], report
    assert junctions(server) >= 3
    # What is played is what the plan has for now, less the latency: the dates are right.
    assert 0 < report["now"] - report["playingDate"] < 15_000, report


def test_what_is_not_there_is_told(server: Server) -> None:
    assert server.get("/iptv/channel/9.m3u8").status_code == 404
    assert server.get("/iptv/channel/1/none.ts").status_code == 404
    assert server.http.post(PLAYLIST).status_code == 405
    assert server.http.head(PLAYLIST).headers["content-type"] == "application/vnd.apple.mpegurl"
    # Only who wants to play puts a channel on air.
    assert server.encoders() == [] and "on air" not in server.log.split("Page ")[1]
    text = server.get("/iptv/channels.m3u?type=m3u8").text
    assert f"{server.base}{PLAYLIST}" in text
    assert server.get("/iptv/channels.m3u?type=mkv").status_code == 400
