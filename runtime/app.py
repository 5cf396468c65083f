"""The web application, and the owners that it starts and stops in order.

`create_app` is the place to see what the runtime consists of. Whatever cannot start stops the start, with its
reason; nothing is logged and skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import Scope

from exstv.asrun.entry import AsRunEntry
from exstv.asrun.files import as_run_dir
from exstv.clock import Clock
from exstv.errors import CannotStart
from exstv.settings import Settings
from exstv.sources.relay import Relay
from exstv.timeline import versions
from runtime.asking import Asker
from runtime.asrun import AsRunWriter
from runtime.asrun_folder import AsRunFolder
from runtime.broadcast import Broadcast
from runtime.cue import Kit
from runtime.events import Events
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.gitsync import GitSync
from runtime.hardware import HardwareRack, this_machine
from runtime.live import LiveTimeline
from runtime.mirror import CannotFollow, Mirror
from runtime.pictures import PictureRack
from runtime.process.breaker import RestartRules, RestartThrottle
from runtime.process.guarding import Guarding
from runtime.process.guards import PoolLimits
from runtime.process.pool import ProcessPool
from runtime.reload import Reloader, ReloadPlan
from runtime.rescan import Rescanner, RescanPlan
from runtime.routes import HANDLERS, events
from runtime.routes.openapi import OPENAPI
from runtime.routes.stream import STREAM_HANDLERS
from runtime.services import Services, files_on_air
from runtime.sessions import Limits, SessionManager
from runtime.slate import SlateRack
from runtime.status import RuntimeStatus
from runtime.tuner.device import read_or_make_id
from runtime.wardrobe import Wardrobe

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What a runtime is made from. `compile_first`: the published timeline is known to lag behind.

    Without a `scan_argv` nothing is scanned but what was edited; without a `ready_argv` no compiler waits for
    the next edit.
    """

    settings: Settings
    clock: Clock
    environ: Mapping[str, str]
    compile_argv: tuple[str, ...]
    watch: bool
    compile_first: bool = False
    scan_argv: tuple[str, ...] = ()
    ready_argv: tuple[str, ...] = ()


def create_app(options: Options) -> Litestar:
    """Makes the application; its lifespan puts the station on air and takes it off."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with _on_air(app, options):
            yield

    return Litestar(
        route_handlers=[*HANDLERS, *STREAM_HANDLERS, *events.HANDLERS],
        lifespan=[lifespan],
        after_exception=[_log_our_bug],
        openapi_config=OPENAPI,
        logging_config=None,
    )


async def _log_our_bug(error: Exception, scope: Scope) -> None:
    """What a client's request cannot explain is ours, and must not be lost."""
    if not isinstance(error, HTTPException) or error.status_code >= 500:
        log.error("request broke path=%s", scope["path"], exc_info=error)


@contextlib.asynccontextmanager
async def _on_air(app: Litestar, options: Options) -> AsyncIterator[None]:
    settings, clock = options.settings, options.clock
    started_ms = clock.now_ms()
    path = versions.current(settings.state_dir)
    if path is None:
        raise CannotStart(
            f"no timeline in {settings.state_dir}: run `exstv compile {settings.station}` first"
        )
    async with contextlib.AsyncExitStack() as stack:
        asrun = AsRunWriter(as_run_folder(settings), clock)
        # Closed last of all: every channel has said by then what it sent.
        stack.push_async_callback(asrun.close)
        live = LiveTimeline(path)
        stack.callback(live.close)
        kit = await _kit(stack, options, live, asrun)
        await _make_slates(kit)
        sessions = session_manager(settings, clock)
        broadcast = Broadcast(kit, sessions, settings.server.max_catchup)
        stack.push_async_callback(broadcast.close)
        asrun.start(lambda: list(broadcast.so_far().values()))
        broadcast.retune()
        reloader = _reloader(options, live, kit.pool, broadcast)
        stack.push_async_callback(_cancelled, asyncio.create_task(reloader.run()))
        sync = _git_sync(stack, options, reloader, kit.pool)
        rescanner = _rescanner(stack, options, reloader, kit)

        def status() -> RuntimeStatus:
            return RuntimeStatus(
                channels=broadcast.status(),
                processes=kit.pool.status(),
                tuners=tuple(broadcast.sessions.tuners()),
                reload=reloader.status,
                rescan=rescanner.status if rescanner else None,
                sync=sync.status() if sync else None,
                pin=reloader.pin,
                as_run=asrun.status(),
                encoders=kit.hardware.status(),
                catch_ups=broadcast.catch_ups.status(),
                sessions=sessions.status(),
                breakers=broadcast.breakers(),
                pool=kit.pool.totals(),
                restarts=kit.restarts.granted,
                reload_failures=reloader.failures,
                started_ms=started_ms,
            )

        app.state.broadcast = broadcast
        app.state.events = Events(clock, status, live.revision)
        app.state.services = Services(
            settings=settings,
            clock=clock,
            live=live,
            status=status,
            aired=lambda channel: _aired(asrun, broadcast, channel),
            pictures=PictureRack(options.environ),
            device_id=read_or_make_id(settings),
            pushed=sync.pushed if sync else None,
        )
        yield


