"""What a timeline says of itself and of what its rows use, and the digests that tell timelines apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from compiler.channels import BuiltChannel
from compiler.onair import OnAir
from compiler.station import Station, StationChannel
from exstv.catalog.model import Catalog
from exstv.diagnostics import Diagnostic, sort_key
from exstv.sources.base import PICTURED, as_media
from exstv.timeline.model import Anchor, Channel, Fallback, Head, Header, Media, Source

LADDER = 8
"""How many media of its fallback a channel keeps at hand for the time when an item cannot play."""


@dataclass(frozen=True)
class Build:
    """Everything that a timeline is made of. `old` is the timeline that rows were kept from."""

    station: Station
    catalog: Catalog
    sources_digest: str
    now_ms: int
    built_at_ms: int
    old: OnAir | None
    diagnostics: Sequence[Diagnostic]
    commit: str | None
    fingerprint: str
    away: tuple[Anchor, ...]


def assemble(build: Build, built: Sequence[BuiltChannel], used: Collection[str]) -> Head:
    """All but the rows of the channels, not yet published: its version is 0. `used` are ids of media."""
    declared = {channel.key: channel for channel in build.station.channels}
    channels = tuple(_channel(declared[one.key], one) for one in built)
    fallbacks = tuple(fallback for one in built for fallback in _ladder(declared[one.key]))
    media = _media(build, {*used, *(row.media_id for row in fallbacks)})
    return Head(
        header=_header(build, built),
        channels=channels,
        profiles=tuple(build.station.profiles[name] for name in sorted(build.station.profiles)),
        sources=_sources(build, media),
        media=media,
        fallbacks=fallbacks,
        away=build.away,
        diagnostics=tuple(
            msgspec.json.encode(found).decode() for found in sorted(build.diagnostics, key=sort_key)
        ),
    )


def _header(build: Build, built: Sequence[BuiltChannel]) -> Header:
    digests = "\n".join(one.digest for one in built)
    return Header(
        version=0,
        digest=sha256(digests.encode()).hexdigest(),
        inputs=_inputs(build, built),
        commit=build.commit,
        lock_digest=build.catalog.digest,
        station=build.station.name,
        timezone=build.station.timezone,
        start_ms=min((one.start_ms for one in built), default=build.now_ms),
        finish_ms=min((one.until_ms for one in built), default=build.now_ms),
        built_at_ms=build.built_at_ms,
        compiled_for_ms=build.now_ms,
        fingerprint=build.fingerprint,
        fresh_from_ms=max((one.fresh_ms[0] for one in built), default=0),
        fresh_until_ms=min((one.fresh_ms[1] for one in built), default=0),
    )


def _inputs(build: Build, built: Sequence[BuiltChannel]) -> str:
    carried = {one.key: one.carried for one in built}
    inputs = [build.sources_digest, build.catalog.digest, carried]
    return sha256(msgspec.json.encode(inputs, order="sorted")).hexdigest()


def _channel(channel: StationChannel, one: BuiltChannel) -> Channel:
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
        throttle=channel.throttle,
        digest=one.digest,
        recipe=one.recipe,
        carried=one.carried,
        findings=msgspec.json.encode(one.findings).decode(),
    )


def _ladder(channel: StationChannel) -> Iterator[Fallback]:
    if channel.filler.fallback is None:
        return
    for position, item in enumerate(channel.filler.fallback.content.items[:LADDER]):
        yield Fallback(channel=channel.key, position=position, media_id=item.id)


def _media(build: Build, used: Collection[str]) -> tuple[Media, ...]:
    # What a kept row plays may have gone from the catalog since: the old timeline still knows it.
    known = {media.id: media for media in build.old.media} if build.old else {}
    pictured = {source.name for source in build.station.sources if source.type in PICTURED}
    known |= {
        item.id: as_media(item, pictured=item.source in pictured)
        for item in build.catalog.items
        if item.id in used
    }
    return tuple(known[media_id] for media_id in sorted(used))


def _sources(build: Build, media: Iterable[Media]) -> tuple[Source, ...]:
    known: Mapping[str, Source] = {source.name: source for source in build.station.sources}
    used = {medium.source for medium in media}
    kept = [source for source in (build.old.sources if build.old else ()) if source.name not in known]
    gone = [source for source in kept if source.name in used]
    return tuple(sorted((*known.values(), *gone), key=lambda source: source.name))
