"""How the current timeline changes: an edit, a publish by somebody else, or the horizon coming near.

A compile runs in a child process and publishes by itself; here the published pointer is followed. What does
not compile is told and changes nothing: the last good timeline stays on air.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from watchfiles import Change, awatch

from exstv.checkouts import folder_of
from exstv.clock import Clock
from exstv.diagnostics import Diagnostic, has_errors
from exstv.errors import TimelineUnusable
from exstv.timeline import versions
from exstv.timeline.model import Header
from exstv.timeline.pins import PIN, Pin, read_pin
from runtime.live import LiveTimeline
from runtime.process.pool import Finished, ProcessPool
from runtime.process.states import ExitKind
from runtime.standby import Standby
from runtime.status import ReloadStatus

log = logging.getLogger(__name__)

DAY_MS = 24 * 3600_000
HORIZON_CHECK_SECONDS = 30.0
HORIZON_RETRY_SECONDS = 300.0
COMPILE_SECONDS = 1800
"""Ends a compile that hangs, say on a scan of a share that is gone."""
SETTLE_MS = 50
"""An editor writes a file in several steps: changes closer together than this are one."""


@dataclass(frozen=True)
class ReloadPlan:
    """What to follow: `compile_argv` compiles `station` and publishes into `state_dir`.

    `ready_argv` starts one that waits for its further arguments (standby.py); without it none waits.

    `watch` follows edits of the station; `compile_first` compiles once without waiting for one. With
    `by_commit` a commit is compiled instead: the one that is given, or else the one on air.
    """

    station: Path
    state_dir: Path
    compile_argv: tuple[str, ...]
    watch: bool
    compile_first: bool = False
    by_commit: bool = False
    ready_argv: tuple[str, ...] = ()


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
        self._compiler = Standby(plan.compile_argv, plan.ready_argv, pool, clock)
        self._clock = clock
        self._swapped = swapped
        self._compiling = asyncio.Lock()
        self._swapping = asyncio.Lock()
        self.status: ReloadStatus | None = None
        self.failures = 0
        """Since the start."""
        self.pin: Pin | None = None
        """What stays on air until it is unpinned."""

    async def run(self) -> None:
        """Follows changes until cancelled."""
        try:
            await self._look_at_pin()
            if self._plan.compile_first:
                await self.compile()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_files())
                tasks.create_task(self._follow_horizon())
                tasks.create_task(self._compiler.run())
        except Exception:
            # The root of the reload's task: the station plays on, but nobody would follow its edits.
            log.exception("reload broke")
            self._tell(self._failed("edits are not followed any more, by a bug of ours: restart exstv"))

    @property
    def commit_on_air(self) -> str | None:
        """The commit of the current timeline."""
        with self._live.lease() as lease:
            return lease.reader.header.commit

    async def compile(self, commit: str | None = None) -> ReloadStatus:
        """Compiles the station in a child process and goes over to what it published.

        A `commit` is compiled as it is in the repository that is followed; what becomes of it is told until
        another one is.
        """
        async with self._compiling:
            about = commit or (self.commit_on_air if self._plan.by_commit else None)
            status = await self._compiled(about)
            # That the one on air was rolled forward says nothing of a later one that does not compile.
            told = self.status.commit if self.status else None
            if commit is not None or not status.ok or told in (None, about):
                self._tell(status)
            if status.ok:
                await self.follow_pointer()
            if commit is not None:
                self._compiler.edited()
            return status

    async def _compiled(self, commit: str | None) -> ReloadStatus:
        try:
            async with asyncio.timeout(COMPILE_SECONDS):
                done = await self._compiler.compile(("--at-commit", commit) if commit else ())
        except TimeoutError:
            return self._failed(f"the compile took longer than {COMPILE_SECONDS} s")
        except OSError as error:
            return self._failed(f"the compiler does not start: {error}")
        diagnostics = _diagnostics(done)
        ok = done.exit is ExitKind.ENDED and not has_errors(diagnostics)
        words = "" if ok or has_errors(diagnostics) else "\n".join(done.last_lines)
        if not ok:
            log.error("station does not compile: what is on air stays\n%s", _in_words(diagnostics, words))
        folder = str(folder_of(self._plan.state_dir, commit)) if commit else ""
        return ReloadStatus(
            ok=ok,
            at_ms=self._clock.now_ms(),
            diagnostics=diagnostics,
            message=words,
            commit=commit,
            folder=folder,
        )

    async def follow_pointer(self) -> None:
        """Goes over to the published timeline if it is another one than the current."""
        async with self._swapping:
            try:
                path = await asyncio.to_thread(versions.current, self._plan.state_dir)
                if path is None or path == self._live.path:
                    return
                await self._live.swap(path)
            except (TimelineUnusable, OSError) as error:
                log.error("published timeline is unusable why=%s", error)
                self._tell(self._failed(str(error)))
                return
            log.info("timeline swapped path=%s", path.name)
            if self.status is not None and not self.status.ok and self.status.commit is None:
                self._tell(ReloadStatus(ok=True, at_ms=self._clock.now_ms()))
            self._swapped()

    async def _follow_files(self) -> None:
        pointer_dir = versions.timeline_dir(self._plan.state_dir)
        watched = {self._plan.station, pointer_dir} if self._plan.watch else {pointer_dir}
        looks_back, first = self._plan.watch and not self._plan.compile_first, True
        try:
            async for changes in awatch(
                *watched, watch_filter=self._concerns_us, step=SETTLE_MS, yield_on_timeout=True
            ):
                paths = {Path(path) for _, path in changes}
                edited = sorted(path.name for path in paths if pointer_dir not in path.parents)
                # What was published before somebody watched is not among the changes.
                if first or len(edited) < len(paths):
                    was = self.pin
                    await self._look_at_pin()
                    await self.follow_pointer()
                    if was is not None and self.pin is None and self._plan.watch:
                        edited = ["unpinned"]
                if first and looks_back and not edited:
                    edited = await asyncio.to_thread(self._edited_before)
                first = False
                if edited:
                    log.info("station edited files=%s", ", ".join(edited))
                    await self.compile()
                    self._compiler.edited()
        except (OSError, RuntimeError) as error:
            # Too few inotify watches, say, which watchfiles may also wrap. The horizon needs no watcher.
            log.error("cannot watch why=%s", error)
            self._tell(self._failed(f"cannot watch {self._plan.station}: {error}; edits do nothing"))

    def _edited_before(self) -> list[str]:
        """Names what was saved since the compile of what is on air: nobody watched yet."""
        with self._live.lease() as lease:
            header = lease.reader.header
        since_ms = min(header.built_at_ms, header.compiled_for_ms)
        edited = []
        for path in self._plan.station.rglob("*.y*ml"):
            # One that has just gone is told of by the watch.
            with contextlib.suppress(OSError):
                if self._concerns_us(Change.modified, str(path)) and path.stat().st_mtime * 1000 > since_ms:
                    edited.append(path.name)
        return sorted(edited)

    async def _look_at_pin(self) -> None:
        try:
            self.pin = await asyncio.to_thread(read_pin, self._plan.state_dir)
        except TimelineUnusable as error:
            log.error("pin is unusable why=%s", error)
            self._tell(self._failed(str(error)))

    def _concerns_us(self, change: Change, name: str) -> bool:
        path = Path(name)
        if path.parent == versions.timeline_dir(self._plan.state_dir):
            return path.name in (versions.POINTER, PIN)
        if not self._plan.watch or not path.is_relative_to(self._plan.station):
            return False
        relative = path.relative_to(self._plan.station)
        if relative.name in (".exstvignore", "catalog.lock") and len(relative.parts) == 1:
            return True
        hidden = any(part.startswith(".") for part in relative.parts)
        return path.suffix in (".yaml", ".yml") and not hidden and relative != Path("config.yaml")

    async def _follow_horizon(self) -> None:
        while True:
            if self._horizon_is_due():
                log.info("horizon comes near: compiling")
                await self.compile()
            # Still due: what does not compile, or has no horizon to speak of, is not tried without end.
            due = self._horizon_is_due()
            await asyncio.sleep(HORIZON_RETRY_SECONDS if due else HORIZON_CHECK_SECONDS)

    def _horizon_is_due(self) -> bool:
        with self._live.lease() as lease:
            channels, header = lease.reader.channels, lease.reader.header
        return bool(channels) and self._clock.now_ms() >= horizon_due_ms(header)

    def _failed(self, message: str) -> ReloadStatus:
        return ReloadStatus(ok=False, at_ms=self._clock.now_ms(), message=message)

    def _tell(self, status: ReloadStatus) -> None:
        self.failures += not status.ok
        self.status = status


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
