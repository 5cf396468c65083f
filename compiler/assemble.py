"""Channels' rows to one timeline: what they use, and the digests that tell timelines apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from compiler.schedule.horizon import Kept, Rows
from compiler.station import Station, StationChannel
from exstv.catalog.model import Catalog
from exstv.diagnostics import Diagnostic, sort_key
from exstv.sources.base import as_media
from exstv.timeline.model import (
    Anchor,
    Channel,
    Fallback,
    Header,
    Media,
    PlayoutItem,
    Programme,
    Source,
    Timeline,
)

LADDER = 8
"""How many media of its fallback a channel keeps at hand for the time when an item cannot play."""

_PROVENANCE = {"rule", "file", "line"}


@dataclass(frozen=True)
class BuiltChannel:
    """One channel's rows, what it kept of the old ones, and until when it is planned."""

    channel: StationChannel
    kept: Kept
    rows: Rows
    until_ms: int
    fresh_ms: tuple[int, int]
    """The span of instants at which a compile would give these very rows."""


@dataclass(frozen=True)
class Build:
    """Everything that a timeline is made of. `old` is the timeline that rows were kept from."""

    station: Station
    catalog: Catalog
    sources_digest: str
    now_ms: int
    built_at_ms: int
    old: Timeline | None
    diagnostics: Sequence[Diagnostic]
    commit: str | None
    fingerprint: str


def assemble(build: Build, built: Sequence[BuiltChannel]) -> Timeline:
    """The timeline, not yet published: its version is 0."""
    channels = tuple(_channel(one) for one in built)
    items = tuple(item for one in built for item in one.rows.items)
    fallbacks = tuple(fallback for one in built for fallback in _ladder(one.channel))
    media = _media(build, items, fallbacks)
    return Timeline(
        header=_header(build, built, channels),
        channels=channels,
        profiles=tuple(build.station.profiles[name] for name in sorted(build.station.profiles)),
        sources=_sources(build, media),
        media=media,
        items=items,
        programmes=tuple(programme for one in built for programme in one.rows.programmes),
        fallbacks=fallbacks,
        anchors=tuple(anchor for one in built for anchor in one.rows.anchors),
        diagnostics=tuple(
            msgspec.json.encode(found).decode() for found in sorted(build.diagnostics, key=sort_key)
        ),
    )


def channel_digest(rows: Rows) -> str:
    """SHA-256 over everything of a channel's rows that a viewer or a later compile can notice."""
    digest = sha256()
    for kind, found in ((PlayoutItem, rows.items), (Programme, rows.programmes), (Anchor, rows.anchors)):
        digest.update(_cells(kind, found))
        digest.update(b"\n")
    return digest.hexdigest()


def _cells(kind: type[msgspec.Struct], rows: Sequence[msgspec.Struct]) -> bytes:
    names = [name for name in kind.__struct_fields__ if name not in _PROVENANCE]
    return msgspec.json.encode([[getattr(row, name) for name in names] for row in rows])


def _header(build: Build, built: Sequence[BuiltChannel], channels: Sequence[Channel]) -> Header:
    digests = "\n".join(channel.digest for channel in channels)
    starts = [one.rows.items[0].start_ms for one in built if one.rows.items]
    return Header(
        version=0,
        digest=sha256(digests.encode()).hexdigest(),
        inputs=_inputs(build, built),
        commit=build.commit,
        lock_digest=build.catalog.digest,
        station=build.station.name,
        timezone=build.station.timezone,
        start_ms=min(starts, default=build.now_ms),
        finish_ms=min((one.until_ms for one in built), default=build.now_ms),
        built_at_ms=build.built_at_ms,
        compiled_for_ms=build.now_ms,
        fingerprint=build.fingerprint,
        fresh_from_ms=max((one.fresh_ms[0] for one in built), default=0),
        fresh_until_ms=min((one.fresh_ms[1] for one in built), default=0),
    )


def _inputs(build: Build, built: Sequence[BuiltChannel]) -> str:
    carried = {one.channel.key: [one.kept.start_ms, one.kept.state] for one in built}
    inputs = [build.sources_digest, build.catalog.digest, carried]
    return sha256(msgspec.json.encode(inputs, order="sorted")).hexdigest()


def _channel(one: BuiltChannel) -> Channel:
    channel = one.channel
    return Channel(
        key=channel.key,
        number=channel.number,
        name=channel.name,
        xmltv_id=channel.xmltv_id,
        group=channel.group,
        logo=channel.logo,
        streaming_mode=channel.streaming_mode,
        timezone=channel.timezone,
        profile=channel.profile,
        always_on=channel.always_on,
        digest=channel_digest(one.rows),
    )


def _ladder(channel: StationChannel) -> Iterator[Fallback]:
    if channel.filler.fallback is None:
        return
    for position, item in enumerate(channel.filler.fallback.content.items[:LADDER]):
        yield Fallback(channel=channel.key, position=position, media_id=item.id)


def _media(build: Build, items: Iterable[PlayoutItem], fallbacks: Iterable[Fallback]) -> tuple[Media, ...]:
    used = {item.media_id for item in items if item.media_id} | {row.media_id for row in fallbacks}
    # What a kept row plays may have gone from the catalog since: the old timeline still knows it.
    known = {media.id: media for media in build.old.media} if build.old else {}
    known |= {item.id: as_media(item) for item in build.catalog.items if item.id in used}
    return tuple(known[media_id] for media_id in sorted(used))


def _sources(build: Build, media: Iterable[Media]) -> tuple[Source, ...]:
    known: Mapping[str, Source] = {source.name: source for source in build.station.sources}
    used = {medium.source for medium in media}
    kept = [source for source in (build.old.sources if build.old else ()) if source.name not in known]
    gone = [source for source in kept if source.name in used]
    return tuple(sorted((*known.values(), *gone), key=lambda source: source.name))
