"""Players that viewers have, in front of a server that plays unlike files one after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from judges import mpv_complaints, tsreport_marks, vlc_complaints
from junctions import LIBRARY, Shelf
from stations import write_station
from watching import Server, Viewer, check_stream, packet_times

pytestmark = pytest.mark.ffmpeg

MIXED = """
sources:
  reels: {type: local, path: media, kind: other}
channels:
  mixed: {number: 7, name: Mixed, schedule: reels}
schedules:
  reels: {kind: loop, items: [{play: reels, mode: flood}]}
"""
JUNCTIONS = 4
SECONDS = 3.2 * JUNCTIONS + 2


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A channel of files of a few seconds: every codec, rate, size and sound of the library."""
    folder = write_station(tmp_path / "mixed", {"alpha": (60,)})
    (folder / "mixed.yaml").write_text(MIXED)
    (folder / "media").mkdir()
    shelf = Shelf(folder / "media")
    for name in LIBRARY.keys() - {"long"}:
        shelf.file(name)
    return folder


def test_mpv_and_vlc_watch_four_junctions_and_notice_nothing(
    station: Path, put_on_air: Callable[..., Server], tmp_path: Path
) -> None:
    server = put_on_air(station)
    viewer = Viewer(server, "/iptv/channel/7.ts")
    server.wait_for_item(7)
    address = f"{server.base}/iptv/channel/7.ts"
    with ThreadPoolExecutor(2) as both:
        mpv = both.submit(mpv_complaints, address, tmp_path / "mpv.log", SECONDS)
        vlc = both.submit(vlc_complaints, address, SECONDS)
        assert mpv.result() == []
        assert vlc.result() == []
    capture = viewer.leave()
    check_stream(capture, tmp_path, frame_ms=1000 / 30)
    assert max(capture.silences()) < 2
    assert tsreport_marks(tmp_path / "trimmed.ts") == []
    skews = packet_times(capture.data).skews
    assert max(skews) - min(skews) <= 3001
    server.wait_for_line("on air channel=mixed step=item", times=JUNCTIONS + 1)
    # Nothing else was on, unless the machine was too busy.
    assert "on air channel=mixed step=slate" not in server.log or server.late("mixed"), server.log
