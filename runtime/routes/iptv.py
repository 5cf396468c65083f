"""The playlist and the guide. Texts: runtime/tuner/m3u.py and xmltv.py."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Callable

from litestar import Response, route

from runtime.live import Lease
from runtime.routes.base import READ, Document, HttpRequest, answer, base_url, services_of
from runtime.tuner import m3u, xmltv

_XML = "application/xml; charset=utf-8"
_GZIP = "application/gzip"
# Level 6 takes three times as long for a tenth fewer bytes of guide.
_GZIP_LEVEL = 3


@route("/iptv/channels.m3u", http_method=READ, sync_to_thread=False)
def channels_m3u(request: HttpRequest) -> Response[bytes]:
    """The channels for IPTV players."""
    base = base_url(request)
    with services_of(request).live.lease() as lease:
        text = m3u.render(
            (channel for channel in lease.reader.channels if channel.streaming_mode != "hdhomerun"),
            lease.reader.profiles,
            f"{base}/iptv/xmltv.xml",
            lambda channel: f"{base}/iptv/channel/{channel.number}.ts",
        ).encode()
        built_at_ms = lease.reader.header.built_at_ms
    return answer(request, Document(text, m3u.MEDIA_TYPE, _etag(text), built_at_ms))


@route("/iptv/xmltv.xml", http_method=READ)
async def xmltv_xml(request: HttpRequest) -> Response[bytes]:
    """The guide, as much of it as the timeline holds."""
    return await _guide(request, "xmltv", _XML, _render_guide)


@route("/iptv/xmltv.xml.gz", http_method=READ)
async def xmltv_gz(request: HttpRequest) -> Response[bytes]:
    """The guide as a compressed file; with a Content-Encoding, a client that goes by the name unpacks twice."""
    return await _guide(request, "xmltv.gz", _GZIP, _compress_guide)


async def _guide(
    request: HttpRequest, name: str, media_type: str, make: Callable[[Lease], bytes]
) -> Response[bytes]:
    """Renders once a timeline, in a worker thread; whoever asks meanwhile waits for the same bytes."""
    with services_of(request).live.lease() as lease:
        async with lease.rendering:
            if name not in lease.cache:
                body, etag = await asyncio.to_thread(_with_etag, make, lease)
                lease.cache |= {name: body, f"{name} etag": etag.encode()}
        etag = lease.cache[f"{name} etag"].decode()
        document = Document(lease.cache[name], media_type, etag, lease.reader.header.built_at_ms)
    return answer(request, document)


def _with_etag(make: Callable[[Lease], bytes], lease: Lease) -> tuple[bytes, str]:
    body = make(lease)
    return body, _etag(body)


def _render_guide(lease: Lease) -> bytes:
    header, reader = lease.reader.header, lease.reader
    programmes = reader.programmes(header.start_ms, header.finish_ms)
    return "".join(xmltv.render(reader.channels, programmes)).encode()


def _compress_guide(lease: Lease) -> bytes:
    plain = lease.cache.get("xmltv") or _render_guide(lease)
    return gzip.compress(plain, _GZIP_LEVEL, mtime=0)


def _etag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


HANDLERS = [channels_m3u, xmltv_xml, xmltv_gz]
