"""One channel's page: what is on, a preview that plays in the browser, what comes, and what really went out.

The preview is the channel's own HLS, as any player gets it: who watches it is a viewer, from play on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from litestar import Response, route
from litestar.params import FromPath

from exstv.timeline.model import Channel, Profile
from exstv.timeline.query import TimelineReader
from exstv.units import DAY_MS
from runtime.routes import grid
from runtime.routes.aired import SHOWN_MS, Past, PastRow, aired_summary, past_view
from runtime.routes.base import READ, HttpRequest, services_of
from runtime.routes.html import page_answer, render
from runtime.routes.page import Moment, gather, moment_of
from runtime.routes.parameters import channel_of
from runtime.routes.view import ProcessView, breaker_views, channel_view, process_view
from runtime.routes.words import clock_words, date_words, span_words

COMING = 12
"""Programmes that are listed ahead."""
_NOT_IN_BROWSERS = {"mpeg2", "mp2", "ac3"}


@dataclass(frozen=True)
class Coming:
    """A programme ahead, with its day where that is another one than the row's before."""

    day: str
    entry: grid.Entry


@route("/channels/{number:str}", http_method=READ, include_in_schema=False)
async def channel_page(request: HttpRequest, number: FromPath[str]) -> Response[bytes]:
    """What is on a channel, what comes, what its plan was in the last hours, and what went out."""
    live = services_of(request).live
    with live.lease() as lease:
        found = channel_of(lease.reader, number)
        moment = moment_of(request, [found.key])
        text = await live.ask(lease, partial(channel_text, lease.reader, found, moment))
    return page_answer(request, text)


def channel_text(reader: TimelineReader, channel: Channel, moment: Moment) -> str:
    """Queries DuckDB."""
    zone, now_ms, status = ZoneInfo(channel.timezone), moment.visit.now_ms, moment.status
    gathered = gather(reader, status, now_ms, moment.visit.root.rstrip("/"))
    facts = next(each for each in gathered if each.channel.key == channel.key)
    return render(
        "channel.html.j2",
        moment.visit,
        station=reader.header.station,
        channel=channel,
        clock=clock_words(now_ms, zone),
        card=channel_view(facts, now_ms),
        preview=_preview(channel, reader.profiles[channel.profile]),
        coming=_coming(reader, channel, now_ms),
        guide_at=grid.local_at(now_ms, ZoneInfo(reader.header.timezone)),
        summary=aired_summary(moment.aired[channel.key], now_ms),
        hours=span_words(SHOWN_MS),
        rows=_past(reader, channel, moment),
        processes=_processes(channel, moment, zone),
        breakers=breaker_views(status.breakers, (channel,)),
        as_run=status.as_run,
    )


def _preview(channel: Channel, profile: Profile) -> str:
    """Why a browser cannot play a channel, empty if it can."""
    if channel.streaming_mode == "hdhomerun":
        return "This channel is for tuners only."
    codecs = [each for each in (profile.video_codec, profile.audio_codec) if each in _NOT_IN_BROWSERS]
    return f"No browser plays {' and '.join(codecs)}, as its profile has it." if codecs else ""


def _coming(reader: TimelineReader, channel: Channel, now_ms: int) -> list[Coming]:
    zone, found, day = ZoneInfo(channel.timezone), [], ""
    rows = reader.guide_page((now_ms, now_ms + DAY_MS), channel.key, None, COMING + 1)
    for row in rows[1:] if rows and rows[0].start_ms <= now_ms else rows[:COMING]:
        begins = date_words(row.start_ms, zone).partition(" ")[0]
        found.append(Coming("" if begins == day else begins, grid.entry(row, zone, now_ms)))
        day = begins
    return found


def _past(reader: TimelineReader, channel: Channel, moment: Moment) -> tuple[PastRow, ...]:
    now_ms = moment.visit.now_ms
    from_ms = now_ms - SHOWN_MS
    items = reader.items(channel.key, from_ms, now_ms)
    media = reader.media(item.media_id for item in items if item.media_id)
    programmes = {each.id: each for each in reader.programmes(from_ms, now_ms, channel.key)}
    past = Past(items, moment.aired[channel.key], media, programmes, from_ms, now_ms)
    return past_view(past, ZoneInfo(channel.timezone))


def _processes(channel: Channel, moment: Moment, zone: ZoneInfo) -> list[ProcessView]:
    """Those that say that they are for it; a purpose begins with the channel's name (ProcessStatus)."""
    own = (f"{channel.name}: ", f"{channel.name}, catch-up: ")
    return [
        process_view(each, zone, moment.visit.now_ms)
        for each in moment.status.processes
        if each.purpose.startswith(own)
    ]


HANDLERS = [channel_page]
