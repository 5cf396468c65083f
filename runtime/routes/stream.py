"""The endless answers: a channel's MPEG-TS at `/iptv/channel/{number}.ts` and, for tuners, `/auto/v{number}`.

With `?at=` the former begins at another time than now: catch-up, runtime/catchup.py. With `?duration=` the
latter ends by itself after so many seconds of it.

Raw ASGI, because an endless answer must see its client go, its channel end, and its own slowness, whichever
comes first; a HEAD takes no tuner and starts no ffmpeg.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litestar import asgi

from exstv.timeline.model import Channel
from runtime.at import asked_at, parse_at
from runtime.broadcast import Broadcast, NoSuchChannel
from runtime.connection import Body, cut
from runtime.fanout import Viewer
from runtime.routes import hls
from runtime.routes.past import REFUSED, refuse_past
from runtime.routes.raw import answer, refuse
from runtime.sessions import AllTunersInUse, TooManyViewers

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send

log = logging.getLogger(__name__)

FIRST_BYTES_SECONDS = 10.0
"""An answer without a byte by then is a 503: real tuners give up sooner (protocols.md §1.5)."""
LAST_BYTES_SECONDS = 2.0
"""How long a client has to take the last bytes of a channel that has ended."""
_DURATION = re.compile(rb"(?:^|&)duration=([1-9][0-9]{0,5})(?=&|$)")
ERROR = b"x-hdhomerun-error"
UNKNOWN_CHANNEL = (ERROR, b"801 Unknown Channel")
CONNECTION_LIMIT = (ERROR, b"809 Playback Connection Limit")
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
    """Streams a channel as a tuner does, by any tuner."""
    await _tune(scope, receive, send, scope["path"].strip("/"))


@asgi(["/tuner", "/hdhomerun/tuner"], is_mount=True, copy_scope=True)
async def numbered_tuner_stream(scope: Scope, receive: Receive, send: Send) -> None:
    """Does the same for who names a tuner. All are alike: the answer says which one it got."""
    tuner, _, place = scope["path"].strip("/").partition("/")
    count = scope["litestar_app"].state.services.settings.hdhomerun.tuner_count
    if tuner not in {str(number) for number in range(count)}:
        await refuse(send, 404, b"no such tuner")
        return
    await _tune(scope, receive, send, place)


async def _tune(scope: Scope, receive: Receive, send: Send, place: str) -> None:
    """Streams what a tuner's address names: `v` and a channel's number."""
    if not scope["litestar_app"].state.services.settings.hdhomerun.enabled:
        await refuse(send, 404, b"hdhomerun.enabled is false")
    elif not place.startswith("v"):
        # `ch` and a frequency, say: nothing is sent on any.
        await refuse(send, 404, b"no such channel", UNKNOWN_CHANNEL)
    else:
        await _serve(scope, receive, send, number=place.removeprefix("v"), tuner=True)


STREAM_HANDLERS = [iptv_stream, tuner_stream, numbered_tuner_stream]


@dataclass(frozen=True)
class _Told:
    """What a client is told with its stream, and after how many seconds of it that is to end, if it is."""

    headers: list[tuple[bytes, bytes]]
    seconds: int | None


async def _serve(scope: Scope, receive: Receive, send: Send, *, number: str, tuner: bool) -> None:
    broadcast: Broadcast = scope["litestar_app"].state.broadcast
    method = scope.get("method")
    if method not in ("GET", "HEAD"):
        await refuse(send, 405, b"GET or HEAD", (b"allow", b"GET, HEAD"))
        return
    try:
        channel = broadcast.channel(number, tuner=tuner)
        headers = _tuner_headers(broadcast, channel, _client(scope)) if tuner else HEADERS
    except NoSuchChannel:
        await refuse(send, 404, b"no such channel", UNKNOWN_CHANNEL)
        return
    except AllTunersInUse:
        await refuse(send, 503, b"all tuners are in use", (ERROR, b"805 All Tuners In Use"))
        return
    try:
        watching = await _watching(scope, broadcast, channel, tuner=tuner)
    except REFUSED as error:
        await refuse_past(send, error)
        return
    if method == "HEAD":
        await answer(send, 200, headers, b"")
        return
    try:
        told = _Told(headers, _duration(scope["query_string"]) if tuner else None)
        with watching as viewer:
            if not await _stream(viewer, scope, receive, send, told):
                cut(scope)
    except TooManyViewers as error:
        await refuse(send, 503, str(error).encode(), CONNECTION_LIMIT, (b"retry-after", b"30"))


async def _watching(
    scope: Scope, broadcast: Broadcast, channel: Channel, *, tuner: bool
) -> AbstractContextManager[Viewer]:
    """Gives what lets a client watch now, or from `?at=` on. Raises one of REFUSED."""
    client = _client(scope)
    # A tuner has no other time than now, and its clients append parameters of their own.
    at = None if tuner else asked_at(scope["query_string"])
    if at is None:
        return broadcast.watch(channel, tuner=tuner, client=client)
    catch_ups = broadcast.catch_ups
    return catch_ups.watch(channel, await catch_ups.instant(channel, parse_at(at)), client)


def _client(scope: Scope) -> str:
    address = scope.get("client")
    return address[0] if address else "-"


def _tuner_headers(broadcast: Broadcast, channel: Channel, client: str) -> list[tuple[bytes, bytes]]:
    tuner = broadcast.sessions.take_tuner(channel.key, client)
    return [*HEADERS, (b"x-hdhomerun-resource", b"tuner%d" % tuner)]


def _duration(query: bytes) -> int | None:
    """After how many seconds a tuner's stream is to end; what is no such number is somebody else's."""
    asked = _DURATION.search(query)
    return int(asked[1]) if asked else None


@contextlib.contextmanager
def _ending(viewer: Viewer, seconds: int | None) -> Iterator[None]:
    """Ends a viewer's stream, which has begun, after so many seconds if it is still watched then."""
    if seconds is None:
        yield
        return
    timer = asyncio.get_running_loop().call_later(seconds, viewer.end)
    try:
        yield
    finally:
        timer.cancel()


async def _stream(viewer: Viewer, scope: Scope, receive: Receive, send: Send, told: _Told) -> bool:
    """Sends until the client goes, the channel ends, or the client is too slow: False if it must be cut."""
    sender = asyncio.create_task(_send_all(viewer, scope, send, told))
    gone = asyncio.create_task(_gone(receive))
    dropped = asyncio.create_task(viewer.dropped.wait())
    ended = asyncio.create_task(viewer.ended.wait())
    tasks = {sender, gone, dropped, ended}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            await asyncio.wait(
                {sender, gone}, timeout=LAST_BYTES_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        if sender.done():
            sender.result()
        elif not gone.done():
            log.info("viewer dropped: too slow")
            return False
        return True
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _send_all(viewer: Viewer, scope: Scope, send: Send, told: _Told) -> None:
    try:
        async with asyncio.timeout(FIRST_BYTES_SECONDS):
            data = await viewer.read()
    except TimeoutError:
        data = b""
    if not data:
        await refuse(send, 503, b"the channel gives no pictures", (ERROR, b"807 No Video Data"))
        return
    await send({"type": "http.response.start", "status": 200, "headers": told.headers})
    await send({"type": "http.response.body", "body": data, "more_body": True})
    body = Body(scope, viewer.go_on)
    try:
        with _ending(viewer, told.seconds):
            viewer.pour(body)
            # One that was too slow is cut off by _stream: it must not take that for the end.
            await viewer.ended.wait()
    finally:
        body.close()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
