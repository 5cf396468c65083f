"""Which ffmpeg plays: the configured one, else the one on PATH, else the one that came with exstv."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import imageio_ffmpeg

from exstv.errors import CannotStart


def find_ffmpeg(configured: str | None) -> str:
    """Gives the path of the ffmpeg binary. Raises CannotStart if the configured one is not there."""
    if configured is not None:
        found = shutil.which(configured)
        if found is None:
            raise CannotStart(f"config.yaml: no program at ffmpeg.path `{configured}`")
        return str(Path(found).absolute())
    on_path = shutil.which("ffmpeg")
    if on_path is not None:
        return on_path
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise CannotStart("no ffmpeg on PATH, and the embedded one is missing: set ffmpeg.path") from error


def filters_argv(ffmpeg: str) -> list[str]:
    """The command that lists the filters of a binary."""
    return [ffmpeg, "-hide_banner", "-nostdin", "-filters"]


def read_filters(output: bytes) -> frozenset[str]:
    """Reads that list: flags, a name, what goes in and out."""
    return frozenset(re.findall(r"^ *[A-Z.|]{2,3} +(\w+) +\S+->\S+", output.decode(errors="replace"), re.M))
