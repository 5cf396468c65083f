"""What pages that stay open are told: what changed on which channel, once a second at most.

One snapshot a second serves all who listen; while nobody does none is made. HTTP: runtime/routes/events.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import msgspec

from exstv.clock import Clock, to_iso
from exstv.printable import printable_json
from runtime.status import ChannelStatus, PlayerState, RuntimeStatus, Step

EVERY_SECONDS = 1.0
QUIET_SECONDS = 15.0
"""After so long without news a comment is sent: proxies close what is silent."""
SLOW_SECONDS = 10.0
"""A client that does not take a message in this time is dropped."""
MOST_LISTENERS = 100


class TooManyListeners(Exception):
    """So many listen already that no more are taken."""


class ChannelNews(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of one channel; `seq` is the item's that is on air."""

    state: PlayerState
    viewers: int
    step: Step | None
    seq: int | None
    trouble: str | None


class ReloadNews(msgspec.Struct, frozen=True, kw_only=True):
    """How the last reload went."""

    ok: bool
    at: str


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message. Of `channels` those that changed; None for one that is not in the line-up any more."""

    revision: int
    reload: ReloadNews | None = None
    channels: Mapping[str, ChannelNews | None] = {}


class Events:
    """Owner of those who listen: lets them in and out, and ends them all when the server is told to go."""

    def __init__(
        self,
        clock: Clock,
        status: Callable[[], RuntimeStatus],
        revision: Callable[[], int],
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self._clock = clock
        self._status = status
        self._revision = revision
        self._news = News(revision=0)
        self._until = float("-inf")
        self._ending = asyncio.Event()
        self.slow_seconds = slow_seconds
        self.listeners = 0

    def end(self) -> None:
        """Ends what is told to everyone; nobody is let in any more."""
        self._ending.set()

    @contextlib.contextmanager
    def listener(self) -> Iterator[AsyncIterator[bytes]]:
        """Gives one client what is told, for the length of the block. Raises TooManyListeners."""
        if self.listeners >= MOST_LISTENERS or self._ending.is_set():
            raise TooManyListeners
        self.listeners += 1
        try:
            yield self._messages()
        finally:
            self.listeners -= 1

    async def _messages(self) -> AsyncIterator[bytes]:
        known = News(revision=0)
        told = self._clock.monotonic()
        while not self._ending.is_set():
            news = self._current()
            if news != known:
                changes = _changes(known, news)
                known, told = news, self._clock.monotonic()
                yield b"data: %b\n\n" % printable_json(changes)
            elif self._clock.monotonic() - told >= QUIET_SECONDS:
                told = self._clock.monotonic()
                yield b":\n\n"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), EVERY_SECONDS)

    def _current(self) -> News:
        """What there is to tell, at most a second old."""
        now = self._clock.monotonic()
        if now >= self._until:
            self._news, self._until = _news(self._status(), self._revision()), now + EVERY_SECONDS
        return self._news


def _news(status: RuntimeStatus, revision: int) -> News:
    reload = status.reload
    return News(
        revision=revision,
        reload=ReloadNews(ok=reload.ok, at=to_iso(reload.at_ms)) if reload else None,
        channels={key: _channel(each) for key, each in status.channels.items()},
    )


def _channel(status: ChannelStatus) -> ChannelNews:
    return ChannelNews(
        state=status.state,
        viewers=status.viewers,
        step=status.step,
        seq=status.item.seq if status.item else None,
        trouble=status.trouble,
    )


def _changes(known: News, news: News) -> News:
    """What somebody who knows the one has to be told to know the other."""
    changed: dict[str, ChannelNews | None] = {
        key: each for key, each in news.channels.items() if known.channels.get(key) != each
    }
    changed |= {key: None for key in known.channels if key not in news.channels}
    return msgspec.structs.replace(news, channels=changed)
