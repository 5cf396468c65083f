"""HTTP: one file a surface, each a thin layer over a pure part. Streams: stream.py; shared words: base.py."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from runtime.routes import api, hdhomerun, health, iptv, logo, page

HANDLERS: list[ControllerRouterHandler] = [
    *page.HANDLERS,
    *iptv.HANDLERS,
    *logo.HANDLERS,
    *hdhomerun.ROUTERS,
    *health.HANDLERS,
    *api.HANDLERS,
]
"""Every route that is no stream; create_app() registers them next to those of stream.py."""
