"""`git:` of config.yaml: which repository this machine follows, and who may tell it of a push.

Owns names, defaults and what can be the address of a repository. runtime/gitsync.py follows it.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from exstv import codes
from exstv.binding import mistake
from exstv.nodes import written
from exstv.server_settings import Part, duration
from exstv.units import DAY_MS, MINUTE_MS, SECOND_MS

_ADDRESS = re.compile(r"(?:https?|ssh|git|file)://(?!-)\S+")
_SCP = re.compile(r"(?:[A-Za-z0-9_.][\w.-]*@)?[A-Za-z0-9][\w.-]*:(?!:)(?!//)\S+")
"""`git@tv.example:station.git`, as ssh itself has it."""
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*:(?::|//)")
_NOT_IN_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|^[-/.]|/\.|[/.]$|\.lock(/|$)|^@$")
"""What git-check-ref-format(1) refuses, and names that begin like an option."""
_SECRET_PART = re.compile(
    r"(https?://)[^/\s@]*@|([a-z][\w+.-]*://[^/\s@:]*):[^/\s@]*(?=@)|(?<=\S)[?#][^\s']*"
)
LEAST_SECRET = 16


def shown_remote(text: str) -> str:
    """An address, or words that hold one, without what opens it: passwords and tokens."""
    return _SECRET_PART.sub(lambda match: match[1] or match[2] or "", text)


def is_folder(remote: str) -> bool:
    """Tells whether a repository lies on this machine's disk, by its path."""
    return not _ADDRESS.fullmatch(remote) and not _SCP.fullmatch(remote)


def resolved(git: GitSettings, station: Path) -> GitSettings:
    """The same with a relative path of a repository taken from the folder that holds config.yaml."""
    if git.remote is None or not is_folder(git.remote):
        return git
    return git.model_copy(update={"remote": str(station / git.remote)})


def _remote(value: object) -> object:
    if not isinstance(value, str):
        return value
    if _ADDRESS.fullmatch(value) or _SCP.fullmatch(value):
        return value
    if value == "" or value.startswith("-") or _SCHEME.match(value) or "\n" in value or "\0" in value:
        help = "write it like `https://git.example/station.git`, `git@git.example:station.git` or a folder"
        raise mistake(codes.BAD_REMOTE, value=shown_remote(value), help=help)
    return value


def _branch(value: object) -> object:
    text = written(value)
    if isinstance(text, str) and (text == "" or _NOT_IN_BRANCH.search(text)):
        raise mistake(codes.BAD_BRANCH, value=text, help="write it as `git branch` shows it, like `main`")
    return text


def _secret(value: object) -> object:
    """Says what is wrong with a secret and never the secret itself."""
    text = written(value)
    if not isinstance(text, str):
        return value
    if len(text) < LEAST_SECRET:
        reason = f"it has {len(text)} characters, and at least {LEAST_SECRET} are wanted"
        raise mistake(codes.BAD_TOKEN, reason=reason, help="make one with `openssl rand -hex 16`")
    # As text, because bind() is strict; what it becomes shows itself to nobody.
    return SecretStr(text)


def _command(value: object) -> object:
    """One text is split as a shell would, but no shell runs it."""
    text = written(value)
    if not isinstance(text, str):
        return tuple(value) if isinstance(value, list) else value
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise mistake(codes.BAD_VALUE, value=text, reason="a quotation mark is not closed") from error


class GitSettings(Part):
    """Which repository to follow; with `remote` null none. `interval` (ms) is how often it is asked.

    `webhook_secret` opens `/hooks/git`; `status_command` is run with what became of each commit.
    """

    remote: Annotated[str, BeforeValidator(_remote)] | None = None
    branch: Annotated[str, BeforeValidator(_branch)] = "main"
    interval: Annotated[int, duration(SECOND_MS, DAY_MS, like="`30s` or `5m`")] = MINUTE_MS
    signed_only: bool = False
    webhook_secret: Annotated[SecretStr, BeforeValidator(_secret)] | None = None
    status_command: Annotated[tuple[str, ...], BeforeValidator(_command), Field(min_length=1)] | None = None
