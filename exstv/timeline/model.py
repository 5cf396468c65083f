"""The timeline as values: what the compiler makes and the runtime plays.

The contract between the two: change it only together with schema/timeline.sql and FORMAT_VERSION.
Instants are UTC integer milliseconds, intervals half-open. Where to go next: store.py writes and publishes
a timeline, query.py reads one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

import msgspec

FORMAT_VERSION = 4
"""Version of the tables; a reader refuses any other."""


class ItemKind(StrEnum):
    """What a playout item is for."""

    CONTENT = "content"
    FILLER = "filler"
    OFF_AIR = "off_air"


class FillerKind(StrEnum):
    """The place that a filler item fills."""

    PRE_ROLL = "pre_roll"
    MID_ROLL = "mid_roll"
    POST_ROLL = "post_roll"
    TAIL = "tail"
    FALLBACK = "fallback"


class ProgrammeKind(StrEnum):
    """What a guide entry stands for."""

    PROGRAMME = "programme"
    FILLER = "filler"
    OFF_AIR = "off_air"


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of the line-up. `number` is text: `42` or `42.1`."""

    key: str
    number: str
    name: str
    xmltv_id: str
    group: str | None = None
    logo: str | None = None
    streaming_mode: str = "both"
    timezone: str
    profile: str
    always_on: bool = False
    throttle: str = "realtime"
    """How fast its bytes are sent: `realtime`, `burst`, `adaptive` or `disabled`."""
    digest: str = ""
    recipe: str = ""
    """Digest of everything that decides its rows, provenance included: equal recipes need no new schedule."""
    carried: str = ""
    """Digest of the state that its rows went on from, and when."""
    findings: str = "[]"
    """What scheduling it had to say: JSON list of exstv.diagnostics.Diagnostic."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel is encoded. Bit rates in bits a second; the frame rate is a fraction.

    `name` is `profile@channel` where the channel's media decide some of it, by `frame_rate: source` or
    `codec: copy`.
    """

    name: str
    width: int
    height: int
    scaling: str
    frame_rate_num: int
    frame_rate_den: int
    video_codec: str
    video_bitrate: int
    preset: str
    gop_ms: int
    audio_codec: str
    audio_bitrate: int
    audio_channels: int
    sample_rate: int
    deinterlace: str
    loudness: float | None = None
    """In LUFS; None: the sound keeps its own."""
    hardware: str = "none"
    """`none`, `auto`, `nvenc`, `qsv`, `vaapi`, `videotoolbox` or `amf`."""
    copy_when_conformant: bool = False
    """Streams of media that are as the profile wants them are not encoded."""
    video_copy: bool = False
    """The pictures of media are never encoded; codec, size and frame rate are those of all of them."""
    audio_copy: bool = False
    """The same of the sound, its channels and sample rate."""


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """Audio, subtitles and watermark of a channel or of some items. No image: no watermark."""

    audio_languages: tuple[str, ...] = ()
    subtitle_mode: str = "none"
    """`none`, `forced`, `default` or `any`."""
    subtitle_languages: tuple[str, ...] = ()
    subtitle_render: str = "burn"
    """`burn` or `embed`."""
    watermark_image: str | None = None
    """Path below the station, or a URL."""
    watermark_position: str = "top_right"
    watermark_width: str = "8%"
    """Of the picture's, in per cent or pixels."""
    watermark_opacity: float = 1.0
    watermark_during_filler: bool = False


class ChannelPresentation(Presentation, frozen=True, kw_only=True):
    """One presentation in use on a channel; `id` 0 is the channel's own, others are those of some items."""

    channel: str
    id: int

    @property
    def plain(self) -> Presentation:
        """The presentation without its place."""
        return Presentation(**{name: getattr(self, name) for name in Presentation.__struct_fields__})


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where media come from: `definition` is JSON, with `${NAME}` unexpanded."""

    name: str
    type: str
    definition: str


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A media item that the timeline uses: enough to play it, to name it and to tell of it in the guide."""

    id: str
    source: str
    kind: str
    title: str
    duration_ms: int | None
    locator: str
    streams: str = "[]"
    """JSON list of the catalog's streams."""
    directors: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    artwork: str | None = None
    """A picture: its address, which a player can fetch, or the path by which its source alone gives it."""


