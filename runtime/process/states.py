"""The states of a child process and the kinds of its end, as words for the log and the page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChildState(StrEnum):
    """Where a child process is in its life."""

    RUNNING = "running"
    STOPPING = "stopping"
    EXITED = "exited"


class ExitKind(StrEnum):
    """Why a child process is gone; `failed` is what neither its code nor its words explain further."""

    ENDED = "ended"
    STOPPED = "stopped by us"
    INPUT_FAILED = "input failed"
    ENCODER_FAILED = "encoder failed"
    READER_GONE = "reader gone"
    KILLED = "killed"
    STUCK = "stuck"
    FAILED = "failed"


@dataclass(frozen=True)
class Failure:
    """Why something did not play as it should: its kind, and a line for the page.

    `in_hardware` tells that a hardware encoder was at work.
    """

    kind: ExitKind
    words: str
    in_hardware: bool = False
