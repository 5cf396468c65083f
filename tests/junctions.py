"""Items as unlike each other as a library's are, and the channel that they become, for tests of junctions.

Each file flashes white and beeps one second after its begin. `play` runs the commands of the items by a real
ffmpeg and joins them by a real splicer, as fast as this machine can; no clock and no channel is involved.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from decoding import ffmpeg, probed

from exstv.sources.base import FileInput, GraphInput
from exstv.timeline.model import Presentation, Profile
from runtime.airing import HELD_SECONDS
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.ffmpeg.codecs import (
    SOFTWARE,
    audio_args,
    frame_rate,
    last_filters,
    stream_format,
    video_args,
)
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.ffmpeg.conformance import Use, copies
from runtime.ffmpeg.pickers import pick
from runtime.mpegts.packet import CLOCK
from runtime.mpegts.slate import first_audio_frame
from runtime.mpegts.splice import Splicer
from runtime.throttle import PlanClock

SERVICE = "Junction Road"
BEGIN_MS, LENGTH_MS = 1000, 200
"""Where in each file the flash and the beep are, and how long."""
_PORTION = 65_536
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "50")


@dataclass(frozen=True)
class Footage:
    """A file to be made: its pictures (no rate: none), its sound (no rate: none), and how both are coded."""

    rate: str = ""
    size: str = "192x108"
    coded: tuple[str, ...] = _H264
    drawn: str = "null"
    sample_rate: int = 0
    channels: int = 2
    sound: tuple[str, ...] = ("-c:a", "aac")
    seconds: float = 3.2
    ending: str = "mkv"
    late_ms: int = 0
    """How much later than the flash the beep is."""

    def make(self, path: Path) -> Path:
        """Encodes it."""
        inputs, coders = list[str](), list[str]()
        lit, heard = _between(BEGIN_MS), _between(BEGIN_MS + self.late_ms)
        if self.rate:
            dark = f"color=black:s={self.size}:r={self.rate}:d={self.seconds}"
            flash = f"drawbox=c=white:t=fill:enable='{lit}'"
            inputs += ["-f", "lavfi", "-i", f"{dark},{flash},{self.drawn}"]
            coders += [*self.coded, "-pix_fmt", "yuv420p"]
        if self.sample_rate:
            wave = f"if({heard},0.8*sin(2*PI*1000*t),0)"
            same = "|".join([wave] * self.channels)
            layout = {1: "mono", 2: "stereo", 6: "5.1"}[self.channels]
            inputs += [
                "-f",
                "lavfi",
                "-i",
                f"aevalsrc='{same}':c={layout}:s={self.sample_rate}:d={self.seconds}",
            ]
            coders += self.sound
        ffmpeg(*inputs, *coders, f"file:{path}")
        return path


def _between(begin_ms: int) -> str:
    return f"between(t,{begin_ms / 1000 - 0.001},{(begin_ms + LENGTH_MS) / 1000 - 0.001})"


_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=2")
_MPEG2 = ("-c:v", "mpeg2video", "-q:v", "4", "-g", "12", "-bf", "2")
_VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "200k")
_FIELDS = ("-flags", "+ilme+ildct")
_PAL = ("-c:v", "mpeg2video", "-q:v", "4", "-g", "12", *_FIELDS, "-aspect", "16:9")
_NTSC = ("-c:v", "libx264", "-preset", "ultrafast", *_FIELDS)

_UNEVEN = "select='mod(n\\,5)*mod(n\\,7)+eq(n\\,0)+between(n\\,29\\,37)'"

LIBRARY = {
    "film": Footage(
        "24000/1001", "192x80", (*_H264, "-bf", "3"), sample_rate=48_000, channels=6, sound=("-c:a", "ac3")
    ),
    "pal": Footage(
        "50", "180x144", _PAL, "tinterlace=interleave_top", 48_000, 2, ("-c:a", "mp2"), ending="mpg"
    ),
    "ntsc": Footage("60000/1001", "180x120", _NTSC, "tinterlace=interleave_bottom", 44_100),
    "web": Footage("30", "128x128", _VP9, sample_rate=48_000, sound=("-c:a", "libopus"), ending="webm"),
    "phone": Footage(
        "30",
        "108x192",
        (*_H264, "-fps_mode", "vfr"),
        _UNEVEN,
        44_100,
        1,
        ending="mp4",
    ),
    "broadcast": Footage("50", "192x108", _HEVC, sample_rate=48_000, sound=("-c:a", "eac3"), ending="ts"),
    "game": Footage("60000/1001", "256x144", (*_H264, "-bf", "2"), sample_rate=48_000, ending="mp4"),
    "old": Footage(
        "30000/1001", "160x120", _MPEG2, sample_rate=32_000, channels=1, sound=("-c:a", "mp2"), ending="mpg"
    ),
    "home": Footage(
        "25",
        "160x120",
        ("-c:v", "mpeg4", "-q:v", "5"),
        sample_rate=22_050,
        channels=1,
        sound=("-c:a", "pcm_s16le"),
        ending="avi",
    ),
    "silent": Footage("24", "192x108"),
    "radio": Footage(sample_rate=44_100, sound=("-c:a", "flac"), ending="flac"),
    "surround": Footage("60", "192x108", sample_rate=96_000, channels=6, sound=("-c:a", "flac")),
    "short": Footage("25", "192x108", sample_rate=48_000, seconds=1.7),
    "long": Footage("30", "192x108", sample_rate=48_000, seconds=9, ending="mp4"),
}


def ready_made(profile: Profile, *options: str, seconds: float = 2.4, ending: str = "mkv") -> Footage:
    """A file that a channel of the profile can send as it is; the options are its encoder's."""
    rate = str(frame_rate(profile))
    size = f"{profile.width}x{profile.height}"
    coded, sound = (*video_args(profile), *options), tuple(audio_args(profile))
    named = ",".join(last_filters(SOFTWARE))
    return Footage(
        rate, size, coded, named, profile.sample_rate, profile.audio_channels, sound, seconds, ending
    )


