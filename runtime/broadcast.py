"""All channels together: one player a channel of the current timeline, and who watches which.

Owns the players' tasks. A new timeline starts players for new channels, tells the others, and lets those
that are gone play out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from exstv.asrun.entry import AsRunEntry
from exstv.timeline.model import Channel
from runtime.channel import ChannelPlayer
from runtime.cue import Kit
from runtime.fanout import Viewer
from runtime.sessions import SessionManager
from runtime.status import ChannelStatus, PlayerState


class NoSuchChannel(Exception):
    """No channel of this number is offered here."""


class Broadcast:
    """Owner of the channel players."""

    def __init__(self, kit: Kit, sessions: SessionManager) -> None:
        self.sessions = sessions
        self._kit = kit
        self._players: dict[str, ChannelPlayer] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._channels: dict[str, Channel] = {}

    def retune(self) -> None:
        """Follows the current timeline."""
        with self._kit.live.lease() as lease:
            channels = lease.reader.channels
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

    def channel(self, number: str, *, tuner: bool) -> Channel:
        """The channel of a number, if it is offered this way. Raises NoSuchChannel."""
        channel = self._channels.get(number)
        hidden = "iptv" if tuner else "hdhomerun"
        if channel is None or channel.streaming_mode == hidden:
            raise NoSuchChannel(number)
        return channel

    @contextlib.contextmanager
    def watch(self, channel: Channel, *, tuner: bool, client: str) -> Iterator[Viewer]:
        """Lets one client watch a channel for the length of the block."""
        player = self._players[channel.key]
        viewer = player.join()
        session = self.sessions.open(channel.key, viewer, tuner=tuner, client=client)
        try:
            yield viewer
        finally:
            self.sessions.close(session)
            player.leave(viewer)

    def status(self) -> dict[str, ChannelStatus]:
        """Every channel's playback, by key."""
        return {key: player.status() for key, player in self._players.items()}

    def so_far(self) -> dict[str, AsRunEntry]:
        """What is on air now, as far as it has gone out, by channel."""
        playing = ((key, player.so_far()) for key, player in self._players.items())
        return {key: entry for key, entry in playing if entry is not None}

    def end_streams(self) -> None:
        """Ends every viewer's stream: the server is told to go, and endless answers would hold it up."""
        for task in self._tasks.values():
            task.cancel()

    async def close(self) -> None:
        """Takes every channel off air."""
        self.end_streams()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
