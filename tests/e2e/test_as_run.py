"""The as-run log of a real server: what viewers got is what it says, whatever failed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from stations import LONG, write_station
from watching import PATIENCE_SECONDS, Server, Viewer, stream_seconds

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
COLUMNS = (
    "a.channel, a.seq, a.step, a.title, a.media_id, a.outcome, a.reason, a.failure, a.pid, a.frames,"
    " a.first_frame, a.planned_media_id, epoch_ms(a.start_time) as start_ms,"
    " epoch_ms(a.finish_time) as finish_ms, p.media_id as joined"
)


def as_run(station: Path, channel: str) -> list[dict[str, Any]]:
    """What `exstv query` says of a channel, joined with the plan."""
    sql = (
        f"select {COLUMNS} from as_run a left join playout_item p using (channel, seq)"
        f" where a.channel = '{channel}' order by a.start_time"
    )
    done = subprocess.run(
        [sys.executable, "-m", "exstv", "query", sql, str(station), "--format", "json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def until(station: Path, channel: str, found: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not found(rows := as_run(station, channel)):
        assert time.monotonic() < deadline, rows
    return rows


def wait_for_note(station: Path, channel: str, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Waits until a stretch of a channel is noted as being on air."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    note = station / ".exstv/as-run/on-air.jsonl"
    noted: list[dict[str, Any]] = []
    while not any(entry["channel"] == channel and wanted(entry) for entry in noted):
        assert time.monotonic() < deadline, noted
        time.sleep(0.05)
        with contextlib.suppress(FileNotFoundError):
            noted = [json.loads(line) for line in note.read_text().splitlines()]


def assert_unbroken(rows: list[dict[str, Any]]) -> None:
    """On air, one entry follows another: no frame and no instant is missing or told twice."""
    for before, after in pairwise(rows):
        assert before["finish_ms"] == after["start_ms"], (before, after)
        assert before["first_frame"] + before["frames"] == after["first_frame"], (before, after)


def station_with_a_film(folder: Path, make_clip: Callable[..., Path]) -> tuple[Path, Path]:
    """Alpha plays a film and a card in turn, beta one long card."""
    write_station(folder, {"alpha": (5,), "beta": LONG})
    film = make_clip(folder / "media" / "Harbour Nights (1961).mp4", 4)
    (folder / "films.yaml").write_text("sources:\n  films: {type: local, path: media, kind: movie}\n")
    alpha = folder / "alpha.yaml"
    text = alpha.read_text().replace("items: [{play: alpha", "items: [{play: films}, {play: alpha")
    alpha.write_text(text.replace("mode: flood", "mode: one"))
    return folder, film


def test_the_log_says_what_went_out_over_a_lost_film_a_killed_ffmpeg_and_a_killed_server(
    tmp_path: Path, make_clip: Callable[..., Path], put_on_air: PutOnAir
) -> None:
    station, film = station_with_a_film(tmp_path / "s", make_clip)
    server = put_on_air(station)
    film.unlink()
    alpha, beta = Viewer(server, "/iptv/channel/1.ts"), Viewer(server, "/iptv/channel/2.ts")
    on_air = server.wait_for_item(2)["pid"]
    os.kill(on_air, signal.SIGKILL)
    rows = until(station, "beta", lambda rows: any(row["outcome"] == "failed" for row in rows))
    killed = next(row for row in rows if row["pid"] == on_air)
    assert (killed["step"], killed["outcome"], killed["reason"]) == ("item", "failed", None)
    assert "killed" in killed["failure"]
    rows = until(station, "alpha", lambda rows: "fallback" in [row["step"] for row in rows[:-1]])
    stand_in = next(row for row in rows if row["step"] == "fallback")
    assert (stand_in["title"], stand_in["media_id"]) == ("Stand by", "cards:standby")
    assert stand_in["planned_media_id"].startswith("films:") and "is gone" in stand_in["reason"]
    assert all(row["joined"] == row["planned_media_id"] for row in rows)
    assert_unbroken(rows)

    # A second at most after it began, the one that took its place is noted for the case of a kill.
    wait_for_note(station, "beta", lambda entry: entry["pid"] not in (None, on_air))
    whole = (station / ".exstv/as-run").glob("20*.jsonl")
    before = {path: path.read_bytes() for path in whole}
    server.process.kill()
    server.process.wait()
    for viewer in (alpha, beta):
        # What was sent is still on its way.
        viewer.wait_for_end()
    captures = {"alpha": alpha.leave(), "beta": beta.leave()}
    put_on_air(station, "serve")
    rows = until(station, "beta", lambda rows: rows[-1]["outcome"] == "cut_off")
    assert rows[-1]["pid"] != on_air and rows[-1]["seq"] == rows[0]["seq"]
    for channel, capture in captures.items():
        rows = as_run(station, channel)
        assert_unbroken(rows)
        # What the viewer got is what the log has, but for the last second before the kill.
        seconds = sum(row["frames"] for row in rows) / 30
        assert abs(seconds - stream_seconds(capture)) < 3, rows
    assert all(path.read_bytes().startswith(lines) for path, lines in before.items())


def test_a_stopped_server_closes_its_log(tmp_path: Path, put_on_air: PutOnAir) -> None:
    station = write_station(tmp_path / "s", {"alpha": (15,)})
    server = put_on_air(station)
    viewer = Viewer(server, "/iptv/channel/1.ts")
    viewer.wait_for_seconds(6)
    # What is on air is told while it is. What has just begun does not end while the server is being stopped.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ((told := server.as_run(1)) and _just_begun(told)):
        assert time.monotonic() < deadline, told
        time.sleep(0.1)
    assert server.stop() == 0
    viewer.wait_for_end()
    rows = as_run(station, "alpha")
    # A busy machine may have begun late, which is told; what the stop ended is the last one alone.
    assert {row["outcome"] for row in rows[:-1]} <= {"played", "failed"} and rows[-1]["outcome"] == "stopped"
    assert_unbroken(rows)
    assert sum(row["frames"] for row in rows) / 30 >= stream_seconds(viewer.capture)
    assert not (station / ".exstv/as-run/on-air.jsonl").exists()
    assert "Traceback" not in server.log


def _just_begun(told: list[dict[str, Any]]) -> bool:
    *before, now = told
    return (
        bool(before) and (now["media_id"], now["outcome"]) == ("alpha:p0", "stopped") and now["frames"] < 90
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_takes_nothing_stops_no_channel(tmp_path: Path, put_on_air: PutOnAir) -> None:
    station = write_station(tmp_path / "s", {"alpha": (3,)})
    folder = station / ".exstv/as-run"
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    server = put_on_air(station)
    viewer = Viewer(server, "/iptv/channel/1.ts")
    viewer.wait_for_seconds(6)
    assert "permission denied" in server.until("/", "The as-run log cannot be written")
    folder.chmod(0o700)
    until(station, "alpha", lambda rows: len(rows) > 1)
    viewer.leave()
