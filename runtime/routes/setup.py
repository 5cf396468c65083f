"""How to watch: the addresses that each player wants, in full, and as QR codes for phones."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import segno
from litestar import Response, route

from runtime.routes.base import READ, HttpRequest, services_of
from runtime.routes.html import page_answer, render, visit_of

_QUIET_ZONE = 3
"""Modules around a code; those that read it want some, on any paper."""


@dataclass(frozen=True)
class Addresses:
    """What players are told to open."""

    page: str
    m3u: str
    m3u_hls: str
    xmltv: str
    tuner: str
    """Without a scheme: Plex wants it so. Empty where no tuner is: below a token nobody looks for one."""


def addresses(base: str, *, tuner: bool) -> Addresses:
    """The addresses below our root."""
    return Addresses(
        page=f"{base}/",
        m3u=f"{base}/iptv/channels.m3u",
        m3u_hls=f"{base}/iptv/channels.m3u?type=m3u8",
        xmltv=f"{base}/iptv/xmltv.xml",
        tuner=base.partition("://")[2] if tuner else "",
    )


def only_here(base: str) -> bool:
    """Tells whether an address means this machine alone, whoever opens it."""
    host = urlsplit(base).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def qr_code(text: str) -> str:
    """A QR code as an SVG without a size of its own; black on nothing, so it is for light paper."""
    return segno.make(text, micro=False).svg_inline(
        border=_QUIET_ZONE, omitsize=True, svgclass="qr", lineclass=None
    )


@route("/setup", http_method=READ, sync_to_thread=True, include_in_schema=False)
def setup_page(request: HttpRequest) -> Response[bytes]:
    """What to tell each player."""
    services, visit = services_of(request), visit_of(request)
    settings = services.settings
    found = addresses(visit.base, tuner=settings.hdhomerun.enabled and settings.server.token is None)
    with services.live.lease() as lease:
        station = lease.reader.header.station
        example = next((each for each in lease.reader.channels if each.streaming_mode != "hdhomerun"), None)
    text = render(
        "setup.html.j2",
        visit,
        station=station,
        addresses=found,
        example=f"{visit.base}/iptv/channel/{example.number}" if example else None,
        hidden=only_here(visit.base),
        codes=[
            ("This page's station", found.page, qr_code(found.page)),
            ("The playlist, for an IPTV app", found.m3u_hls, qr_code(found.m3u_hls)),
        ],
        device_id=services.device_id,
        tuner_count=settings.hdhomerun.tuner_count,
        enabled=settings.hdhomerun.enabled,
    )
    return page_answer(request, text)


HANDLERS = [setup_page]
