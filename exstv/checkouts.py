"""Commits as folders: what a station was at a commit, once fetched or committed here.

Owns `state_dir/checkouts/COMMIT`, each made beside and renamed when it is whole, never changed afterwards.
git writes the files as an archive: no hook runs, and filters only that this machine's git is set up with.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Collection, Iterator
from pathlib import Path

from exstv import git
from exstv.catalog.lock import LOCK_NAME
from exstv.clock import SystemClock
from exstv.errors import ExstvError

ARCHIVE_SECONDS = 120.0
_ABANDONED_S = 2 * ARCHIVE_SECONDS
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class NotCheckedOut(ExstvError):
    """The files of a commit are not to be had; the message says why."""


def is_commit(text: str) -> bool:
    """Tells whether a text is the full id of a commit, and of no commit with edits on it."""
    return _COMMIT.fullmatch(text) is not None


def mirror_dir(state_dir: Path) -> Path:
    """The bare repository that what is followed is fetched into."""
    return state_dir / "git" / "mirror.git"


def folder_of(state_dir: Path, commit: str) -> Path:
    """Where the files of a commit are, or would be."""
    return state_dir / "checkouts" / commit


def station_files(state_dir: Path, commit: str | None, station: Path) -> Path:
    """The folder of a timeline's logos and watermarks: that of its commit, if it was checked out here."""
    if commit is None or not is_commit(commit):
        return station
    folder = folder_of(state_dir, commit)
    return folder if folder.is_dir() else station


def check_out(state_dir: Path, commit: str, where: tuple[str, ...], before: Path | None = None) -> Path:
    """Gives the folder of a commit, made if it is not there. Raises NotCheckedOut.

    `where` are git's words for the repository: `("-C", station)`. `before` is the folder that was compiled
    last: a lock that is the same there keeps its age.
    """
    if not is_commit(commit):
        raise NotCheckedOut("this is not the full id of a commit")
    folder = folder_of(state_dir, commit)
    if folder.is_dir():
        return folder
    beside = folder.with_name(f".{commit}.{os.getpid()}.new")
    try:
        beside.mkdir(parents=True, exist_ok=True)
        archive = beside / ".archive.tar"
        _run(git.archive_argv(where, commit, archive))
        unpack(archive, beside)
        archive.unlink()
        _keep_age(beside / LOCK_NAME, before / LOCK_NAME if before else None)
        # Somebody else may have made it meanwhile, from the same commit.
        with contextlib.suppress(FileExistsError):
            beside.rename(folder)
    except OSError as error:
        if folder.is_dir():
            return folder
        raise NotCheckedOut((error.strerror or str(error)).lower()) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def newest_fetched(state_dir: Path, branch: str) -> str | None:
    """The newest commit of a branch that was fetched, None where there is none."""
    try:
        return _run(git.head_argv(mirror_dir(state_dir), branch)).strip()
    except (NotCheckedOut, OSError):
        return None


def unpack(archive: Path, folder: Path) -> None:
    """Writes what is in a tar archive into a folder, and nothing outside of it. Raises NotCheckedOut."""
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except tarfile.TarError as error:
        raise NotCheckedOut(str(error)) from error


def retire(state_dir: Path, kept: Collection[str]) -> None:
    """Removes the folders of all commits but some, and what killed processes left."""
    now_s = SystemClock().now_ms() / 1000
    for path in _below(state_dir / "checkouts"):
        # Another process may be making one at this moment, or removing it.
        with contextlib.suppress(FileNotFoundError):
            making = path.name.startswith(".") and now_s - path.stat().st_mtime < _ABANDONED_S
            if path.name not in kept and not making:
                shutil.rmtree(path, ignore_errors=True)


def _below(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError):
        yield from list(folder.iterdir())


def _keep_age(lock: Path, before: Path | None) -> None:
    """A lock that was pushed anew wins over this machine's own, and one that is as it was does not."""
    if not lock.is_file():
        return
    # git dates files by their commit.
    os.utime(lock)
    with contextlib.suppress(OSError):
        if before is not None and before.read_bytes() == lock.read_bytes():
            os.utime(lock, ns=(before.stat().st_atime_ns, before.stat().st_mtime_ns))


def _run(argv: list[str]) -> str:
    try:
        done = subprocess.run(
            argv,
            env={**os.environ, **git.environment(os.environ)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ARCHIVE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotCheckedOut(f"git did not answer within {ARCHIVE_SECONDS:.0f} seconds") from error
    if done.returncode:
        words = git.reason(done.stderr.decode(errors="replace").splitlines())
        raise NotCheckedOut(words)
    return done.stdout.decode(errors="replace")
