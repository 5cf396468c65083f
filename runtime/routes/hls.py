"""HLS: a channel's media playlist at `/iptv/channel/{number}.m3u8`, and below `{number}/` its segments.

No multivariant playlist where there is nothing to choose: it would cost a request more before the first
picture, and hold BANDWIDTH and CODECS that Safari and hls.js refuse where they are not exact. hls.js, Safari,
VLC, Kodi, ffmpeg and mpv all take a media playlist; the segments tell the codecs.

A channel that sends subtitles beside its pictures has one there, and its two media playlists are
`{number}/video.m3u8` and `{number}/subtitles.m3u8`: whoever polls either is one player.

With `?at=` a playlist begins at another time than now; the segments of such a session are below
`{number}/{session}/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from exstv.timeline.model import Channel
from runtime.at import At, asked_at, parse_at
from runtime.broadcast import Broadcast, NoSuchChannel
from runtime.caption_track import MEDIA_TYPE as TEXT_MEDIA_TYPE
from runtime.hls import MEDIA_TYPE, STREAM, TEXT, HlsOutput, NoSuchSegment, NotReady, SegmentGone
from runtime.multivariant import SUBTITLES, VIDEO, multivariant
from runtime.routes.past import REFUSED, refuse_past
from runtime.routes.raw import Header, answer, refuse
from runtime.sessions import Follower, TooManyViewers

if TYPE_CHECKING:
    from litestar.types import Scope, Send

_CORS: Header = (b"access-control-allow-origin", b"*")
PLAYLIST_HEADERS: list[Header] = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-cache"),
    _CORS,
]
SEGMENT_HEADERS: list[Header] = [
    # A name is never given twice.
    (b"cache-control", b"public, max-age=31536000, immutable"),
    _CORS,
]
_SEGMENT_TYPES = {STREAM: b"video/mp2t", TEXT: TEXT_MEDIA_TYPE.encode()}
_MEDIA_PLAYLISTS = {VIDEO: STREAM, SUBTITLES: TEXT}
RETRY: Header = (b"retry-after", b"2")
_AGENT_BYTES = 160


def is_hls(place: str) -> bool:
    """Tells whether a path below `/iptv/channel` is ours."""
    return place.endswith(".m3u8") or "/" in place


async def serve(scope: Scope, send: Send, place: str) -> None:
    """Answers for `{number}.m3u8`, `{number}/{segment}` or, of catch-up, `{number}/{session}/{segment}`."""
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
    try:
        if name and name not in _MEDIA_PLAYLISTS:
            await _find_segment(scope, send, name, channel)
        else:
            await _playlist(scope, send, channel, name)
    except REFUSED as error:
        await refuse_past(send, error, _CORS)


async def _playlist(scope: Scope, send: Send, channel: Channel, name: str) -> None:
    """Answers for the channel's own playlist, or for one of the two that it may name."""
    broadcast: Broadcast = scope["litestar_app"].state.broadcast
    at = asked_at(scope["query_string"])
    follower = _follower(scope, channel.key, None if at is None else parse_at(at))
    if scope.get("method") == "HEAD":
        # Somebody looks what this is: nothing starts for that.
        if follower.at is not None and broadcast.catch_ups.of(follower) is None:
            await broadcast.catch_ups.instant(channel, follower.at)
        await answer(send, 200, PLAYLIST_HEADERS, b"")
        return
    try:
        if follower.at is None:
            followed = _Followed(broadcast.follow(follower), "", "")
        else:
            session = await broadcast.follow_past(follower, channel)
            followed = _Followed(session.player.hls, session.id, f"?at={quote(at or '')}")
        text = await _text(broadcast, follower, channel, followed, name)
    except TooManyViewers as error:
        await refuse(send, 503, str(error).encode(), RETRY, _CORS)
        return
    except NotReady:
        broadcast.sessions.note(follower, helped=False)
        await refuse(send, 503, b"the channel gives no pictures", RETRY, _CORS)
        return
    await answer(send, 200, [*PLAYLIST_HEADERS, (b"content-length", b"%d" % len(text))], text)


@dataclass(frozen=True)
class _Followed:
    """What a player follows: where below its channel's folder the segments are, and by what query it came."""

    output: HlsOutput
    folder: str
    query: str


async def _text(
    broadcast: Broadcast, follower: Follower, channel: Channel, followed: _Followed, name: str
) -> bytes:
    """A playlist's text. Raises NotReady."""
    if name:
        return await followed.output.playlist(followed.folder, _MEDIA_PLAYLISTS[name])
    rendition = broadcast.sessions.listed_for(follower, broadcast.rendition(channel))
    if rendition is None:
        folder = f"{channel.number}/{followed.folder}".rstrip("/")
        return await followed.output.playlist(folder)
    variant = await followed.output.variant()
    return multivariant(variant, rendition, channel.number, followed.query).encode()


async def _find_segment(scope: Scope, send: Send, name: str, channel: Channel) -> None:
    broadcast: Broadcast = scope["litestar_app"].state.broadcast
    id_, _, name = name.rpartition("/")
    if not id_:
        follower = _follower(scope, channel.key, None)
        await _segment(scope, send, name, broadcast, follower, broadcast.hls(channel))
        return
    session = broadcast.catch_ups.session(id_, channel.key)
    if session is None or session.follower is None:
        await refuse(send, 404, b"no such session, or it has ended", _CORS)
        return
    await _segment(scope, send, name, broadcast, session.follower, session.player.hls)


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
    kind = _SEGMENT_TYPES[name[name.rindex(".") :]]
    headers = [(b"content-type", kind), *SEGMENT_HEADERS, (b"content-length", b"%d" % len(data))]
    if scope.get("method") == "HEAD":
        await answer(send, 200, headers, b"")
        return
    broadcast.sessions.note(follower, helped=True)
    output.sent(data)
    await answer(send, 200, headers, data)


def _follower(scope: Scope, channel: str, at: At | None) -> Follower:
    client = scope.get("client")
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return Follower(channel, client[0] if client else "-", agent[:_AGENT_BYTES].decode("latin-1"), at)
