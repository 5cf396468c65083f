"""The splicer over encoded items, against a walk over the same packets and against copying them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from fractions import Fraction

import imageio_ffmpeg
from measuring import Result, typical_seconds

from runtime.mpegts.slate import first_audio_frame
from runtime.mpegts.splice import Splicer, StreamFormat

SECONDS, ITEMS, PORTION = 10, 4, 65_536
MEGA = 1_000_000


def item() -> bytes:
    """Ten seconds at about 4 Mb/s."""
    argv = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin"),
        *("-f", "lavfi", "-i", f"testsrc2=s=1280x720:r=30:d={SECONDS},noise=alls=8"),
        *("-f", "lavfi", "-i", f"sine=f=440:r=48000:d={SECONDS}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "4M", "-maxrate", "4M", "-bufsize", "8M"),
        *("-g", "60", "-bf", "0", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "160k"),
        *("-pes_payload_size", "0", "-f", "mpegts", "-"),
    ]
    return subprocess.run(argv, check=True, capture_output=True).stdout


def walk(data: bytes) -> int:
    """Looks at each packet's header once: the least that anything written in Python does."""
    video = 0
    for at in range(0, len(data), 188):
        if (data[at + 1] & 0x1F) << 8 | data[at + 2] == 0x100:
            video += 1
    return video


def measure() -> Iterator[Result]:
    """Megabytes a second."""
    data = item()
    form = StreamFormat(frame_rate=Fraction(30), silence=first_audio_frame(data))

    def splice() -> int:
        splicer = Splicer(form)
        size = 0
        for _ in range(ITEMS):
            splicer.begin(None)
            for at in range(0, len(data), PORTION):
                size += sum(len(unit.data) for unit in splicer.feed(data[at : at + PORTION]))
            size += sum(len(unit.data) for unit in splicer.end())
        return size

    def walk_all() -> None:
        for _ in range(ITEMS):
            walk(data)

    def copy() -> None:
        for _ in range(ITEMS):
            bytearray(data)

    assert splice() > ITEMS * len(data) * 0.9
    size = ITEMS * len(data) / MEGA
    spliced = size / typical_seconds(splice)
    yield Result("splice", spliced, size / typical_seconds(walk_all), "MB/s", "a walk over the packets")
    yield Result("splice", spliced, size / typical_seconds(copy), "MB/s", "a copy of the bytes")
