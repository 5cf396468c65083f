"""The part of the API that changes by itself: what is on air, who watches, what runs, what aired.

Snapshots of RuntimeStatus, never kept by anybody; what needs the timeline or the log is asked in a worker
thread.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

import msgspec
from litestar import Response, route
from litestar.exceptions import ClientException, InternalServerException

from exstv import duckdb
from exstv.asrun import table
from exstv.asrun.entry import plain
from exstv.asrun.files import as_run_dir
from exstv.clock import to_iso
from exstv.printable import printable_json
from exstv.timeline.carried import carried_state, encode_state
from runtime.live import Lease
from runtime.routes import contract
from runtime.routes.base import READ, HttpRequest, base_url, services_of, whole
from runtime.routes.openapi import JSON, tells
from runtime.routes.page import gather
from runtime.routes.parameters import From, Number, To, channel_of, past
from runtime.routes.telling import breaker_entry, now_entry, processes, reload_entry, sessions

log = logging.getLogger(__name__)

MOST_ENTRIES = 10_000
"""Entries of one answer."""
_FRESH = {"Cache-Control": "no-store"}


@route("/now", http_method=READ, responses=tells(contract.Now, kept=False))
async def now(request: HttpRequest) -> Response[bytes]:
    """What is on: by the guide, by the plan, and what really goes out."""
    services = services_of(request)
    now_ms, status, base = services.clock.now_ms(), services.status(), base_url(request)
    with services.live.lease() as lease:
        facts = await services.live.ask(lease, partial(gather, lease.reader, status, now_ms, base))
    return _fresh(request, contract.Now(at=to_iso(now_ms), channels=tuple(map(now_entry, facts))))


@route("/sessions", http_method=READ, sync_to_thread=False, responses=tells(contract.Sessions, kept=False))
def get_sessions(request: HttpRequest) -> Response[bytes]:
    """Who watches what, catch-up included, and which channels hold a tuner."""
    return _fresh(request, sessions(services_of(request).status()))


@route("/processes", http_method=READ, sync_to_thread=False, responses=tells(contract.Processes, kept=False))
def get_processes(request: HttpRequest) -> Response[bytes]:
    """Every child process, and those that ended last."""
    return _fresh(request, processes(services_of(request).status()))


@route("/breakers", http_method=READ, sync_to_thread=False, responses=tells(contract.Breakers, kept=False))
def breakers(request: HttpRequest) -> Response[bytes]:
    """Which channels' items are left alone for a while, because too many of them failed."""
    found = services_of(request).status().breakers
    return _fresh(request, contract.Breakers(breakers=tuple(map(breaker_entry, found))))


@route("/diagnostics", http_method=READ, responses=tells(contract.Diagnostics, kept=False))
async def diagnostics(request: HttpRequest) -> Response[bytes]:
    """What the compiler said: of the timeline on air, and of the last edit."""
    services = services_of(request)
    with services.live.lease() as lease:
        found = await services.live.ask(lease, lease.reader.diagnostics)
    reload = services.status().reload
    told = contract.Diagnostics(timeline=found, reload=reload_entry(reload) if reload else None)
    return _fresh(request, told)


@route("/state", http_method=READ, responses=tells(contract.State, kept=False))
async def state(request: HttpRequest) -> Response[bytes]:
    """Every channel's scheduling state at its next programme junction: for `exstv compile --state`."""
    services = services_of(request)
    with services.live.lease() as lease:
        # One at a time: each reads a day of every channel.
        async with lease.rendering:
            body = await services.live.ask(lease, partial(_state, lease, services.clock.now_ms()))
    return whole(request, body, JSON, _FRESH)


def _state(lease: Lease, now_ms: int) -> bytes:
    return encode_state(carried_state(lease.reader, now_ms))


@route(
    "/channels/{number:str}/as-run",
    http_method=READ,
    responses=tells(contract.AsRun, kept=False, missing=True),
)
async def as_run(request: HttpRequest, number: Number, from_: From = None, to: To = None) -> Response[bytes]:
    """What a channel sent to viewers, in the last day if nothing else is said; at most 10,000 entries."""
    services = services_of(request)
    with services.live.lease() as lease:
        channel = channel_of(lease.reader, number).key
    from_ms, to_ms = past(from_, to, services.clock.now_ms())
    running = [each for each in services.aired(channel) if each.start_ms < to_ms and each.finish_ms > from_ms]
    folder = as_run_dir(services.settings.state_dir)
    try:
        logged = await asyncio.to_thread(table.read, folder, channel, from_ms, to_ms, MOST_ENTRIES + 1)
    except duckdb.Error as error:
        log.error("as-run log cannot be read folder=%s why=%s", folder, error)
        raise InternalServerException("the as-run log cannot be read: see the server's log") from error
    # What was not on the disk yet when it was read is in memory, and so is what is on air now.
    starts = {entry.start_ms for entry in logged}
    found = [*logged, *(entry for entry in running if entry.start_ms not in starts)]
    if len(found) > MOST_ENTRIES:
        raise ClientException(
            f"more than {MOST_ENTRIES} entries: ask for a shorter span with `from` and `to`"
        )
    body = {
        "channel": channel,
        "from": to_iso(from_ms),
        "to": to_iso(to_ms),
        "entries": [plain(entry) for entry in sorted(found, key=lambda entry: entry.start_ms)],
    }
    return whole(request, printable_json(body), JSON, _FRESH)


def _fresh(request: HttpRequest, told: msgspec.Struct) -> Response[bytes]:
    return whole(request, printable_json(told), JSON, _FRESH)


HANDLERS = [now, get_sessions, get_processes, breakers, diagnostics, state, as_run]
