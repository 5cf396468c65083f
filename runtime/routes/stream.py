"""The endless answers: a channel's MPEG-TS at `/iptv/channel/{number}.ts` and, for tuners, `/auto/v{number}`.

Raw ASGI, because an endless answer must see its client go, its channel end, and its own slowness, whichever
comes first; a HEAD takes no tuner and starts no ffmpeg.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from litestar import asgi

from exstv.timeline.model import Channel
from runtime.broadcast import Broadcast, NoSuchChannel
from runtime.fanout import Viewer, ViewerDropped
from runtime.routes import hls
from runtime.routes.raw import refuse
from runtime.sessions import AllTunersInUse

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send

log = logging.getLogger(__name__)

FIRST_BYTES_SECONDS = 10.0
"""An answer without a byte by then is a 503: real tuners give up sooner (protocols.md §1.5)."""
ERROR = b"x-hdhomerun-error"
HEADERS = [
    (b"content-type", b"video/mp2t"),
    (b"cache-control", b"no-store"),
    (b"access-control-allow-origin", b"*"),
]


@asgi("/iptv/channel", is_mount=True, copy_scope=True)
async def iptv_stream(scope: Scope, receive: Receive, send: Send) -> None:
    """Streams a channel to an IPTV player, as MPEG-TS or as HLS."""
    # Mounted: an ASGI route of Litestar 2.25 cannot have a path parameter. The rest of the path is ours.
    name = scope["path"].strip("/")
    if hls.is_hls(name):
        await hls.serve(scope, send, name)
        return
    if not name.endswith(".ts"):
        await refuse(send, 404, b"no such stream")
        return
    await _serve(scope, receive, send, number=name.removesuffix(".ts"), tuner=False)


@asgi(["/auto", "/hdhomerun/auto"], is_mount=True, copy_scope=True)
async def tuner_stream(scope: Scope, receive: Receive, send: Send) -> None:
    """Streams a channel as a tuner does."""
    place = scope["path"].strip("/")
    enabled = scope["litestar_app"].state.services.settings.hdhomerun.enabled
    if not enabled or not place.startswith("v"):
        await refuse(send, 404, b"no such tuner address")
        return
    await _serve(scope, receive, send, number=place.removeprefix("v"), tuner=True)


STREAM_HANDLERS = [iptv_stream, tuner_stream]


async def _serve(scope: Scope, receive: Receive, send: Send, *, number: str, tuner: bool) -> None:
    broadcast: Broadcast = scope["litestar_app"].state.broadcast
    method = scope.get("method")
    if method not in ("GET", "HEAD"):
        await refuse(send, 405, b"GET or HEAD", (b"allow", b"GET, HEAD"))
        return
    try:
        channel = broadcast.channel(number, tuner=tuner)
        headers = _tuner_headers(broadcast, channel) if tuner else HEADERS
    except NoSuchChannel:
        await refuse(send, 404, b"no such channel", (ERROR, b"801 Unknown Channel"))
        return
    except AllTunersInUse:
        await refuse(send, 503, b"all tuners are in use", (ERROR, b"805 All Tuners In Use"))
        return
    if method == "HEAD":
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    client = scope.get("client")
    with broadcast.watch(channel, tuner=tuner, client=client[0] if client else "-") as viewer:
        await _stream(viewer, receive, send, headers)


def _tuner_headers(broadcast: Broadcast, channel: Channel) -> list[tuple[bytes, bytes]]:
    tuner = broadcast.sessions.take_tuner(channel.key)
    return [*HEADERS, (b"x-hdhomerun-resource", b"tuner%d" % tuner)]


async def _stream(viewer: Viewer, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    """Sends until the client goes, the channel ends, or the client is too slow."""
    sender = asyncio.create_task(_send_all(viewer, send, headers))
    gone = asyncio.create_task(_gone(receive))
    dropped = asyncio.create_task(viewer.dropped.wait())
    tasks = {sender, gone, dropped}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if dropped.done():
            log.info("viewer dropped: too slow")
        elif sender.done():
            sender.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _send_all(viewer: Viewer, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    try:
        async with asyncio.timeout(FIRST_BYTES_SECONDS):
            data = await viewer.read()
    except TimeoutError:
        data = b""
    if not data:
        await refuse(send, 503, b"the channel gives no pictures", (ERROR, b"807 No Video Data"))
        return
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    with contextlib.suppress(ViewerDropped):
        while data:
            await send({"type": "http.response.body", "body": data, "more_body": True})
            data = await viewer.read()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
