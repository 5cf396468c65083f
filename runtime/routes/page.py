"""The status page at /: reads the timeline in a worker thread and lays out what view.py says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from litestar import Response, route

from exstv.asrun.entry import AsRunEntry
from exstv.render.disk import reading, reading_below
from exstv.render.text import render_text
from exstv.timeline.model import Programme
from exstv.timeline.query import TimelineReader, programme_at
from runtime.live import Lease, LiveTimeline, Rendering
from runtime.routes.aired import AiredSummary, aired_summary
from runtime.routes.base import READ, HttpRequest, services_of
from runtime.routes.html import Visit, page_answer, render, visit_of
from runtime.routes.view import (
    ChannelFacts,
    ReloadView,
    breaker_views,
    catch_up_view,
    channel_view,
    pin_view,
    process_view,
    reload_view,
    station_view,
    sync_view,
)
from runtime.routes.words import clock_words, span_words
from runtime.status import PlayerState, RuntimeStatus
from runtime.tuner.artwork import addresses
from runtime.tuner.logo import with_logo_urls

_REMARKS = "remarks"


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
        moment = moment_of(request, [channel.key for channel in lease.reader.channels])
        remarks = await _remarks(services.live, lease)
        text = await services.live.ask(lease, partial(status_text, lease.reader, moment, remarks))
    return page_answer(request, text)


def moment_of(request: HttpRequest, channels: Iterable[str]) -> Moment:
    """The owners' snapshots, made on the event loop that they live on."""
    services = services_of(request)
    return Moment(
        visit=visit_of(request),
        status=services.status(),
        aired={channel: services.aired(channel) for channel in channels},
    )


def gather(reader: TimelineReader, status: RuntimeStatus, now_ms: int, base_url: str) -> list[ChannelFacts]:
    """What the timeline and the players say of each channel at an instant. Queries DuckDB.

    Logos and pictures are where `base_url` leads to, empty for relative ones.
    """
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
        for channel in with_logo_urls(reader.channels, base_url)
    ]
    media = reader.media(each.item.media_id for each in facts if each.item and each.item.media_id)
    listed = [programme for each in facts for programme in (each.now, each.next) if programme]
    shown = reader.pictures(programme.media_id for programme in listed if programme.media_id)
    pictures = addresses(shown, base_url)
    return [replace(each, media=media, pictures=pictures) for each in facts]


def status_text(reader: TimelineReader, moment: Moment, remarks: str) -> str:
    status, now_ms = moment.status, moment.visit.now_ms
    zone = ZoneInfo(reader.header.timezone)
    facts = gather(reader, status, now_ms, "")
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
        breakers=breaker_views(status.breakers, reader.channels),
        encoders=status.encoders,
        reload=_reload(status, now_ms),
        remarks=remarks,
        sync=sync_view(status.sync, now_ms) if status.sync else None,
        pin=pin_view(status.pin, zone, now_ms) if status.pin else None,
        as_run=status.as_run,
        uptime=span_words(now_ms - status.started_ms),
    )


def _summary(facts: ChannelFacts, moment: Moment) -> AiredSummary:
    return aired_summary(moment.aired[facts.channel.key], moment.visit.now_ms)


def _reload(status: RuntimeStatus, now_ms: int) -> ReloadView | None:
    if status.reload is None:
        return None
    report = render_text(status.reload.diagnostics, reading_below(Path(status.reload.folder)))
    return reload_view(status.reload, report, now_ms)


async def _remarks(live: LiveTimeline, lease: Lease) -> str:
    """What the compiler said of the timeline on air, and of which lines: made once a timeline."""
    if _REMARKS not in lease.cache:
        lease.cache[_REMARKS] = await live.ask(lease, partial(_render_remarks, lease.reader))
    return b"".join(lease.cache[_REMARKS].parts).decode()


def _render_remarks(reader: TimelineReader) -> Rendering:
    return Rendering((render_text(reader.diagnostics(), reading(reader)).rstrip().encode(),))


HANDLERS = [page]
