"""The read-only API for programs: what a compile elsewhere needs to go on where this server is."""

from __future__ import annotations

import asyncio

from litestar import Response, route

from exstv.timeline.carried import carried_state, encode_state
from runtime.live import Lease
from runtime.routes.base import READ, HttpRequest, services_of, whole

_JSON = "application/json"
_FRESH = {"Cache-Control": "no-store"}


@route("/api/v1/state", http_method=READ)
async def state(request: HttpRequest) -> Response[bytes]:
    """Every channel's scheduling state at its next programme junction: for `exstv compile --state`."""
    services = services_of(request)
    with services.live.lease() as lease:
        # One at a time: each reads a day of every channel.
        async with lease.rendering:
            body = await asyncio.to_thread(_state, lease, services.clock.now_ms())
    return whole(request, body, _JSON, _FRESH)


def _state(lease: Lease, now_ms: int) -> bytes:
    return encode_state(carried_state(lease.reader, now_ms))


HANDLERS = [state]
