"""The only place that starts processes: how many, how fast, in which order, and that each one ends.

Leases are admitted by due time: what is needed on air first is started first. Who waits for a place waits
here; what plays meanwhile is the channel player's business (runtime/channel.py). guardian.py ends what this
process can no longer end.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import secrets
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from exstv.clock import Clock
from runtime.process.child import Child
from runtime.process.guards import PoolLimits, Resources, capacity, machine_resources
from runtime.process.lead import Bucket, Dues, cue_lead
from runtime.process.states import ExitKind
from runtime.status import PoolStatus, ProcessStatus

log = logging.getLogger(__name__)

MARK = "EXSTV_CHILD_OF"
"""The variable in every child's environment, and in its own children's, by which the guardian knows them."""
GUARD_RETRY_SECONDS = 0.5
"""How often the guards are asked again while somebody waits: memory comes back without telling us."""
REMEMBERED = 20
OUTPUT_LIMIT = 64 * 1024 * 1024
"""Bytes kept of a `run` child's output; more would be a child gone mad."""


@dataclass(frozen=True)
class SpawnSpec:
    """What to start. `due` is the monotonic second at which its output is needed.

    `limited` is False for what must not wait for viewers to leave, and may think in silence: a compile, or
    git, of each of which there is one at most. `channel` is whom it plays for. `held` keeps its input open
    while we live: it keeps us company, and is not told of.
    `behind` lets every channel's processes go first, whatever is due. `environ` is what its environment has
    besides ours. A `routine` comes again and again: it is told only where it fails.
    """

    argv: list[str]
    purpose: str
    due: float
    limited: bool = True
    channel: str | None = None
    held: bool = False
    behind: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    routine: bool = False


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
        self._starting: list[SpawnSpec] = []
        self._bucket = Bucket(limits.spawn_bucket, limits.spawns_per_second, clock.monotonic())
        self._order = itertools.count()
        self._queue: list[tuple[float, int, asyncio.Future[None], SpawnSpec]] = []
        self._retry: asyncio.TimerHandle | None = None
        self._bound_by: str | None = None
        self._spawned = 0
        self._exits: Counter[str] = Counter()
        self.mark = secrets.token_hex(16)
        """What this pool's children carry in their environment."""
        self.dues = Dues()
        """When each channel on air needs its next process."""

    @asynccontextmanager
    async def lease(self, spec: SpawnSpec) -> AsyncIterator[Child]:
        """Starts a process when there is room, and ends it with the block. Raises OSError."""
        await self._admitted(spec)
        try:
            child = await Child.spawn(
                spec.argv, {**os.environ, **spec.environ, MARK: self.mark}, held=spec.held
            )
        except BaseException:
            self._started(spec)
            self._admit()
            raise
        # It counts as running before it ceases to count as starting: nobody is let in between.
        self._running[child.pid] = _Running(child, spec, self._clock.now_ms())
        self._started(spec)
        self._spawned += not spec.held
        level = logging.DEBUG if spec.routine else logging.INFO
        log.log(level, "process started pid=%s for=%s", child.pid, spec.purpose)
        watching = None
        if spec.limited:
            watching = asyncio.create_task(child.end_when_stuck(self._limits.stuck_seconds))
        try:
            yield child
        finally:
            if watching is not None:
                watching.cancel()
            await asyncio.shield(self._end(child))

    async def run(self, spec: SpawnSpec) -> Finished:
        """Runs a process to its end and gives what it wrote."""
        async with self.lease(spec) as child:
            return await finished(child)

    def begins(self, child: Child, purpose: str) -> None:
        """Says that one that only kept us company works from now on."""
        entry = self._running[child.pid]
        entry.spec = replace(entry.spec, held=False, purpose=purpose)
        entry.started_ms = self._clock.now_ms()
        self._spawned += 1
        log.info("process begins pid=%s for=%s", child.pid, purpose)

    def status(self) -> tuple[ProcessStatus, ...]:
        """Tells of all that run, then of those that ended last; not of what only keeps us company."""
        running = [_describe(entry, None) for entry in self._running.values() if not entry.spec.held]
        return (*running, *reversed(self._ended))

    def totals(self) -> PoolStatus:
        """Counts what `status` tells of, and asks the machine what is left."""
        return PoolStatus(
            running=sum(not entry.spec.held for entry in self._running.values()),
            waiting=sum(not place.done() for _, _, place, _ in self._queue),
            bound_by=self._bound_by,
            spawned=self._spawned,
            exits=dict(self._exits),
            resources=self._resources(),
        )

    def cue_lead(self, due: float) -> float:
        """Seconds before `due` at which a cue has to begin: the more channels are due by then, the sooner."""
        return cue_lead(self.dues.until(due), self._limits.spawn_bucket, self._limits.spawns_per_second)

    @property
    def bound_by(self) -> str:
        """What keeps those that wait from starting, in words."""
        if self._bound_by is None and not any(not place.done() for _, _, place, _ in self._queue):
            return "this machine is slow to start it"
        return self._bound_by or "ffmpeg.spawns_per_second"

    async def close(self) -> None:
        """Ends every child at shutdown."""
        await asyncio.gather(*(self._end(entry.child) for entry in list(self._running.values())))

    async def _end(self, child: Child) -> None:
        kind = await child.stop()
        entry = self._running.pop(child.pid, None)
        if entry is not None:
            is_news = not (entry.spec.routine and kind is ExitKind.ENDED)
            level = logging.INFO if is_news else logging.DEBUG
            log.log(level, "process ended pid=%s exit=%s for=%s", child.pid, kind, entry.spec.purpose)
            if not entry.spec.held:
                self._exits[kind.value] += 1
            if not entry.spec.held and is_news:
                self._ended.append(_describe(entry, kind))
            self._admit()

    async def _admitted(self, spec: SpawnSpec) -> None:
        if not spec.limited:
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((spec.due, next(self._order), place, spec))
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._started(spec)
                self._admit()
            raise

    def _started(self, spec: SpawnSpec) -> None:
        """Notes that a spec has ceased to be starting, for better or worse."""
        if spec.limited:
            self._starting.remove(spec)
            if spec.channel is not None:
                self.dues.started(spec.channel, spec.due)

    def _admit(self) -> None:
        """Lets in whoever is due first, for as long as the limits allow."""
        self._queue = sorted((entry for entry in self._queue if not entry[2].cancelled()), key=_turn)
        if not self._queue:
            self._bound_by = None
            return
        resources = self._resources()
        bound_by: str | None = None
        channel_waits_for: str | None = None
        for entry in tuple(self._queue):
            wait = self._bucket.wait_seconds(self._clock.monotonic())
            if wait > 0:
                self._admit_again_in(wait)
                break
            limit = self._limit_for(entry[3], resources)
            if entry[3].behind:
                # No room that a channel waits for is given away.
                limit = channel_waits_for or limit
            else:
                channel_waits_for = channel_waits_for or limit
            if limit is not None:
                # A channel on air may still get the place that is kept for it.
                bound_by = bound_by or limit
                continue
            self._bucket.take()
            self._starting.append(entry[3])
            self._queue.remove(entry)
            entry[2].set_result(None)
        self._tell_bound(bound_by)

    def _limit_for(self, spec: SpawnSpec, resources: Resources) -> str | None:
        """The limit that has no room for a process; a newcomer leaves each channel on air its cue slot.

        So does what stands behind the channels, and only newcomers of its kind leave it one.
        """
        held = self._held()
        room, limit = capacity(self._limits, resources, len(held))
        number = Counter(each.channel for each in held)
        newcomer = spec.channel is None or spec.channel not in number
        kept_for = {
            each.channel
            for each in held
            if each.channel is not None
            and number[each.channel] == 1
            and ((newcomer and spec.behind >= each.behind) or (spec.behind and not each.behind))
        }
        return limit if len(held) + len(kept_for) >= room else None

    def _held(self) -> list[SpawnSpec]:
        """Those that run or start and count against the limits."""
        return [*self._starting, *(each.spec for each in self._running.values() if each.spec.limited)]

    def _tell_bound(self, limit: str | None) -> None:
        if limit is not None:
            if limit != self._bound_by:
                running = len(self._held())
                log.warning("process must wait limit=%s running=%s", limit, running)
            self._admit_again_in(GUARD_RETRY_SECONDS)
        self._bound_by = limit

    def _admit_again_in(self, seconds: float) -> None:
        if self._retry is not None:
            self._retry.cancel()
        self._retry = asyncio.get_running_loop().call_later(seconds, self._admit)


async def finished(child: Child) -> Finished:
    """Reads a process to its end and gives what it wrote."""
    output = bytearray()
    while len(output) < OUTPUT_LIMIT and (data := await child.read()):
        output += data
    kind = await child.wait() if len(output) < OUTPUT_LIMIT else await child.stop()
    return Finished(kind, bytes(output), tuple(child.last_lines))


def _turn(entry: tuple[float, int, asyncio.Future[None], SpawnSpec]) -> tuple[bool, float, int]:
    due, order, _, spec = entry
    return spec.behind, due, order


def _describe(entry: _Running, kind: ExitKind | None) -> ProcessStatus:
    return ProcessStatus(
        pid=entry.child.pid,
        purpose=entry.spec.purpose,
        state=entry.child.state.value,
        started_ms=entry.started_ms,
        exit=kind.value if kind else None,
        last_lines=tuple(entry.child.last_lines),
    )
