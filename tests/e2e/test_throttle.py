"""`throttle` of a channel, by what its viewers receive and when."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from stations import write_station
from watching import Server, Viewer, check_stream, leads

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


def most_ahead(viewer: Viewer) -> float:
    """By how many seconds what was received was ever longer than the time it took."""
    return max(lead for _, lead in leads(viewer.capture))


def test_each_throttle_fills_its_viewers_as_it_says(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station)
    viewers = [Viewer(server, f"/iptv/channel/{number}.ts") for number in (1, 2, 3)]
    realtime, burst, adaptive = viewers
    for viewer in viewers:
        viewer.wait_for_seconds(12)
    late = Viewer(server, "/iptv/channel/2.ts")
    late.wait_for_seconds(10)
    adaptive.wait_for_seconds(22)
    for viewer in (*viewers, late):
        viewer.leave()
    assert most_ahead(realtime) <= 3
    # Filled first, the second viewer as the first, and real time from there.
    assert 8 < most_ahead(burst) <= 11
    assert 8 < most_ahead(late) <= 11
    # A little faster than time as long as its viewers keep up.
    assert 3 < most_ahead(adaptive) <= 11
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
    capture = viewer.leave()
    assert most_ahead(viewer) > 11, "no other throttle gives so much"
    check_stream(capture, tmp_path, FRAME_MS)
    lines = [line for line in server.lines if "on air channel=disabled" in line]
    played = [found[1] for line in lines if (found := re.search(r"step=item rule=.*?(\w+)$", line.strip()))]
    assert len(lines) >= 5 and "step=slate" not in "".join(lines), played
