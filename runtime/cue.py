"""Makes a segment ready: resolves its media, builds the command, starts its process ahead of time."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from exstv.asrun.entry import AsRunEntry
from exstv.clock import Clock
from exstv.errors import ExstvError
from exstv.sources.base import Openable, Place
from exstv.sources.registry import SourceRack
from exstv.sources.walk import why
from exstv.timeline.model import ItemKind, Media, Presentation, Profile, Source
from runtime.asking import Asker, NoAnswer
from runtime.captions import NO_CAPTIONS, Captions
from runtime.dressing import Dressing, Played, Wearer, dress, needs_reading
from runtime.feed import Feed, slow_at
from runtime.ffmpeg.codecs import SOFTWARE, Encoder
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.ffmpeg.conformance import NOTHING_COPIED, Use, copies
from runtime.hardware import HardwareRack
from runtime.live import LiveTimeline
from runtime.mpegts.subtitle_track import Overlay
from runtime.playhead import Window
from runtime.process.breaker import RestartThrottle
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.process.states import ExitKind, Failure
from runtime.relaying import Relaying
from runtime.segment import Segment
from runtime.slate import SlateRack
from runtime.status import Step
from runtime.throttle import PlanClock
from runtime.wardrobe import Film, Reading, Wardrobe

log = logging.getLogger(__name__)

LIVE_SPARE_SECONDS = 10.0
"""How much more of a live stream is asked for than its place and the wait for it take."""


@dataclass(frozen=True)
class Kit:
    """What every channel needs from the runtime to play."""

    live: LiveTimeline
    pool: ProcessPool
    slates: SlateRack
    clock: Clock
    ffmpeg: str
    media_root: Path
    environ: Mapping[str, str]
    wardrobe: Wardrobe
    hardware: HardwareRack
    relay: Relaying
    asker: Asker
    aired: Callable[[AsRunEntry], None]
    """Logs what has gone out."""
    sources: SourceRack = field(default_factory=SourceRack)
    restarts: RestartThrottle = field(default_factory=RestartThrottle)
    past: str | None = None
    """The catch-up session that plays, where it is none of the channels: it stands back behind them."""

    def spawn(self, argv: list[str], title: str, due: float, window: Window) -> SpawnSpec:
        """What is to be started for an item, and for whom."""
        whose = window.channel_name if self.past is None else f"{window.channel_name}, catch-up"
        return SpawnSpec(
            argv, f"{whose}: {title}", due, channel=self.past or window.channel, behind=self.past is not None
        )


@dataclass(frozen=True)
class Cued:
    """A segment that is ready to be played: without a feed it is the slate, or `failure` says why not.

    `lacks` says what of its presentation it plays without, and why.
    """

    segment: Segment
    media: Media | None = None
    source: Source | None = None
    title: str = ""
    worn: Presentation | None = None
    feed: Feed | None = None
    copied: bool = False
    """Its pictures are not encoded."""
    in_hardware: bool = False
    """Whether a hardware encoder makes its pictures."""
    captions: Captions = NO_CAPTIONS
    """What is sent beside its pictures, in the item's time."""
    overlay: Overlay | None = None
    """The same of subtitles that are pictures."""
    failure: Failure | None = None
    lacks: str | None = None

    def still_right(self, segment: Segment, window: Window) -> bool:
        """Tells whether the same would be cued for a segment of a newer timeline."""
        if self.media is None or self.source is None:
            return self.segment == segment
        return (
            _seen(self.segment) == _seen(segment)
            and _title(window, segment, self.media) == self.title
            and window.worn_by(segment.item) == self.worn
            and window.media.get(self.media.id) == self.media
            and window.sources.get(self.source.name) == self.source
        )


def _seen(segment: Segment) -> tuple[object, ...]:
    """What of a segment decides the pictures: a new sequence number or provenance does not."""
    return (segment.step, segment.first, segment.last, segment.media_id, segment.in_point_ms)


def _title(window: Window, segment: Segment, media: Media) -> str:
    if segment.step.planned and segment.item is not None:
        return window.title_of(segment.item)
    return media.title


