"""The API's contract: what `/api/v1` answers, as types. The OpenAPI document at `/schema` is made from them.

Names are those of the timeline's tables (schema/timeline.sql) and of the as-run log, so that what the API
gives and what `exstv query` gives can be laid side by side. Where to go next: telling.py makes the values.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from exstv.diagnostics import Diagnostic
from exstv.followed import Followed
from exstv.timeline.model import FillerKind, ItemKind, ProgrammeKind
from runtime.process.breaker import Circuit
from runtime.status import PlayerState, Step

Instant = Annotated[str, msgspec.Meta(description="UTC, ISO 8601.", examples=["2026-12-25T20:00:00.000Z"])]
ChannelKey = Annotated[
    str, msgspec.Meta(description="The channel's name in the station's YAML.", examples=["retro"])
]
ChannelNumber = Annotated[str, msgspec.Meta(description="As on a remote control.", examples=["42", "42.1"])]
Milliseconds = Annotated[int, msgspec.Meta(description="Milliseconds.", examples=[1_800_000])]
Next = Annotated[
    str | None, msgspec.Meta(description="`cursor` of the page after this one; null on the last.")
]
Rule = Annotated[
    str,
    msgspec.Meta(
        description="The chain of names that put it there, as `exstv why` explains it.",
        examples=["retro › day › cartoons › ident"],
    ),
]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no such answer. `extra` tells which parameters are wrong, where several may be."""

    status_code: Annotated[int, msgspec.Meta(examples=[400])]
    detail: Annotated[str, msgspec.Meta(examples=["`from` is no instant: write it like 2026-12-25T20:00Z"])]
    extra: list[dict[str, str]] | msgspec.UnsetType = msgspec.UNSET


class ChannelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of the line-up."""

    key: ChannelKey
    number: ChannelNumber
    name: str
    xmltv_id: str
    group: str | None
    logo: Annotated[str | None, msgspec.Meta(description="Where its picture is, as a web address.")]
    streaming_mode: Annotated[str, msgspec.Meta(description="`both`, `iptv` or `hdhomerun`.")]
    timezone: Annotated[str, msgspec.Meta(examples=["Europe/Amsterdam"])]
    profile: str
    always_on: bool
    throttle: str
    digest: Annotated[str, msgspec.Meta(description="Of its rows: the same for the same schedule.")]


class LineUp(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel, in line-up order."""

    channels: tuple[ChannelEntry, ...]


class ProgrammeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the guide lists. For an episode `title` is the show's and `sub_title` the episode's."""

    channel: ChannelKey
    id: str
    kind: ProgrammeKind
    start_time: Instant
    finish_time: Instant
    title: str
    sub_title: str | None
    description: str | None
    season: int | None
    episode: int | None
    year: int | None
    released: str | None
    rating: str | None
    categories: tuple[str, ...]
    media_id: str | None
    artwork: Annotated[str | None, msgspec.Meta(description="Where its picture is, as a web address.")]


class GuidePage(msgspec.Struct, frozen=True, kw_only=True):
    """Programmes that overlap [from, to), by channel in line-up order, then by start."""

    programmes: tuple[ProgrammeEntry, ...]
    next: Next


class ItemEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One uninterrupted use of one media, and who put it there: `rule`, at `file`:`line` of the station."""

    channel: ChannelKey
    seq: int
    start_time: Instant
    finish_time: Instant
    in_point_ms: Milliseconds
    out_point_ms: Milliseconds
    kind: ItemKind
    filler_kind: FillerKind | None
    programme_id: str | None
    media_id: Annotated[str | None, msgspec.Meta(description="Null where only the built-in slate can play.")]
    source: str | None
    title: str | None
    rule: Rule
    file: str
    line: int


class ItemsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Items of one channel that overlap [from, to), in order."""

    items: tuple[ItemEntry, ...]
    next: Next


class SourceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Where media come from. `definition` is the station's YAML, with `${NAME}` as it stands there."""

    name: str
    type: str
    definition: dict[str, object]


class RescanEntry(msgspec.Struct, frozen=True, kw_only=True):
    """How the server's last scan of all sources went; where it failed, the catalog is as it was."""

    ok: bool
    at: Instant
    words: tuple[str, ...]


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Every source of the station, by name; `rescan` is null before the server's first scan."""

    sources: tuple[SourceEntry, ...]
    rescan: RescanEntry | None


class PinEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What stays on air until it is unpinned, whatever is edited or scanned."""

    version: int
    commit: Annotated[str | None, msgspec.Meta(description="None where the version's file itself is pinned.")]
    at: Instant


class SyncEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The repository that is followed; `words` say why its newest `commit` is not on air."""

    remote: str
    branch: str
    state: Followed
    commit: str | None
    words: str
    trouble: Annotated[str, msgspec.Meta(description="Why the last look at it failed, else empty.")]
    fetched_at: Annotated[Instant | None, msgspec.Meta(description="When it was last reached.")]


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """The timeline that is on air: `digest` is that of its rows, `inputs` that of what it was made from."""

    station: str
    timezone: str
    version: int
    digest: str
    inputs: str
    commit: Annotated[str | None, msgspec.Meta(description="The station's git commit, if it is in git.")]
    lock_digest: str
    start_time: Instant
    finish_time: Instant
    built_at: Instant
    age_ms: Annotated[int, msgspec.Meta(description="Since it was built.")]
    compiled_for: Instant
    pin: PinEntry | None
    git: SyncEntry | None


class OnAir(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel's viewers get, or got last; without viewers `state` is `idle` and nothing is sent."""

    state: PlayerState
    viewers: int
    step: Step | None
    seq: Annotated[int | None, msgspec.Meta(description="The plan's item that it is or stands in for.")]
    media_id: str | None
    since: Annotated[Instant | None, msgspec.Meta(description="From which instant of the plan on.")]
    pid: int | None
    trouble: Annotated[str | None, msgspec.Meta(description="Why it is not the plan's item.")]


class NowEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One channel at this instant: what the guide lists, what the plan plays, what is really on air."""

    channel: ChannelKey
    number: ChannelNumber
    name: str
    now: ProgrammeEntry | None
    next: ProgrammeEntry | None
    planned: ItemEntry | None
    on_air: OnAir | None


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel at one instant, in line-up order."""

    at: Instant
    channels: tuple[NowEntry, ...]


class SessionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One client that watches. `at` is the instant that it watches, null for what is on now."""

    channel: ChannelKey
    protocol: Annotated[str, msgspec.Meta(description="`MPEG-TS`, `HDHomeRun` or `HLS`.")]
    client: Annotated[str, msgspec.Meta(description="Its address.")]
    since: Instant
    at: Instant | None


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """Who watches, and which channel holds each tuner, in the tuners' order; null: it is free."""

    sessions: tuple[SessionEntry, ...]
    tuners: tuple[ChannelKey | None, ...]


class ProcessEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One child process, running or ended a short while ago; `exit` says why it ended."""

    pid: int
    purpose: str
    state: str
    started: Instant
    exit: str | None
    last_lines: tuple[str, ...]


class Processes(msgspec.Struct, frozen=True, kw_only=True):
    """Those that run, then those that ended last; how many wait for a place, and for which limit."""

    processes: tuple[ProcessEntry, ...]
    running: int
    waiting: int
    bound_by: Annotated[str | None, msgspec.Meta(examples=["ffmpeg.max_processes"])]


class BreakerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's circuit breaker. `failures` are those that still count."""

    channel: ChannelKey
    circuit: Circuit
    failures: int
    retry_in_ms: Annotated[
        int, msgspec.Meta(description="How long its planned items are left alone yet; 0 for not at all.")
    ]


class Breakers(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel's breaker, by the order in which the channels came."""

    breakers: tuple[BreakerEntry, ...]


class ReloadEntry(msgspec.Struct, frozen=True, kw_only=True):
    """How the last compile by the server went; where it failed, the timeline before it is still on air."""

    ok: bool
    at: Instant
    message: str
    diagnostics: tuple[Diagnostic, ...]


class Diagnostics(msgspec.Struct, frozen=True, kw_only=True):
    """What the compiler said of the timeline on air, and of the last edit; null where none was seen yet."""

    timeline: tuple[Diagnostic, ...]
    reload: ReloadEntry | None


class AsRunEntryJson(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch that went out; docs/as-run.md says what each column means."""

    channel: ChannelKey
    start_time: Instant
    finish_time: Instant
    plan_start_time: Instant
    plan_finish_time: Instant
    step: str
    seq: int | None
    programme_id: str | None
    planned_media_id: str | None
    media_id: str | None
    title: str | None
    first_frame: int
    frames: int
    bytes: int
    pid: int | None
    outcome: str
    reason: str | None
    failure: str | None


class AsRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one channel sent to viewers in [from, to), in order."""

    channel: ChannelKey
    from_: Instant = msgspec.field(name="from")
    to: Instant
    entries: tuple[AsRunEntryJson, ...]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a channel's scheduling is at an instant: a JSON object by cursor."""

    at: Instant
    state: dict[str, object]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel's progress, for `exstv compile --state`; `away` are channels not in the line-up."""

    format: int
    station: str
    channels: dict[str, Place]
    away: dict[str, Place]
