"""What a server knows of the repository that it follows, kept in the state folder for `exstv status`.

Owns the file `git/followed.json`. runtime/gitsync.py alone writes it, whenever something has changed.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

from exstv.files import replace_file


class Followed(StrEnum):
    """What became of the newest commit of the branch that is followed."""

    WAITING = "waiting"
    """None was fetched yet."""
    ON_AIR = "on_air"
    BROKEN = "broken"
    """It does not compile: the last good one stays."""
    REFUSED = "refused"
    """It is not signed as it has to be."""
    PINNED = "pinned"
    """Another version is pinned."""


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """The branch, since `at_ms`. `words` say why its `commit` is not on air."""

    remote: str
    """Without what opens it."""
    branch: str
    state: Followed
    at_ms: int
    commit: str | None = None
    words: str = ""
    trouble: str = ""
    """Why the last look at the remote failed; nothing where it did not."""


def read_followed(state_dir: Path) -> Branch | None:
    """What is known, None where nothing is."""
    try:
        return msgspec.json.decode(_path(state_dir).read_bytes(), type=Branch)
    except (OSError, msgspec.DecodeError):
        return None


def write_followed(state_dir: Path, branch: Branch) -> None:
    """Keeps what is known. Raises OSError."""
    replace_file(_path(state_dir), msgspec.json.encode(branch))


def _path(state_dir: Path) -> Path:
    return state_dir / "git" / "followed.json"
