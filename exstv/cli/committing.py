"""`exstv scan --commit [--push]`: the scanned catalog.lock goes into git, and nothing else does."""

from __future__ import annotations

from pathlib import Path

from exstv.catalog.lock import LOCK_NAME
from exstv.cli.revision import run_git
from exstv.errors import ExstvError

GIT_SECONDS = 60.0
PUSH_SECONDS = 300.0


def commit_lock(station: Path, message: str) -> str | None:
    """Commits the lock alone, whatever else is staged, and gives the commit; None if git has it already.

    Raises ExstvError with git's own words.
    """
    if not _git(station, "status", "--porcelain", "--", LOCK_NAME):
        return None
    # A path behind `commit` is only taken if git knows it.
    _git(station, "add", "--", LOCK_NAME)
    _git(station, "commit", "--quiet", "--message", message, "--", LOCK_NAME)
    return _git(station, "rev-parse", "--short", "HEAD")


def push(station: Path) -> None:
    """Pushes the branch to where it goes. Raises ExstvError with git's own words."""
    _git(station, "push", "--quiet", seconds=PUSH_SECONDS)


def _git(station: Path, *words: str, seconds: float = GIT_SECONDS) -> str:
    done = run_git(station, words, seconds)
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise ExstvError(f"`git {words[0]}` in {station}: {said or f'exit code {done.returncode}'}")
    return done.stdout.decode(errors="replace").strip()