async def _kit(
    stack: contextlib.AsyncExitStack, options: Options, live: LiveTimeline, asrun: AsRunWriter
) -> Kit:
    """Makes what every channel plays with; the stack ends it."""
    settings, clock = options.settings, options.clock
    # Closed behind the processes that it fetches for.
    relay = await stack.enter_async_context(Relay())
    pool = ProcessPool(pool_limits(settings), clock)
    stack.push_async_callback(pool.close)
    stack.push_async_callback(_cancelled, asyncio.create_task(Guarding(pool, clock).run()))
    ffmpeg = find_ffmpeg(settings.ffmpeg.path)
    wardrobe = Wardrobe(pool, ffmpeg, clock, lambda: files_on_air(live, settings), settings.state_dir)
    stack.push_async_callback(wardrobe.close)
    hardware = HardwareRack(pool, clock, this_machine(ffmpeg), settings.state_dir)
    stack.push_async_callback(hardware.close)
    return Kit(
        live=live,
        pool=pool,
        slates=SlateRack(pool, ffmpeg, clock),
        wardrobe=wardrobe,
        clock=clock,
        ffmpeg=ffmpeg,
        media_root=settings.media_root,
        environ=options.environ,
        hardware=hardware,
        relay=relay,
        asker=Asker(),
        aired=asrun.add,
        restarts=RestartThrottle(restart_rules(settings)),
    )


def _aired(asrun: AsRunWriter, broadcast: Broadcast, channel: str) -> tuple[AsRunEntry, ...]:
    running = broadcast.so_far().get(channel)
    return (*asrun.recent(channel), *([running] if running is not None else []))


def pool_limits(settings: Settings) -> PoolLimits:
    """How many processes a machine may have, and how fast they are started."""
    return PoolLimits(
        max_processes=settings.ffmpeg.max_processes,
        spawns_per_second=settings.ffmpeg.spawns_per_second,
        memory_guard_threshold=settings.ffmpeg.memory_guard_threshold,
        fd_guard_reserve=settings.ffmpeg.fd_guard_reserve,
        spawn_bucket=settings.ffmpeg.spawn_bucket,
        stuck_seconds=settings.ffmpeg.stuck_seconds,
    )


def restart_rules(settings: Settings) -> RestartRules:
    """How often a machine tries again what failed."""
    return RestartRules(**settings.restarts.model_dump())


def session_manager(settings: Settings, clock: Clock) -> SessionManager:
    """How many may watch at once, as tuners and at all, and when an HLS player has gone."""
    limits = Limits(
        settings.hdhomerun.tuner_count,
        settings.hls.session_timeout,
        settings.server.max_viewers,
        settings.server.max_viewers_per_client,
    )
    return SessionManager(clock, limits)


def as_run_folder(settings: Settings) -> AsRunFolder:
    """Where a machine keeps what aired, and for how long."""
    return AsRunFolder(as_run_dir(settings.state_dir), settings.as_run.keep_days)


async def newest_commit(settings: Settings, clock: Clock) -> str:
    """Fetches the newest commit of what is followed, before there is a server. Raises CannotFollow."""
    pool = ProcessPool(pool_limits(settings), clock)
    try:
        mirror = Mirror(settings.git, settings.state_dir, pool, clock)
        commit = await mirror.fetch()
        if settings.git.signed_only and not await mirror.is_trusted(commit):
            raise CannotFollow(f"nobody has signed {commit} whom git trusts here")
        return commit
    finally:
        await pool.close()


def _git_sync(
    stack: contextlib.AsyncExitStack, options: Options, reloader: Reloader, pool: ProcessPool
) -> GitSync | None:
    """Follows the repository that the settings name, if they name one; the stack ends it."""
    settings = options.settings
    if settings.git.remote is None:
        return None
    sync = GitSync(settings.git, settings.state_dir, reloader, pool, options.clock)
    stack.push_async_callback(_cancelled, asyncio.create_task(sync.run()))
    return sync


def _rescanner(
    stack: contextlib.AsyncExitStack, options: Options, reloader: Reloader, kit: Kit
) -> Rescanner | None:
    """Asks the sources again now and then, where this machine does; the stack ends it."""
    settings = options.settings
    plan = rescan_plan(settings, options.scan_argv, lambda: files_on_air(kit.live, settings))
    if plan is None:
        return None
    rescanner = Rescanner(plan, kit.pool, options.clock, reloader.compile)
    stack.push_async_callback(_cancelled, asyncio.create_task(rescanner.run()))
    return rescanner


def _reloader(options: Options, live: LiveTimeline, pool: ProcessPool, broadcast: Broadcast) -> Reloader:
    plan = ReloadPlan(
        station=options.settings.station,
        state_dir=options.settings.state_dir,
        compile_argv=options.compile_argv,
        watch=options.watch and options.settings.git.remote is None,
        compile_first=options.compile_first,
        by_commit=options.settings.git.remote is not None,
        ready_argv=options.ready_argv,
    )
    return Reloader(plan, live, pool, options.clock, broadcast.retune)


def rescan_plan(
    settings: Settings, scan_argv: tuple[str, ...], files: Callable[[], Path]
) -> RescanPlan | None:
    """How often this machine asks the sources of these files again; None if never."""
    if settings.catalog.mode == "locked" or settings.catalog.every is None or not scan_argv:
        return None
    return RescanPlan(files, settings.state_dir, scan_argv, settings.catalog.every)


async def _make_slates(kit: Kit) -> None:
    """Makes a slate for every profile in use: proves that this machine can encode them, and warms ffmpeg."""
    with kit.live.lease() as lease:
        used = {lease.reader.profiles[channel.profile] for channel in lease.reader.channels}
    kit.hardware.begin(used)
    await asyncio.gather(kit.wardrobe.filters(), *(kit.slates.get(profile) for profile in used))


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
