"""From GET to the first whole keyframe, against an ffmpeg of the same arguments that writes to a pipe."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import psutil
from measuring import ROUNDS, Result, seconds
from station import CHANNEL, GUIDE, PAT, PMT, OnAir, on_air, pids, until_picture

SETTLE_S = 1.0
"""A server that has just started still tidies up."""
COLD_MS, SECOND_MS = 350.0, 50.0
RUNNING_S = 4.0
"""A channel that has run ahead gives its second viewer two seconds at once."""


def encoder(server: OnAir) -> list[str]:
    """The arguments of the one ffmpeg that the server runs, as they are."""
    children = psutil.Process(server.pid).children(recursive=True)
    (argv,) = (argv for child in children if "mpegts" in (argv := child.cmdline()))
    return argv


def tune_in(server: OnAir, viewers: ExitStack) -> None:
    """One more viewer, who stays and whose stream begins with the tables."""
    viewer = viewers.enter_context(server.get(CHANNEL))
    begun = until_picture(lambda: viewer.recv(65_536))
    if pids(begun)[:2] != [PAT, PMT]:
        raise RuntimeError(f"a viewer starts at packets of {pids(begun)[:2]}")


def bare(argv: list[str]) -> None:
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        until_picture(lambda: process.stdout.read1(65_536))
        process.kill()


def measure() -> Iterator[Result]:
    """Milliseconds, of a channel that nobody watches and of one that somebody does."""
    cold: list[float] = []
    second: list[float] = []
    limit: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        # A server a round: a channel stays on air for a while when nobody watches it any more.
        for _ in range(ROUNDS):
            with on_air(Path(name)) as server:
                with server.get(GUIDE) as guide:
                    while guide.recv(65_536):
                        pass
                time.sleep(SETTLE_S)
                with ExitStack() as viewers:
                    cold.append(seconds(lambda server=server, viewers=viewers: tune_in(server, viewers)))
                    argv = encoder(server)
                    time.sleep(RUNNING_S)
                    second.append(seconds(lambda server=server, viewers=viewers: tune_in(server, viewers)))
            limit.append(seconds(lambda argv=argv: bare(argv)))
    measured, joined, ffmpeg = (1000 * median(times) for times in (cold, second, limit))
    yield Result("first keyframe, cold channel", measured, ffmpeg, "ms", "the same ffmpeg to a pipe")
    yield Result("first keyframe, cold channel", measured, COLD_MS, "ms", "promised")
    yield Result("first keyframe, second viewer", joined, SECOND_MS, "ms", "promised")
