"""Answers of raw ASGI routes: streams, and what lies below `/iptv/channel`, which Litestar cannot route."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litestar.types import Send

Header = tuple[bytes, bytes]


async def answer(send: Send, status: int, headers: Iterable[Header], body: bytes) -> None:
    """Sends a whole answer."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def refuse(send: Send, status: int, text: bytes, *more: Header) -> None:
    """Says in words why there is nothing."""
    length = (b"content-length", b"%d" % len(text))
    await answer(send, status, [(b"content-type", b"text/plain"), length, *more], text)
