"""What tests with real media share: an ffmpeg, and clips made by it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from hypothesis import HealthCheck, settings
from watching import Server

MakeClip = Callable[..., Path]
WORKERS_PER_CORE = 1.5
"""Half of the suite's time is waiting for a stream to play; more would let streams stutter."""

# How long an example takes is this machine's business.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# What a command says is read as text, also where the tests themselves run in a workflow.
os.environ.pop("GITHUB_ACTIONS", None)


def pytest_xdist_auto_num_workers() -> int:
    """How many tests run at once, where the command line does not say."""
    return ceil((os.cpu_count() or 1) * WORKERS_PER_CORE)


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """The path of the embedded ffmpeg."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


@pytest.fixture(scope="session")
def make_clip(ffmpeg: str) -> MakeClip:
    """Makes a small clip: `make_clip(path, seconds, size="160x90", rate=25, metadata={"title": …})`."""

    def make(
        path: Path,
        seconds: float = 1,
        *,
        size: str = "160x90",
        rate: int = 25,
        audio: bool = True,
        metadata: dict[str, str] | None = None,
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        sound = ["-f", "lavfi", "-i", "sine=f=440:r=48000"] if audio else []
        tags = [part for key, value in (metadata or {}).items() for part in ("-metadata", f"{key}={value}")]
        subprocess.run(
            [
                *(ffmpeg, "-hide_banner", "-loglevel", "error", "-y"),
                *("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}"),
                *sound,
                *("-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-g", str(rate)),
                *("-pix_fmt", "yuv420p", "-c:a", "aac", *tags),
                f"file:{path}",
            ],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return path

    return make


@pytest.fixture(scope="session")
def tiny_seeds(ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Media of a fifth of a second: as small as files get that can be probed."""
    folder = tmp_path_factory.mktemp("seeds")
    codecs = {"avc.mkv": "libx264", "xvid.mkv": "mpeg4", "mpeg2.mkv": "mpeg2video", "avc.mp4": "libx264"}
    for name, codec in codecs.items():
        argv = [
            ffmpeg,
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=32x32:r=25",
            "-t",
            "0.2",
            "-c:v",
            codec,
        ]
        subprocess.run([*argv, f"file:{folder / name}"], check=True, stdin=subprocess.DEVNULL)
    return [folder / name for name in codecs]


@pytest.fixture
def put_on_air() -> Iterator[Callable[..., Server]]:
    """Starts servers, `put_on_air(station, "up", through=(), **environ)`, and ends those that still run."""
    servers: list[Server] = []

    def start(station: Path, command: str = "up", **more: Any) -> Server:
        servers.append(Server(station, command, **more))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()
        else:
            server.close()
