"""The read-only API for programs: what a compile elsewhere needs to go on from here, and what aired."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

import duckdb
import msgspec
from litestar import Response, route
from litestar.exceptions import ClientException, InternalServerException, NotFoundException
from litestar.params import FromPath

from exstv.asrun import table
from exstv.asrun.entry import plain
from exstv.asrun.files import as_run_dir
from exstv.clock import from_iso, to_iso
from exstv.timeline.carried import carried_state, encode_state
from exstv.units import DAY_MS
from runtime.live import Lease
from runtime.routes.base import READ, HttpRequest, services_of, whole

log = logging.getLogger(__name__)

MOST_ENTRIES = 10_000
"""Entries of one answer."""
_JSON = "application/json"
_FRESH = {"Cache-Control": "no-store"}


@route("/api/v1/state", http_method=READ)
async def state(request: HttpRequest) -> Response[bytes]:
    """Every channel's scheduling state at its next programme junction: for `exstv compile --state`."""
    services = services_of(request)
    with services.live.lease() as lease:
        # One at a time: each reads a day of every channel.
        async with lease.rendering:
            body = await services.live.ask(lease, partial(_state, lease, services.clock.now_ms()))
    return whole(request, body, _JSON, _FRESH)


def _state(lease: Lease, now_ms: int) -> bytes:
    return encode_state(carried_state(lease.reader, now_ms))


@route("/api/v1/channels/{number:str}/as-run", http_method=READ)
async def as_run(request: HttpRequest, number: FromPath[str]) -> Response[bytes]:
    """What a channel sent to viewers over a span: `?from=` and `?to=`, ISO 8601; the last day without."""
    services = services_of(request)
    with services.live.lease() as lease:
        channel = next((each.key for each in lease.reader.channels if each.number == number), None)
    if channel is None:
        raise NotFoundException(f"no channel has the number {number}")
    to_ms = _instant(request, "to", services.clock.now_ms())
    from_ms = _instant(request, "from", to_ms - DAY_MS)
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
        raise ClientException(f"more than {MOST_ENTRIES} entries: ask for a shorter span")
    body = {
        "channel": channel,
        "from": to_iso(from_ms),
        "to": to_iso(to_ms),
        "entries": [plain(entry) for entry in sorted(found, key=lambda entry: entry.start_ms)],
    }
    return whole(request, msgspec.json.encode(body), _JSON, _FRESH)


def _instant(request: HttpRequest, name: str, default_ms: int) -> int:
    """An instant of the query. In a query a `+` that was not escaped arrives as a space."""
    text = request.query_params.get(name)
    if text is None:
        return default_ms
    try:
        return from_iso(text.strip().replace(" ", "+"))
    except ValueError:
        raise ClientException(f"`{name}` is no instant: write it like 2026-12-25T20:00Z") from None


HANDLERS = [state, as_run]
