"""The playlist and the guide. Texts: runtime/tuner/m3u.py and xmltv.py."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from functools import partial

from litestar import Response, route
from litestar.exceptions import ClientException, NotFoundException

from exstv.timeline.model import Channel, Header
from exstv.units import DAY_MS
from runtime.guide import GuideTexts
from runtime.live import Lease, LiveTimeline, Rendering
from runtime.routes.base import READ, Document, HttpRequest, Parts, answer, base_url, etag_of, services_of
from runtime.tuner import m3u
from runtime.tuner.logo import with_logo_urls
from runtime.tuner.markup import escape

_XML = "application/xml; charset=utf-8"
_GZIP = "application/gzip"
# Speed before size: every new timeline is compressed anew, and clients fetch it once.
_GZIP_LEVEL = 3
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
# The guide and its compressed form, for as many of our addresses as a house may use.
_RENDERINGS_KEPT = 6
_STREAM_TYPES = (None, "ts", "m3u8")


@route("/iptv/channels.m3u", http_method=READ, sync_to_thread=False)
def channels_m3u(request: HttpRequest) -> Response[bytes]:
    """The channels for IPTV players: as MPEG-TS, or with `?type=m3u8` as HLS; `?group=` gives one group's.

    Without a type those that send subtitles beside their pictures are HLS: MPEG-TS has no place for text.
    """
    base = base_url(request)
    type_ = request.query_params.get("type")
    if type_ not in _STREAM_TYPES:
        raise ClientException("`type` is `ts` or `m3u8`")
    with services_of(request).live.lease() as lease:
        embedded = lease.reader.embedded
        text = m3u.render(
            with_logo_urls(_listed(lease.reader.channels, request.query_params.get("group")), base),
            lease.reader.profiles,
            f"{base}/iptv/xmltv.xml",
            lambda channel: _address(base, channel, type_ or ("m3u8" if channel.key in embedded else "ts")),
            _catch_up_days(lease.reader.header) if services_of(request).settings.server.max_catchup else 0,
        ).encode()
        built_at_ms = lease.reader.header.built_at_ms
    return answer(request, Document(text, m3u.MEDIA_TYPE, etag_of(text), built_at_ms))


def _address(base: str, channel: Channel, type_: str) -> str:
    return f"{base}/iptv/channel/{channel.number}.{type_}"


def _listed(channels: Iterable[Channel], group: str | None) -> list[Channel]:
    """The channels of a playlist. Raises NotFoundException for a group without any: a typing mistake."""
    found = [each for each in channels if each.streaming_mode != "hdhomerun"]
    if group is None:
        return found
    found = m3u.of_group(found, group)
    if not found:
        raise NotFoundException("no channel is in this group")
    return found


def _catch_up_days(header: Header) -> int:
    """How many days back the timeline goes: whole ones, so that what is offered is there; at least one."""
    return max(1, (header.built_at_ms - header.start_ms) // DAY_MS)


@route("/iptv/xmltv.xml", http_method=READ)
async def xmltv_xml(request: HttpRequest) -> Response[bytes]:
    """The guide, as much of it as the timeline holds."""
    return await _guide(request, _XML)


@route("/iptv/xmltv.xml.gz", http_method=READ)
async def xmltv_gz(request: HttpRequest) -> Response[bytes]:
    """The guide as a compressed file; with a Content-Encoding too, clients would unpack it twice."""
    return await _guide(request, _GZIP)


async def _guide(request: HttpRequest, media_type: str) -> Response[bytes]:
    """Written once a timeline, in a worker thread; whoever asks meanwhile waits for the same bytes."""
    services = services_of(request)
    root = base_url(request)
    with services.live.lease() as lease:
        # Without logos of ours in it one rendering is everyone's.
        base = root if lease.has_logo_files else ""
        async with lease.rendering:
            found = await _kept(
                services.live, lease, f"xmltv {base}", partial(_written, services.guide, lease, base)
            )
            body, etag = _filled(found, root)
            if media_type == _GZIP:
                name = f"xmltv.gz {root if found.gaps else base}"
                packed = await _kept(services.live, lease, name, partial(_packed, body, etag))
                body, etag = Parts(packed.parts), packed.etag
        document = Document(body, media_type, etag, lease.reader.header.built_at_ms)
    return answer(request, document)


def _filled(guide: Rendering, root: str) -> tuple[Parts, str]:
    """The guide with our address in its gaps as this client knows it, and its tag."""
    if not guide.gaps:
        return Parts(guide.parts), guide.etag
    etag = etag_of(f"{guide.etag} {root}".encode())
    return Parts(guide.parts, guide.gaps, escape(root).encode()), etag


async def _kept(live: LiveTimeline, lease: Lease, name: str, make: Callable[[], Rendering]) -> Rendering:
    """A rendering of a timeline, made where it is not kept yet."""
    if name not in lease.cache:
        rendering = await live.ask(lease, make)
        _make_room(lease.cache)
        lease.cache[name] = rendering
    return lease.cache[name]


def _make_room(cache: dict[str, Rendering]) -> None:
    """Drops the oldest renderings: a client may make up any number of Hosts, and a packed guide has 10 MB."""
    while len(cache) >= _RENDERINGS_KEPT:
        del cache[next(iter(cache))]


def _written(guide: GuideTexts, lease: Lease, base: str) -> Rendering:
    text = guide.write(lease.reader, with_logo_urls(lease.reader.channels, base))
    return Rendering(text.parts, etag_of(text.digest), text.gaps)


def _packed(body: Parts, etag: str) -> Rendering:
    packing = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_FORMAT)
    packed = (*map(packing.compress, body), packing.flush())
    return Rendering(tuple(filter(None, packed)), etag_of(b"gzip" + etag.encode()))


HANDLERS = [channels_m3u, xmltv_xml, xmltv_gz]
