"""What strikes a real server while viewers watch every channel: none of them notices, and the log tells.

`make faults` runs the long version: 100 kills over 10 channels and 20 minutes.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
from stations import LONG, write_station
from watching import PATIENCE_SECONDS, Capture, Server, Viewer, check_stream, stream_seconds

from runtime.fanout import KEEP_BYTES
from runtime.process.breaker import RestartRules

log = logging.getLogger(__name__)
pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
LONG_RUN = bool(os.environ.get("FAULTS_LONG"))
CHANNELS, KILLS, KILL_SECONDS = (10, 100, 12.0) if LONG_RUN else (2, 4, 1.0)
NO_STOP_SECONDS = 2.0
MOST_GROWTH = 1.05
NOISE = "testsrc2=s=320x180:r=30,noise=alls=60:allf=t"


def until(found: Callable[[], bool], server: Server, patience: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + patience
    while not found():
        assert time.monotonic() < deadline, server.log
        time.sleep(0.1)


def assert_unnoticed(capture: Capture, folder: Path) -> None:
    """The connection stayed open, the bytes never stopped, and the stream is one."""
    folder.mkdir()
    assert not capture.ended
    assert max(capture.silences()) < NO_STOP_SECONDS
    check_stream(capture, folder, frame_ms=1000 / 30)


@contextlib.contextmanager
def watched(server: Server, numbers: list[int], folder: Path) -> Iterator[list[Viewer]]:
    """Two viewers of the first channel and one of every other, who notice nothing; nor does the guide."""
    guide = server.get("/iptv/xmltv.xml").content
    version = server.get("/healthz").json()["timeline"]["version"]
    viewers = [Viewer(server, f"/iptv/channel/{number}.ts") for number in (numbers[0], *numbers)]
    try:
        for viewer in viewers:
            viewer.wait_for_seconds(3)
        yield viewers
        for viewer in viewers:
            viewer.wait_for_seconds(stream_seconds(viewer.capture) + 3)
    finally:
        # Whether a viewer was still there is known only before it leaves.
        ended = [viewer.capture.ended for viewer in viewers]
        captures = [viewer.leave() for viewer in viewers]
    for n, (capture, gone) in enumerate(zip(captures, ended, strict=True)):
        capture.ended = gone
        assert_unnoticed(capture, folder / f"viewer {n}")
    assert server.get("/iptv/xmltv.xml").content == guide
    assert server.get("/healthz").json()["timeline"]["version"] == version
    assert "Traceback" not in server.log


def kill_what_plays(server: Server, number: int) -> int:
    """Kills the process that a channel plays from, once it plays from one."""
    found: list[int] = []

    def struck() -> bool:
        # Nothing has been on yet, or not for a moment, where the last entry has ended.
        on_air = [entry["pid"] for entry in server.as_run(number)[-1:] if entry["outcome"] == "stopped"]
        for pid in on_air:
            with contextlib.suppress(ProcessLookupError):
                if pid is not None and psutil.pid_exists(pid):
                    os.kill(pid, signal.SIGKILL)
                    found.append(pid)
        return bool(found)

    until(struck, server)
    return found[0]


@pytest.mark.timeout(3600 if LONG_RUN else 600)
def test_one_ffmpeg_after_the_other_is_killed_and_nobody_notices(
    put_on_air: PutOnAir, tmp_path: Path
) -> None:
    channels = {f"c{n}": LONG for n in range(1, CHANNELS + 1)}
    folder = write_station(tmp_path / "s", channels, video=NOISE)
    if not LONG_RUN:
        # What a pipe holds is played first: 3 s of it, not 17.
        path = folder / "station.yaml"
        path.write_text(path.read_text().replace("bitrate: 400k", "bitrate: 3M"))
    server, numbers = put_on_air(folder), list(range(1, CHANNELS + 1))
    process = psutil.Process(server.process.pid)
    killed: dict[int, list[int]] = {number: [] for number in numbers}
    with watched(server, numbers, tmp_path) as viewers:
        if LONG_RUN:
            # Each channel keeps what it needs by now: what grows from here on is a leak.
            until(lambda: all(len(viewer.capture.data) > KEEP_BYTES for viewer in viewers), server)
        before = (process.memory_info().rss, process.num_fds())
        for n in range(KILLS):
            number = numbers[n % CHANNELS]
            pid = kill_what_plays(server, number)
            killed[number].append(pid)
            time.sleep(KILL_SECONDS)
            if n % CHANNELS == CHANNELS - 1:
                until(lambda: all(tells(server.as_run(n), killed[n]) for n in numbers), server)
                log.info("%s kills: memory x %.3f", n + 1, process.memory_info().rss / before[0])
        # On a busy machine a channel may have failed as often as makes the breaker leave its items alone.
        patience = PATIENCE_SECONDS + RestartRules().open_seconds
        until(lambda: all(server.as_run(n)[-1]["step"] == "item" for n in numbers), server, patience)
        until(lambda: process.num_fds() <= before[1] * MOST_GROWTH, server)
        grown = process.memory_info().rss / before[0]
    for number in numbers:
        rows = server.as_run(number)
        assert tells(rows, killed[number])
        for row, after in pairwise(rows):
            assert row["first_frame"] + row["frames"] == after["first_frame"], json.dumps([row, after])
    log.info("%s kills: memory x %.3f, descriptors %s -> %s", KILLS, grown, before[1], process.num_fds())
    # A short run still fills its buffers.
    assert not LONG_RUN or grown <= MOST_GROWTH


def tells(rows: list[dict[str, Any]], killed: list[int]) -> bool:
    """Tells whether the log has every process that was killed, and why it ended."""
    failures = {row["pid"]: row["failure"] for row in rows if row["outcome"] == "failed"}
    return all("killed" in (failures.get(pid) or "") for pid in killed)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """A disk of its own at a folder, which a test can fill."""
    folder.mkdir(parents=True)
    argv = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(argv, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if mounted.returncode:
        pytest.skip(f"a disk cannot be mounted here: {mounted.stderr}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Leaves not a byte on a disk."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_full_disk_stops_no_channel_and_the_log_has_all_when_there_is_room_again(
    put_on_air: PutOnAir, tmp_path: Path
) -> None:
    folder = write_station(tmp_path / "s", {"alpha": (3,)})
    with small_disk(folder / ".exstv", 24):
        server = put_on_air(folder)
        with watched(server, [1], tmp_path):
            ballast = folder / ".exstv" / "ballast"
            fill(ballast)
            page = server.until("/", "The as-run log cannot be written")
            assert "no space left on device" in page
            until(lambda: len(server.as_run(1)) >= 4, server)
            ballast.unlink()
            until(lambda: "cannot be written" not in server.get("/").text, server)
            server.wait_for_line("as-run log is written again given_up=0")
        rows = server.as_run(1)
        assert len(rows) >= 4
        for row, after in pairwise(rows):
            assert row["first_frame"] + row["frames"] == after["first_frame"], json.dumps([row, after])
        assert server.stop() == 0
