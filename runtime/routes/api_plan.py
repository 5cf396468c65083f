"""The part of the API that the timeline alone decides: line-up, guide, items, sources, revision.

Each answer has an ETag of its bytes: it stays the same for as long as what it tells does, over any number of
recompiles, and whoever has it gets 304. Rows are read in pages, in worker threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
from litestar import Response, route
from litestar.exceptions import NotFoundException

from exstv.catalog.lock import counting_lock
from exstv.printable import printable_json
from exstv.settings import Settings
from exstv.timeline.query import TimelineReader
from runtime.routes import contract
from runtime.routes.base import READ, Document, HttpRequest, answer, base_url, etag_of, services_of
from runtime.routes.openapi import JSON, NDJSON, tells
from runtime.routes.parameters import (
    USUAL_ROWS,
    Cursor,
    From,
    Limit,
    Number,
    To,
    channel_of,
    coming,
    guide_cursor,
    item_cursor,
)
from runtime.routes.telling import (
    channel_entry,
    item_entry,
    programme_entry,
    rescan_entry,
    revision,
    source_entry,
)
from runtime.tuner.artwork import addresses
from runtime.tuner.logo import with_logo_urls

Span = tuple[int, int]


class _Wanted(NamedTuple):
    """A page of the guide that is asked for, by a client that knows us by an address."""

    span: Span
    cursor: str | None
    limit: int
    base_url: str


@route("/revision", http_method=READ, sync_to_thread=False, responses=tells(contract.Revision))
def get_revision(request: HttpRequest) -> Response[bytes]:
    """The timeline that is on air, what is pinned, and the repository that is followed.

    That time passes is no other answer: the ETag leaves out what only says how long ago something was.
    """
    services = services_of(request)
    with services.live.lease() as lease:
        told = revision(lease.reader.header, services.status(), services.clock.now_ms())
    git = msgspec.structs.replace(told.git, fetched_at=None) if told.git else None
    same = printable_json(msgspec.structs.replace(told, age_ms=0, git=git))
    return answer(request, Document(printable_json(told), JSON, f"W/{etag_of(same)}"))


@route("/channels", http_method=READ, sync_to_thread=False, responses=tells(contract.LineUp))
def channels(request: HttpRequest) -> Response[bytes]:
    """The line-up. It is not paged: it is as long as the station has channels."""
    with services_of(request).live.lease() as lease:
        shown = with_logo_urls(lease.reader.channels, base_url(request))
    return _document(request, contract.LineUp(channels=tuple(map(channel_entry, shown))))


@route(
    "/channels/{number:str}",
    http_method=READ,
    sync_to_thread=False,
    responses=tells(contract.ChannelEntry, missing=True),
)
def channel(request: HttpRequest, number: Number) -> Response[bytes]:
    """One channel of the line-up."""
    with services_of(request).live.lease() as lease:
        found = channel_of(lease.reader, number)
    (shown,) = with_logo_urls((found,), base_url(request))
    return _document(request, channel_entry(shown))


@route("/guide", http_method=READ, responses=tells(contract.GuidePage))
async def guide(
    request: HttpRequest, from_: From = None, to: To = None, limit: Limit = USUAL_ROWS, cursor: Cursor = None
) -> Response[bytes]:
    """What every channel has on, from now on for a day if nothing else is said."""
    bounds = coming(from_, to, services_of(request).clock.now_ms())
    wanted = _Wanted(bounds, cursor, limit, base_url(request))
    return await _asked(request, partial(_guide, wanted=wanted))


@route("/channels/{number:str}/guide", http_method=READ, responses=tells(contract.GuidePage, missing=True))
async def channel_guide(
    request: HttpRequest,
    number: Number,
    from_: From = None,
    to: To = None,
    limit: Limit = USUAL_ROWS,
    cursor: Cursor = None,
) -> Response[bytes]:
    """What one channel has on, from now on for a day if nothing else is said."""
    bounds = coming(from_, to, services_of(request).clock.now_ms())
    wanted = _Wanted(bounds, cursor, limit, base_url(request))
    return await _asked(request, partial(_guide, wanted=wanted, number=number))


@route("/channels/{number:str}/items", http_method=READ, responses=tells(contract.ItemsPage, missing=True))
async def items(
    request: HttpRequest,
    number: Number,
    from_: From = None,
    to: To = None,
    limit: Limit = USUAL_ROWS,
    cursor: Cursor = None,
) -> Response[bytes]:
    """What one channel plays and who put it there, from now on for a day if nothing else is said."""
    bounds = coming(from_, to, services_of(request).clock.now_ms())
    after = item_cursor(cursor)
    return await _asked(request, partial(_items, number=number, span=bounds, after=after, limit=limit))


@route("/sources", http_method=READ, sync_to_thread=False, responses=tells(contract.Sources))
def sources(request: HttpRequest) -> Response[bytes]:
    """Where media come from. What stands in the environment stays there: `${NAME}` is told as it is."""
    services = services_of(request)
    with services.live.lease() as lease:
        found = tuple(map(source_entry, lease.reader.sources.values()))
    rescan = services.status().rescan
    told = contract.Sources(sources=found, rescan=rescan_entry(rescan) if rescan else None)
    return _document(request, told)


@route("/catalog.lock", http_method=READ, responses=tells(str, media_type=NDJSON, missing=True))
async def catalog_lock(request: HttpRequest) -> Response[bytes]:
    """The catalog that the next compile reads, as it would stand in git: a JSON object a line."""
    services = services_of(request)
    try:
        lock = await asyncio.to_thread(_lock, services.files(), services.settings)
    except FileNotFoundError:
        raise NotFoundException("no source was ever scanned: there is no catalog.lock") from None
    return answer(request, lock)


def _lock(files: Path, settings: Settings) -> Document:
    """The lock that counts. Raises FileNotFoundError."""
    path = counting_lock(files, settings.state_dir, settings.catalog.mode)
    body = path.read_bytes()
    return Document(body, NDJSON, etag_of(body))


def _guide(reader: TimelineReader, *, wanted: _Wanted, number: str | None = None) -> contract.GuidePage:
    """Queries DuckDB."""
    key = channel_of(reader, number).key if number is not None else None
    rows = reader.guide_page(wanted.span, key, guide_cursor(wanted.cursor, reader), wanted.limit + 1)
    page = rows[: wanted.limit]
    more = f"{page[-1].start_ms}@{page[-1].channel}" if len(rows) > wanted.limit else None
    pictures = reader.pictures(each.media_id for each in page if each.media_id)
    artwork = addresses(pictures, wanted.base_url)
    told = tuple(programme_entry(each, artwork.get(each.media_id or "")) for each in page)
    return contract.GuidePage(programmes=told, next=more)


def _items(reader: TimelineReader, *, number: str, span: Span, after: int, limit: int) -> contract.ItemsPage:
    """Queries DuckDB."""
    key = channel_of(reader, number).key
    rows = reader.items_page(key, span, after, limit + 1)
    page = rows[:limit]
    if not page:
        return contract.ItemsPage(items=(), next=None)
    listed = reader.programmes(page[0].start_ms, page[-1].finish_ms, key)
    programmes = {each.id: each for each in listed}
    media = reader.media(each.media_id for each in page if each.media_id)
    return contract.ItemsPage(
        items=tuple(item_entry(each, programmes, media) for each in page),
        next=str(page[-1].seq) if len(rows) > limit else None,
    )


async def _asked(
    request: HttpRequest, question: Callable[[TimelineReader], msgspec.Struct]
) -> Response[bytes]:
    """Answers what only a query of the timeline can tell."""
    live = services_of(request).live
    with live.lease() as lease:
        body, etag = await live.ask(lease, lambda: _encoded(question(lease.reader)))
    return answer(request, Document(body, JSON, etag))


def _document(request: HttpRequest, told: msgspec.Struct) -> Response[bytes]:
    body, etag = _encoded(told)
    return answer(request, Document(body, JSON, etag))


def _encoded(told: msgspec.Struct) -> tuple[bytes, str]:
    body = printable_json(told)
    return body, etag_of(body)


HANDLERS = [get_revision, channels, channel, guide, channel_guide, items, sources, catalog_lock]
