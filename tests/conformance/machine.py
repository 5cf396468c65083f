"""What a machine makes of its `config.yaml`: its owners, made as the runtime makes them, and asked in little.

Each view asks one of them for what a user would notice. Nothing listens, and no ffmpeg runs; `${HERE}` is the
machine's folder, `${FREE_PORT}` a port that is free, `${TOKEN}` a token.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING

import httpx
from litestar import Litestar
from repositories import repository

from compiler.pipeline import CompileRequest, compile_station
from conformance.media import catalog
from exstv.asrun.files import LOCK, as_run_dir, day_of, open_file
from exstv.cli.rescan import refreshed_catalog
from exstv.clock import SystemClock, from_iso
from exstv.errors import CannotStart
from exstv.files import CONFIG_NAME
from exstv.followed import Followed
from exstv.settings import Settings, load_settings
from exstv.timeline import store
from runtime.app import as_run_folder, pool_limits, rescan_plan, restart_rules, session_manager
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.gate.gate import Gate
from runtime.gitsync import GitSync
from runtime.live import LiveTimeline
from runtime.process.breaker import CircuitBreaker, RestartThrottle
from runtime.process.guards import Resources, capacity
from runtime.process.lead import Bucket
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.routes import HANDLERS, hooks
from runtime.routes.stream import STREAM_HANDLERS
from runtime.server import listen, most_connections
from runtime.services import Services
from runtime.sessions import Follower, TooManyViewers
from runtime.status import ReloadStatus, RuntimeStatus
from runtime.tuner.device import read_or_make_id
from runtime.tuner.discovery import ways

if TYPE_CHECKING:
    from litestar.types import ASGIApp

NOW_MS = from_iso("2026-03-06T12:00Z")
TOKEN = "0123456789abcdef"
_GIB = 1024**3
_MACHINES = {
    "an idle machine": Resources(memory_total=64 * _GIB, memory_used=_GIB, fds_open=50, fd_limit=65_536),
    "little memory": Resources(memory_total=8 * _GIB, memory_used=6 * _GIB, fds_open=50, fd_limit=65_536),
    "few descriptors": Resources(memory_total=64 * _GIB, memory_used=_GIB, fds_open=50, fd_limit=256),
}
_STATION = """
station: {name: Harbour TV, timezone: UTC, horizon: 1d}
sources:
  drawn: {type: lavfi, items: [{id: fog, title: Fog, video: testsrc2, duration: 30m}]}
  tapes: {type: local, path: tapes}
channels: {a: {number: 1, name: A, schedule: day}}
schedules: {day: {kind: loop, items: [{play: drawn, mode: flood}]}}
"""


class _StillClock:
    """A clock that stands."""

    def now_ms(self) -> int:
        return NOW_MS

    def monotonic(self) -> float:
        return 0.0


def shown_machine(views: list[str], yaml: str) -> str:
    """What is seen of a `config.yaml`, and what is wrong with it."""
    with TemporaryDirectory(prefix="exstv-conformance-machine-") as name:
        folder = Path(name).resolve()
        (folder / CONFIG_NAME).write_text(yaml, encoding="utf-8")
        (folder / "station.yaml").write_text(_STATION, encoding="utf-8")
        (folder / "media" / "tapes").mkdir(parents=True)
        (folder / "ffmpeg").write_text("#!/bin/sh\n", encoding="utf-8")
        (folder / "ffmpeg").chmod(0o755)
        port = _free_port()
        environ = {"HERE": str(folder), "FREE_PORT": str(port), "TOKEN": TOKEN}
        settings, found = load_settings(folder, environ)
        lines = [line for view in views for line in VIEWS[view](settings)]
        lines += [f"{each.severity.value} {each.code}: {each.message}" for each in found]
        text = "".join(f"{line}\n" for line in lines)
        return text.replace(str(folder), "HERE").replace(str(port), "FREE_PORT")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _address(settings: Settings) -> Iterator[str]:
    """Where clients find it; bound and let go of at once."""
    try:
        with listen(settings.server.host, settings.server.port) as bound:
            host, port = bound.getsockname()
            yield f"at {host} port {port}"
    except CannotStart as error:
        yield str(error)


def _surfaces(settings: Settings) -> Iterator[str]:
    """What players are told."""
    with _served(settings) as app:
        yield from asyncio.run(_told(app))


def _gate(settings: Settings) -> Iterator[str]:
    """Where a channel is to be found, as told to who asks under some names and by some ways."""
    with _served(settings) as app:
        yield from asyncio.run(_told_of_channel(app))


@contextlib.contextmanager
def _served(settings: Settings) -> Iterator[ASGIApp]:
    """The application behind its gate, over the station's timeline."""
    path = settings.station / "timeline.duckdb"
    path.write_bytes(_timeline())
    live = LiveTimeline(path)
    app = Litestar(route_handlers=[*HANDLERS, *STREAM_HANDLERS], openapi_config=None, logging_config=None)
    app.state.services = Services(
        settings=settings,
        clock=_StillClock(),
        live=live,
        status=lambda: RuntimeStatus(channels={}, started_ms=NOW_MS),
        aired=lambda channel: (),
        device_id=read_or_make_id(settings),
    )
    try:
        yield Gate(app, settings.server)
    finally:
        live.close()


