"""All channels together: one player a channel of the current timeline, and who watches which.

Owns the players' tasks. A new timeline starts players for new channels, tells the others, and lets those
that are gone play out. Who watches another time than now: catchup.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator

from exstv.asrun.entry import AsRunEntry
from exstv.timeline.model import Channel
from runtime.catchup import CatchUp, CatchUps
from runtime.channel import ChannelPlayer
from runtime.cue import Kit
from runtime.fanout import Viewer
from runtime.hls import HlsOutput
from runtime.multivariant import Rendition
from runtime.sessions import Follower, SessionManager, TooManyViewers
from runtime.status import BreakerStatus, ChannelStatus, PlayerState

log = logging.getLogger(__name__)


class NoSuchChannel(Exception):
    """No channel of this number is offered here."""


class Broadcast:
    """Owner of the channel players."""

    def __init__(self, kit: Kit, sessions: SessionManager, max_catchup: int) -> None:
        self.sessions = sessions
        self.catch_ups = CatchUps(kit, max_catchup)
        self._kit = kit
        self._players: dict[str, ChannelPlayer] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._channels: dict[str, Channel] = {}
        self._renditions: dict[str, Rendition] = {}
        self._expiring: asyncio.Task[None] | None = None

    def retune(self) -> None:
        """Follows the current timeline."""
        with self._kit.live.lease() as lease:
            channels, embedded = lease.reader.channels, lease.reader.embedded
        found = {key: Rendition.of(worn) for key, worn in embedded.items()}
        self._renditions = {key: rendition for key, rendition in found.items() if rendition is not None}
        self._channels = {channel.number: channel for channel in channels}
        for channel in channels:
            player = self._players.get(channel.key)
            if player is None:
                player = ChannelPlayer(self._kit, channel.key)
                self._players[channel.key] = player
                self._tasks[channel.key] = asyncio.create_task(player.run())
            player.retune(always_on=channel.always_on)
        gone = set(self._players) - {channel.key for channel in channels}
        for key in gone:
            self._players[key].retune(always_on=False)
            # One that somebody watches plays out first, and goes with a later timeline.
            if self._players[key].status().state is PlayerState.IDLE:
                del self._players[key]
                self._tasks.pop(key).cancel()
        self.catch_ups.retune()

    def channel(self, number: str, *, tuner: bool) -> Channel:
        """The channel of a number, if it is offered this way. Raises NoSuchChannel."""
        channel = self._channels.get(number)
        hidden = "iptv" if tuner else "hdhomerun"
        if channel is None or channel.streaming_mode == hidden:
            raise NoSuchChannel(number)
        return channel

    def rendition(self, channel: Channel) -> Rendition | None:
        """The subtitles that a channel sends beside its pictures, if it may send any."""
        return self._renditions.get(channel.key)

    @contextlib.contextmanager
    def watch(self, channel: Channel, *, tuner: bool, client: str) -> Iterator[Viewer]:
        """Lets one client watch a channel for the length of the block. Raises TooManyViewers."""
        self.sessions.admit(client)
        player = self._players[channel.key]
        viewer = player.join()
        session = self.sessions.open(channel.key, viewer, tuner=tuner, client=client)
        try:
            yield viewer
        finally:
            self.sessions.close(session)
            player.leave(viewer)

    def follow(self, follower: Follower) -> HlsOutput:
        """Notes that an HLS player asks for its channel, which stays on air while it does.

        Raises TooManyViewers.
        """
        return self._follow(follower, self._players[follower.channel])

    async def follow_past(self, follower: Follower, channel: Channel) -> CatchUp:
        """Does the same for one who asks for another time: its session goes on for as long as it asks.

        Raises NotInHistory, TooManyCatchUps and TooManyViewers.
        """
        session = self.catch_ups.of(follower)
        if session is None:
            assert follower.at is not None, "whoever has none watches what is on now"
            at_ms = await self.catch_ups.instant(channel, follower.at)
            # It may have asked twice at once.
            session = self.catch_ups.of(follower) or self.catch_ups.open(
                channel, at_ms, follower.client, follower=follower
            )
        try:
            self._follow(follower, session.player)
        except TooManyViewers:
            self.catch_ups.close(session)
            raise
        if session.player.hls.players == 0:
            # It asks again after its session had ended for another reason than its silence.
            session.player.follow()
        return session

    def _follow(self, follower: Follower, player: ChannelPlayer) -> HlsOutput:
        if self.sessions.follow(follower):
            log.info("hls session begins channel=%s client=%s", follower.channel, follower.client)
            player.follow()
            if self._expiring is None or self._expiring.done():
                self._expiring = asyncio.create_task(self._expire())
        player.wake()
        return player.hls

    def hls(self, channel: Channel) -> HlsOutput:
        """A channel's segments."""
        return self._players[channel.key].hls

    async def _expire(self) -> None:
        """Lets go of the HLS players that stopped asking, as long as there are any."""
        while (wait := self.sessions.until_expiry()) is not None:
            await asyncio.sleep(wait)
            for follower, session in self.sessions.take_expired():
                log.info(
                    "hls session ended channel=%s client=%s answers=%s errors=%s",
                    follower.channel,
                    follower.client,
                    session.answers,
                    session.errors,
                )
                self._unfollow(follower)

    def _unfollow(self, follower: Follower) -> None:
        if follower.at is not None:
            if (session := self.catch_ups.of(follower)) is not None:
                self.catch_ups.close(session)
        elif (player := self._players.get(follower.channel)) is not None:
            player.unfollow()

    def status(self) -> dict[str, ChannelStatus]:
        """Every channel's playback, by key."""
        return {key: player.status() for key, player in self._players.items()}

    def breakers(self) -> tuple[BreakerStatus, ...]:
        """Every channel's breaker, by the order in which the channels came."""
        return tuple(player.breaker() for player in self._players.values())

    def so_far(self) -> dict[str, AsRunEntry]:
        """What is on air now, as far as it has gone out, by channel."""
        playing = ((key, player.so_far()) for key, player in self._players.items())
        return {key: entry for key, entry in playing if entry is not None}

    def end_streams(self) -> None:
        """Ends every viewer's stream: the server is told to go, and endless answers would hold it up."""
        self.catch_ups.end_streams()
        for task in self._tasks.values():
            task.cancel()
        for player in self._players.values():
            player.hls.close()
        if self._expiring is not None:
            self._expiring.cancel()

    async def close(self) -> None:
        """Takes every channel off air."""
        self.end_streams()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self.catch_ups.finish()
