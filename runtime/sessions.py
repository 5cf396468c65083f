"""Who watches what, and which tuners that takes.

A tuner is a channel session, not a connection: Kodi opens a channel twice, Plex shares one among its users
(protocols.md §1.5).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from exstv.clock import Clock
from runtime.fanout import Viewer

TUNER_GRACE_SECONDS = 12.0
"""A tuner stays with its channel this long after its last viewer: clients close and open again."""


class AllTunersInUse(Exception):
    """Another channel is asked for than those that hold all tuners (HDHomeRun error 805)."""


@dataclass(frozen=True)
class Session:
    """One client's connection to one channel's stream."""

    id: int
    channel: str
    tuner: bool
    client: str
    since_ms: int
    viewer: Viewer


class SessionManager:
    """Owner of the sessions and of the tuners."""

    def __init__(self, clock: Clock, tuner_count: int) -> None:
        self._clock = clock
        self._tuner_count = tuner_count
        self._sessions: dict[int, Session] = {}
        self._ids = itertools.count(1)
        self._released: dict[str, float] = {}

    def take_tuner(self, channel: str) -> int:
        """Gives the number of the tuner that a channel gets. Raises AllTunersInUse."""
        held = self.tuners()
        if channel in held:
            return held.index(channel)
        if len(held) >= self._tuner_count:
            raise AllTunersInUse
        return len(held)

    def open(self, channel: str, viewer: Viewer, *, tuner: bool, client: str) -> Session:
        """Notes a viewer."""
        now_ms = self._clock.now_ms()
        session = Session(next(self._ids), channel, tuner, client, now_ms, viewer)
        self._sessions[session.id] = session
        return session

    def close(self, session: Session) -> None:
        """Forgets a viewer; its tuner is free after a grace."""
        if self._sessions.pop(session.id, None) is not None and session.tuner:
            self._released[session.channel] = self._clock.monotonic()

    def tuners(self) -> list[str]:
        """The channels that hold a tuner."""
        now = self._clock.monotonic()
        self._released = {
            channel: at for channel, at in self._released.items() if now - at < TUNER_GRACE_SECONDS
        }
        watched = (session.channel for session in self._sessions.values() if session.tuner)
        return list(dict.fromkeys([*watched, *self._released]))
