"""The published versions of a timeline: their files, and the pointer that names the current one.

Owns `state_dir/timeline/`: files `v00000001.duckdb` and the pointer `current`. Never looks into a timeline;
store.py writes them. Whoever changes anything here holds the publish lock (lock.py).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from exstv.errors import TimelineUnusable

VERSIONS_KEPT = 5

POINTER = "current"
"""Name of the file in `timeline_dir` that holds the current timeline's file name."""

_FILE_NAME = re.compile(r"v(\d{8,})\.duckdb")
_UNFINISHED = re.compile(r"\.(?:current\.)?(\d+)[-.].*new(?:\.wal)?")
"""What writer.py and `point_at` call a file in the making: the process that makes it is in its name."""
_ABANDONED_S = 600
"""Two containers do not see each other's processes: what was written to of late is left alone."""


def timeline_dir(state_dir: Path) -> Path:
    """The folder of the versions and the pointer."""
    return state_dir / "timeline"


def path_of(state_dir: Path, version: int) -> Path:
    """Where a version's file is, or would be."""
    return timeline_dir(state_dir) / f"v{version:08d}.duckdb"


def versions(state_dir: Path) -> dict[int, Path]:
    """The files that are there, by version, in order."""
    folder = timeline_dir(state_dir)
    if not folder.is_dir():
        return {}
    matches = ((_FILE_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return dict(sorted((int(match[1]), path) for match, path in matches if match))


def next_version(state_dir: Path) -> int:
    """The number after every version that is there."""
    return 1 + max(versions(state_dir), default=0)


def current(state_dir: Path) -> Path | None:
    """The file of the current timeline, None if none was ever published."""
    folder = timeline_dir(state_dir)
    try:
        name = (folder / POINTER).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not _FILE_NAME.fullmatch(name):
        raise TimelineUnusable(f"{folder / POINTER} names no timeline: {name[:80]!r}")
    return folder / name


def point_at(path: Path) -> None:
    """Makes a version the current one: a reader sees the old name or this one."""
    beside = path.with_name(f".current.{os.getpid()}.new")
    beside.write_text(f"{path.name}\n", encoding="utf-8")
    sync(beside)
    beside.replace(path.with_name(POINTER))
    sync_folder(path.parent)


def retire(state_dir: Path) -> None:
    """Removes all but the last versions; never the current one."""
    now_current = current(state_dir)
    for path in list(versions(state_dir).values())[:-VERSIONS_KEPT]:
        if path == now_current:
            continue
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            # Windows keeps a file that a reader has open; the next publish tries again.
            continue


def clear_abandoned(published: Path) -> None:
    """Removes what killed processes left unfinished beside a timeline that was just published."""
    before = published.stat().st_mtime - _ABANDONED_S
    for path in published.parent.iterdir():
        match = _UNFINISHED.fullmatch(path.name)
        if match is None or path.stat().st_mtime > before or _lives(int(match[1])):
            continue
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            # Windows keeps a file that a living process has open.
            continue


def _lives(pid: int) -> bool:
    # Windows would end the process that is asked for; there an open file cannot be removed.
    if os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def sync(path: Path) -> None:
    """Waits until a file's bytes are on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Waits until a folder's names are on the disk."""
    # Only POSIX can sync a folder, which makes the rename itself durable.
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
