"""HLS: a channel's media playlist at `/iptv/channel/{number}.m3u8`, and below `{number}/` its segments.

No master playlist: there is one rendition, so a master would name nothing to choose, cost a request more
before the first picture, and hold BANDWIDTH and CODECS that Safari and hls.js refuse where they are not
exact. hls.js, Safari, VLC, Kodi, ffmpeg and mpv all take a media playlist; the segments tell the codecs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.broadcast import Broadcast, NoSuchChannel
from runtime.hls import MEDIA_TYPE, HlsOutput, NoSuchSegment, NotReady, SegmentGone
from runtime.routes.raw import Header, answer, refuse
from runtime.sessions import Follower, TooManySessions

if TYPE_CHECKING:
    from litestar.types import Scope, Send

_CORS: Header = (b"access-control-allow-origin", b"*")
PLAYLIST_HEADERS: list[Header] = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-cache"),
    _CORS,
]
SEGMENT_HEADERS: list[Header] = [
    (b"content-type", b"video/mp2t"),
    # A name is never given twice.
    (b"cache-control", b"public, max-age=31536000, immutable"),
    _CORS,
]
RETRY: Header = (b"retry-after", b"2")
_AGENT_BYTES = 160


def is_hls(place: str) -> bool:
    """Tells whether a path below `/iptv/channel` is ours."""
    return place.endswith(".m3u8") or "/" in place


async def serve(scope: Scope, send: Send, place: str) -> None:
    """Answers for `{number}.m3u8` or `{number}/{segment}`."""
    broadcast: Broadcast = scope["litestar_app"].state.broadcast
    if scope.get("method") not in ("GET", "HEAD"):
        await refuse(send, 405, b"GET or HEAD", (b"allow", b"GET, HEAD"), _CORS)
        return
    number, _, name = place.partition("/")
    try:
        channel = broadcast.channel(number if name else number.removesuffix(".m3u8"), tuner=False)
    except NoSuchChannel:
        await refuse(send, 404, b"no such channel", _CORS)
        return
    follower = _follower(scope, channel.key)
    if name:
        await _segment(scope, send, name, broadcast, follower, broadcast.hls(channel))
    else:
        await _playlist(scope, send, broadcast, follower, channel.number)


async def _playlist(scope: Scope, send: Send, broadcast: Broadcast, follower: Follower, number: str) -> None:
    if scope.get("method") == "HEAD":
        # Somebody looks what this is: nothing starts for that.
        await answer(send, 200, PLAYLIST_HEADERS, b"")
        return
    try:
        text = await broadcast.follow(follower).playlist(number)
    except TooManySessions:
        await refuse(send, 503, b"too many HLS players", RETRY, _CORS)
        return
    except NotReady:
        broadcast.sessions.note(follower, helped=False)
        await refuse(send, 503, b"the channel gives no pictures", RETRY, _CORS)
        return
    await answer(send, 200, [*PLAYLIST_HEADERS, (b"content-length", b"%d" % len(text))], text)


async def _segment(
    scope: Scope, send: Send, name: str, broadcast: Broadcast, follower: Follower, output: HlsOutput
) -> None:
    try:
        data = output.segment(name)
    except (NoSuchSegment, SegmentGone) as error:
        broadcast.sessions.note(follower, helped=False)
        gone = isinstance(error, SegmentGone)
        await refuse(send, 410 if gone else 404, b"gone" if gone else b"no such segment", _CORS)
        return
    headers = [*SEGMENT_HEADERS, (b"content-length", b"%d" % len(data))]
    if scope.get("method") == "HEAD":
        await answer(send, 200, headers, b"")
        return
    broadcast.sessions.note(follower, helped=True)
    await answer(send, 200, headers, data)


def _follower(scope: Scope, channel: str) -> Follower:
    client = scope.get("client")
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return Follower(channel, client[0] if client else "-", agent[:_AGENT_BYTES].decode("latin-1"))
