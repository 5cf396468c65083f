"""The states of a child process and the kinds of its end, as words for the log and the page."""

from __future__ import annotations

from enum import StrEnum


class ChildState(StrEnum):
    """Where a child process is in its life."""

    RUNNING = "running"
    STOPPING = "stopping"
    EXITED = "exited"


class ExitKind(StrEnum):
    """Why a child process is gone."""

    ENDED = "ended"
    STOPPED = "stopped by us"
    KILLED = "killed"
    FAILED = "failed"


def classify(returncode: int, *, asked: bool) -> ExitKind:
    """Names the kind of an exit; `asked` tells that we had told the child to go.

    ffmpeg exits 255 on SIGTERM, and 1 or by SIGPIPE when its reader is gone: after we asked, neither is the
    media's fault (measured, shared/reference/style.md §3.7).
    """
    if asked:
        return ExitKind.STOPPED
    if returncode == 0:
        return ExitKind.ENDED
    return ExitKind.KILLED if returncode < 0 else ExitKind.FAILED
