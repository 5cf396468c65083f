"""HLS over HTTP: types, caching, and what is said where there is nothing. tests/e2e/test_hls.py plays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from stations import HD

from exstv.clock import SystemClock
from exstv.timeline.model import Channel
from runtime.broadcast import NoSuchChannel
from runtime.caption_track import CaptionTrack, Spoken
from runtime.captions import Caption, Captions
from runtime.hls import HlsOutput
from runtime.mpegts.stream import Unit
from runtime.multivariant import Rendition
from runtime.routes.stream import STREAM_HANDLERS
from runtime.sessions import Follower, Limits, SessionManager
from runtime.throttle import PlanClock

PLAYLIST = "/iptv/channel/4.2.m3u8"
RETRO = Channel(key="retro", number="4.2", name="Retro", xmltv_id="retro.x", timezone="UTC", profile="hd")


@dataclass
class OneChannel:
    """What the routes use of a `Broadcast`, over one channel that a test feeds."""

    output: HlsOutput = field(default_factory=lambda: HlsOutput(SystemClock()))
    sessions: SessionManager = field(
        default_factory=lambda: SessionManager(SystemClock(), Limits(tuner_count=1))
    )
    followers: list[Follower] = field(default_factory=list)
    captions: CaptionTrack = field(default_factory=lambda: CaptionTrack(0, "s"))
    beside: Rendition | None = None

    def channel(self, number: str, *, tuner: bool) -> Channel:
        if number != RETRO.number or tuner:
            raise NoSuchChannel(number)
        return RETRO

    def rendition(self, channel: Channel) -> Rendition | None:
        return self.beside

    def hls(self, channel: Channel) -> HlsOutput:
        return self.output

    def follow(self, follower: Follower) -> HlsOutput:
        if self.sessions.follow(follower):
            self.followers.append(follower)
            self.output.join()
        return self.output

    def play(self, first: int, frames: int) -> None:
        units = [Unit(b"%d." % n, n * 3600, n % 50 == 0, True) for n in range(first, first + frames)]
        self.output.publish(units, PlanClock(Fraction(25), 0, 1_795_000_000_000, 0.0), HD, self.captions)


@pytest.fixture
def channel() -> OneChannel:
    return OneChannel()


@pytest.fixture
def client(channel: OneChannel, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Litestar]]:
    monkeypatch.setattr("runtime.hls.FIRST_SEGMENT_SECONDS", 0.05)
    app = Litestar(STREAM_HANDLERS, openapi_config=None, logging_config=None)
    app.state.broadcast = channel
    with TestClient(app) as client:
        yield client


def playing(channel: OneChannel, client: TestClient[Litestar]) -> list[str]:
    """Addresses of the listed segments once a player watches."""
    client.get(PLAYLIST)
    channel.play(0, 501)
    text = client.get(PLAYLIST).text
    return [f"/iptv/channel/{line}" for line in text.splitlines() if line.endswith(".ts")]


def test_a_channel_that_gives_nothing_in_time_is_asked_again_later(
    channel: OneChannel, client: TestClient[Litestar]
) -> None:
    answer = client.get(PLAYLIST)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.headers["access-control-allow-origin"] == "*"
    channel.play(0, 120)
    assert client.get(PLAYLIST).status_code == 200


def test_too_many_players_are_told_so(channel: OneChannel, client: TestClient[Litestar]) -> None:
    channel.sessions = SessionManager(SystemClock(), Limits(viewers=0))
    answer = client.get(PLAYLIST)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "server.max_viewers" in answer.text


def test_a_playlist_is_never_kept_and_a_segment_always(
    channel: OneChannel, client: TestClient[Litestar]
) -> None:
    first, *_ = playing(channel, client)
    playlist, segment = client.get(PLAYLIST), client.get(first)
    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert playlist.headers["cache-control"] == "no-cache"
    assert segment.headers["content-type"] == "video/mp2t"
    assert "immutable" in segment.headers["cache-control"]
    assert {each.headers["access-control-allow-origin"] for each in (playlist, segment)} == {"*"}
    assert segment.content.startswith(b"0.1.2.") and segment.content.endswith(b".49.")


def test_head_tells_the_same_without_a_body_and_starts_nothing(
    channel: OneChannel, client: TestClient[Litestar]
) -> None:
    head = client.head(PLAYLIST)
    assert (head.status_code, head.content, channel.followers) == (200, b"", [])
    first, *_ = playing(channel, client)
    segment = client.get(first)
    assert client.head(first).headers == segment.headers
    assert client.head(first).content == b""
    # Only what was sent counts.
    assert channel.output.sent_bytes == len(segment.content)


def test_what_left_the_playlist_long_ago_is_gone_and_what_never_was_is_unknown(
    channel: OneChannel, client: TestClient[Litestar]
) -> None:
    first, *_ = playing(channel, client)
    channel.play(501, 3000)
    assert client.get(first).status_code == 410
    for path in (first.replace("-", "-9"), "/iptv/channel/4.2/x.ts", "/iptv/channel/4.2/../4.2/1.ts"):
        assert client.get(path).status_code == 404
    assert client.get("/iptv/channel/5.m3u8").status_code == 404
    assert client.post(PLAYLIST).status_code == 405


def test_two_players_behind_one_address_are_told_apart_by_their_names(
    channel: OneChannel, client: TestClient[Litestar]
) -> None:
    for agent in ("VLC", "Kodi", "VLC", "x" * 10_000):
        client.get(PLAYLIST, headers={"User-Agent": agent})
    assert [each.agent[:4] for each in channel.followers] == ["VLC", "Kodi", "xxxx"]
    assert max(len(each.agent) for each in channel.followers) < 200


def test_a_channel_that_sends_subtitles_beside_lists_two_playlists_of_the_same_segments(
    channel: OneChannel, client: TestClient[Litestar]
) -> None:
    channel.beside = Rendition("nl", forced=False)
    channel.captions.begin(Spoken(0, 9_000_000, 0, Captions((Caption(1000, 3000, "Hallo"),))))
    client.get(PLAYLIST)
    channel.play(0, 501)
    text = client.get(PLAYLIST).text
    assert 'URI="4.2/subtitles.m3u8"' in text and text.endswith("\n4.2/video.m3u8\n")
    video, said = (client.get(f"/iptv/channel/4.2/{kind}.m3u8") for kind in ("video", "subtitles"))
    assert said.headers["content-type"] == video.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert said.text == video.text.replace(".ts", ".vtt")
    name = next(line for line in said.text.splitlines() if line.endswith(".vtt"))
    segment = client.get(f"/iptv/channel/4.2/{name}")
    assert segment.headers["content-type"] == "text/vtt" and "immutable" in segment.headers["cache-control"]
    assert "\nHallo\n" in segment.text
    # All of it is one player, and a player's answers are of one kind as long as it is there.
    assert len(channel.followers) == 1
    channel.beside = None
    assert client.get(PLAYLIST).text == text
    assert client.get(PLAYLIST, headers={"User-Agent": "VLC"}).text.count(".ts\n") > 3


def test_a_player_that_was_given_a_media_playlist_keeps_it(
    channel: OneChannel, client: TestClient[Litestar]
) -> None:
    channel.play(0, 1)
    playing(channel, client)
    before = client.get(PLAYLIST).text
    channel.beside = Rendition(None, forced=False)
    assert client.get(PLAYLIST).text == before
