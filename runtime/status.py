"""What the runtime tells of itself: frozen snapshots for the page, the health checks and the tests.

Owns nothing: each owner (ChannelPlayer, ProcessPool, Reloader) makes its own part, see services.py.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from exstv.diagnostics import Diagnostic
from exstv.followed import Followed
from exstv.timeline.model import PlayoutItem
from exstv.timeline.pins import Pin
from runtime.process.breaker import Circuit
from runtime.process.guards import Resources


class PlayerState(StrEnum):
    """Where a channel's playback is."""

    IDLE = "idle"
    CUEING = "cueing"
    ON_AIR = "on_air"
    SLATE = "slate"
    DRAINING = "draining"


class Step(StrEnum):
    """The step of the ladder that is on air.

    The planned item; the same encoded in software, where hardware failed; the channel's fallback; the slate.
    """

    ITEM = "item"
    SOFTWARE = "software"
    FALLBACK = "fallback"
    SLATE = "slate"

    @property
    def planned(self) -> bool:
        """Tells whether the plan's item is seen."""
        return self in (Step.ITEM, Step.SOFTWARE)


class ChannelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's playback. `item` is what is on air really, None when nobody watches."""

    channel: str
    state: PlayerState
    viewers: int = 0
    item: PlayoutItem | None = None
    step: Step | None = None
    since_ms: int | None = None
    """UTC ms at which what is on air began to be aired."""
    pid: int | None = None
    trouble: str | None = None
    """Why the channel is not on the plan's item, or what the item plays without, in words for the page."""
    late_ms: int | None = None
    """By how much viewers see the plan later than it says; None while nothing goes out."""
    sent_bytes: int = 0
    """What its viewers were sent, all together, since it is in the line-up."""


class BreakerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's circuit breaker."""

    channel: str
    circuit: Circuit = Circuit.CLOSED
    failures: int = 0
    """Those that still count."""
    failed: int = 0
    """All since the channel is in the line-up."""
    retry_in_ms: int = 0
    """How long planned items are left alone yet."""


TUNER = "HDHomeRun"
"""The protocol of those who watch by a tuner."""


class SessionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One client that watches what is on now."""

    channel: str
    protocol: str
    """TUNER, `MPEG-TS` or `HLS`."""
    client: str
    since_ms: int


class PoolStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How many processes there are and were, and what the machine has left for more."""

    running: int
    waiting: int
    """For a place among them."""
    bound_by: str | None
    """The limit that they wait for."""
    spawned: int
    """Since the start."""
    exits: dict[str, int]
    """Those that ended since the start, by why."""
    resources: Resources


class CatchUpStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One catch-up session: somebody who watches what was on air at another time."""

    channel: str
    at_ms: int
    """The instant of the timeline, in UTC ms, that it began at."""
    playing_ms: int
    """The one that it plays now."""
    since_ms: int
    """UTC ms at which it began."""
    client: str
    protocol: str
    playback: ChannelStatus


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One child process, running or ended a short while ago."""

    pid: int
    purpose: str
    """What it is for: `Retro: Metropolis`, or `Retro, catch-up: Metropolis`."""
    state: str
    started_ms: int
    exit: str | None = None
    last_lines: tuple[str, ...] = ()


class ReloadStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the last compile went; on failure the timeline before it stays on air."""

    ok: bool
    at_ms: int
    diagnostics: tuple[Diagnostic, ...] = ()
    message: str = ""
    commit: str | None = None
    """What was compiled, where a repository is followed."""
    folder: str = ""
    """From where the files are named that its diagnostics name; nothing for where the server was started."""


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The repository that is followed. `words` say why its `commit` is not on air."""

    remote: str
    """Without what opens it."""
    branch: str
    state: Followed
    commit: str | None = None
    words: str = ""
    trouble: str = ""
    """Why the last look at the remote failed; nothing where it did not."""
    fetched_ms: int | None = None
    """UTC ms of the last look that did not fail."""
    fetches: int = 0
    """Looks since the start."""
    failures: int = 0
    """Those that failed."""


class RescanStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the last scan of all sources went; where it failed, the catalog is as it was."""

    ok: bool
    at_ms: int
    words: tuple[str, ...] = ()
    """What it came to, a source a line."""


class EncoderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What encodes the pictures of profiles that ask for hardware."""

    codec: str
    wanted: str
    """The profile's `hardware`."""
    encoder: str | None
    """As ffmpeg calls it; None while it is being tried."""
    why: str = ""
    """Why it is not what was asked for."""


class AsRunStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what airs can be logged; `trouble` says why not."""

    trouble: str | None = None
    waiting: int = 0
    """Entries that are not on the disk yet."""
    given_up: int = 0
    """Entries that waited for too long and are lost."""
    outcomes: dict[str, int] = {}
    """Entries since the start, by outcome."""


class RuntimeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one instant."""

    channels: dict[str, ChannelStatus]
    processes: tuple[ProcessStatus, ...] = ()
    tuners: tuple[str | None, ...] = ()
    """Keys of the channels that hold a tuner each, None for one that is free."""
    reload: ReloadStatus | None = None
    rescan: RescanStatus | None = None
    """None before the first scan, and where the catalog is locked."""
    sync: SyncStatus | None = None
    pin: Pin | None = None
    encoders: tuple[EncoderStatus, ...] = ()
    as_run: AsRunStatus = AsRunStatus()
    catch_ups: tuple[CatchUpStatus, ...] = ()
    sessions: tuple[SessionStatus, ...] = ()
    breakers: tuple[BreakerStatus, ...] = ()
    pool: PoolStatus | None = None
    restarts: int = 0
    """Tries of what had failed, over all channels, since the start."""
    reload_failures: int = 0
    """Since the start."""
    started_ms: int
