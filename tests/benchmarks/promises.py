"""What a viewer and an editor are promised, against the promise: pace, a killed ffmpeg, an edit."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

from measuring import ROUNDS, Result, seconds
from stations import LONG, write_station
from watching import Capture, Server, Viewer, leads, stream_seconds

PACE_SECONDS = 40
SETTLED_SECONDS = 10
FRAME_MS = 1000 / 30
# So much that the pipe holds about a second, and a dead process is noticed at once.
NOISE = "testsrc2=s=320x180:r=30,noise=alls=100:allf=t"


def measure() -> Iterator[Result]:
    """Seconds and milliseconds beside what issue 2 allows."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _pace(Path(folder) / "pace")
    with tempfile.TemporaryDirectory() as folder:
        yield _kill(Path(folder) / "kill")
    with tempfile.TemporaryDirectory() as folder:
        yield _edit(Path(folder) / "edit")


def _pace(folder: Path) -> Iterator[Result]:
    """Five viewers, one after another, of items of 8 to 12 s."""
    server = Server(write_station(folder, {"alpha": (8, 10, 12)}))
    viewers = []
    for _ in range(ROUNDS):
        viewers.append(Viewer(server, "/iptv/channel/1.ts"))
        time.sleep(0.7)
    viewers[-1].wait_for_seconds(PACE_SECONDS)
    found = [leads(viewer.leave()) for viewer in viewers]
    server.stop()
    settled = [[lead for at, lead in each if at > SETTLED_SECONDS] for each in found]
    most = median(max(lead for _, lead in each) for each in found)
    spread = median(max(each) - min(each) for each in settled)
    yield Result("stream ahead of wall time, at most", most, 3.0, "s", "the promise")
    yield Result("its change from second 10 on", spread * 1000, FRAME_MS + 100, "ms", "the promise")


def _kill(folder: Path) -> Result:
    """The longest silence of a viewer whose ffmpeg is killed; five channels lose theirs at once."""
    keys = ["alpha", "beta", "gamma", "delta", "epsilon"][:ROUNDS]
    station = write_station(folder, dict.fromkeys(keys, LONG), video=NOISE)
    settings = station / "station.yaml"
    settings.write_text(settings.read_text().replace("bitrate: 400k", "bitrate: 8M"))
    server = Server(station)
    viewers = [Viewer(server, f"/iptv/channel/{n}.ts") for n, _ in enumerate(keys, start=1)]
    for viewer in viewers:
        viewer.wait_for_seconds(5)
    for child in server.encoders():
        child.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    for viewer in viewers:
        viewer.wait_for_seconds(stream_seconds(viewer.capture) + 8)
    silences = [_longest_silence(viewer.leave(), killed) for viewer in viewers]
    server.stop()
    return Result("longest silence around a kill -9", median(silences), 2.0, "s", "the promise")


def _longest_silence(capture: Capture, since: float) -> float:
    times = [at for _, at in capture.arrivals if at > since]
    return max(later - earlier for earlier, later in pairwise([since, *times]))


def _edit(folder: Path) -> Result:
    """From saving a title to the guide that shows it."""
    server = Server(write_station(folder, {"alpha": (8, 10, 12), "beta": (9, 11)}))
    beta = folder / "beta.yaml"
    text = beta.read_text()

    def edit(title: str) -> None:
        beta.write_text(text.replace("Beta 1", title))
        server.until("/iptv/xmltv.xml", title)

    took = median(seconds(partial(edit, f"Edit {n}")) for n in range(ROUNDS))
    server.stop()
    return Result("from an edit to the new guide", took, 3.0, "s", "the promise")
