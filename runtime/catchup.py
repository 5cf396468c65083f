"""Catch-up: what was on air is played again, from any instant of the timeline's history on.

Owns the sessions. Each is a player of its own over the same timeline, by a clock of its own that begins at
the instant: airing.py does not know that it is not now. It fails by itself, starts its processes behind every
channel's, takes no tuner and is not in the as-run log. HTTP: runtime/routes/stream.py and hls.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from exstv.asrun.entry import AsRunEntry
from exstv.clock import Clock, to_iso
from exstv.timeline.model import Channel
from exstv.timeline.query import TimelineReader, item_at, programme_at
from runtime.at import START, At
from runtime.channel import ChannelPlayer
from runtime.cue import Kit
from runtime.fanout import Viewer
from runtime.hls import HlsOutput
from runtime.process.breaker import RestartThrottle
from runtime.sessions import Follower
from runtime.status import CatchUpStatus

log = logging.getLogger(__name__)


class NotInHistory(Exception):
    """Nothing can be played from this instant; why is said in words for the client."""


class TooManyCatchUps(Exception):
    """As many play already as config.yaml's `server.max_catchup` allows."""


class PastClock:
    """A clock that stands at an instant until it is first asked, and runs from then on.

    It follows the monotonic clock: nobody who watches the past is moved when the machine's time is set.
    """

    def __init__(self, clock: Clock, at_ms: int) -> None:
        self._clock = clock
        self._at_ms = at_ms
        self._begun: float | None = None

    def now_ms(self) -> int:
        """The instant that is played now, in UTC ms."""
        now = self._clock.monotonic()
        if self._begun is None:
            self._begun = now
        return self._at_ms + round((now - self._begun) * 1000)

    def monotonic(self) -> float:
        """The machine's own."""
        return self._clock.monotonic()


@dataclass(frozen=True)
class CatchUp:
    """One session: whose it is and what plays it."""

    id: str
    channel: str
    at_ms: int
    since_ms: int
    client: str
    follower: Follower | None
    """The HLS player that it is for."""
    clock: PastClock
    player: ChannelPlayer


class CatchUps:
    """Owner of the catch-up sessions and of their players' tasks."""

    def __init__(self, kit: Kit, most: int) -> None:
        self._kit = kit
        self._most = most
        # What fails here takes no restart from a channel.
        self._restarts = RestartThrottle(kit.restarts.rules)
        self._sessions: dict[str, CatchUp] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def instant(self, channel: Channel, at: At) -> int:
        """The UTC ms from which a channel is to be played. Raises NotInHistory and TooManyCatchUps."""
        if self._most == 0:
            raise NotInHistory("catch-up is off: `server.max_catchup` of config.yaml is 0")
        now_ms = self._kit.clock.now_ms()
        if at != START and at > now_ms:
            raise NotInHistory(f"{to_iso(at)} is still to come")
        with self._kit.live.lease() as lease:
            at_ms = await self._kit.live.ask(lease, partial(_instant, lease.reader, channel.key, at, now_ms))
        if len(self._sessions) >= self._most:
            raise TooManyCatchUps
        return at_ms

    def open(self, channel: Channel, at_ms: int, client: str, *, follower: Follower | None = None) -> CatchUp:
        """Begins a session. Raises TooManyCatchUps."""
        if len(self._sessions) >= self._most:
            raise TooManyCatchUps
        id_ = secrets.token_hex(6)
        clock = PastClock(self._kit.clock, at_ms)
        name = f"{channel.key}@{to_iso(at_ms)}/{id_}"
        kit = replace(self._kit, clock=clock, aired=_note_aired, restarts=self._restarts, past=name)
        # By the machine's clock: a player that comes back to an address must find greater numbers there.
        player = ChannelPlayer(kit, channel.key, hls=HlsOutput(self._kit.clock))
        since_ms = self._kit.clock.now_ms()
        session = CatchUp(id_, channel.key, at_ms, since_ms, client, follower, clock, player)
        self._sessions[id_] = session
        task = asyncio.create_task(player.run())
        self._tasks[id_] = task
        task.add_done_callback(lambda _: self._tasks.pop(id_, None))
        log.info("catch-up begins session=%s client=%s", name, client)
        return session

    def close(self, session: CatchUp) -> None:
        """Ends a session and its processes at once: nobody else watches it."""
        if self._sessions.pop(session.id, None) is not None:
            log.info("catch-up ended channel=%s session=%s", session.channel, session.id)
            self._end(session)

    @contextlib.contextmanager
    def watch(self, channel: Channel, at_ms: int, client: str) -> Iterator[Viewer]:
        """Lets one client watch from an instant on for the length of the block. Raises TooManyCatchUps."""
        session = self.open(channel, at_ms, client)
        viewer = session.player.join()
        try:
            yield viewer
        finally:
            session.player.leave(viewer)
            self.close(session)

    def of(self, follower: Follower) -> CatchUp | None:
        """An HLS player's session."""
        return next((each for each in self._sessions.values() if each.follower == follower), None)

    def session(self, id_: str, channel: str) -> CatchUp | None:
        """A channel's session by the id that is part of its segments' addresses."""
        found = self._sessions.get(id_)
        return found if found is not None and found.channel == channel else None

    def retune(self) -> None:
        """Follows the current timeline; sessions whose hour is not in it any more end."""
        with self._kit.live.lease() as lease:
            begins_ms = lease.reader.header.start_ms
        for session in list(self._sessions.values()):
            if session.clock.now_ms() < begins_ms:
                log.info("catch-up is no history any more session=%s", session.id)
                self.close(session)
            else:
                session.player.retune(always_on=False)

    def status(self) -> tuple[CatchUpStatus, ...]:
        """Every session, the oldest first."""
        return tuple(
            CatchUpStatus(
                channel=each.channel,
                at_ms=each.at_ms,
                playing_ms=each.clock.now_ms(),
                since_ms=each.since_ms,
                client=each.client,
                protocol="MPEG-TS" if each.follower is None else "HLS",
                playback=each.player.status(),
            )
            for each in self._sessions.values()
        )

    def end_streams(self) -> None:
        """Ends every session: the server is told to go."""
        for session in list(self._sessions.values()):
            self.close(session)

    async def finish(self) -> None:
        """Waits until nothing plays any more."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _end(self, session: CatchUp) -> None:
        session.player.hls.close()
        if (task := self._tasks.get(session.id)) is not None:
            task.cancel()


def _instant(reader: TimelineReader, channel: str, at: At, now_ms: int) -> int:
    """Queries DuckDB."""
    if at == START:
        programme = programme_at(reader.programmes(now_ms, now_ms + 1, channel), now_ms)
        if programme is None:
            raise NotInHistory("no programme is on now")
        at = programme.start_ms
    if item_at(reader.items(channel, at, at + 1), at) is None:
        raise NotInHistory(f"{to_iso(at)} is not in the history of this channel")
    return at


def _note_aired(entry: AsRunEntry) -> None:
    """Says what a session sent; what a channel aired is another matter."""
    log.info(
        "catch-up sent channel=%s media=%s plan=%s frames=%s outcome=%s",
        entry.channel,
        entry.media_id or "-",
        to_iso(entry.plan_start_ms),
        entry.frames,
        entry.outcome,
    )
