"""The HDHomeRun endpoints that are no streams, at the root and under /hdhomerun.

Values: runtime/tuner/hdhomerun.py; streams: stream.py.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, Router, post, route
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from exstv.printable import printable_json
from runtime.routes.base import READ, HttpRequest, base_url, services_of, whole
from runtime.tuner import hdhomerun, m3u
from runtime.tuner.hdhomerun import Device
from runtime.tuner.logo import with_logo_urls

PREFIX = "/hdhomerun"
_JSON = "application/json; charset=utf-8"
_XML = "application/xml; charset=utf-8"


@route("/discover.json", http_method=READ, sync_to_thread=False)
def discover(request: HttpRequest) -> Response[bytes]:
    """What the device is."""
    return _json(request, hdhomerun.discover(_device(request)))


@route("/lineup.json", http_method=READ, sync_to_thread=False)
def lineup_json(request: HttpRequest) -> Response[bytes]:
    """The channels that can be tuned."""
    return _json(request, _lineup(request))


@route("/lineup.xml", http_method=READ, sync_to_thread=False)
def lineup_xml(request: HttpRequest) -> Response[bytes]:
    """The same as XML."""
    return whole(request, hdhomerun.lineup_xml(_lineup(request)).encode(), _XML)


@route("/lineup.m3u", http_method=READ, sync_to_thread=False)
def lineup_m3u(request: HttpRequest) -> Response[bytes]:
    """The same as a playlist."""
    device = _device(request)
    with services_of(request).live.lease() as lease:
        text = m3u.render(
            hdhomerun.tunable(with_logo_urls(lease.reader.channels, base_url(request))),
            lease.reader.profiles,
            f"{base_url(request)}/iptv/xmltv.xml",
            lambda channel: hdhomerun.stream_url(device, channel),
        )
    return whole(request, text.encode(), m3u.MEDIA_TYPE)


@route("/lineup_status.json", http_method=READ, sync_to_thread=False)
def lineup_status(request: HttpRequest) -> Response[bytes]:
    """The scan, which is always done."""
    return _json(request, hdhomerun.lineup_status())


@post("/lineup.post", status_code=200, sync_to_thread=False)
def lineup_post() -> Response[bytes]:
    """Plex's scan button: accepted with any body, changes nothing."""
    return Response(b"", media_type="text/plain")


@route("/status.json", http_method=READ, sync_to_thread=False)
def status(request: HttpRequest) -> Response[bytes]:
    """The tuners, the channels that take them, and for whom."""
    services = services_of(request)
    count, tuned = services.settings.hdhomerun.tuner_count, services.tuned()
    return _json(request, hdhomerun.tuners(count, tuned, services.tuned_by()))


@route(["/device.xml", "/capability"], http_method=READ, sync_to_thread=False)
def device_xml(request: HttpRequest) -> Response[bytes]:
    """The UPnP description; old Plex asks for it as `/capability`."""
    return whole(request, hdhomerun.device_xml(_device(request)).encode(), _XML)


def _require_enabled(connection: ASGIConnection[Any, Any, Any, State], _: BaseRouteHandler) -> None:
    if not connection.app.state.services.settings.hdhomerun.enabled:
        raise NotFoundException("hdhomerun.enabled is false in this station's config.yaml")


def _device(request: HttpRequest) -> Device:
    services = services_of(request)
    base = base_url(request)
    below = PREFIX if request.url.path.startswith(f"{PREFIX}/") else ""
    with services.live.lease() as lease:
        name = lease.reader.header.station
    return Device(services.device_id, name, services.settings.hdhomerun.tuner_count, base + below, base)


def _lineup(request: HttpRequest) -> list[dict[str, object]]:
    with services_of(request).live.lease() as lease:
        return hdhomerun.lineup(_device(request), lease.reader.channels, lease.reader.profiles)


def _json(request: HttpRequest, value: object) -> Response[bytes]:
    return whole(request, printable_json(value), _JSON, {"Cache-Control": "no-cache"})


_HANDLERS: list[ControllerRouterHandler] = [
    discover,
    lineup_json,
    lineup_xml,
    lineup_m3u,
    lineup_status,
    lineup_post,
    status,
    device_xml,
]
ROUTERS = [Router(path, route_handlers=_HANDLERS, guards=[_require_enabled]) for path in ("/", PREFIX)]
