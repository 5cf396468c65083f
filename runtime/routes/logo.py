"""Logos that are files of the station: pictures below its folder, by channel id, nothing else of it."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from litestar import Response, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from exstv.pictures import NoPicture, format_of, logo_type, read_picture
from runtime.routes.base import READ, Document, HttpRequest, answer, services_of
from runtime.tuner import logo


@route("/iptv/logo/{name:str}", http_method=READ)
async def channel_logo(request: HttpRequest, name: FromPath[str]) -> Response[bytes]:
    """One channel's logo file."""
    services = services_of(request)
    with services.live.lease() as lease:
        channels = lease.reader.channels
    paths = [each.logo or "" for each in channels if logo.is_file(each.logo) and logo.file_name(each) == name]
    document = await asyncio.to_thread(_read, services.files(), paths[0]) if paths else None
    if document is None:
        raise NotFoundException("no such logo")
    response = answer(request, document)
    # An SVG may carry scripts; opened by itself it would run them as ours.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _read(station: Path, image: str) -> Document | None:
    """The picture, None for what cannot be shown as a logo (EXS3033)."""
    try:
        media_type = logo_type(image)
        body = read_picture(station, image)
        format_of(body)
        written_ms = (station / image).stat().st_mtime_ns // 1_000_000
    except (NoPicture, OSError):
        return None
    return Document(body, media_type, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', written_ms)


HANDLERS = [channel_logo]
