"""What an item's ffmpeg gives, seen and heard: its pictures as arrays, its sound as a tone."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

from exstv.sources.probe import probe
from exstv.sources.probed import Probed
from runtime.ffmpeg.command import EncodeSpec, encode_argv

FFMPEG = str(imageio_ffmpeg.get_ffmpeg_exe())


def ffmpeg(*arguments: object) -> bytes:
    """Runs ffmpeg, whose complaints are the test's."""
    argv = [FFMPEG, "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def encoded(spec: EncodeSpec) -> bytes:
    """Runs an item's command to its end."""
    done = subprocess.run(encode_argv(spec), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def pictures(stream: bytes) -> list[np.ndarray]:
    """Every picture of a stream, height by width by red, green, blue."""
    with av.open(io.BytesIO(stream)) as container:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]


def tone(stream: bytes) -> float:
    """The frequency that is loudest in a stream's sound, in Hz; 0 for silence."""
    with av.open(io.BytesIO(stream)) as container:
        frames = list(container.decode(audio=0))
    sound = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in frames])
    if np.abs(sound).max() < 1e-3:
        return 0.0
    power = np.abs(np.fft.rfft(sound))
    return float(np.fft.rfftfreq(len(sound), 1 / frames[0].sample_rate)[power.argmax()])


def probed(path: Path) -> Probed:
    """What a scan says of a file."""
    answer = probe(str(path))
    assert isinstance(answer, Probed), answer
    return answer


def bitmap_subtitles(
    screen: tuple[int, int], box: tuple[int, int, int, int], *spans: tuple[int, int], until_ms: int = 0
) -> bytes:
    """A `.sup` file (PGS) with a white box, at x, y and so wide and high, in spans of ms or until one."""
    width, height = (number.to_bytes(2, "big") for number in screen)
    place = b"".join(number.to_bytes(2, "big") for number in box[:2])
    size = b"".join(number.to_bytes(2, "big") for number in box[2:])
    line = b"\0" + (0xC000 | box[2]).to_bytes(2, "big") + b"\1" + b"\0\0"
    pixels = size + line * box[3]
    window = b"\1\0" + place + size
    shown = [
        (0x16, width + height + b"\x10\0\0\x80\0\0\1" + b"\0\0\0\0" + place),
        (0x17, window),
        (0x14, b"\0\0" + bytes((1, 235, 128, 128, 255))),
        (0x15, b"\0\0\0\xc0" + len(pixels).to_bytes(3, "big") + pixels),
    ]
    gone = [(0x16, width + height + b"\x10\0\1\0\0\0\0"), (0x17, window)]
    return b"".join(
        _segments(shown, first_ms * 90) + _segments(gone, last_ms * 90)
        for first_ms, last_ms in spans or [(0, until_ms)]
    )


def vobsub(folder: Path, name: str, sup: Path) -> Path:
    """The same pictures as a DVD has them: an index `NAME.idx`, and `NAME.sub` beside it."""
    ffmpeg("-i", sup, "-c:s", "dvdsub", "-f", "vob", f"file:{folder}/{name}.sub")
    index = folder / f"{name}.idx"
    palette = ", ".join(["000000"] + ["ffffff"] * 15)
    index.write_text(
        "# VobSub index file, v7 (do not modify this line!)\n"
        f"size: 720x576\npalette: {palette}\nid: nl, index: 0\n"
        "timestamp: 00:00:00:000, filepos: 000000000\n"
    )
    return index


def _segments(parts: list[tuple[int, bytes]], tick: int) -> bytes:
    return b"".join(
        b"PG" + tick.to_bytes(4, "big") + bytes(4) + bytes((kind,)) + len(data).to_bytes(2, "big") + data
        for kind, data in [*parts, (0x80, b"")]
    )
