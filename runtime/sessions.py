"""Who watches what, and which tuners that takes.

A tuner is a channel session, not a connection: Kodi opens a channel twice, Plex shares one among its users
(protocols.md §1.5). An HLS player has no connection either: it is there as long as it asks again and again.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from dataclasses import dataclass

from exstv.clock import Clock
from runtime.at import At
from runtime.fanout import Viewer
from runtime.multivariant import Rendition
from runtime.status import TUNER, SessionStatus

TUNER_GRACE_SECONDS = 12.0
"""A tuner stays with its channel this long after its last viewer: clients close and open again. A client that
asks for another channel instead has changed channels: Kodi closes the old one first."""


class TooManyViewers(Exception):
    """No further viewer is served now; the message is for the client and names the limit."""


class AllTunersInUse(Exception):
    """Another channel is asked for than those that hold all tuners (HDHomeRun error 805)."""


@dataclass(frozen=True)
class Limits:
    """How many may watch at once, as tuners and at all. An HLS player is gone after a silence of so long."""

    tuner_count: int = 4
    hls_timeout_ms: int = 30_000
    viewers: int = 1000
    viewers_per_client: int = 250


@dataclass(frozen=True)
class Session:
    """One client's connection to one channel's stream."""

    id: int
    channel: str
    tuner: bool
    client: str
    since_ms: int
    viewer: Viewer


@dataclass(frozen=True)
class Follower:
    """Whom an HLS player is known by: it sends no cookie, but the same name from the same address."""

    channel: str
    client: str
    agent: str
    at: At | None = None
    """The instant that it asked for, None where it watches what is on now."""


@dataclass
class HlsSession:
    """One HLS player at one channel. `seen` is the monotonic second of the last answer that helped it."""

    since_ms: int
    seen: float
    answers: int = 0
    errors: int = 0
    listed: bool = False
    """Whether it has its first playlist."""
    beside: Rendition | None = None
    """The subtitles that its first playlist lists."""


class SessionManager:
    """Owner of the sessions and of the tuners."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._limits = limits
        self._tuner_count = limits.tuner_count
        self._hls_timeout = limits.hls_timeout_ms / 1000
        # In the order in which they were seen last.
        self._followers: OrderedDict[Follower, HlsSession] = OrderedDict()
        self._sessions: dict[int, Session] = {}
        self._ids = itertools.count(1)
        # By channel: when its last viewer left, and from which address that was.
        self._released: dict[str, tuple[float, str]] = {}
        # Kept while a channel holds its tuner: its viewers were told the number.
        self._numbers: dict[str, int] = {}

    def admit(self, client: str) -> None:
        """Lets one more viewer of a client's address in. Raises TooManyViewers.

        An HLS player counts as its connections do not: it may call itself anything, and be many.
        """
        watching = [
            *(session.client for session in self._sessions.values()),
            *(each.client for each in self._followers),
        ]
        if len(watching) >= self._limits.viewers:
            raise TooManyViewers("as many watch as server.max_viewers of config.yaml allows")
        if watching.count(client) >= self._limits.viewers_per_client:
            raise TooManyViewers(
                "as many watch from this address as server.max_viewers_per_client of config.yaml allows"
            )

    def take_tuner(self, channel: str, client: str) -> int:
        """Gives the number of the tuner that a channel gets for a client. Raises AllTunersInUse."""
        held = self.tuners()
        if channel in held:
            return held.index(channel)
        if None in held:
            return held.index(None)
        watched = self._watched()
        for number, holder in enumerate(held):
            if holder is not None and holder not in watched and self._released[holder][1] == client:
                return number
        raise AllTunersInUse

    def open(self, channel: str, viewer: Viewer, *, tuner: bool, client: str) -> Session:
        """Notes a viewer. Raises AllTunersInUse."""
        if tuner:
            number = self.take_tuner(channel, client)
            for other in [key for key, held in self._numbers.items() if held == number and key != channel]:
                del self._numbers[other], self._released[other]
            self._numbers[channel] = number
        now_ms = self._clock.now_ms()
        session = Session(next(self._ids), channel, tuner, client, now_ms, viewer)
        self._sessions[session.id] = session
        return session

    def close(self, session: Session) -> None:
        """Forgets a viewer; its tuner is free after a grace."""
        if self._sessions.pop(session.id, None) is not None and session.tuner:
            self._released[session.channel] = (self._clock.monotonic(), session.client)

    def tuners(self) -> list[str | None]:
        """The channel that holds each tuner, None for those that are free."""
        now = self._clock.monotonic()
        self._released = {
            channel: left for channel, left in self._released.items() if now - left[0] < TUNER_GRACE_SECONDS
        }
        holding = self._watched() | self._released.keys()
        self._numbers = {channel: number for channel, number in self._numbers.items() if channel in holding}
        held = {number: channel for channel, number in self._numbers.items()}
        return [held.get(number) for number in range(self._tuner_count)]

    def _watched(self) -> set[str]:
        return {session.channel for session in self._sessions.values() if session.tuner}

    def status(self) -> tuple[SessionStatus, ...]:
        """Everybody who watches what is on now, the oldest first."""
        streams = [
            SessionStatus(
                channel=each.channel,
                protocol=TUNER if each.tuner else "MPEG-TS",
                client=each.client,
                since_ms=each.since_ms,
            )
            for each in self._sessions.values()
        ]
        players = [
            SessionStatus(
                channel=follower.channel, protocol="HLS", client=follower.client, since_ms=session.since_ms
            )
            for follower, session in self._followers.items()
            if follower.at is None
        ]
        return tuple(sorted([*streams, *players], key=lambda each: each.since_ms))

    def follow(self, follower: Follower) -> bool:
        """Notes that an HLS player asks for its channel; true if it is new. Raises TooManyViewers."""
        if self.note(follower, helped=True):
            return False
        self.admit(follower.client)
        self._followers[follower] = HlsSession(self._clock.now_ms(), self._clock.monotonic(), answers=1)
        return True

    def listed_for(self, follower: Follower, beside: Rendition | None) -> Rendition | None:
        """Gives the subtitles that an HLS player's first playlist lists: as it did, or these if it is new.

        A player that was given a media playlist cannot take another kind at the same address.
        """
        session = self._followers.get(follower)
        if session is None:
            return beside
        if not session.listed:
            session.listed, session.beside = True, beside
        return session.beside

    def note(self, follower: Follower, *, helped: bool) -> bool:
        """Counts an answer for an HLS player; false if there is none such. An error keeps nobody here."""
        session = self._followers.get(follower)
        if session is None:
            return False
        if helped:
            session.answers += 1
            session.seen = self._clock.monotonic()
            self._followers.move_to_end(follower)
        else:
            session.errors += 1
        return True

    def until_expiry(self) -> float | None:
        """Seconds until the next HLS player has been silent for too long; None without any."""
        oldest = next(iter(self._followers.values()), None)
        if oldest is None:
            return None
        return max(0.0, oldest.seen + self._hls_timeout - self._clock.monotonic())

    def take_expired(self) -> list[tuple[Follower, HlsSession]]:
        """Forgets the HLS players that have been silent for too long, and gives them."""
        expired = []
        while self.until_expiry() == 0.0:
            expired.append(self._followers.popitem(last=False))
        return expired
