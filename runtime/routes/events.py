"""Server-sent events at `/events`: what changed, for pages that stay open. What is told: runtime/events.py.

Raw ASGI, as for streams: an endless answer must see its client go, and its own slowness.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING

from litestar import asgi

from runtime.connection import cut
from runtime.events import Events, TooManyListeners
from runtime.routes.raw import Header, answer, refuse

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send

log = logging.getLogger(__name__)

HEADERS: list[Header] = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    # nginx would keep messages until it has a buffer full of them.
    (b"x-accel-buffering", b"no"),
]


@asgi("/events", copy_scope=True)
async def events(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells one page of changes until it goes, the server does, or it is too slow."""
    owner: Events = scope["litestar_app"].state.events
    if scope.get("method") not in ("GET", "HEAD"):
        await refuse(send, 405, b"GET or HEAD", (b"allow", b"GET, HEAD"))
        return
    if scope.get("method") == "HEAD":
        await answer(send, 200, HEADERS, b"")
        return
    try:
        with owner.listener() as messages:
            if not await _tell(_send_all(messages, send, owner.slow_seconds), receive):
                log.info("listener dropped: too slow")
                cut(scope)
    except TooManyListeners:
        await refuse(send, 503, b"too many pages are open", (b"retry-after", b"60"))


async def _tell(telling: Coroutine[None, None, bool], receive: Receive) -> bool:
    """Tells until the client goes; False for one that does not take what it is told."""
    teller = asyncio.create_task(telling)
    gone = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait({teller, gone}, return_when=asyncio.FIRST_COMPLETED)
        return not teller.done() or teller.result()
    finally:
        teller.cancel()
        gone.cancel()
        await asyncio.wait({teller, gone})


async def _send_all(messages: AsyncIterator[bytes], send: Send, slow_seconds: float) -> bool:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    try:
        async for message in messages:
            async with asyncio.timeout(slow_seconds):
                await send({"type": "http.response.body", "body": message, "more_body": True})
    except TimeoutError:
        return False
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


HANDLERS = [events]
