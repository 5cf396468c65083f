"""/metrics for Prometheus. Values: runtime/metrics.py."""

from __future__ import annotations

from litestar import Response, route
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from runtime.metrics import Snapshot
from runtime.routes.base import READ, HttpRequest, services_of, whole


@route("/metrics", http_method=READ, sync_to_thread=False)
def metrics(request: HttpRequest) -> Response[bytes]:
    """The station in numbers."""
    services = services_of(request)
    with services.live.lease() as lease:
        snapshot = Snapshot(services.clock.now_ms(), lease.reader.header, services.status())
    return whole(request, generate_latest(snapshot), CONTENT_TYPE_LATEST, {"Cache-Control": "no-store"})


HANDLERS = [metrics]
