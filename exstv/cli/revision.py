"""Which commit a station stands at, as git itself says; a station outside of git has none."""

from __future__ import annotations

import subprocess
from pathlib import Path

GIT_SECONDS = 5.0


def commit_of(station: Path) -> str | None:
    """The full id of the commit that is checked out, `-dirty` behind it where files differ from it."""
    argv = ["git", "-C", str(station), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
