"""Logos that are files of the station: pictures below its folder, by channel number, nothing else of it."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from litestar import Response, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from runtime.routes.base import READ, Document, HttpRequest, answer, services_of
from runtime.tuner import logo

_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
}
_LARGEST = 4 * 1024 * 1024


@route("/iptv/logo/{name:str}", http_method=READ)
async def channel_logo(request: HttpRequest, name: FromPath[str]) -> Response[bytes]:
    """One channel's logo file."""
    services = services_of(request)
    with services.live.lease() as lease:
        channels = lease.reader.channels
    paths = [each.logo for each in channels if logo.is_file(each.logo) and logo.file_name(each) == name]
    document = await asyncio.to_thread(_read, services.settings.station, paths[0]) if paths else None
    if document is None:
        raise NotFoundException("no such logo")
    response = answer(request, document)
    # An SVG may carry scripts; opened by itself it would run them as ours.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _read(station: Path, relative: str | None) -> Document | None:
    """The picture, None for what is none, is too large, or lies outside the station."""
    root = station.resolve()
    path = (root / (relative or "")).resolve()
    media_type = _TYPES.get(path.suffix.lower())
    if media_type is None or not path.is_relative_to(root) or not path.is_file():
        return None
    facts = path.stat()
    if facts.st_size > _LARGEST:
        return None
    body = path.read_bytes()
    etag = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Document(body, media_type, f'"{etag}"', facts.st_mtime_ns // 1_000_000)


HANDLERS = [channel_logo]
