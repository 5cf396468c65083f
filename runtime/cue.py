"""Makes a segment ready: resolves its media, builds the command, starts its process ahead of time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from exstv.asrun.entry import AsRunEntry
from exstv.catalog.model import Stream
from exstv.clock import Clock
from exstv.errors import ExstvError
from exstv.sources.base import Place, PlayableInput
from exstv.sources.registry import open_source
from exstv.timeline.model import Media, Profile, Source
from runtime.feed import Feed
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.live import LiveTimeline
from runtime.playhead import Window
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.segment import Segment
from runtime.slate import SlateRack
from runtime.status import Step
from runtime.throttle import PlanClock


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
    aired: Callable[[AsRunEntry], None]
    """Logs what has gone out."""


@dataclass(frozen=True)
class Cued:
    """A segment that is ready to be played: without a feed it is the slate, or `trouble` says what failed."""

    segment: Segment
    media: Media | None = None
    source: Source | None = None
    title: str = ""
    feed: Feed | None = None
    trouble: str | None = None

    def still_right(self, segment: Segment, window: Window) -> bool:
        """Tells whether the same would be cued for a segment of a newer timeline."""
        if self.media is None or self.source is None:
            return self.segment == segment
        return (
            _seen(self.segment) == _seen(segment)
            and _title(window, segment, self.media) == self.title
            and window.media.get(self.media.id) == self.media
            and window.sources.get(self.source.name) == self.source
        )


def _seen(segment: Segment) -> tuple[object, ...]:
    """What of a segment decides the pictures: a new sequence number or provenance does not."""
    return (segment.step, segment.first, segment.last, segment.media_id, segment.in_point_ms)


def _title(window: Window, segment: Segment, media: Media) -> str:
    if segment.step is Step.ITEM and segment.item is not None:
        return window.title_of(segment.item)
    return media.title


async def cue(kit: Kit, window: Window, clock: PlanClock, segment: Segment) -> Cued:
    """Starts what a segment needs; a media that cannot be resolved is told as trouble, not raised."""
    if segment.step is Step.SLATE or segment.media_id is None:
        return Cued(segment)
    media = window.media[segment.media_id]
    source = window.sources[media.source]
    title = _title(window, segment, media)
    place = Place(
        media_root=kit.media_root,
        channel_name=window.channel_name,
        title=title,
        start_ms=clock.plan_of(segment.first),
    )
    try:
        playable = await asyncio.to_thread(open_source(source, kit.environ).resolve, media, place)
    except ExstvError as error:
        return Cued(segment, media, source, title, trouble=str(error))
    argv = encode_argv(_encode_spec(kit, window.profile, media, playable, segment))
    spawn = SpawnSpec(argv, f"{window.channel_name}: {media.title}", clock.due(segment.first))
    return Cued(segment, media, source, title, Feed(kit.pool, spawn))


def _encode_spec(
    kit: Kit, profile: Profile, media: Media, playable: PlayableInput, segment: Segment
) -> EncodeSpec:
    streams = msgspec.json.decode(media.streams, type=list[Stream])
    kinds = {stream.type for stream in streams}
    return EncodeSpec(
        ffmpeg=kit.ffmpeg,
        profile=profile,
        input=playable,
        in_point_ms=segment.in_point_ms,
        frames=segment.last - segment.first,
        has_video=not streams or "video" in kinds,
        has_audio=not streams or "audio" in kinds,
    )
