"""HTTP: one file a surface, each a thin layer over a pure part. Streams: stream.py; shared words: base.py."""

from __future__ import annotations

from litestar import Router
from litestar.types import ControllerRouterHandler

from runtime.routes import (
    api,
    artwork,
    channel,
    guide,
    hdhomerun,
    health,
    hooks,
    iptv,
    logo,
    metrics,
    page,
    setup,
    static,
)

_FOR_CLIENTS: list[ControllerRouterHandler] = [
    *page.HANDLERS,
    *channel.HANDLERS,
    *guide.HANDLERS,
    *setup.HANDLERS,
    *static.HANDLERS,
    *iptv.HANDLERS,
    *logo.HANDLERS,
    *artwork.HANDLERS,
    *hdhomerun.ROUTERS,
    *metrics.HANDLERS,
    *hooks.HANDLERS,
]
"""What other documents describe than ours: HTML, M3U, XMLTV, HDHomeRun's, Prometheus's and a git host's."""

HANDLERS: list[ControllerRouterHandler] = [
    Router("/", route_handlers=_FOR_CLIENTS, include_in_schema=False),
    Router("/", route_handlers=health.HANDLERS, tags=["health"]),
    api.ROUTER,
]
"""Every route that is no stream; create_app() registers them next to those of stream.py."""
