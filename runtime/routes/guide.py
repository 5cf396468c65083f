"""The guide for people: the grid at /guide, its search, and why a programme is where it is.

Rows are read and text is made in a worker thread; a page is a few hours of every channel, however long the
timeline is. The table itself: grid.py. What `exstv why` says: exstv/render/why.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from litestar import Response, route
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath

from exstv.render.why import why
from exstv.timeline.model import Channel, PlayoutItem, Programme
from exstv.timeline.query import TimelineReader, item_at, programme_at
from runtime.routes import grid
from runtime.routes.base import READ, HttpRequest, services_of
from runtime.routes.html import Visit, page_answer, render, visit_of
from runtime.routes.parameters import channel_of, instant
from runtime.routes.words import clock_words, date_words, day_words
from runtime.tuner.artwork import addresses
from runtime.tuner.logo import with_logo_urls

MOST_FOUND = 200
"""Programmes that a search shows."""
MOST_ITEMS = 60
"""Items of a programme that are explained."""
LONGEST_WORDS = 200
"""Characters of a search."""


@dataclass(frozen=True)
class Found:
    """A programme that a search found, with the day that it is on."""

    channel: Channel
    day: str
    entry: grid.Entry
    guide_at: str


@dataclass(frozen=True)
class Piece:
    """One item of a programme, and what `exstv why` says of it."""

    start: str
    facts: tuple[tuple[str, str], ...]


@route("/guide", http_method=READ, include_in_schema=False)
async def guide_page(request: HttpRequest) -> Response[bytes]:
    """What is on, four hours a page from `?at=` on, by the station's clock; with `?q=` a search."""
    live, visit = services_of(request).live, visit_of(request)
    words = (request.query_params.get("q") or "").strip()[:LONGEST_WORDS]
    at = request.query_params.get("at")
    with live.lease() as lease:
        zone = ZoneInfo(lease.reader.header.timezone)
        shown = _window(at, visit.now_ms, zone)
        make = partial(search_text, words=words) if words else grid_text
        text = await live.ask(lease, partial(make, lease.reader, visit, shown))
    return page_answer(request, text)


@route("/channels/{number:str}/why", http_method=READ, include_in_schema=False)
async def why_page(request: HttpRequest, number: FromPath[str]) -> Response[bytes]:
    """Which lines of the station put a programme there: the one that is on at `?at=`, else now."""
    live, visit = services_of(request).live, visit_of(request)
    at_ms = instant("at", request.query_params.get("at"), visit.now_ms)
    with live.lease() as lease:
        channel = channel_of(lease.reader, number)
        text = await live.ask(lease, partial(_why, lease.reader, visit, channel, at_ms))
    if text is None:
        raise NotFoundException(f"nothing is planned on {channel.name} at this time")
    return page_answer(request, text)


def _window(at: str | None, now_ms: int, zone: ZoneInfo) -> grid.Window:
    """The part that is asked for. Raises ClientException for what is no time, or none that a guide has."""
    try:
        shown = grid.window(at, now_ms, zone)
    except (ValueError, OverflowError):
        raise ClientException("`at` is no time: write it like 2026-12-25T20:00") from None
    if abs(shown.start_ms - now_ms) > grid.FURTHEST_MS:
        raise ClientException("`at` is years away: no guide has it")
    return shown


def grid_text(reader: TimelineReader, visit: Visit, shown: grid.Window) -> str:
    """Queries DuckDB."""
    header, zone = reader.header, shown.zone
    channels = with_logo_urls(reader.channels, visit.root.rstrip("/"))
    return render(
        "guide.html.j2",
        visit,
        station=header.station,
        clock=clock_words(visit.now_ms, zone),
        timezone=header.timezone,
        day=day_words(shown.start_ms, zone),
        days=grid.days(shown, header.start_ms, header.finish_ms),
        hours=grid.hours(shown),
        marks=shown.marks,
        units=grid.UNITS,
        now_unit=shown.now_unit,
        rows=grid.rows(channels, reader.programmes(shown.start_ms, shown.finish_ms), shown),
        earlier=grid.local_at(shown.start_ms - grid.WINDOW_MS, zone),
        later=grid.local_at(shown.finish_ms, zone),
    )


def search_text(reader: TimelineReader, visit: Visit, shown: grid.Window, words: str) -> str:
    """Queries DuckDB."""
    rows = reader.search(words, visit.now_ms, MOST_FOUND + 1)
    channels = {channel.key: channel for channel in reader.channels}
    found = [
        Found(
            channels[row.channel],
            day_words(row.start_ms, shown.zone),
            grid.entry(row, shown.zone, visit.now_ms),
            grid.local_at(row.start_ms, shown.zone),
        )
        for row in rows[:MOST_FOUND]
    ]
    return render(
        "search.html.j2",
        visit,
        station=reader.header.station,
        clock=clock_words(visit.now_ms, shown.zone),
        timezone=reader.header.timezone,
        words=words,
        found=found,
        more=len(rows) > MOST_FOUND,
    )


def _why(reader: TimelineReader, visit: Visit, channel: Channel, at_ms: int) -> str | None:
    """The page, None where nothing is planned. Queries DuckDB."""
    zone = ZoneInfo(channel.timezone)
    item = item_at(reader.items(channel.key, at_ms, at_ms + 1), at_ms)
    if item is None:
        return None
    programme = programme_at(reader.programmes(at_ms, at_ms + 1, channel.key), at_ms)
    items: tuple[PlayoutItem, ...] = (item,)
    if programme is not None:
        items = reader.items(channel.key, programme.start_ms, programme.finish_ms)
    return render(
        "why.html.j2",
        visit,
        station=reader.header.station,
        channel=channel,
        programme=programme,
        entry=grid.entry(programme, zone, visit.now_ms) if programme else None,
        picture=_picture(reader, programme, visit),
        begins=date_words(programme.start_ms if programme else item.start_ms, zone),
        finish=clock_words(programme.finish_ms if programme else item.finish_ms, zone),
        at=grid.local_at(at_ms, ZoneInfo(reader.header.timezone)),
        pieces=[_piece(reader, channel, each, zone) for each in items[:MOST_ITEMS]],
        left_out=max(0, len(items) - MOST_ITEMS),
    )


def _picture(reader: TimelineReader, programme: Programme | None, visit: Visit) -> str | None:
    """Where a programme's picture is."""
    if programme is None or programme.media_id is None:
        return None
    return addresses(reader.pictures([programme.media_id]), visit.root.rstrip("/")).get(programme.media_id)


def _piece(reader: TimelineReader, channel: Channel, item: PlayoutItem, zone: ZoneInfo) -> Piece:
    return Piece(clock_words(item.start_ms, zone), tuple(why(reader, channel, item)))


HANDLERS = [guide_page, why_page]
