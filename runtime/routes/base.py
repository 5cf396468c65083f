"""What the routes share: the services, the address that a client reached us by, answers that caches can keep.

Handlers find `Services` in the application's state: create_app() sets `app.state.services` before it serves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from litestar import Request, Response
from litestar.datastructures import State

from exstv.settings import Settings
from runtime.gate.hosts import host_of
from runtime.gate.token import below
from runtime.services import Services
from runtime.tuner.artwork import GAP

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.response.base import ASGIResponse
    from litestar.types import Receive, Scope, Send

HttpRequest: TypeAlias = Request[Any, Any, State]

READ: Final[list[Literal["GET", "HEAD"]]] = ["GET", "HEAD"]
"""Litestar answers HEAD only where it is named."""


def services_of(request: HttpRequest) -> Services:
    """The owners of the runtime's state."""
    services: Services = request.app.state.services
    return services


def base_url(request: HttpRequest) -> str:
    """The root of our addresses as this client knows it, without a slash at the end.

    The configured public URL, else the request's own Host, which the gate has allowed, else the socket's
    address; and behind it the token, where there is one.
    """
    settings = services_of(request).settings
    host = request.headers.get("host", "")
    authority = host if host_of(host) else _socket(request, settings)
    return (settings.server.public_url or f"{request.scope['scheme']}://{authority}") + below(request.scope)


def _socket(request: HttpRequest, settings: Settings) -> str:
    host, port = request.scope["server"] or (settings.server.host, settings.server.port)
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if port else name


@dataclass(frozen=True)
class Parts:
    """A body in parts: megabytes are not to be joined, nor given to a slow client's socket whole.

    So many `gaps` in them are filled as they are sent: what fills them is not the same for every client.
    """

    parts: tuple[bytes, ...]
    gaps: int = 0
    filling: bytes = b""

    @property
    def size(self) -> int:
        """Bytes of all parts as they are sent."""
        return sum(map(len, self.parts)) + self.gaps * (len(self.filling) - len(GAP))

    def __iter__(self) -> Iterator[bytes]:
        """The parts as they are sent."""
        if not self.gaps:
            return iter(self.parts)
        return (part.replace(GAP.encode(), self.filling) for part in self.parts)


Body: TypeAlias = bytes | Parts
"""What is sent, at once or in parts."""


@dataclass(frozen=True)
class Document:
    """A body that stays the same for a while: what a client needs to not fetch it again."""

    body: Body
    media_type: str
    etag: str
    modified_ms: int | None = None
    """None where the same address gives another body though nothing was modified: at another time, say."""


def answer(request: HttpRequest, document: Document) -> Response[bytes]:
    """The document, or 304 where the client has it, or its headers alone for HEAD."""
    headers = {"ETag": document.etag, "Cache-Control": "no-cache"}
    modified = None
    if document.modified_ms is not None:
        modified = headers["Last-Modified"] = formatdate(document.modified_ms // 1000, usegmt=True)
    if _is_known(request, document.etag, modified):
        return Response(b"", status_code=304, headers=headers)
    return whole(request, document.body, document.media_type, headers)


def whole(
    request: HttpRequest, body: Body, media_type: str, headers: dict[str, str] | None = None
) -> Response[bytes]:
    """A body under its type; HEAD gets the same headers and nothing else."""
    size = len(body) if isinstance(body, bytes) else body.size
    described = {"Content-Type": media_type, "Content-Length": str(size), **(headers or {})}
    if request.method == "HEAD":
        return Response(b"", headers=described, media_type=media_type)
    if isinstance(body, bytes):
        return Response(body, headers=described, media_type=media_type)
    return _InParts(body, headers=described, media_type=media_type)


class _InParts(Response[bytes]):
    """An answer that is given to the socket as fast as the client takes it.

    Litestar's own stream reads what the client says meanwhile, each piece a call deeper.
    """

    def __init__(self, parts: Parts, headers: dict[str, str], media_type: str) -> None:
        super().__init__(b"", headers=headers, media_type=media_type)
        self._parts = parts

    def to_asgi_response(self, app: Litestar | None, request: HttpRequest, **rest: Any) -> ASGIResponse:
        """Begins as any answer does; then part after part."""
        begun = super().to_asgi_response(app, request, **rest)

        async def send_all(scope: Scope, receive: Receive, send: Send) -> None:
            await begun.start_response(send)
            for part in self._parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        return cast("ASGIResponse", send_all)


def _is_known(request: HttpRequest, etag: str, modified: str | None) -> bool:
    """If-None-Match decides alone where it is sent (RFC 9110 §13.2.2).

    The date must be ours exactly: after a rollback the current timeline is older than what the client has.
    """
    known = request.headers.get("if-none-match")
    if known is not None:
        tags = (tag.strip().removeprefix("W/") for tag in known.split(","))
        return known.strip() == "*" or etag.removeprefix("W/") in tags
    return modified is not None and request.headers.get("if-modified-since") == modified


def etag_of(body: bytes) -> str:
    """The same for the same bytes."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
