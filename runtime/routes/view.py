"""What the status page says, as frozen values ready for the template: words, local times, badges.

Pure: page.py reads the timeline and asks the clock; templates/status.html.j2 lays it out. "Now" is the row of
the timeline that XMLTV and `exstv guide` show too; "on air" is what the player really sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from exstv.followed import Followed
from exstv.timeline.model import (
    Channel,
    FillerKind,
    Header,
    ItemKind,
    Media,
    PlayoutItem,
    Programme,
    ProgrammeKind,
)
from exstv.timeline.pins import Pin
from exstv.units import DAY_MS
from runtime.process.breaker import Circuit
from runtime.routes.aired import AiredSummary
from runtime.routes.words import clock_words, date_words, number_words, span_words
from runtime.status import (
    BreakerStatus,
    CatchUpStatus,
    ChannelStatus,
    PlayerState,
    ProcessStatus,
    ReloadStatus,
    Step,
    SyncStatus,
)

_FILLER_WORDS = {
    FillerKind.PRE_ROLL: "Pre-roll",
    FillerKind.MID_ROLL: "Break",
    FillerKind.POST_ROLL: "Post-roll",
    FillerKind.TAIL: "Tail filler",
    FillerKind.FALLBACK: "Fallback",
}
_STATE_WORDS = {
    PlayerState.IDLE: "Idle",
    PlayerState.CUEING: "Starting",
    PlayerState.ON_AIR: "On air",
    PlayerState.SLATE: "Slate",
    PlayerState.DRAINING: "Stopping",
}
_FOLLOWED_WORDS = {
    Followed.WAITING: "none was fetched yet",
    Followed.ON_AIR: "on air",
    Followed.BROKEN: "does not compile",
    Followed.REFUSED: "refused",
    Followed.PINNED: "waits, as a version is pinned",
}
_STEP_WORDS: dict[Step | None, str] = {
    Step.SOFTWARE: "Software",
    Step.FALLBACK: "Fallback",
    Step.SLATE: "Slate",
}

_CIRCUIT_WORDS = {
    Circuit.CLOSED: "its items are tried as planned",
    Circuit.OPEN: "its items are left alone for a while",
    Circuit.HALF_OPEN: "one item is being tried",
}


@dataclass(frozen=True)
class ChannelFacts:
    """One channel as the timeline has it at an instant, and as its player does."""

    channel: Channel
    now: Programme | None
    next: Programme | None
    planned: PlayoutItem | None
    status: ChannelStatus | None
    media: Mapping[str, Media] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)
    """Where the pictures of what it shows now and next are, by media."""

    @property
    def playing(self) -> ChannelStatus | None:
        """The player's word, where it has one: nobody watching, it has none."""
        return self.status if self.status and self.status.state is not PlayerState.IDLE else None

    @property
    def item(self) -> PlayoutItem | None:
        """What is on air really, or would be."""
        return (self.playing.item if self.playing else None) or self.planned

    def picture_of(self, programme: Programme) -> str | None:
        """Where the picture of a programme is."""
        return self.pictures.get(programme.media_id or "")


@dataclass(frozen=True)
class ProgrammeView:
    """A guide entry in words; `start` and `finish` are on the channel's wall clock."""

    id: str
    title: str
    detail: str
    start: str
    finish: str


@dataclass(frozen=True)
class AiringView:
    """What viewers get, or would get: `what` is its kind, `trouble` why it is not the plan's item."""

    what: str
    title: str
    since: str
    running: bool
    planned: bool
    trouble: str
    rule: str
    place: str


@dataclass(frozen=True)
class ChannelView:
    """A channel's card."""

    channel: Channel
    now: ProgrammeView | None
    picture: str | None
    next: ProgrammeView | None
    permille: int
    """How much of the programme is over, of 1000."""
    left: str
    state: str
    state_words: str
    viewers: int
    airing: AiringView | None
    aired: AiredSummary | None = None


@dataclass(frozen=True)
class ProcessView:
    """One row of the table of processes."""

    process: ProcessStatus
    since: str
    age: str


@dataclass(frozen=True)
class BreakerView:
    """A channel whose items failed of late, and what that means for the next one."""

    breaker: BreakerStatus
    channel: str
    words: str

    @property
    def wait(self) -> str:
        """How long its items are left alone yet, empty for not at all."""
        return span_words(self.breaker.retry_in_ms) if self.breaker.retry_in_ms else ""


@dataclass(frozen=True)
class CatchUpView:
    """One row of the table of catch-up sessions; instants are on the channel's wall clock."""

    session: CatchUpStatus
    channel: str
    began: str
    playing: str
    state_words: str
    age: str


@dataclass(frozen=True)
class ReloadView:
    """How the last reload went; `report` is what the compiler said, as the command line shows it."""

    ok: bool
    age: str
    report: str


@dataclass(frozen=True)
class SyncView:
    """The repository that is followed; `title` is a notice, empty where all is well."""

    sync: SyncStatus
    state_words: str
    age: str
    title: str
    text: str


@dataclass(frozen=True)
class PinView:
    """What is pinned, and since when."""

    pin: Pin
    since: str
    age: str


@dataclass(frozen=True)
class StationView:
    """The timeline that is live."""

    header: Header
    built: str
    age: str
    horizon: str
    ahead: str
    warning: str


