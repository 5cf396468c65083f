"""The only place that starts processes: how many, how fast, in which order, and that each one ends.

Leases are admitted by due time: what is needed on air first is started first. Who waits for a place waits
here; what plays meanwhile is the channel player's business (runtime/channel.py).
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from exstv.clock import Clock
from runtime.process.child import Child
from runtime.process.guards import PoolLimits, Resources, capacity, machine_resources
from runtime.process.states import ExitKind
from runtime.status import ProcessStatus

log = logging.getLogger(__name__)

BUCKET = 20
"""Spawns that may happen at once before `spawns_per_second` binds (DESIGN.md, Restarts)."""
GUARD_RETRY_SECONDS = 0.5
"""How often the guards are asked again while somebody waits: memory comes back without telling us."""
REMEMBERED = 20
OUTPUT_LIMIT = 64 * 1024 * 1024
"""Bytes kept of a `run` child's output; more would be a child gone mad."""


@dataclass(frozen=True)
class SpawnSpec:
    """What to start. `due` is the monotonic second at which its output is needed.

    `limited` is False for what must not wait for viewers to leave: a compile, of which there is one at most.
    """

    argv: list[str]
    purpose: str
    due: float
    limited: bool = True


@dataclass(frozen=True)
class Finished:
    """A child that ran to its end: what it wrote, and why it ended."""

    exit: ExitKind
    output: bytes
    last_lines: tuple[str, ...]


@dataclass
class _Running:
    child: Child
    spec: SpawnSpec
    started_ms: int


class ProcessPool:
    """Owner of every child process."""

    def __init__(
        self,
        limits: PoolLimits,
        clock: Clock,
        resources: Callable[[], Resources] = machine_resources,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._resources = resources
        self._running: dict[int, _Running] = {}
        self._ended: deque[ProcessStatus] = deque(maxlen=REMEMBERED)
        self._starting = 0
        self._tokens = float(BUCKET)
        self._refilled = clock.monotonic()
        self._order = itertools.count()
        self._queue: list[tuple[float, int, asyncio.Future[None]]] = []
        self._retry: asyncio.TimerHandle | None = None
        self._bound_by: str | None = None

    @asynccontextmanager
    async def lease(self, spec: SpawnSpec) -> AsyncIterator[Child]:
        """Starts a process when there is room, and ends it with the block. Raises OSError."""
        await self._admitted(spec)
        try:
            child = await Child.spawn(spec.argv)
        except BaseException:
            self._starting -= spec.limited
            self._admit()
            raise
        # It counts as running before it ceases to count as starting: nobody is let in between.
        self._running[child.pid] = _Running(child, spec, self._clock.now_ms())
        self._starting -= spec.limited
        log.info("process started pid=%s for=%s", child.pid, spec.purpose)
        try:
            yield child
        finally:
            await asyncio.shield(self._end(child))

    async def run(self, spec: SpawnSpec) -> Finished:
        """Runs a process to its end and gives what it wrote."""
        output = bytearray()
        async with self.lease(spec) as child:
            while len(output) < OUTPUT_LIMIT and (data := await child.read()):
                output += data
            kind = await child.wait() if len(output) < OUTPUT_LIMIT else await child.stop()
            return Finished(kind, bytes(output), tuple(child.last_lines))

    def status(self) -> tuple[ProcessStatus, ...]:
        """Tells of all that run, then of those that ended last."""
        running = [_describe(entry, None) for entry in self._running.values()]
        return (*running, *reversed(self._ended))

    async def close(self) -> None:
        """Ends every child at shutdown."""
        await asyncio.gather(*(self._end(entry.child) for entry in list(self._running.values())))

    async def _end(self, child: Child) -> None:
        kind = await child.stop()
        entry = self._running.pop(child.pid, None)
        if entry is not None:
            log.info("process ended pid=%s exit=%s for=%s", child.pid, kind, entry.spec.purpose)
            self._ended.append(_describe(entry, kind))
            self._admit()

    async def _admitted(self, spec: SpawnSpec) -> None:
        if not spec.limited:
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (spec.due, next(self._order), place))
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._starting -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        """Lets in whoever is due first, for as long as the limits allow."""
        self._refill()
        while self._queue:
            if self._queue[0][2].cancelled():
                heapq.heappop(self._queue)
                continue
            wait = self._wait_seconds()
            if wait > 0:
                self._admit_again_in(wait)
                return
            self._tokens -= 1
            self._starting += 1
            heapq.heappop(self._queue)[2].set_result(None)

    def _wait_seconds(self) -> float:
        active = sum(entry.spec.limited for entry in self._running.values()) + self._starting
        room, limit = capacity(self._limits, self._resources(), active)
        bound_by = limit if active >= room else None
        if bound_by is not None and bound_by != self._bound_by:
            log.warning("process must wait limit=%s running=%s", limit, active)
        self._bound_by = bound_by
        if bound_by is not None:
            return GUARD_RETRY_SECONDS
        return max(0.0, (1 - self._tokens) / self._limits.spawns_per_second)

    def _refill(self) -> None:
        now = self._clock.monotonic()
        gained = (now - self._refilled) * self._limits.spawns_per_second
        self._tokens = min(BUCKET, self._tokens + gained)
        self._refilled = now

    def _admit_again_in(self, seconds: float) -> None:
        if self._retry is not None:
            self._retry.cancel()
        self._retry = asyncio.get_running_loop().call_later(seconds, self._admit)


def _describe(entry: _Running, kind: ExitKind | None) -> ProcessStatus:
    return ProcessStatus(
        pid=entry.child.pid,
        purpose=entry.spec.purpose,
        state=entry.child.state.value,
        started_ms=entry.started_ms,
        exit=kind.value if kind else None,
        last_lines=tuple(entry.child.last_lines),
    )