async def cue(kit: Kit, window: Window, clock: PlanClock, segment: Segment) -> Cued:
    """Starts what a segment needs; a media that cannot be resolved is told as a failure, not raised."""
    if segment.step is Step.SLATE or segment.media_id is None:
        return Cued(segment)
    media = window.media[segment.media_id]
    source = window.sources[media.source]
    cued = Cued(segment, media, source, _title(window, segment, media), window.worn_by(segment.item))
    due = clock.due(segment.first)
    until = slow_at(kit.clock.monotonic(), due)
    try:
        played = await _resolved(kit, window, Showing(media, cued.title, clock.plan_of(segment.first)), until)
    except NoAnswer as error:
        return replace(cued, failure=Failure(ExitKind.STUCK, str(error)))
    except ExstvError as error:
        return replace(cued, failure=Failure(ExitKind.INPUT_FAILED, str(error)))
    _foresee(kit, window, clock, segment)
    wearer = Wearer(
        window.worn_by(segment.item),
        media,
        played,
        _is_filler(segment),
        due,
        window.profile,
        window.carried is not None,
    )
    dressing = await dress(kit.wardrobe, wearer)
    if dressing.lacks is not None:
        log.warning("plays without channel=%s item=%s lacks=%s", window.channel, media.id, dressing.lacks)
    in_software = segment.step is Step.SOFTWARE
    encoder = SOFTWARE if in_software else await kit.hardware.encoder_of(window.profile)
    try:
        opened = await kit.relay.open(played.input)
    except ExstvError as error:
        return replace(cued, failure=Failure(ExitKind.INPUT_FAILED, str(error)))
    # Nothing is awaited from here on: whoever is cancelled then would leave relay and process behind.
    means = _Means(kit.ffmpeg, opened.input, encoder)
    spec = _encode_spec(means, window.profile, segment, dressing)
    live = spec.is_live
    if live:
        # What comes before its turn counts, too.
        early = max(0.0, due - kit.clock.monotonic()) + LIVE_SPARE_SECONDS
        spec = replace(spec, frames=spec.frames + math.ceil(early * clock.rate))
    copied = spec.copies.video
    in_hardware = not copied and spec.encoder != SOFTWARE
    spawn = kit.spawn(encode_argv(spec), media.title, due, window)
    feed = Feed(kit.pool, spawn, opened.close, live=live)
    return replace(
        cued,
        feed=feed,
        copied=copied,
        in_hardware=in_hardware,
        captions=dressing.captions,
        overlay=dressing.overlay,
        lacks=dressing.lacks,
    )


@dataclass(frozen=True)
class Showing:
    """A media by the name that viewers know it by, from a plan instant on."""

    media: Media
    title: str
    start_ms: int


async def _resolved(kit: Kit, window: Window, showing: Showing, until: float) -> Played:
    """Asks the source of a media for what plays it. Raises NoAnswer at a loop time, and ExstvError."""
    media = showing.media
    place = Place(
        media_root=kit.media_root,
        channel_name=window.channel_name,
        title=showing.title,
        start_ms=showing.start_ms,
    )
    source = kit.sources.open(window.sources[media.source], kit.environ)

    def resolve() -> Played:
        playable = source.resolve(media, place)
        try:
            return Played.by(playable)
        except OSError as error:
            raise ExstvError(f"`{media.id}` cannot be opened: {why(error)}") from error

    return await kit.asker.ask(media.source, resolve, until)


def _foresee(kit: Kit, window: Window, clock: PlanClock, segment: Segment) -> None:
    """Begins what a coming item will need, long before it is cued; nothing waits for it."""
    begins_ms, carried = clock.plan_of(segment.last), window.carried is not None
    for item in window.items:
        media = window.media.get(item.media_id or "")
        later = item.start_ms >= begins_ms
        reading = needs_reading(window.worn_by(item), media, carried=carried) if media and later else None
        if media is None or reading is None:
            continue
        showing, due = Showing(media, media.title, item.start_ms), clock.due(clock.frame_of(item.start_ms))
        film = partial(_film, kit, window, showing, due, reading)
        kit.wardrobe.foresee_subtitles(media.id, film, reading, due)
        return


async def _film(kit: Kit, window: Window, showing: Showing, until: float, reading: Reading) -> Film:
    return (await _resolved(kit, window, showing, until)).file_of(reading.stream)


def _is_filler(segment: Segment) -> bool:
    """The fallback that the ladder puts on is filler too, whatever was planned there."""
    item = segment.item
    return not segment.step.planned or item is None or item.kind is not ItemKind.CONTENT


@dataclass(frozen=True)
class _Means:
    """What pictures are made by, and of."""

    ffmpeg: str
    input: Openable
    encoder: Encoder


def _encode_spec(means: _Means, profile: Profile, segment: Segment, dressing: Dressing) -> EncodeSpec:
    picks, frames = dressing.picks, segment.last - segment.first
    dressed = dressing.subtitles is not None or dressing.watermark is not None
    return EncodeSpec(
        ffmpeg=means.ffmpeg,
        profile=profile,
        input=means.input,
        in_point_ms=segment.in_point_ms,
        frames=frames,
        encoder=means.encoder,
        copies=NOTHING_COPIED
        if picks is None
        else copies(profile, Use(picks.video, picks.audio, segment.in_point_ms, frames, dressed)),
        picks=picks,
        loudness=profile.loudness,
        subtitles=dressing.subtitles,
        watermark=dressing.watermark,
        filters=dressing.filters,
        prompt=segment.first == 0,
    )
