"""What the kept versions were made from: their catalog locks and their commits' folders.

Owns `state_dir/locks/DIGEST.lock`. A version can only be compiled anew from the very lock that it had.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from exstv import checkouts
from exstv.errors import TimelineUnusable
from exstv.timeline import versions
from exstv.timeline.model import Header
from exstv.timeline.pins import read_pin
from exstv.timeline.query import TimelineReader


def lock_of(state_dir: Path, digest: str) -> Path:
    """Where the lock of a digest is kept, or would be."""
    return state_dir / "locks" / f"{digest}.lock"


def keep_lock(state_dir: Path, lock: Path, digest: str) -> None:
    """Keeps the lock that a version was compiled from; one that was replaced meanwhile is not that."""
    kept = lock_of(state_dir, digest)
    if kept.is_file() or not lock.is_file():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    beside = kept.with_suffix(".new")
    shutil.copyfile(lock, beside)
    if sha256(beside.read_bytes()).hexdigest() == digest:
        beside.replace(kept)
    beside.unlink(missing_ok=True)


def headers(state_dir: Path) -> list[Header]:
    """The headers of the versions that are kept and can be read."""
    found = []
    for path in versions.versions(state_dir).values():
        with contextlib.suppress(TimelineUnusable):
            reader = TimelineReader.open(path)
            found.append(reader.header)
            reader.close()
    return found


def retire(state_dir: Path, also: Collection[str] = ()) -> None:
    """Removes locks and checked out commits that no kept version was made from; `also` are commits.

    Looks into the versions only where there are more than those can need.
    """
    locks_dir, commits_dir = state_dir / "locks", checkouts.folder_of(state_dir, "")
    if max(_count(locks_dir), _count(commits_dir)) <= versions.VERSIONS_KEPT:
        return
    found, pin = headers(state_dir), None
    with contextlib.suppress(TimelineUnusable):
        pin = read_pin(state_dir)
    locks = {header.lock_digest for header in found} | ({pin.lock_digest} if pin else set())
    commits = {header.commit for header in found if header.commit} | set(also)
    if pin and pin.commit:
        commits.add(pin.commit)
    checkouts.retire(state_dir, commits)
    with contextlib.suppress(FileNotFoundError):
        for path in list(locks_dir.iterdir()):
            if path.stem not in locks:
                path.unlink(missing_ok=True)


def _count(folder: Path) -> int:
    try:
        return sum(1 for _ in folder.iterdir())
    except FileNotFoundError:
        return 0