async def _told(app: ASGIApp) -> list[str]:
    found, listed = await _ask(app, "/discover.json"), await _ask(app, "/iptv/channels.m3u")
    identity = found.json() if found.status_code == 200 else {}
    tuner = [f"{name} {identity[name]}" for name in ("DeviceID", "TunerCount") if name in identity]
    return [f"/discover.json {found.status_code}", *tuner, *listed.text.splitlines()]


async def _told_of_channel(app: ASGIApp) -> list[str]:
    forwarded = {"X-Forwarded-Host": "tv.lan", "X-Forwarded-Proto": "https"}
    ways = {
        "as tv.local": await _ask(app, "/iptv/channels.m3u"),
        "as tv.example": await _ask(app, "/iptv/channels.m3u", Host="tv.example"),
        "by a proxy, as tv.lan": await _ask(app, "/iptv/channels.m3u", **forwarded),
        "with the token": await _ask(app, f"/t/{TOKEN}/iptv/channels.m3u"),
    }
    return [
        f"{way}: {answer.text.splitlines()[-1] if answer.status_code == 200 else answer.status_code}"
        for way, answer in ways.items()
    ]


async def _ask(app: ASGIApp, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=("172.18.0.2", 4711))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://tv.local") as client:
        return await client.get(path, headers=headers)


@cache
def _timeline() -> bytes:
    """The file of the station's timeline, made once."""
    with TemporaryDirectory(prefix="exstv-conformance-") as folder:
        station = Path(folder)
        text = re.sub("^  tapes:.*\n", "", _STATION, flags=re.MULTILINE)
        (station / "station.yaml").write_text(text, encoding="utf-8")
        done = compile_station(CompileRequest(station, catalog((text,), "", ()), NOW_MS, NOW_MS, None))
        assert done.timeline is not None, done.diagnostics
        store.write(done.timeline, station / "timeline.duckdb")
        return (station / "timeline.duckdb").read_bytes()


def _discovery(settings: Settings) -> Iterator[str]:
    """By which ways a tuner is found that listens on the network, or for its own machine alone."""
    for where, listening in {"the network": "0.0.0.0", "this machine": "127.0.0.1"}.items():
        yield f"on {where}, found by: {', '.join(ways(settings, listening)) or 'nobody'}"


def _processes(settings: Settings) -> Iterator[str]:
    """How many may run where, and when those are started that are wanted at once."""
    limits = pool_limits(settings)
    for what, resources in _MACHINES.items():
        number, limit = capacity(limits, resources, running=2)
        yield f"{what}: {number} may run, by {limit}"
    bucket = Bucket(limits.spawn_bucket, limits.spawns_per_second, 0.0)
    for number in range(1, 5):
        wait = bucket.wait_seconds(0.0)
        bucket.take()
        yield f"start {number} after {wait:g} s"


def _silent(settings: Settings) -> Iterator[str]:
    """What becomes of a process that gives nothing for four seconds."""

    async def run() -> str:
        pool = ProcessPool(pool_limits(settings), SystemClock(), lambda: _MACHINES["an idle machine"])
        code = "import time; time.sleep(4)"
        return (
            await pool.run(SpawnSpec([sys.executable, "-I", "-S", "-c", code], "silence", 0.0))
        ).exit.value

    yield f"a silent process: {asyncio.run(run())}"


def _restarts(settings: Settings) -> Iterator[str]:
    """When two channels try again that fail now and then."""
    throttle = RestartThrottle(restart_rules(settings))
    breakers = {"a": CircuitBreaker(throttle), "b": CircuitBreaker(throttle)}
    for now in (0, 10, 30, 35, 40):
        for channel, breaker in breakers.items():
            verdict = breaker.failed(now)
            limited = ", as too many restart" if verdict.throttled else ""
            yield f"{channel} failed at {now}: again at {verdict.retry_at:g}, {verdict.circuit}{limited}"


def _players(settings: Settings) -> Iterator[str]:
    """When a player of HLS that asks no more has gone."""
    sessions = session_manager(settings, _StillClock())
    sessions.follow(Follower("a", "127.0.0.1", "player"))
    yield f"a silent player is gone after {sessions.until_expiry():g} s"