class Picture(NamedTuple):
    """Where a media item's picture is: an address, or a path that its source understands."""

    source: str
    at: str


class PlayoutItem(msgspec.Struct, frozen=True, kw_only=True):
    """One uninterrupted use of one media on one channel.

    `media_id` is None where nothing but the built-in slate can play. `rule` is the chain of names that put
    it there (channel › schedule › entry › filler); `advance` is a JSON object with the entries of the
    scheduling state that this item changed (see compiler/schedule/state.py), empty text for none.
    """

    channel: str
    seq: int
    start_ms: int
    finish_ms: int
    in_point_ms: int
    out_point_ms: int
    media_id: str | None
    kind: ItemKind
    filler_kind: FillerKind | None = None
    programme_id: str | None = None
    presentation: int | None = None
    """ChannelPresentation.id; None: the channel's own."""
    rule: str
    file: str
    line: int
    advance: str = ""


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """What the guide lists. For an episode `title` is the show's and `sub_title` the episode's.

    `media_id` is the item that it is about, None for filler, for off air and for a block listed as one.
    `local_hour` is the channel's wall clock at its start, 0 to 23.
    """

    channel: str
    id: str
    kind: ProgrammeKind
    start_ms: int
    finish_ms: int
    local_hour: int = 0
    media_id: str | None = None
    title: str
    sub_title: str | None = None
    description: str | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    released: str | None = None
    rating: str | None = None
    categories: tuple[str, ...] = ()


class Fallback(msgspec.Struct, frozen=True, kw_only=True):
    """One media that may play on a channel when an item cannot: the runtime's ladder, in `position` order."""

    channel: str
    position: int
    media_id: str


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """The whole scheduling state of a channel at an instant, as JSON."""

    channel: str
    at_ms: int
    state: str


class StoredRows(NamedTuple):
    """One channel's rows in order; `presentations` are by id, 0 is the channel's own."""

    items: Sequence[PlayoutItem] = ()
    programmes: Sequence[Programme] = ()
    anchors: Sequence[Anchor] = ()
    presentations: Mapping[int, Presentation] = MappingProxyType({})


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a timeline is: its one row in the table `timeline`."""

    format_version: int = FORMAT_VERSION
    version: int
    digest: str
    inputs: str
    commit: str | None
    lock_digest: str
    station: str
    timezone: str
    start_ms: int
    finish_ms: int
    built_at_ms: int
    compiled_for_ms: int
    """The compile's `now`."""
    fingerprint: str = ""
    """Digest of everything that the compile read; empty: a compile never tells that nothing changed."""
    fresh_from_ms: int = 0
    fresh_until_ms: int = 0
    """For a `now` in [fresh_from, fresh_until) what has the same fingerprint gives the same timeline."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a timeline but the rows of its channels: small, and written whole each time."""

    header: Header
    channels: tuple[Channel, ...]
    profiles: tuple[Profile, ...]
    sources: tuple[Source, ...]
    media: tuple[Media, ...]
    fallbacks: tuple[Fallback, ...]
    diagnostics: tuple[str, ...] = ()
    """Warnings and notes of the compile, each as JSON of exstv.diagnostics.Diagnostic."""
    away: tuple[Anchor, ...] = ()
    """The progress of channels that are not in the line-up now, for the day when they return."""


class Timeline(Head, frozen=True, kw_only=True):
    """A whole timeline in memory. Rows are ordered by channel, then by start."""

    items: tuple[PlayoutItem, ...]
    programmes: tuple[Programme, ...]
    anchors: tuple[Anchor, ...]
    presentations: tuple[ChannelPresentation, ...] = ()
