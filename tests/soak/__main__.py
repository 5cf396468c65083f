"""Plays simulated hours and says what grew; exit status 1 if anything did.

A sample a line while it runs. `--trace` also counts Python's own memory, which takes twice as long.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import sys
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import msgspec

from exstv.cli.serve import compile_argv
from exstv.settings import load_settings
from runtime.app import Options, create_app
from runtime.broadcast import Broadcast
from soak.clock import StreamClock
from soak.gauges import Sample, grown, growth, look
from soak.station import write_station

VIDEO_PID = 0x100
TICKS, WRAP = 90_000, 1 << 33
SAMPLES = 80
"""How many samples a run takes; the first that is judged is taken after an hour, or a quarter of the run."""


@dataclass
class Received:
    """What one viewer has received: the time from its first picture to its last."""

    first: int | None = None
    last: int = 0
    rounds: int = 0
    size: int = 0

    def take(self, data: bytes) -> float:
        """Takes the next stretch, which begins with a packet, and gives the seconds that came so far."""
        self.size += len(data)
        for at in range(len(data) - 188, -1, -188):
            if data[at + 1] & 0x40 and (data[at + 1] & 0x1F) << 8 | data[at + 2] == VIDEO_PID:
                self._note(_dts(data, at))
                break
        return 0.0 if self.first is None else (self.last - self.first) / TICKS

    def _note(self, dts: int) -> None:
        if self.first is None:
            self.first = self.last = dts
        self.last += (dts - self.last) % WRAP


def _dts(data: bytes, at: int) -> int:
    head = at + 4 + (1 + data[at + 4] if data[at + 3] & 0x20 else 0)
    stamp = head + (14 if data[head + 7] >> 6 == 3 else 9)
    b = data[stamp : stamp + 5]
    return (b[0] >> 1 & 7) << 30 | b[1] << 22 | b[2] >> 1 << 15 | b[3] << 7 | b[4] >> 1


async def watch(broadcast: Broadcast, number: int, clock: StreamClock, received: Received) -> None:
    """A viewer who takes all there is at once, as long as the other channels come along."""
    channel = broadcast.channel(str(number + 1), tuner=False)
    with broadcast.watch(channel, tuner=False, client="soak") as viewer:
        while data := await viewer.read():
            await clock.received(number, received.take(data))
    raise RuntimeError(f"channel {channel.number} ended")


async def soak(folder: Path, channels: int, seconds: float) -> list[Sample]:
    """Plays all channels for so long, by their own clock."""
    settings, diagnostics = load_settings(folder, os.environ)
    assert not diagnostics, diagnostics
    clock = StreamClock(channels)
    app = create_app(Options(settings, clock, os.environ, compile_argv(folder), watch=False))
    samples: list[Sample] = []
    async with app.lifespan():
        # What stands from here to the end need not be looked through at each sample.
        gc.freeze()
        received = [Received() for _ in range(channels)]
        async with asyncio.TaskGroup() as group:
            viewers = [
                group.create_task(watch(app.state.broadcast, n, clock, received[n])) for n in range(channels)
            ]
            while clock.seconds < seconds:
                await asyncio.sleep(0.05)
                if clock.seconds >= len(samples) * seconds / SAMPLES:
                    samples.append(look(clock.seconds, folder))
                    sys.stdout.buffer.write(msgspec.json.encode(samples[-1]) + b"\n")
                    sys.stdout.flush()
            for viewer in viewers:
                viewer.cancel()
    gc.unfreeze()
    sys.stdout.write(f"{sum(each.size for each in received) / 1e9:.2f} GB received\n")
    return samples


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--trace", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    seconds, started = args.hours * 3600, time.monotonic()
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        # Whatever is left anywhere for temporary files is found here, too.
        tempfile.tempdir = os.environ["TMPDIR"] = name
        folder = write_station(Path(name) / "station", args.channels, hours=round(args.hours) + 6)
        if args.trace:
            tracemalloc.start()
        samples = asyncio.run(soak(folder, args.channels, seconds))
    settled = [each for each in samples if each.seconds >= min(3600, seconds / 4)]
    for name, part in growth(settled).items():
        sys.stdout.write(f"{name:<12} {part:+.2%}\n")
    sys.stdout.write(f"{seconds / (time.monotonic() - started):.0f} times as fast as time\n")
    found = grown(settled)
    sys.stdout.write("".join(f"{words}\n" for words in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
