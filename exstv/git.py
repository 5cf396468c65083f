"""The `git` program as argument lists and environment: what it is asked, and what it may not do.

Pure. Nothing here runs it: runtime/mirror.py does for what is fetched, exstv/checkouts.py for what is
compiled. git's own files are git's alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

_NOTHING = os.devnull
_CAUTIONS = {
    # A repository that was fetched brings no programs: nothing of it is run here.
    "core.hooksPath": _NOTHING,
    "core.fsmonitor": "false",
    "fetch.recurseSubmodules": "false",
    # Housekeeping that outlives its command would be a process that nobody ends.
    "gc.autoDetach": "false",
    "maintenance.autoDetach": "false",
    # A server that has gone silent is given up long before the time limit.
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "30",
}
_PROTOCOLS = "file:git:http:https:ssh"
"""How git may reach a repository: none of those that run a program of their own."""


def environment(environ: Mapping[str, str], remote: str | None = None) -> dict[str, str]:
    """What git's environment has besides ours: nobody to ask, plain words, and where `origin` is.

    The address is no argument, as every user of the machine can read those.
    """
    found = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_SSH_COMMAND": environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=20"),
        "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
        "LC_ALL": "C",
    }
    if remote is not None:
        number = environ.get("GIT_CONFIG_COUNT", "")
        count = int(number) if number.isdecimal() else 0
        found |= {
            "GIT_CONFIG_COUNT": str(count + 1),
            f"GIT_CONFIG_KEY_{count}": "remote.origin.url",
            f"GIT_CONFIG_VALUE_{count}": remote,
        }
    return found


def init_argv(mirror: Path) -> list[str]:
    """Makes an empty bare repository."""
    return ["git", "init", "--quiet", "--bare", "--template=", str(mirror)]


def fetch_argv(mirror: Path, branch: str) -> list[str]:
    """Brings a branch up to date with `origin`, wherever it was moved to."""
    spec = f"+refs/heads/{branch}:refs/heads/{branch}"
    return [*_git(mirror), "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "origin", spec]


def ask_argv(mirror: Path, branch: str) -> list[str]:
    """Gives the full id of the newest commit of a branch of `origin`; nothing if there is no such branch."""
    return [*_git(mirror), "ls-remote", "--heads", "origin", f"refs/heads/{branch}"]


def newest_argv(mirror: Path, branch: str) -> list[str]:
    """Fetches a branch's newest commit and none before it."""
    return [*fetch_argv(mirror, branch), "--depth=1"]


def head_argv(mirror: Path, branch: str) -> list[str]:
    """Gives the full id of the newest commit of a branch that was fetched."""
    return [*_git(mirror), "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}"]


def verify_argv(mirror: Path, commit: str) -> list[str]:
    """Fails unless somebody whom git's own configuration trusts has signed a commit."""
    return [*_git(mirror), "verify-commit", commit]


def whole_argv(mirror: Path) -> list[str]:
    """Fails where a repository lacks anything."""
    return [*_git(mirror), "fsck", "--connectivity-only", "--no-dangling", "--no-progress"]


def _git(mirror: Path) -> list[str]:
    cautions = [word for key, value in _CAUTIONS.items() for word in ("-c", f"{key}={value}")]
    return ["git", f"--git-dir={mirror}", *cautions]


def archive_argv(where: tuple[str, ...], commit: str, file: Path) -> list[str]:
    """Writes the files of a commit as a tar archive; `where` says of which repository, to git itself."""
    return ["git", *where, "archive", "--format=tar", f"--output={file}", commit]


def reason(lines: Iterable[str]) -> str:
    """What git says went wrong, in a line."""
    said = [line.strip() for line in lines if line.strip()]
    told = [line.partition(": ")[2] for line in said if line.startswith(("fatal: ", "error: "))]
    return "; ".join(dict.fromkeys(told)) or (said[-1] if said else "git failed and said nothing")