def _viewers(settings: Settings) -> Iterator[str]:
    """Who is let in of four that watch from one address and four from others."""
    sessions = session_manager(settings, _StillClock())
    for client in ("a", "a", "a", "a", "b", "c", "d", "e"):
        try:
            sessions.follow(Follower("one", client, f"player {len(sessions.status())}"))
        except TooManyViewers as error:
            yield f"from {client}: {error}"
        else:
            yield f"from {client}: watches"


def _connections(settings: Settings) -> Iterator[str]:
    """How many may be open, where the system gives many files and where it gives few."""
    for descriptors in (65_536, 1024, 256):
        yield f"with {descriptors} files, {most_connections(settings, descriptors)} connections"


def _ffmpeg(settings: Settings) -> Iterator[str]:
    found = find_ffmpeg(settings.ffmpeg.path)
    yield found if Path(found).is_relative_to(settings.station) else "another ffmpeg"


def _catalog(settings: Settings) -> Iterator[str]:
    """What a scan of the station finds, and where it is kept."""
    known, found = refreshed_catalog(settings, settings.station)
    yield f"{len(known.items)} items"
    yield from (each.message for each in found)
    yield from _files(settings)


def _rescans(settings: Settings) -> Iterator[str]:
    """When all sources are asked again."""
    plan = rescan_plan(settings, ("exstv", "scan"), lambda: settings.station)
    yield "never" if plan is None else f"a lock is too old after {plan.every_ms // 1000} s"


def _files(settings: Settings) -> Iterator[str]:
    made = settings.station.rglob("*")
    given = {CONFIG_NAME, "station.yaml", "ffmpeg"}
    yield from (f"made {path}" for path in sorted(made) if path.is_file() and path.name not in given)


def _as_run(settings: Settings) -> Iterator[str]:
    """Which days of the as-run log are kept."""
    folder, ages = as_run_dir(settings.state_dir), (0, 1, 2, 30, 500)
    folder.mkdir(parents=True)
    for age in ages:
        open_file(folder, day_of(NOW_MS) - timedelta(days=age)).touch()
    log = as_run_folder(settings)
    log.retire(NOW_MS)
    log.close()
    yield from (line for line in _files(settings) if not line.endswith(LOCK))


def _git(settings: Settings) -> Iterator[str]:
    """What follows a repository with two branches, and what becomes of a git host's message."""
    work = settings.station / "work"
    work.mkdir()
    repo = repository(work, settings.station / "pushed.git")
    names = {repo.git("rev-parse", "HEAD"): "the commit of main"}
    names[repo.commit("more")] = "the commit of tv"
    repo.git("push", "--quiet", "origin", "HEAD:tv")
    if settings.git.remote is None:
        yield "nothing is followed"
    else:
        yield from asyncio.run(_followed(settings, names))
    yield f"asked every {settings.git.interval / 1000:g} s"
    for name in ("work", "pushed.git"):
        shutil.rmtree(settings.station / name)


async def _followed(settings: Settings, names: dict[str, str]) -> list[str]:
    async def compile(commit: str) -> ReloadStatus:
        return ReloadStatus(ok=True, at_ms=NOW_MS)

    reloader = SimpleNamespace(compile=compile, commit_on_air=None)
    pool = ProcessPool(pool_limits(settings), SystemClock())
    sync = GitSync(settings.git, settings.state_dir, reloader, pool, SystemClock())  # type: ignore[arg-type]
    following = asyncio.create_task(sync.run())
    while sync.status().state is Followed.WAITING and not sync.status().trouble:
        await asyncio.sleep(0.01)
    status = sync.status()
    while settings.git.status_command and not (settings.station / "told").exists():
        await asyncio.sleep(0.01)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await pool.close()
    told = ["the host is told"] if (settings.station / "told").exists() else []
    state = f"{status.state} {status.words}{status.trouble}".rstrip()
    return [f"{names.get(status.commit or '')}: {state}", *told, await _hook(settings, sync)]


async def _hook(settings: Settings, sync: GitSync) -> str:
    app = Litestar(route_handlers=hooks.HANDLERS, openapi_config=None, logging_config=None)
    app.state.services = SimpleNamespace(settings=settings, pushed=sync.pushed)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://tv.local") as client:
        answer = await client.post("/hooks/git", headers={"X-Gitlab-Token": TOKEN})
    return f"/hooks/git {answer.status_code}"


VIEWS: dict[str, Callable[[Settings], Iterator[str]]] = {
    "address": _address,
    "surfaces": _surfaces,
    "gate": _gate,
    "viewers": _viewers,
    "connections": _connections,
    "discovery": _discovery,
    "processes": _processes,
    "silent": _silent,
    "restarts": _restarts,
    "players": _players,
    "ffmpeg": _ffmpeg,
    "catalog": _catalog,
    "rescans": _rescans,
    "as_run": _as_run,
    "git": _git,
}