class Shelf:
    """Owner of a folder of files, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, name: str) -> Path:
        """A file of the library."""
        return self.made(name, LIBRARY[name])

    def made(self, name: str, footage: Footage) -> Path:
        """A file of one's own."""
        path = self._folder / f"{name}.{footage.ending}"
        return path if path.exists() else footage.make(path)


@dataclass(frozen=True)
class Item:
    """So many ms of a file, from an in point on."""

    path: Path
    duration_ms: int
    in_point_ms: int = 0


@dataclass(frozen=True)
class Played:
    """A channel's stream, with each item's first frame and the one behind its last."""

    data: bytes
    places: tuple[tuple[int, int], ...]
    copied: tuple[bool, ...]

    @property
    def frames(self) -> int:
        """How many frames it must hold."""
        return self.places[-1][1]


def play(profile: Profile, items: Iterable[Item], base: int = CLOCK) -> Played:
    """Plays items one after the other; the clock is `base` at the first frame."""
    specs = list(_specs(profile, items))
    splicer = Splicer(stream_format(profile, SERVICE, _silence(profile)), base=base)
    data, places = bytearray(), []
    with ThreadPoolExecutor(2) as pool:
        for spec, encoded in zip(specs, pool.map(_run, specs), strict=True):
            first = splicer.frames
            data += _join(splicer, spec, encoded)
            places.append((first, first + spec.frames))
    return Played(bytes(data), tuple(places), tuple(spec.copies.video for spec in specs))


def _specs(profile: Profile, items: Iterable[Item]) -> Iterator[EncodeSpec]:
    clock = PlanClock(frame_rate(profile), frame=0, plan_ms=0, mono=0)
    at_ms = 0
    for item in items:
        first, last = clock.frame_of(at_ms), clock.frame_of(at_ms + item.duration_ms)
        at_ms += item.duration_ms
        picks = pick(probed(item.path).streams, Presentation())
        yield EncodeSpec(
            ffmpeg=find_ffmpeg(None),
            profile=profile,
            input=FileInput(path=str(item.path)),
            in_point_ms=item.in_point_ms,
            frames=last - first,
            picks=picks,
            copies=copies(profile, Use(picks.video, picks.audio, item.in_point_ms, last - first)),
        )


def _run(spec: EncodeSpec) -> bytes:
    done = subprocess.run(encode_argv(spec), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _join(splicer: Splicer, spec: EncodeSpec, encoded: bytes) -> bytes:
    """What a channel does with an item's bytes, less its pace."""
    before = splicer.frames
    splicer.begin(spec.frames)
    units = []
    for at in range(0, len(encoded), _PORTION):
        units += splicer.feed(encoded[at : at + _PORTION])
        if splicer.item_complete:
            break
    units += splicer.end()
    lacking = before + spec.frames - splicer.frames
    if spec.copies.video and 0 < lacking <= frame_rate(spec.profile) * HELD_SECONDS:
        units += splicer.hold(lacking)
    assert splicer.frames == before + spec.frames, f"{lacking} frames are missing of {spec.input}"
    return b"".join(unit.data for unit in units)


def _silence(profile: Profile) -> bytes:
    card = GraphInput(video=f"color=black:s={profile.width}x{profile.height}", audio=None)
    frames = round(Fraction(1) * frame_rate(profile))
    return first_audio_frame(_run(EncodeSpec(find_ffmpeg(None), profile, card, 0, frames)))


def naive(profile: Profile, items: Iterable[Item]) -> bytes:
    """What the items' processes give, one after the other."""
    return b"".join(_run(spec) for spec in _specs(profile, items))
