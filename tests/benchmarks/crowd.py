"""Hundreds of viewers, and dozens of channels in copy mode: what serving them costs.

The channels send their films as they are (`codec: copy`), so that what is measured is the server. The viewers
are a native program (crowd.c), or where no C compiler is a Python one (crowd_client.py), in a process of
their own: neither takes the other's time, and the server's own CPU counts.
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
from statistics import median

import imageio_ffmpeg
import psutil
from measuring import ROUNDS, Result
from station import on_air

VIEWERS, CHANNELS, FLAT_OUT = 500, 50, 50
SETTLE_S, WINDOW_S = 8.0, 10.0
LATE_MS, CORE_PERCENT = 250.0, 50.0
CHUNK = 64 * 1024
RATE = "3800k"
SECONDS = 20
FILMS, LONG_FILM = (3, 4, 5), 45
"""How many clips films are long. Channels in real time meet junctions; one that is sent flat out does not."""

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


def clip(path: Path) -> Path:
    """Some seconds of pictures of about 4 Mb/s, with a keyframe each 2 s: what films are made of."""
    argv = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y"),
        *("-f", "lavfi", "-i", f"testsrc2=s=640x360:r=30:d={SECONDS},noise=alls=60:allf=t"),
        *("-vf", "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-b:v", RATE, "-maxrate", RATE, "-bufsize", RATE),
        *("-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-bf", "0", "-pix_fmt", "yuv420p"),
        path,
    ]
    subprocess.run(argv, check=True)
    return path


def film(pictures: Path, path: Path, times: int) -> Path:
    """A clip so many times in a row, with a sound."""
    repeated = path.with_name(f"{path.name}.h264")
    repeated.write_bytes(pictures.read_bytes() * times)
    argv = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y"),
        *("-fflags", "+genpts", "-framerate", "30", "-i", repeated),
        *("-f", "lavfi", "-i", f"sine=f=440:r=48000:d={times * SECONDS}"),
        *("-c:v", "copy", "-c:a", "aac", "-b:a", "160k", "-ac", "2", path),
    ]
    subprocess.run(argv, check=True)
    repeated.unlink()
    return path


def station(folder: Path, throttle: str, channels: int, films: tuple[Path, ...]) -> Path:
    """A station whose channels send films as they are, each in an order of its own."""
    media = folder / "media"
    media.mkdir(parents=True)
    for each in films:
        (media / each.name).hardlink_to(each)
    always = ", always_on: true" if channels > 1 else ""
    listed = "".join(
        f"  c{n}: {{number: {n}, name: C{n}, schedule: day, throttle: {throttle}{always}}}\n"
        for n in range(1, channels + 1)
    )
    (folder / "station.yaml").write_text(
        "station: {name: Crowd, timezone: UTC, horizon: 1d}\n"
        "profiles: {hd: {video: {codec: copy, gop: 2s}, audio: {codec: copy}}}\n"
        "sources: {films: {type: local, path: media}}\n"
        "schedules:\n  day: {kind: loop, items: [{play: films, order: shuffle, mode: flood}]}\n"
        f"channels:\n{listed}"
    )
    argv = [sys.executable, "-m", "exstv", "compile", str(folder), "--scan"]
    subprocess.run(argv, check=True, capture_output=True)
    return folder


def program(folder: Path) -> tuple[str, ...]:
    """The command of the viewers: the native ones if they can be built here."""
    here = Path(__file__)
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return (sys.executable, str(here.with_name("crowd_client.py")))
    built = folder / "crowd"
    subprocess.run([compiler, "-O2", "-Wall", "-o", built, here.with_name("crowd.c")], check=True)
    return (str(built),)


@dataclass(frozen=True)
class Hall:
    """Viewers in front of a server; `viewers` is their command."""

    viewers: tuple[str, ...]

    def watch(self, server: tuple[int, int], audience: dict[str, int], settle: float = SETTLE_S) -> Crowd:
        """Lets so many viewers watch each path of a process's port."""
        pid, port = server
        process = psutil.Process(pid)
        asked = [word for path, count in audience.items() for word in (path, str(count))]
        argv = [*self.viewers, str(port), str(settle), str(WINDOW_S), *asked]
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

    def watch_again(self, server: tuple[int, int], audience: dict[str, int]) -> Crowd:
        """The same some times over: the median of each thing that is told."""
        told = [self.watch(server, audience) for _ in range(ROUNDS)]
        return Crowd(
            served=min(each.served for each in told),
            bytes=round(median(each.bytes for each in told)),
            late_ms=median(each.late_ms for each in told),
            core_percent=median(each.core_percent for each in told),
        )


