"""Hundreds of viewers, and dozens of channels, of a station that does not encode: what serving them costs.

In place of ffmpeg the station runs a program that copies an encoded file: what is measured is the server. The
viewers are a native program (crowd.c), so that neither takes the other's time; the server's own CPU counts.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import psutil
from measuring import Result
from station import on_air

VIEWERS, CHANNELS, FLAT_OUT = 500, 50, 50
SETTLE_S, WINDOW_S = 8.0, 10.0
LATE_MS, CORE_PERCENT = 250.0, 50.0
CHUNK = 64 * 1024
SECONDS = 20

# What the flat-out server is measured against: the least that uvicorn does with chunks of that size.
BARE = f"""
import asyncio, sys, uvicorn
chunk = open(sys.argv[1], "rb").read({CHUNK} // 188 * 188)
async def app(scope, receive, send):
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    while True:
        await send({{"type": "http.response.body", "body": chunk, "more_body": True}})
async def main():
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    sys.stdout.write(str(server.servers[0].sockets[0].getsockname()[1]) + "\\n")
    sys.stdout.flush()
    await serving
asyncio.Runner(loop_factory=uvicorn.Config(app).get_loop_factory()).run(main())
"""


@dataclass(frozen=True)
class Crowd:
    """What viewers tell: how many were served, bytes to all, how late the latest; and the server's CPU."""

    served: int
    bytes: int
    late_ms: float
    core_percent: float


def encoded(path: Path, seconds: int) -> Path:
    """A file of about 4 Mb/s that stands for what an encoder gives."""
    argv = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y"),
        *("-f", "lavfi", "-i", f"testsrc2=s=640x360:r=30:d={seconds},noise=alls=60:allf=t"),
        *("-f", "lavfi", "-i", f"sine=f=440:r=48000:d={seconds}"),
        *(
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-b:v",
            "3800k",
            "-maxrate",
            "3800k",
            "-bufsize",
            "3800k",
        ),
        *("-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-bf", "0", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-b:a", "160k", "-ac", "2", "-pes_payload_size", "0", "-f", "mpegts", path),
    ]
    subprocess.run(argv, check=True)
    return path


def station(folder: Path, throttle: str, channels: int, feed: Path) -> Path:
    """A station whose ffmpeg copies a file, over and over."""
    folder.mkdir()
    program = folder / "feed"
    copies = " ".join([str(feed)] * (3600 // SECONDS))
    slate = f'case "$*" in *"right back"*) exec cat {feed.with_name("slate.ts")};; esac'
    program.write_text(f"#!/bin/sh\n{slate}\nexec cat {copies}\n")
    program.chmod(0o755)
    (folder / "config.yaml").write_text(f"ffmpeg: {{path: {program}, spawns_per_second: 100}}\n")
    listed = "".join(
        f"  c{n}: {{number: {n}, name: C{n}, schedule: day, throttle: {throttle}}}\n"
        for n in range(1, channels + 1)
    )
    (folder / "station.yaml").write_text(
        "station: {name: Crowd, timezone: UTC, horizon: 1d}\n"
        "profiles: {hd: {resolution: 640x360, video: {gop: 2s}}}\n"
        "sources:\n  cards:\n    type: lavfi\n    items:\n"
        '      - {id: card, title: Card, video: "testsrc2=s=640x360", audio: "sine=r=48000", duration: 1h}\n'
        "schedules:\n  day: {kind: loop, items: [{play: cards}]}\n"
        f"channels:\n{listed}"
    )
    argv = [sys.executable, "-m", "exstv", "compile", str(folder), "--scan"]
    subprocess.run(argv, check=True, capture_output=True)
    return folder


def program(folder: Path) -> Path:
    """The native viewers."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise RuntimeError("the viewers are a C program: install a C compiler (cc)")
    built = folder / "crowd"
    source = Path(__file__).with_name("crowd.c")
    subprocess.run([compiler, "-O2", "-Wall", "-o", built, source], check=True)
    return built


@dataclass(frozen=True)
class Hall:
    """Native viewers in front of a server."""

    viewers: Path

    def watch(self, server: tuple[int, int], audience: dict[str, int], settle: float = SETTLE_S) -> Crowd:
        """Lets so many viewers watch each path of a process's port."""
        pid, port = server
        process = psutil.Process(pid)
        asked = [word for path, count in audience.items() for word in (path, str(count))]
        argv = [str(self.viewers), str(port), str(settle), str(WINDOW_S), *asked]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as crowd:
            assert crowd.stdout is not None
            while crowd.stdout.readline() not in ("measuring\n", ""):
                pass
            before = process.cpu_times()
            told = crowd.stdout.readline().split()
            after = process.cpu_times()
        used = after.user + after.system - before.user - before.system
        served, total, late = int(told[0]), int(told[1]), float(told[2])
        if served != sum(audience.values()):
            raise RuntimeError(f"{served} of {sum(audience.values())} viewers were served")
        return Crowd(served, total, late, 100 * used / WINDOW_S)


@contextmanager
def bare(feed: Path) -> Iterator[tuple[int, int]]:
    """Bare uvicorn that sends the same chunk for ever."""
    argv = [sys.executable, "-c", BARE, feed]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as sender:
        assert sender.stdout is not None
        try:
            yield sender.pid, int(sender.stdout.readline())
        finally:
            sender.kill()


def measure() -> Iterator[Result]:
    """Milliseconds late, percent of one core, megabytes a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        encoded(folder / "slate.ts", 1)
        feed, hall = encoded(folder / "feed.ts", SECONDS), Hall(program(folder))
        paths = [f"/iptv/channel/{n}.ts" for n in range(1, CHANNELS + 1)]
        with on_air(station(folder / "many", "realtime", CHANNELS, feed)) as server:
            place = (server.pid, server.port)
            one = hall.watch(place, {paths[0]: 1})
            crowd = hall.watch(place, {paths[0]: VIEWERS})
            both = hall.watch(place, {paths[0]: VIEWERS, **dict.fromkeys(paths[1:], 1)})
        rate = 8 * crowd.bytes / WINDOW_S / VIEWERS / 1e6
        what = f"{VIEWERS} viewers of one channel, {rate:.1f} Mb/s"
        yield Result(f"{what}: latest", crowd.late_ms, LATE_MS, "ms", "promised")
        added = crowd.core_percent - one.core_percent
        yield Result(f"{what}: CPU", added, CORE_PERCENT, "% core", "promised")
        what = f"the same, and {CHANNELS - 1} more channels"
        yield Result(f"{what}: latest", both.late_ms, LATE_MS, "ms", "promised")
        yield Result(f"{what}: CPU", both.core_percent, 100.0, "% core", "all that one process has")
        with on_air(station(folder / "flat", "disabled", 1, feed)) as server:
            ours = hall.watch((server.pid, server.port), {paths[0]: FLAT_OUT}, settle=2)
        with bare(feed) as place:
            limit = hall.watch(place, {"/": FLAT_OUT}, settle=2)
        megabytes = (ours.bytes / WINDOW_S / 1e6, limit.bytes / WINDOW_S / 1e6)
        yield Result(f"flat out to {FLAT_OUT} viewers", *megabytes, "MB/s", "bare uvicorn, the same chunks")
