"""How the current timeline changes: an edit, a publish by somebody else, or the horizon coming near.

A compile runs in a child process and publishes by itself; here the published pointer is followed. What does
not compile is told and changes nothing: the last good timeline stays on air.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from watchfiles import Change, awatch

from exstv.clock import Clock
from exstv.diagnostics import Diagnostic, has_errors
from exstv.errors import TimelineUnusable
from exstv.timeline import store
from exstv.timeline.model import Header
from runtime.live import LiveTimeline
from runtime.process.pool import Finished, ProcessPool, SpawnSpec
from runtime.process.states import ExitKind
from runtime.status import ReloadStatus

log = logging.getLogger(__name__)

DAY_MS = 24 * 3600_000
HORIZON_CHECK_SECONDS = 30.0
HORIZON_RETRY_SECONDS = 300.0
SETTLE_MS = 100
"""An editor writes a file in several steps: changes closer together than this are one."""


@dataclass(frozen=True)
class ReloadPlan:
    """What to follow: `compile_argv` compiles `station` and publishes into `state_dir`.

    `watch` follows edits of the station; `compile_first` compiles once without waiting for one.
    """

    station: Path
    state_dir: Path
    compile_argv: tuple[str, ...]
    watch: bool
    compile_first: bool = False


class Reloader:
    """Owner of the reload status; the only one who swaps the live timeline."""

    def __init__(
        self,
        plan: ReloadPlan,
        live: LiveTimeline,
        pool: ProcessPool,
        clock: Clock,
        swapped: Callable[[], None],
    ) -> None:
        self._plan = plan
        self._live = live
        self._pool = pool
        self._clock = clock
        self._swapped = swapped
        self._compiling = asyncio.Lock()
        self.status: ReloadStatus | None = None

    async def run(self) -> None:
        """Follows changes until cancelled."""
        if self._plan.compile_first:
            await self.compile()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_files())
                tasks.create_task(self._follow_horizon())
        except* OSError as group:
            # Too few inotify watches, say: the station plays on, and readiness tells why edits do nothing.
            reason = "; ".join(str(error) for error in group.exceptions)
            log.error("reload stopped why=%s", reason)
            self._tell(ok=False, message=f"cannot watch {self._plan.station}: {reason}")

    async def compile(self) -> None:
        """Compiles the station in a child process and goes over to what it published."""
        async with self._compiling:
            argv = list(self._plan.compile_argv)
            spawn = SpawnSpec(argv, "compile", self._clock.monotonic(), limited=False)
            try:
                done = await self._pool.run(spawn)
            except OSError as error:
                self._tell(ok=False, message=f"the compiler does not start: {error}")
                return
            diagnostics = _diagnostics(done)
            if done.exit is ExitKind.ENDED and not has_errors(diagnostics):
                self._tell(ok=True, diagnostics=diagnostics)
                await self.follow_pointer()
                return
            words = "" if has_errors(diagnostics) else "\n".join(done.last_lines)
            log.error("station does not compile: what is on air stays\n%s", _in_words(diagnostics, words))
            self._tell(ok=False, diagnostics=diagnostics, message=words)

    async def follow_pointer(self) -> None:
        """Goes over to the published timeline if it is another one than the current."""
        path = await asyncio.to_thread(store.current, self._plan.state_dir)
        if path is None or path == self._live.path:
            return
        try:
            await self._live.swap(path)
        except TimelineUnusable as error:
            log.error("published timeline is unusable path=%s why=%s", path, error)
            self._tell(ok=False, message=str(error))
            return
        log.info("timeline swapped path=%s", path.name)
        self._swapped()

    async def _follow_files(self) -> None:
        pointer_dir = store.timeline_dir(self._plan.state_dir)
        pointer_dir.mkdir(parents=True, exist_ok=True)
        watched = {self._plan.station, pointer_dir} if self._plan.watch else {pointer_dir}
        async for changes in awatch(*watched, watch_filter=self._concerns_us, step=SETTLE_MS):
            paths = {Path(path) for _, path in changes}
            if any(pointer_dir in path.parents for path in paths):
                await self.follow_pointer()
            if any(pointer_dir not in path.parents for path in paths):
                log.info("station edited files=%s", ", ".join(sorted(path.name for path in paths)))
                await self.compile()

    def _concerns_us(self, change: Change, name: str) -> bool:
        path = Path(name)
        if path.parent == store.timeline_dir(self._plan.state_dir):
            return path.name == store.POINTER
        if not self._plan.watch or not path.is_relative_to(self._plan.station):
            return False
        relative = path.relative_to(self._plan.station)
        if relative.name in (".exstvignore", "catalog.lock") and len(relative.parts) == 1:
            return True
        hidden = any(part.startswith(".") for part in relative.parts)
        return path.suffix in (".yaml", ".yml") and not hidden and relative != Path("config.yaml")

    async def _follow_horizon(self) -> None:
        while True:
            with self._live.lease() as lease:
                due = horizon_due_ms(lease.reader.header)
            if self._clock.now_ms() < due:
                await asyncio.sleep(HORIZON_CHECK_SECONDS)
                continue
            log.info("horizon comes near: compiling")
            await self.compile()
            with self._live.lease() as lease:
                moved = horizon_due_ms(lease.reader.header) > due
            if not moved:
                await asyncio.sleep(HORIZON_RETRY_SECONDS)

    def _tell(self, *, ok: bool, diagnostics: tuple[Diagnostic, ...] = (), message: str = "") -> None:
        self.status = ReloadStatus(
            ok=ok, at_ms=self._clock.now_ms(), diagnostics=diagnostics, message=message
        )


def horizon_due_ms(header: Header) -> int:
    """When a timeline must be rolled forward: so that its horizon less one day always lies ahead.

    A horizon of under two days is rolled at its half.
    """
    built_ms = header.finish_ms - header.compiled_for_ms
    return header.finish_ms - max(built_ms - DAY_MS, built_ms // 2)


def _diagnostics(done: Finished) -> tuple[Diagnostic, ...]:
    """The compiler's JSON lines; anything else on its output is not ours to show."""
    found: list[Diagnostic] = []
    for line in done.output.splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Diagnostic))
        except msgspec.DecodeError:
            log.warning("compiler said %s", line.decode(errors="replace"))
    return tuple(found)


def _in_words(diagnostics: tuple[Diagnostic, ...], words: str) -> str:
    lines = [
        f"{d.span.file}:{d.span.line}:{d.span.column}: {d.severity}[{d.code}] {d.message}"
        for d in diagnostics
    ]
    return "\n".join([*lines, words] if words else lines)