@contextmanager
def bare(chunks: Path) -> Iterator[tuple[int, int]]:
    """Bare uvicorn that sends the same chunk for ever."""
    argv = [sys.executable, "-c", BARE, chunks]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as sender:
        assert sender.stdout is not None
        try:
            yield sender.pid, int(sender.stdout.readline())
        finally:
            sender.kill()


def flat_out(hall: Hall, flat: Path, chunks: Path) -> tuple[float, float]:
    """MB/s to all viewers of a channel that nothing holds back, and of bare uvicorn, each after the other."""
    ours: list[int] = []
    limits: list[int] = []
    for _ in range(ROUNDS):
        # A server of its own each time: the channel is where its film begins, not far ahead of its plan.
        with on_air(flat) as server:
            ours.append(
                hall.watch((server.pid, server.port), {"/iptv/channel/1.ts": FLAT_OUT}, settle=2).bytes
            )
        with bare(chunks) as place:
            limits.append(hall.watch(place, {"/": FLAT_OUT}, settle=2).bytes)
    return median(ours) / WINDOW_S / 1e6, median(limits) / WINDOW_S / 1e6


def measure() -> Iterator[Result]:
    """Milliseconds late, percent of one core, megabytes a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made, hall = clip(folder / "clip.h264"), Hall(program(folder))
        chunks = film(made, folder / "clip.ts", 1)
        films = tuple(film(made, folder / f"film {times}.mp4", times) for times in FILMS)
        paths = [f"/iptv/channel/{n}.ts" for n in range(1, CHANNELS + 1)]
        with on_air(station(folder / "many", "realtime", CHANNELS, films)) as server:
            place = (server.pid, server.port)
            # Until every channel is on air: processes start 5 a second.
            one = hall.watch(place, {paths[0]: 1}, settle=SETTLE_S + CHANNELS / 5)
            crowd = hall.watch_again(place, {paths[0]: VIEWERS})
            both = hall.watch_again(place, {paths[0]: VIEWERS, **dict.fromkeys(paths[1:], 1)})
        rate = 8 * crowd.bytes / WINDOW_S / VIEWERS / 1e6
        what = f"{VIEWERS} viewers of one of {CHANNELS} channels, {rate:.1f} Mb/s"
        yield Result(f"{what}: latest", crowd.late_ms, LATE_MS, "ms", "promised")
        added = crowd.core_percent - one.core_percent
        yield Result("  the same: CPU for the viewers", added, CORE_PERCENT, "% core", "promised")
        yield Result("  the channels' own CPU", one.core_percent, 100.0, "% core", "all that one process has")
        what = f"  the same, and a viewer of each of {CHANNELS - 1} more"
        yield Result(f"{what}: latest", both.late_ms, LATE_MS, "ms", "promised")
        yield Result(
            "  the same: CPU of it all", both.core_percent, 100.0, "% core", "all that one process has"
        )
        long = film(made, folder / "long film.mp4", LONG_FILM)
        megabytes = flat_out(hall, station(folder / "flat", "disabled", 1, (long,)), chunks)
        yield Result(f"flat out to {FLAT_OUT} viewers", *megabytes, "MB/s", "bare uvicorn, the same chunks")
