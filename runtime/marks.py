"""Marks on commits: runs the status command, which shows a commit's state where it is hosted.

Owns the order: a commit's `pending` is told before what became of it, one command at a time. A command that
fails or hangs is logged, and changes nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from exstv.clock import Clock
from exstv.git_settings import GitSettings
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.process.states import ExitKind

log = logging.getLogger(__name__)

STATUS_SECONDS = 30.0
"""Ends a status command that hangs."""
WAITING_MARKS = 100
"""Most that wait for a command that is slow; then the oldest are given up."""


class MarkState(StrEnum):
    """What a commit is marked with, in the words of git hosts."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True)
class Mark:
    """What a git host is told of a commit."""

    commit: str
    state: MarkState
    description: str


class Marks:
    """Owner of what a git host has yet to be told."""

    def __init__(self, settings: GitSettings, pool: ProcessPool, clock: Clock) -> None:
        self._settings = settings
        self._pool = pool
        self._clock = clock
        self._waiting: deque[Mark] = deque(maxlen=WAITING_MARKS)
        self._news = asyncio.Event()

    def tell(self, mark: Mark) -> None:
        """Has a mark told when those before it are; without a command nobody is told."""
        if self._settings.status_command is None:
            return
        if len(self._waiting) == WAITING_MARKS:
            log.warning("status command is too slow, a mark is given up commit=%s", self._waiting[0].commit)
        self._waiting.append(mark)
        self._news.set()

    async def run(self) -> None:
        """Tells mark after mark, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await self._tell(self._waiting.popleft())

    async def _tell(self, mark: Mark) -> None:
        environ = {
            "EXSTV_COMMIT": mark.commit,
            "EXSTV_BRANCH": self._settings.branch,
            "EXSTV_STATE": mark.state.value,
            "EXSTV_DESCRIPTION": mark.description,
        }
        argv, due = list(self._settings.status_command or ()), self._clock.monotonic()
        spawn = SpawnSpec(argv, "git status command", due, limited=False, environ=environ)
        try:
            async with asyncio.timeout(STATUS_SECONDS):
                done = await self._pool.run(spawn)
        except TimeoutError:
            log.warning("status command did not end within %.0f seconds", STATUS_SECONDS)
        except OSError as error:
            log.warning("status command does not start why=%s", error)
        else:
            if done.exit is not ExitKind.ENDED:
                log.warning("status command failed exit=%s said=%s", done.exit, " ".join(done.last_lines))
