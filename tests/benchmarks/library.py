"""A library of 2,000 small films as people keep them, in a folder that the system has in memory.

The limit is what ffprobe processes do with the same files, as many at a time as the scan has workers; they
are started for some of the files only. The second scan finds nothing changed. The interpreter's start is in
neither.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

import imageio_ffmpeg
from libraries import library, recall, shelve
from measuring import Result, seconds

from exstv.catalog.model import MediaItem
from exstv.sources.base import ScanContext
from exstv.sources.local import LocalSource
from exstv.sources.probing import ProbeSpec

FILES, PROBED, WORKERS, ROUNDS = 2_000, 200, 2, 3
SECONDS = 10
MOST_SHARE = 0.05
CODECS = (("avc.mkv", "libx264", "aac"), ("avc.mp4", "libx264", "aac"), ("mpeg2.mkv", "mpeg2video", "mp2"))


class Library:
    """The folder and what was found in it; owns the items."""

    def __init__(self, root: Path) -> None:
        self.files = library(FILES)
        self.items: tuple[MediaItem, ...] = ()
        self._root = root
        shelve(self.files, root / "media", list(_seeds(root / "seeds")))

    def scan(self, state: str) -> None:
        """Scans, knowing what the last scan found if the state is the same."""
        source = LocalSource("library", json.dumps({"path": "media"}), {}, ProbeSpec(workers=WORKERS))
        context = ScanContext(
            media_root=self._root,
            state_dir=self._root / state,
            known=self.items,
            progress=lambda done, total, what: None,
        )
        self.items = source.scan(context).items

    def some(self) -> list[Path]:
        """The paths of as many files as ffprobe is started for, of all classes."""
        return [self._root / "media" / kept.path for kept in self.files[:PROBED]]


def measure() -> Iterator[Result]:
    """Files a second beside ffprobe's, the second scan beside the first, and what was read right of names."""
    with tempfile.TemporaryDirectory() as name:
        shelf = Library(Path(name))
        first, again = [], []
        for number in range(ROUNDS):
            scan = partial(shelf.scan, f"state-{number}")
            first.append(seconds(scan))
            again.append(seconds(scan))
        assert len(shelf.items) == FILES
        whole = median(first)
        if (rate := _ffprobe_rate(shelf.some())) is not None:
            peer = f"{WORKERS} ffprobes at a time"
            yield Result(f"scan of {FILES:,} files, {WORKERS} workers", FILES / whole, rate, "files/s", peer)
        else:
            sys.stdout.write("no ffprobe on PATH: its rate is not measured\n")
        yield Result("the same again, nothing changed", median(again), MOST_SHARE * whole, "s", "5 % of it")
        found = recall(shelf.files, shelf.items).values()
        right = sum(right for right, _ in found) / sum(total for _, total in found)
        yield Result("facts of names that were read right", 100 * right, 95, "%", "promised")


def _ffprobe_rate(paths: list[Path]) -> float | None:
    """Files a second of one process a file."""
    ffprobe = shutil.which("ffprobe")
    if ffprobe is None:
        return None
    argv = [ffprobe, "-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json"]

    def probe(path: Path) -> None:
        subprocess.run([*argv, f"file:{path}"], stdout=subprocess.DEVNULL, check=True)

    def probe_all() -> None:
        with ThreadPoolExecutor(WORKERS) as threads:
            list(threads.map(probe, paths))

    return len(paths) / median(seconds(probe_all) for _ in range(ROUNDS))


def _seeds(folder: Path) -> Iterator[Path]:
    """Films of a few seconds, a hundred kilobytes each."""
    folder.mkdir()
    pictures = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25")
    for name, video, audio in CODECS:
        sound = ("-f", "lavfi", "-i", "sine=r=48000")
        argv = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *pictures, *sound, "-t", str(SECONDS))
        subprocess.run([*argv, "-c:v", video, "-c:a", audio, folder / name], check=True)
        yield folder / name
