"""Small items that a real ffmpeg encodes, once a worker, and the judges of a spliced stream."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest

from runtime.mpegts.packet import CLOCK, signed33
from runtime.mpegts.slate import first_audio_frame
from runtime.mpegts.splice import Splicer, StreamFormat, Unit

TSCHECK = Path(__file__).parents[4] / "shared/tools/tscheck.py"
UNWANTED = {"discontinuity_indicator", "pcr_interval>40ms", "pat_change", "pmt_change", "pmt_version_bump"}


@dataclass(frozen=True)
class Item:
    """One item's encode: a test picture with a frame counter, and a tone."""

    seconds: float = 3
    rate: str = "30"
    b_frames: int = 0
    tone: int = 440
    sample_rate: int = 48000
    sound: str = "aac"  # or the encoder's name; "" for an item without sound
    sound_seconds: float = 0
    sound_from: float = 0
    picture: str = ""  # a source of lavfi's instead of the test picture
    noise: str = ""  # a source of lavfi's instead of the tone
    options: tuple[str, ...] = ()

    def argv(self) -> list[str]:
        """The arguments of ffmpeg, to standard output."""
        picture = self.picture or f"testsrc=size=320x180:rate={self.rate}:duration={self.seconds}"
        argv = ["-v", "error", "-f", "lavfi", "-i", picture]
        if self.sound:
            length = self.sound_seconds or self.seconds - self.sound_from
            tone = (
                self.noise or f"sine=frequency={self.tone}:sample_rate={self.sample_rate}:duration={length}"
            )
            argv += ["-itsoffset", str(self.sound_from), "-f", "lavfi", "-i", tone]
            argv += ["-c:a", self.sound, "-b:a", "96k", "-ac", "2", "-ar", str(self.sample_rate)]
        coder = ["-c:v", "libx264", "-preset", "veryfast", "-g", "60", "-pix_fmt", "yuv420p"]
        argv += [*coder, "-bf", str(self.b_frames), "-x264-params", "scenecut=0"]
        return [*argv, "-pes_payload_size", "0", *self.options, "-f", "mpegts", "-"]


def encode(argv: list[str]) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", *argv]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture(scope="session")
def item() -> Callable[..., bytes]:
    """Encodes an item, each only once."""
    made: dict[Item, bytes] = {}

    def make(**changes: Any) -> bytes:
        wanted = Item(**changes)
        if wanted not in made:
            made[wanted] = encode(wanted.argv())
        return made[wanted]

    return make


@pytest.fixture(scope="session")
def silence() -> Callable[..., bytes]:
    """Encodes a frame of silence."""
    made: dict[tuple[str, int], bytes] = {}

    def make(sound: str = "aac", sample_rate: int = 48000) -> bytes:
        if (sound, sample_rate) not in made:
            source = ["-v", "error", "-f", "lavfi", "-i", f"anullsrc=r={sample_rate}:cl=stereo", "-t", "0.4"]
            coder = ["-c:a", sound, "-b:a", "96k", "-pes_payload_size", "0", "-f", "mpegts", "-"]
            made[sound, sample_rate] = first_audio_frame(encode([*source, *coder]))
        return made[sound, sample_rate]

    return make


@pytest.fixture(scope="session")
def form(silence: Callable[..., bytes]) -> Callable[..., StreamFormat]:
    """Makes a channel's format with its frame of silence."""

    def make(rate: str = "30", sample_rate: int = 48000, **changes: Any) -> StreamFormat:
        quiet = silence(sample_rate=sample_rate)
        return StreamFormat(
            frame_rate=Fraction(rate), sample_rate=sample_rate, **{"silence": quiet, **changes}
        )

    return make


def splice(splicer: Splicer, items: Iterable[tuple[bytes, int | None]], portion: int = 65536) -> list[Unit]:
    units = []
    for data, frames in items:
        splicer.begin(frames)
        for at in range(0, len(data), portion):
            units += splicer.feed(data[at : at + portion])
        units += splicer.end()
    return units


@pytest.fixture(scope="session")
def play() -> Callable[..., list[Unit]]:
    """Feeds items, as bytes and the most frames, one after the other."""
    return splice


@dataclass(frozen=True)
class Verdict:
    """What tscheck says of a stream."""

    passed: bool
    report: dict[str, Any]

    @property
    def events(self) -> dict[str, int]:
        return self.report["events"]

    def video(self) -> dict[str, Any]:
        return self.report["pid_0x100"]

    def audio(self) -> dict[str, Any]:
        return self.report["pid_0x101"]


@pytest.fixture
def check(tmp_path: Path) -> Callable[[bytes], Verdict]:
    """Asks the independent checker, which lies beside the checkout."""
    if not TSCHECK.exists():
        missing = f"the independent checker is not there: {TSCHECK}"
        # CI has it: a check that is skipped there would be a check that cannot fail.
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)

    def judge(data: bytes) -> Verdict:
        file = tmp_path / "checked.ts"
        file.write_bytes(data)
        command = [sys.executable, str(TSCHECK), "--json", str(file)]
        done = subprocess.run(command, capture_output=True, text=True)
        return Verdict(done.returncode == 0, json.loads(done.stdout))

    return judge


@pytest.fixture
def decode(tmp_path: Path) -> Callable[[bytes], str]:
    """Decodes everything with ffmpeg and gives its warnings."""

    def judge(data: bytes) -> str:
        file = tmp_path / "decoded.ts"
        file.write_bytes(data)
        argv = ["-nostdin", "-v", "warning", "-xerror", "-i", str(file), "-f", "null", "-"]
        done = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *argv], capture_output=True, text=True)
        return done.stderr if done.returncode == 0 else f"{done.stderr}exit {done.returncode}"

    return judge


@pytest.fixture
def sound(check: Callable[[bytes], Verdict], decode: Callable[[bytes], str]) -> Callable[..., Verdict]:
    """Asserts that a stream is without fault and of so many frames, and gives the verdict."""

    def judge(units: list[Unit], frames: int, rate: str) -> Verdict:
        data = b"".join(unit.data for unit in units)
        assert decode(data) == ""
        with av.open(io.BytesIO(data), format="mpegts") as container:
            shown = [frame.pts for frame in container.decode(video=0)]
        assert len(shown) == frames
        step = CLOCK / Fraction(rate)
        assert all(abs(signed33(after - before) - step) < 1 for before, after in pairwise(shown))
        verdict = check(data)
        assert verdict.passed, verdict.events
        assert not UNWANTED & set(verdict.events)
        assert verdict.video()["max_dts_step"] <= round(float(1 / Fraction(rate)), 4) + 0.0001
        return verdict

    return judge
