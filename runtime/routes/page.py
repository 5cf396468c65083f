"""The status page at /: reads the timeline in a worker thread and lays out what view.py says of it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import jinja2
from litestar import Response, route

from exstv.render.disk import read_source
from exstv.render.text import render_text
from exstv.timeline.model import Programme
from exstv.timeline.query import TimelineReader, item_at, programme_at
from runtime.routes.base import READ, HttpRequest, base_url, services_of, whole
from runtime.routes.view import (
    ChannelFacts,
    ReloadView,
    channel_view,
    clock_words,
    process_view,
    reload_view,
    span_words,
    station_view,
)
from runtime.services import Services
from runtime.status import PlayerState, RuntimeStatus
from runtime.tuner.logo import with_logo_urls

_HTML = "text/html; charset=utf-8"
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("runtime"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Moment:
    """What is said of one instant to one client."""

    now_ms: int
    status: RuntimeStatus
    base_url: str
    nonce: str


@route("/", http_method=READ, include_in_schema=False)
async def page(request: HttpRequest) -> Response[bytes]:
    """What is on, what is really on air, and whether all is well."""
    services = services_of(request)
    # The owners' snapshot is made here, on the event loop that they live on.
    moment = Moment(services.clock.now_ms(), services.status(), base_url(request), secrets.token_urlsafe(16))
    with services.live.lease() as lease:
        text = await asyncio.to_thread(_lay_out, services, lease.reader, moment)
    return whole(request, text.encode(), _HTML, _protection(moment.nonce))


def gather(reader: TimelineReader, status: RuntimeStatus, now_ms: int) -> list[ChannelFacts]:
    """What the timeline and the players say of each channel at an instant. Queries DuckDB."""
    current: dict[str, list[Programme]] = {}
    for programme in reader.programmes(now_ms, now_ms + 1):
        current.setdefault(programme.channel, []).append(programme)
    facts = []
    for channel in with_logo_urls(reader.channels, ""):
        now = programme_at(current.get(channel.key, []), now_ms)
        planned = item_at(reader.items(channel.key, now_ms, now_ms + 1), now_ms)
        playing = status.channels.get(channel.key)
        facts.append(ChannelFacts(channel, now, _following(reader, now), planned, playing))
    media = reader.media(each.item.media_id for each in facts if each.item and each.item.media_id)
    return [replace(each, media=media) for each in facts]


def _following(reader: TimelineReader, now: Programme | None) -> Programme | None:
    """The programme that begins as this one ends."""
    if now is None:
        return None
    return programme_at(reader.programmes(now.finish_ms, now.finish_ms + 1, now.channel), now.finish_ms)


def _lay_out(services: Services, reader: TimelineReader, moment: Moment) -> str:
    status, now_ms, settings = moment.status, moment.now_ms, services.settings
    zone = ZoneInfo(reader.header.timezone)
    cards = [channel_view(facts, now_ms) for facts in gather(reader, status, now_ms)]
    return _TEMPLATES.get_template("status.html.j2").render(
        nonce=moment.nonce,
        base=moment.base_url,
        clock=clock_words(now_ms, zone),
        station=station_view(reader.header, now_ms),
        channels=cards,
        on_air=sum(card.state != PlayerState.IDLE for card in cards),
        viewers=sum(card.viewers for card in cards),
        processes=[process_view(process, zone, now_ms) for process in status.processes],
        encoders=status.encoders,
        reload=_reload(status, now_ms),
        device_id=services.device_id if settings.hdhomerun.enabled else None,
        tuner_count=settings.hdhomerun.tuner_count,
        uptime=span_words(now_ms - status.started_ms),
    )


def _reload(status: RuntimeStatus, now_ms: int) -> ReloadView | None:
    if status.reload is None:
        return None
    return reload_view(status.reload, render_text(status.reload.diagnostics, read_source), now_ms)


def _protection(nonce: str) -> dict[str, str]:
    """Headers that keep the page to what it came with: no outside request but a channel's logo."""
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src 'self' http: https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


HANDLERS = [page]
