"""Whether the process lives (/healthz) and whether it has television to give (/readyz)."""

from __future__ import annotations

from typing import Literal

import msgspec
from litestar import Response, route
from litestar.openapi import ResponseSpec

from exstv.clock import to_iso
from exstv.diagnostics import has_errors
from exstv.printable import printable_json
from exstv.timeline.model import Header
from runtime.routes.base import READ, HttpRequest, services_of, whole
from runtime.routes.contract import Instant
from runtime.routes.openapi import JSON

_FRESH = {"Cache-Control": "no-store"}


class LiveTimelineFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The timeline that is on air."""

    version: int
    digest: str
    built_at: Instant
    age_ms: int


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """That the server lives, and for how long."""

    status: Literal["alive"] = "alive"
    up_ms: int
    timeline: LiveTimelineFacts


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the station has television to give, and why not."""

    status: Literal["ready", "unready"]
    reasons: list[str]


_READY = {
    200: ResponseSpec(Readiness, generate_examples=False, description="It has television to give."),
    503: ResponseSpec(Readiness, generate_examples=False, description="It has not; `reasons` says why."),
}


@route(
    "/healthz",
    http_method=READ,
    sync_to_thread=False,
    responses={200: ResponseSpec(Health, generate_examples=False, description="It lives.")},
)
def healthz(request: HttpRequest) -> Response[bytes]:
    """200 for as long as the event loop answers, with the timeline that is live."""
    services = services_of(request)
    with services.live.lease() as lease:
        header = lease.reader.header
    now_ms = services.clock.now_ms()
    timeline = LiveTimelineFacts(
        version=header.version,
        digest=header.digest,
        built_at=to_iso(header.built_at_ms),
        age_ms=now_ms - header.built_at_ms,
    )
    body = Health(up_ms=now_ms - services.status().started_ms, timeline=timeline)
    return whole(request, printable_json(body), JSON, _FRESH)


@route("/readyz", http_method=READ, sync_to_thread=False, responses=_READY)
def readyz(request: HttpRequest) -> Response[bytes]:
    """200 where the live timeline covers this instant and can be replaced, else 503 with the reasons."""
    services = services_of(request)
    with services.live.lease() as lease:
        reasons = unready(lease.reader.header, len(lease.reader.channels), services.clock.now_ms())
    reload = services.status().reload
    # A mistake in the station leaves us ready; a reload that cannot even try does not.
    if reload and not reload.ok and not has_errors(reload.diagnostics):
        reasons.append(f"the reload failed: {reload.message}")
    body = Readiness(status="unready" if reasons else "ready", reasons=reasons)
    response = whole(request, printable_json(body), JSON, _FRESH)
    response.status_code = 503 if reasons else 200
    return response


def unready(header: Header, channels: int, now_ms: int) -> list[str]:
    """Why this timeline gives no television now; empty where it does."""
    reasons = []
    if not channels:
        reasons.append("the timeline has no channel")
    if now_ms < header.start_ms:
        reasons.append(f"the timeline begins at {to_iso(header.start_ms)}, which is later than now")
    if now_ms >= header.finish_ms:
        reasons.append(f"the timeline ended at {to_iso(header.finish_ms)}")
    return reasons


HANDLERS = [healthz, readyz]
