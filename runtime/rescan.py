"""Keeps this machine's catalog up to date: every so often all sources are asked again, in a child process.

What is new reaches the air by a compile, as an edit does. Who edits need not wait for a long scan: only the
compile behind it has to. A source that does not answer leaves its part of the catalog as it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from exstv.catalog.lock import counting_lock
from exstv.clock import Clock
from exstv.units import SECOND_MS
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.process.states import ExitKind
from runtime.status import RescanStatus

log = logging.getLogger(__name__)

SCAN_SECONDS = 6 * 3600
"""Ends a scan that hangs; a large library may take hours the first time."""
RETRY_MS = 300 * SECOND_MS
"""After a scan that gave nothing."""
LOOK_SECONDS = 30.0
"""How often the clock is looked at: it may be set, and the machine may sleep."""


@dataclass(frozen=True)
class RescanPlan:
    """What to ask, and how often; `scan_argv` brings the lock in `state_dir` up to date.

    `files` gives the folder of the station's files as they are on air.
    """

    files: Callable[[], Path]
    state_dir: Path
    scan_argv: tuple[str, ...]
    every_ms: int


class Rescanner:
    """Owner of the rescan status."""

    def __init__(
        self, plan: RescanPlan, pool: ProcessPool, clock: Clock, scanned: Callable[[], Awaitable[object]]
    ) -> None:
        """`scanned` puts on air what a scan has found."""
        self._plan = plan
        self._pool = pool
        self._clock = clock
        self._scanned = scanned
        self.status: RescanStatus | None = None

    async def run(self) -> None:
        """Scans whenever it is time, until cancelled. The lock's own age says when the last one was."""
        try:
            while True:
                now_ms = self._clock.now_ms()
                failed_ms = self.status.at_ms + RETRY_MS if self.status and not self.status.ok else now_ms
                if max(failed_ms, await asyncio.to_thread(self._due_ms)) <= now_ms:
                    await self.scan()
                await asyncio.sleep(LOOK_SECONDS)
        except Exception:
            # The root of the task: the station plays on, but nothing new would be found.
            log.exception("rescan broke")
            self._tell(ok=False, words=("sources are not scanned any more, by a bug of ours: restart exstv",))

    async def scan(self) -> None:
        """Asks all sources in a child process, and has what they hold put on air."""
        files = await asyncio.to_thread(self._plan.files)
        argv = [*self._plan.scan_argv, "--files", str(files)]
        spawn = SpawnSpec(argv, "scan", self._clock.monotonic(), limited=False)
        try:
            async with asyncio.timeout(SCAN_SECONDS):
                done = await self._pool.run(spawn)
        except TimeoutError:
            self._tell(ok=False, words=(f"the scan took longer than {SCAN_SECONDS // 3600} h",))
            return
        except OSError as error:
            self._tell(ok=False, words=(f"the scan does not start: {error}",))
            return
        said = done.output.decode(errors="replace").splitlines()
        self._tell(ok=done.exit is ExitKind.ENDED, words=(*said, *done.last_lines))
        if done.exit is ExitKind.ENDED:
            await self._scanned()

    def _due_ms(self) -> int:
        """When the lock that counts will be too old; at once where there is none."""
        lock = counting_lock(self._plan.files(), self._plan.state_dir, "live")
        try:
            return lock.stat().st_mtime_ns // 1_000_000 + self._plan.every_ms
        except OSError:
            return 0

    def _tell(self, *, ok: bool, words: tuple[str, ...]) -> None:
        if ok:
            log.info("sources scanned: %s", "; ".join(words))
        else:
            log.error("sources not scanned: the catalog stays\n%s", "\n".join(words))
        self.status = RescanStatus(ok=ok, at_ms=self._clock.now_ms(), words=words)