def channel_view(facts: ChannelFacts, now_ms: int) -> ChannelView:
    """A channel's card at this instant."""
    zone = ZoneInfo(facts.channel.timezone)
    now, status = facts.now, facts.status
    state = status.state if status else PlayerState.IDLE
    return ChannelView(
        channel=facts.channel,
        now=_programme(now, zone) if now else None,
        picture=facts.picture_of(now) if now else None,
        next=_programme(facts.next, zone) if facts.next else None,
        permille=1000 * (now_ms - now.start_ms) // (now.finish_ms - now.start_ms) if now else 0,
        left=span_words(now.finish_ms - now_ms) if now else "",
        state=state.value,
        state_words=_STATE_WORDS[state],
        viewers=status.viewers if status else 0,
        airing=_airing(facts, zone),
    )


def process_view(process: ProcessStatus, zone: ZoneInfo, now_ms: int) -> ProcessView:
    """A process's row."""
    return ProcessView(
        process, clock_words(process.started_ms, zone), span_words(now_ms - process.started_ms)
    )


def breaker_views(breakers: Iterable[BreakerStatus], channels: Iterable[Channel]) -> list[BreakerView]:
    """The breakers that have something to tell, by the channels' order."""
    known = {each.channel: each for each in breakers if each.failures or each.circuit is not Circuit.CLOSED}
    return [
        BreakerView(known[channel.key], channel.name, _CIRCUIT_WORDS[known[channel.key].circuit])
        for channel in channels
        if channel.key in known
    ]


def catch_up_view(session: CatchUpStatus, channels: Iterable[Channel], now_ms: int) -> CatchUpView | None:
    """A catch-up session's row; None where its channel was taken out meanwhile."""
    channel = next((each for each in channels if each.key == session.channel), None)
    if channel is None:
        return None
    zone = ZoneInfo(channel.timezone)
    return CatchUpView(
        session,
        channel.name,
        date_words(session.at_ms, zone),
        date_words(session.playing_ms, zone),
        _STATE_WORDS[session.playback.state],
        span_words(now_ms - session.since_ms),
    )


def station_view(header: Header, now_ms: int) -> StationView:
    """The live timeline's facts; less than a day ahead means that it was not rolled forward: a warning."""
    zone = ZoneInfo(header.timezone)
    ahead_ms = header.finish_ms - now_ms
    if ahead_ms <= 0:
        warning = "The timeline has ended: nothing is planned any more."
    elif ahead_ms < DAY_MS:
        warning = f"Only {span_words(ahead_ms)} of timeline left: it has not been rolled forward."
    else:
        warning = ""
    return StationView(
        header=header,
        built=date_words(header.built_at_ms, zone),
        age=span_words(now_ms - header.built_at_ms),
        horizon=date_words(header.finish_ms, zone),
        ahead=span_words(max(0, ahead_ms)),
        warning=warning,
    )


def reload_view(reload: ReloadStatus, report: str, now_ms: int) -> ReloadView:
    """The last reload; `report` is its diagnostics as text."""
    told = "\n\n".join(part for part in (report.rstrip(), reload.message) if part)
    return ReloadView(reload.ok, span_words(now_ms - reload.at_ms), told)


def sync_view(sync: SyncStatus, now_ms: int) -> SyncView:
    """The repository; that a commit does not compile is told by the reload."""
    title = text = ""
    if sync.trouble:
        title, text = "The repository cannot be followed", sync.trouble
    elif sync.state is Followed.REFUSED:
        title, text = "The newest commit is refused", f"{(sync.commit or '')[:12]}: {sync.words}"
    return SyncView(
        sync=sync,
        state_words=_FOLLOWED_WORDS[sync.state],
        age=span_words(now_ms - sync.fetched_ms) if sync.fetched_ms is not None else "",
        title=title,
        text=text,
    )


def pin_view(pin: Pin, zone: ZoneInfo, now_ms: int) -> PinView:
    """The pin in words."""
    return PinView(pin, date_words(pin.at_ms, zone), span_words(now_ms - pin.at_ms))


def _programme(programme: Programme, zone: ZoneInfo) -> ProgrammeView:
    year = str(programme.year) if programme.year else ""
    off_air = "Off air" if programme.kind is ProgrammeKind.OFF_AIR else ""
    return ProgrammeView(
        id=programme.id,
        title=programme.title,
        detail=" · ".join(
            part for part in (off_air, number_words(programme), programme.sub_title, year) if part
        ),
        start=clock_words(programme.start_ms, zone),
        finish=clock_words(programme.finish_ms, zone),
    )


def _airing(facts: ChannelFacts, zone: ZoneInfo) -> AiringView | None:
    playing, item = facts.playing, facts.item
    if item is None:
        return None
    step = playing.step if playing else None
    since_ms = playing.since_ms if playing else None
    media = facts.media.get(item.media_id) if item.media_id else None
    return AiringView(
        what=_STEP_WORDS.get(step) or _kind_words(item),
        title=media.title if media else "",
        since=clock_words(since_ms, zone) if since_ms is not None else "",
        running=playing is not None,
        planned=step is None or step.planned or item.media_id is None,
        trouble=(playing.trouble or "") if playing else "",
        rule=item.rule,
        place=f"{item.file}:{item.line}",
    )


def _kind_words(item: PlayoutItem) -> str:
    if item.kind is ItemKind.CONTENT:
        return "Programme"
    if item.kind is ItemKind.OFF_AIR or item.media_id is None:
        return "Slate"
    return _FILLER_WORDS[item.filler_kind] if item.filler_kind else "Filler"
