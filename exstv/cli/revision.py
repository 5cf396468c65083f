"""Where in git a station stands, and what it was at another revision, as git itself says."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from exstv.errors import ExstvError

GIT_SECONDS = 5.0
EXPORT_SECONDS = 60.0


def commit_of(station: Path) -> str | None:
    """The full id of the commit that is checked out, `-dirty` behind it where files differ from it.

    A station outside of git has none.
    """
    argv = ["git", "-C", str(station), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def export(station: Path, revision: str, folder: Path) -> str:
    """Writes the station's files as they were at a revision into `folder`, and gives the commit's id.

    Raises ExstvError where git knows no such revision, or nothing of the station at it.
    """
    words = f"`{revision}` is no timeline's file and no git revision of {station}"
    # With `^{commit}` behind it and `--verify` before it nothing can be taken for an option.
    found = run_git(station, ["rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"])
    commit = found.stdout.decode().strip()
    if found.returncode or not commit:
        raise ExstvError(words)
    archive = run_git(station, ["archive", "--format=tar", commit, "."])
    if archive.returncode:
        raise ExstvError(f"{station} is not part of `{revision}`")
    try:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise ExstvError(f"{station} at `{revision}` cannot be read: {error}") from error
    return commit


def run_git(
    station: Path, words: Sequence[str], seconds: float = EXPORT_SECONDS
) -> subprocess.CompletedProcess[bytes]:
    """What git gives in a station's folder. Raises ExstvError if it does not answer in time."""
    argv = ["git", "-C", str(station), *words]
    try:
        return subprocess.run(argv, capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExstvError(f"git does not answer: {error}") from error
