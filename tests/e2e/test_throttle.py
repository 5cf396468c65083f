"""`throttle` of a channel, by what its viewers receive and when."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from stations import write_station
from watching import Server, Viewer, check_stream, most_ahead, stream_seconds

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
FRAME_MS = 1000 / 30


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """Four channels of one schedule, each with another throttle."""
    names = ("realtime", "burst", "adaptive", "disabled")
    folder = write_station(tmp_path / "paced", dict.fromkeys(names, (7, 9, 11)))
    for name in names:
        path = folder / f"{name}.yaml"
        path.write_text(path.read_text().replace("filler:", f"throttle: {name}, filler:", 1))
    return folder


def wait_until_ahead(viewer: Viewer, seconds: float) -> None:
    """Waits until what was received is so many seconds longer than the time it took."""
    viewer.wait_for_seconds(seconds)
    begun = viewer.capture.arrivals[0][1]
    viewer.wait_for(lambda: stream_seconds(viewer.capture) - (time.monotonic() - begun) > seconds)


def test_each_throttle_fills_its_viewers_as_it_says(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station)
    viewers = [Viewer(server, f"/iptv/channel/{number}.ts") for number in (1, 2, 3)]
    realtime, burst, adaptive = viewers
    for viewer in viewers:
        viewer.wait_for_seconds(12)
    # Filled first, the second viewer as the first, and real time from there.
    wait_until_ahead(burst, 8)
    late = Viewer(server, "/iptv/channel/2.ts")
    wait_until_ahead(late, 8)
    late.wait_for_seconds(10)
    # A little faster than time as long as its viewers keep up.
    wait_until_ahead(adaptive, 3)
    adaptive.wait_for_seconds(22)
    for viewer in (*viewers, late):
        viewer.leave()
    assert most_ahead(realtime.capture) <= 2.5
    assert max(most_ahead(viewer.capture) for viewer in (burst, late, adaptive)) <= 11
    for n, viewer in enumerate((*viewers, late)):
        folder = tmp_path / str(n)
        folder.mkdir()
        check_stream(viewer.capture, folder, FRAME_MS)


def test_without_a_throttle_the_plans_items_follow_one_another_as_fast_as_they_are_taken(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station)
    viewer = Viewer(server, "/iptv/channel/4.ts")
    viewer.wait_for_seconds(60)
    # No other throttle gives so much.
    wait_until_ahead(viewer, 11)
    capture = viewer.leave()
    check_stream(capture, tmp_path, FRAME_MS)
    server.wait_for_line("on air channel=disabled step=item", times=5)
    # Nothing else is on, unless the machine was too busy.
    steps = re.findall(r"on air channel=disabled step=(\w+)", server.log)
    assert set(steps) == {"item"} or server.late("disabled"), server.log
