"""The status page at /: reads the timeline in a worker thread and lays out what view.py says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from litestar import Response, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from exstv.asrun.entry import AsRunEntry
from exstv.render.disk import read_source
from exstv.render.text import render_text
from exstv.timeline.model import Channel, Programme
from exstv.timeline.query import TimelineReader, programme_at
from runtime.routes.aired import SHOWN_MS, AiredSummary, Past, aired_summary, past_view
from runtime.routes.base import READ, HttpRequest, services_of
from runtime.routes.html import Visit, page_answer, render, visit_of
from runtime.routes.view import (
    ChannelFacts,
    ReloadView,
    catch_up_view,
    channel_view,
    pin_view,
    process_view,
    reload_view,
    station_view,
    sync_view,
)
from runtime.routes.words import clock_words, span_words
from runtime.services import Services
from runtime.status import PlayerState, RuntimeStatus
from runtime.tuner.logo import with_logo_urls


@dataclass(frozen=True)
class Moment:
    """What is said of one instant to one client."""

    visit: Visit
    status: RuntimeStatus
    aired: dict[str, tuple[AsRunEntry, ...]]
    """What each channel of interest aired in the last hours."""


@route("/", http_method=READ, include_in_schema=False)
async def page(request: HttpRequest) -> Response[bytes]:
    """What is on, what is really on air, and whether all is well."""
    services = services_of(request)
    with services.live.lease() as lease:
        moment = _moment(request, [channel.key for channel in lease.reader.channels])
        text = await services.live.ask(lease, partial(_lay_out, services, lease.reader, moment))
    return page_answer(request, text)


@route("/channels/{number:str}", http_method=READ, include_in_schema=False)
async def channel_page(request: HttpRequest, number: FromPath[str]) -> Response[bytes]:
    """What a channel's plan was in the last hours, and what went out."""
    live = services_of(request).live
    with live.lease() as lease:
        found = next((each for each in lease.reader.channels if each.number == number), None)
        if found is None:
            raise NotFoundException(f"no channel has the number {number}")
        moment = _moment(request, [found.key])
        text = await live.ask(lease, partial(_lay_out_channel, lease.reader, found, moment))
    return page_answer(request, text)


def _moment(request: HttpRequest, channels: list[str]) -> Moment:
    """The owners' snapshots, made on the event loop that they live on."""
    services = services_of(request)
    return Moment(
        visit=visit_of(request),
        status=services.status(),
        aired={channel: services.aired(channel) for channel in channels},
    )


def gather(reader: TimelineReader, status: RuntimeStatus, now_ms: int) -> list[ChannelFacts]:
    """What the timeline and the players say of each channel at an instant. Queries DuckDB."""
    current: dict[str, list[Programme]] = {}
    for programme in reader.programmes(now_ms, now_ms + 1):
        current.setdefault(programme.channel, []).append(programme)
    following, planned = reader.programmes_after(now_ms), reader.items_at(now_ms)
    facts = [
        ChannelFacts(
            channel,
            programme_at(current.get(channel.key, []), now_ms),
            following.get(channel.key),
            planned.get(channel.key),
            status.channels.get(channel.key),
        )
        for channel in with_logo_urls(reader.channels, "")
    ]
    media = reader.media(each.item.media_id for each in facts if each.item and each.item.media_id)
    return [replace(each, media=media) for each in facts]


def _lay_out(services: Services, reader: TimelineReader, moment: Moment) -> str:
    status, now_ms, settings = moment.status, moment.visit.now_ms, services.settings
    zone = ZoneInfo(reader.header.timezone)
    facts = gather(reader, status, now_ms)
    cards = [replace(channel_view(each, now_ms), aired=_summary(each, moment)) for each in facts]
    return render(
        "status.html.j2",
        moment.visit,
        clock=clock_words(now_ms, zone),
        station=station_view(reader.header, now_ms),
        channels=cards,
        on_air=sum(card.state != PlayerState.IDLE for card in cards),
        viewers=sum(card.viewers for card in cards),
        catch_ups=[row for each in status.catch_ups if (row := catch_up_view(each, reader.channels, now_ms))],
        processes=[process_view(process, zone, now_ms) for process in status.processes],
        encoders=status.encoders,
        reload=_reload(status, now_ms),
        sync=sync_view(status.sync, now_ms) if status.sync else None,
        pin=pin_view(status.pin, zone, now_ms) if status.pin else None,
        as_run=status.as_run,
        device_id=services.device_id if settings.hdhomerun.enabled else None,
        tuner_count=settings.hdhomerun.tuner_count,
        uptime=span_words(now_ms - status.started_ms),
    )


def _summary(facts: ChannelFacts, moment: Moment) -> AiredSummary:
    return aired_summary(moment.aired[facts.channel.key], moment.visit.now_ms)


def _lay_out_channel(reader: TimelineReader, channel: Channel, moment: Moment) -> str:
    """Queries DuckDB."""
    from_ms = moment.visit.now_ms - SHOWN_MS
    items = reader.items(channel.key, from_ms, moment.visit.now_ms)
    media = reader.media(item.media_id for item in items if item.media_id)
    programmes = {each.id: each for each in reader.programmes(from_ms, moment.visit.now_ms, channel.key)}
    past = Past(items, moment.aired[channel.key], media, programmes, from_ms, moment.visit.now_ms)
    return render(
        "channel.html.j2",
        moment.visit,
        station=reader.header.station,
        channel=channel,
        clock=clock_words(moment.visit.now_ms, ZoneInfo(channel.timezone)),
        summary=aired_summary(past.aired, moment.visit.now_ms),
        hours=span_words(SHOWN_MS),
        rows=past_view(past, ZoneInfo(channel.timezone)),
        as_run=moment.status.as_run,
    )


def _reload(status: RuntimeStatus, now_ms: int) -> ReloadView | None:
    if status.reload is None:
        return None
    folder = Path(status.reload.folder)
    report = render_text(status.reload.diagnostics, lambda file: read_source(str(folder / file)))
    return reload_view(status.reload, report, now_ms)


HANDLERS = [page, channel_page]
