"""Follows a repository: what is pushed to its branch is compiled and goes on air.

Owns what is known of the branch. Fetching is mirror.py's, compiling and swapping reload.py's, telling the
host marks.py's; whatever fails here is told, and what is on air stays. Commits in between two looks are
passed over: only the newest counts.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

import msgspec

from exstv import codes
from exstv.clock import Clock
from exstv.diagnostics import Severity
from exstv.errors import TimelineUnusable
from exstv.followed import Branch, Followed, write_followed
from exstv.git_settings import GitSettings, shown_remote
from exstv.timeline.pins import Pin, read_pin
from exstv.units import MINUTE_MS, SECOND_MS
from runtime.marks import Mark, Marks, MarkState
from runtime.mirror import CannotFollow, Mirror
from runtime.process.lead import Bucket
from runtime.process.pool import ProcessPool
from runtime.reload import Reloader
from runtime.status import ReloadStatus, SyncStatus

log = logging.getLogger(__name__)

LONGEST_PAUSE_MS = 5 * MINUTE_MS
"""How rarely a remote that cannot be reached is asked, unless the interval is longer."""
RETRY_MS = 5 * MINUTE_MS
"""When a commit that did not go on air is tried again: what was wrong may have been this machine."""
TOLD_AT_ONCE, TOLD_PER_SECOND = 10, 1.0
"""How often others may have the remote asked."""


@dataclass(frozen=True)
class _Verdict:
    """What became of a commit, and what was pinned by then."""

    commit: str
    pin: Pin | None
    state: Followed
    words: str = ""


class GitSync:
    """Owner of what is known of the followed branch."""

    def __init__(
        self, settings: GitSettings, state_dir: Path, reloader: Reloader, pool: ProcessPool, clock: Clock
    ) -> None:
        self._settings = settings
        self._state_dir = state_dir
        self._reloader = reloader
        self._pool = pool
        self._clock = clock
        self._mirror = Mirror(settings, state_dir, pool, clock)
        self._marks = Marks(settings, pool, clock)
        self._wanted = asyncio.Event()
        self._told = Bucket(TOLD_AT_ONCE, TOLD_PER_SECOND, clock.monotonic())
        self._verdict: _Verdict | None = None
        self._kept: Branch | None = None
        self._tried_ms = 0
        self._trouble = ""
        self._failed_in_a_row = 0
        self._failures = self._fetches = 0
        self._fetched_ms: int | None = None

    def status(self) -> SyncStatus:
        """What is known now."""
        verdict = self._verdict
        return SyncStatus(
            remote=shown_remote(self._settings.remote or ""),
            branch=self._settings.branch,
            state=verdict.state if verdict else Followed.WAITING,
            commit=verdict.commit if verdict else None,
            words=verdict.words if verdict else "",
            trouble=self._trouble,
            fetched_ms=self._fetched_ms,
            fetches=self._fetches,
            failures=self._failures,
        )

    def pushed(self) -> bool:
        """Asks the remote at once, or as soon as what goes on is done; False where that is told too often."""
        if self._told.wait_seconds(self._clock.monotonic()) > 0:
            return False
        self._told.take()
        self._wanted.set()
        return True

    async def run(self) -> None:
        """Follows the branch until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._marks.run())
                while True:
                    self._wanted.clear()
                    before = self._verdict
                    await self._look()
                    await self._keep()
                    if self._verdict is not None and self._verdict != before:
                        self._mark(self._verdict)
                    await self._pause()
        except Exception:
            # The root of the task: the station plays on, but nobody would follow what is pushed.
            log.exception("git sync broke")
            self._trouble = "pushes are not followed any more, by a bug of ours: restart exstv"

    def _mark(self, verdict: _Verdict) -> None:
        if verdict.state is not Followed.PINNED:
            state = MarkState.SUCCESS if verdict.state is Followed.ON_AIR else MarkState.FAILURE
            words = verdict.words or verdict.state.value.replace("_", " ")
            self._marks.tell(Mark(verdict.commit, state, words))

    async def _look(self) -> None:
        try:
            head = await self._mirror.fetch()
            self._fetches += 1
            self._fetched_ms = self._clock.now_ms()
            self._verdict = await self._judged(head)
        except (CannotFollow, TimelineUnusable) as error:
            if str(error) != self._trouble:
                log.warning("git remote cannot be followed why=%s", error)
            self._trouble = str(error)
            self._failures += 1
            self._failed_in_a_row += 1
        else:
            self._trouble = ""
            self._failed_in_a_row = 0

    async def _keep(self) -> None:
        """Notes what has changed for `exstv status`."""
        told = self.status()
        known = self._kept
        now = Branch(
            remote=told.remote,
            branch=told.branch,
            state=told.state,
            at_ms=known.at_ms if known else self._clock.now_ms(),
            commit=told.commit,
            words=told.words,
            trouble=told.trouble,
        )
        if now == known:
            return
        self._kept = msgspec.structs.replace(now, at_ms=self._clock.now_ms())
        try:
            await asyncio.to_thread(write_followed, self._state_dir, self._kept)
        except OSError as error:
            log.warning("what is followed cannot be noted why=%s", error)

    async def _judged(self, head: str) -> _Verdict:
        """What becomes of the newest commit: it is tried, unless it was or something is pinned instead."""
        pin, known = await self._pin(), self._verdict
        if pin is not None and pin.followed == head:
            return _Verdict(head, pin, Followed.PINNED)
        if known is None and pin is None and self._reloader.commit_on_air == head:
            return _Verdict(head, pin, Followed.ON_AIR)
        if known is not None and (known.commit, known.pin) == (head, pin) and not self._is_to_retry(known):
            return known
        log.info("commit pushed branch=%s commit=%s", self._settings.branch, head)
        self._tried_ms = self._clock.now_ms()
        if known is None or known.commit != head or known.state is Followed.PINNED:
            # One that is tried again keeps its mark until something else is known.
            self._marks.tell(Mark(head, MarkState.PENDING, "is compiled"))
        state, words = await self._tried(head)
        # One that went on air has ended the pin.
        return _Verdict(head, await self._pin(), state, words)

    def _is_to_retry(self, verdict: _Verdict) -> bool:
        is_bad = verdict.state in (Followed.BROKEN, Followed.REFUSED)
        return is_bad and self._clock.now_ms() - self._tried_ms >= RETRY_MS

    async def _tried(self, head: str) -> tuple[Followed, str]:
        if self._settings.signed_only and not await self._mirror.is_trusted(head):
            words = "nobody has signed it whom git trusts here"
            log.warning("commit refused commit=%s why=%s", head, words)
            return Followed.REFUSED, words
        result = await self._reloader.compile(head)
        if any(each.code == codes.NOT_CHECKED_OUT.id for each in result.diagnostics):
            # What was fetched long ago is broken now: only a compile reads it.
            await self._mirror.renew()
            result = await self._reloader.compile(head)
        return (Followed.ON_AIR, "") if result.ok else (Followed.BROKEN, _in_a_line(result))

    async def _pin(self) -> Pin | None:
        return await asyncio.to_thread(read_pin, self._state_dir)

    async def _pause(self) -> None:
        """Waits for the next look: the longer, the more often the remote could not be reached."""
        interval_ms = self._settings.interval
        longest_ms = max(interval_ms, LONGEST_PAUSE_MS)
        pause_ms = min(interval_ms * 2 ** min(self._failed_in_a_row, 20), longest_ms)
        try:
            async with asyncio.timeout(pause_ms / SECOND_MS):
                await self._wanted.wait()
        except TimeoutError:
            return


def _in_a_line(result: ReloadStatus) -> str:
    """The first mistake of a commit, with its place."""
    for each in result.diagnostics:
        if each.severity is Severity.ERROR:
            return f"{each.span.file}:{each.span.line}:{each.span.column}: {each.message}"
    return result.message
