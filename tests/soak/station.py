"""A station of many channels that play films of 2 to 5 minutes, 1 Mb/s, as they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from runtime.ffmpeg.binary import find_ffmpeg

MINUTES = (2, 3, 4, 5)
ROUND_SECONDS = 10
RATE = 12
"""Pictures a second: a day costs by its frames, and their size makes up for their number."""
STATION = """
station: {{name: Soak, timezone: UTC, horizon: {hours}h, defaults: {{profile: kept}}}}
profiles:
  kept:
    video: {{codec: copy, bitrate: 1M, gop: 1s}}
    audio: {{codec: copy, bitrate: 96k}}
sources:
  films: {{type: local, path: media, kind: movie}}
schedules:
{schedules}
channels:
{channels}
"""
CHANNEL = "  c{n}: {{number: {n}, name: C{n}, throttle: disabled, schedule: s{n}}}\n"
COLOURS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709,format=yuv420p"


def write_station(folder: Path, channels: int, hours: int) -> Path:
    """Makes the films, and a timeline that reaches so many hours beyond now."""
    media = folder / "media"
    media.mkdir(parents=True)
    make_films(media)
    numbers = range(1, channels + 1)
    (folder / "station.yaml").write_text(
        STATION.format(
            hours=hours,
            schedules="".join(
                f"  s{n}: {{kind: loop, items: [{{play: films, order: shuffle, mode: flood}}]}}\n"
                for n in numbers
            ),
            channels="".join(
                f"  c{n}: {{number: {n}, name: C{n}, throttle: disabled, schedule: s{n}}}\n" for n in numbers
            ),
        )
    )
    argv = [sys.executable, "-m", "exstv", "compile", str(folder), "--scan"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def make_films(folder: Path) -> None:
    """Pictures and sound that are encoded once, the pictures again and again in each film."""
    ffmpeg, stretch, sound = find_ffmpeg(None), folder.parent / "stretch.mp4", folder.parent / "sound.m4a"
    argv = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s=192x108:r={RATE},noise=alls=60:allf=t"]
    argv += ["-t", str(ROUND_SECONDS), "-vf", COLOURS, "-c:v", "libx264", "-preset", "veryfast", "-bf", "0"]
    argv += ["-profile:v", "high", "-g", str(RATE), "-sc_threshold", "0"]
    argv += ["-b:v", "900k", "-maxrate", "900k", "-bufsize", "900k"]
    subprocess.run([*argv, stretch], check=True, timeout=120)
    # The longest film's sound is every film's: it takes longer than all the rest.
    argv = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", "sine=f=300:r=48000", "-t", str(max(MINUTES) * 60)]
    subprocess.run([*argv, "-ac", "2", "-c:a", "aac", "-b:a", "96k", sound], check=True, timeout=120)
    for minutes in MINUTES:
        again = str(minutes * 60 // ROUND_SECONDS - 1)
        argv = [ffmpeg, "-v", "error", "-stream_loop", again, "-i", str(stretch), "-i", str(sound)]
        argv += ["-c", "copy", "-t", str(minutes * 60)]
        subprocess.run([*argv, folder / f"Harbour {minutes} (1961).mp4"], check=True, timeout=120)
    stretch.unlink()
    sound.unlink()
