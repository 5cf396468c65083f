"""The as-run log: what really went out, appended as it ends; the last hours of it in memory, for the page.

`add` never waits: entries are kept in memory until a worker thread has put them on the disk. A disk that
takes nothing stops no channel; the log says so once, the page for as long as it lasts. The files are
asrun_folder.py's, what an entry says is aired.py's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby, islice

from exstv import duckdb
from exstv.asrun.entry import AsRunEntry
from exstv.asrun.files import day_of
from exstv.clock import Clock
from exstv.units import HOUR_MS
from runtime.asrun_folder import AsRunFolder
from runtime.status import AsRunStatus

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""How often what is on air is noted, in case of a kill, and how soon a disk that failed is tried again."""
UPKEEP_MS = 60_000
"""How often it is looked whether a day is over or too old."""
RECENT_MS = 3 * HOUR_MS
"""What the page shows of the past."""
RECENT_ENTRIES = 2_000
"""Most entries a channel that are kept for the page."""
WAITING_ENTRIES = 50_000
"""Most entries that wait for a disk that takes nothing; then the oldest are given up, which is told."""
NOTED_ENTRIES = 1_000
"""Most of them that are noted beside what is on air: a disk that lets more wait takes no note either."""
CLOSE_SECONDS = 3.0
"""Longest wait for the disk when the server goes."""


class AsRunWriter:
    """Owner of the as-run log."""

    def __init__(self, folder: AsRunFolder, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._waiting: deque[AsRunEntry] = deque()
        self._given_up = 0
        self._outcomes: Counter[str] = Counter()
        self._recent: dict[str, deque[AsRunEntry]] = {}
        self._news = asyncio.Event()
        self._closing = False
        self._recovered = False
        self._kept_up_ms: int | None = None
        self._trouble: str | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, running: Callable[[], Sequence[AsRunEntry]]) -> None:
        """Begins to write; `running` tells, on the event loop, of what is on air and not yet ended."""
        self._task = asyncio.create_task(self._run(running))

    def add(self, entry: AsRunEntry) -> None:
        """Takes what has ended; its line is on the disk a moment later."""
        self._remember(entry)
        self._outcomes[entry.outcome.value] += 1
        self._waiting.append(entry)
        if len(self._waiting) > WAITING_ENTRIES:
            self._waiting.popleft()
            self._given_up += 1
        self._news.set()

    def recent(self, channel: str) -> tuple[AsRunEntry, ...]:
        """What a channel aired in the last hours, as far as it has ended, in order."""
        return tuple(self._recent.get(channel, ()))

    def status(self) -> AsRunStatus:
        """Whether the log can be written."""
        return AsRunStatus(
            trouble=self._trouble,
            waiting=len(self._waiting),
            given_up=self._given_up,
            outcomes=dict(self._outcomes),
        )

    async def close(self) -> None:
        """Writes what is left: no channel is on air any more."""
        if self._task is None:
            return
        self._closing = True
        self._news.set()
        await asyncio.wait({self._task}, timeout=CLOSE_SECONDS)
        if self._waiting:
            log.error("as-run log not closed entries=%s why=%s", len(self._waiting), self._trouble)
        self._task.cancel()
        self._folder.close()

    async def _run(self, running: Callable[[], Sequence[AsRunEntry]]) -> None:
        while True:
            closing = self._closing
            self._news.clear()
            try:
                await self._write(running)
                self._tell(None)
            except (OSError, duckdb.Error) as error:
                self._tell(_words(error))
            except Exception:
                # The root of the log's task: whatever our bug is, what aired waits and is tried again.
                self._tell("our bug: see the log")
                log.exception("as-run log broke")
            if closing:
                return
            await self._until_due()

    async def _until_due(self) -> None:
        if self._trouble is not None and not self._closing:
            # More entries are no reason to try a disk that takes nothing more often.
            await asyncio.sleep(TICK_SECONDS)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await self._news.wait()

    async def _write(self, running: Callable[[], Sequence[AsRunEntry]]) -> None:
        """Everything that is due on the disk. Raises OSError or duckdb.Error at the first that fails."""
        if not self._recovered:
            await self._recover()
        while self._waiting:
            day, found = next(groupby(self._waiting, lambda entry: day_of(entry.finish_ms)))
            batch = list(found)
            given_up = self._given_up
            await self._noting(running, partial(self._folder.append, day, batch))
            for _ in range(len(batch) - (self._given_up - given_up)):
                self._waiting.popleft()
        await self._note(running)
        now_ms = self._clock.now_ms()
        if self._kept_up_ms is None or not 0 <= now_ms - self._kept_up_ms < UPKEEP_MS:
            self._kept_up_ms = now_ms
            await self._noting(running, partial(self._keep_up, now_ms))

    async def _noting(self, running: Callable[[], Sequence[AsRunEntry]], work: Callable[[], None]) -> None:
        """Does what may wait long for the disk; what begins or goes on meanwhile is noted all the same."""
        working = asyncio.create_task(asyncio.to_thread(work))
        while not working.done():
            # A note that fails now is made again, and told, when the work is done.
            with contextlib.suppress(OSError):
                await self._note(running)
            await asyncio.wait({working}, timeout=TICK_SECONDS)
        working.result()

    async def _note(self, running: Callable[[], Sequence[AsRunEntry]]) -> None:
        """Notes what a kill would lose: what has no line yet, and what is on air now."""
        waiting = list(islice(self._waiting, NOTED_ENTRIES))
        await asyncio.to_thread(self._folder.note, waiting, running())

    async def _recover(self) -> None:
        now_ms = self._clock.now_ms()
        left = await asyncio.to_thread(self._folder.recover)
        self._recovered = True
        for entry in left:
            self.add(entry)
        try:
            past = await asyncio.to_thread(self._folder.read, now_ms - RECENT_MS, now_ms)
        except duckdb.Error as error:
            log.warning("as-run log cannot be read folder=%s why=%s", self._folder.folder, _words(error))
            return
        for entry in reversed(past):
            recent = self._recent.setdefault(entry.channel, deque(maxlen=RECENT_ENTRIES))
            if len(recent) < RECENT_ENTRIES:
                recent.appendleft(entry)

    def _keep_up(self, now_ms: int) -> None:
        """What can wait: a day that cannot be rewritten stays as it is, and nothing else waits for it."""
        try:
            self._folder.close_days(now_ms)
            self._folder.retire(now_ms)
        except (OSError, duckdb.Error) as error:
            log.warning("as-run days cannot be kept up folder=%s why=%s", self._folder.folder, _words(error))

    def _remember(self, entry: AsRunEntry) -> None:
        recent = self._recent.setdefault(entry.channel, deque(maxlen=RECENT_ENTRIES))
        recent.append(entry)
        while recent[0].finish_ms < entry.finish_ms - RECENT_MS:
            recent.popleft()

    def _tell(self, trouble: str | None) -> None:
        if trouble is not None and trouble != self._trouble:
            log.error("as-run log cannot be written folder=%s why=%s", self._folder.folder, trouble)
        elif trouble is None and self._trouble is not None:
            log.info("as-run log is written again given_up=%s", self._given_up)
        self._trouble = trouble


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error).partition("\n")[0]
