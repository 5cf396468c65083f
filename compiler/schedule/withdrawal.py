"""Media that are off the air at once: kept rows lose them, and the fallback takes their time.

Progress does not notice: an item that is replaced leaves its `advance` behind. What was on air before now
stays as it aired; nothing here decides what plays after the take-over, as no content holds withdrawn media.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from compiler.guide import programme_id
from compiler.lower.wall import WallClock
from compiler.schedule.horizon import Kept
from compiler.station import StationChannel
from exstv.catalog.model import MediaItem
from exstv.timeline.model import FillerKind, ItemKind, PlayoutItem, Programme, ProgrammeKind
from exstv.units import DAY_MS, HOUR_MS

REASON = "withdraw"
"""What stands in `rule` of an item that took a withdrawn one's time, after the channel."""


@dataclass(frozen=True)
class Withdrawal:
    """Which media are withdrawn on a channel from an instant on."""

    channel: StationChannel
    media: frozenset[str]
    from_ms: int

    @property
    def clips(self) -> tuple[MediaItem, ...]:
        """What plays instead, again and again; nothing: the built-in slate."""
        fallback = self.channel.filler.fallback
        return fallback.content.items if fallback else ()


def withdraw(kept: Kept, wall: WallClock, withdrawal: Withdrawal) -> Kept:
    """The kept rows without the withdrawn media from the instant on."""
    gone = [item for item in kept.rows.items if _goes(item, withdrawal)]
    if not gone:
        return kept
    programmes, moved = _programmes(kept.rows.programmes, kept.rows.items, gone, wall, withdrawal)
    items: list[PlayoutItem] = []
    for item in kept.rows.items:
        parts = _parts(item, withdrawal) if _goes(item, withdrawal) else (item,)
        items += [_listed(part, moved) for part in parts]
    first = items[0].seq
    numbered = [msgspec.structs.replace(item, seq=first + place) for place, item in enumerate(items)]
    rows = kept.rows._replace(items=numbered, programmes=programmes)
    return replace(kept, rows=rows, next_seq=first + len(items))


def _goes(item: PlayoutItem, withdrawal: Withdrawal) -> bool:
    return item.media_id in withdrawal.media and item.finish_ms > withdrawal.from_ms


def _parts(item: PlayoutItem, withdrawal: Withdrawal) -> Iterator[PlayoutItem]:
    """What an item becomes: the part that aired, then fallback up to its end."""
    start, advance = item.start_ms, item.advance
    if start < withdrawal.from_ms:
        start, advance = withdrawal.from_ms, ""
        out_point = item.in_point_ms + start - item.start_ms
        yield msgspec.structs.replace(item, finish_ms=start, out_point_ms=out_point)
    clips = [clip for clip in withdrawal.clips if clip.duration_ms]
    place = 0
    while start < item.finish_ms:
        clip = clips[place % len(clips)] if clips else None
        length = min(clip.duration_ms or 0, item.finish_ms - start) if clip else item.finish_ms - start
        yield msgspec.structs.replace(
            item,
            start_ms=start,
            finish_ms=start + length,
            in_point_ms=0,
            out_point_ms=length,
            media_id=clip.id if clip else None,
            kind=ItemKind.FILLER,
            filler_kind=FillerKind.FALLBACK,
            rule=f"{item.channel} › {REASON}",
            advance=advance,
        )
        start, advance, place = start + length, "", place + 1


def _programmes(
    programmes: Sequence[Programme],
    items: Sequence[PlayoutItem],
    gone: Sequence[PlayoutItem],
    wall: WallClock,
    withdrawal: Withdrawal,
) -> tuple[list[Programme], dict[str, tuple[int, str]]]:
    """The programmes as they are now, and for each that ends early from when on its items are another's."""
    starts: dict[str, int] = {}
    for item in gone:
        if item.kind is ItemKind.CONTENT and item.programme_id:
            starts.setdefault(item.programme_id, max(item.start_ms, withdrawal.from_ms))
    others = {
        item.programme_id
        for item in items
        if item.kind is ItemKind.CONTENT and not _goes(item, withdrawal) and item.media_id is not None
        and item.finish_ms > withdrawal.from_ms
    }  # fmt: skip
    found: list[Programme] = []
    moved: dict[str, tuple[int, str]] = {}
    for programme in programmes:
        at = starts.get(programme.id)
        # A block that still has something to show keeps its name.
        if at is None or programme.id in others:
            found.append(programme)
            continue
        # Its pre-roll leads to nothing: the entry begins with it, unless that has begun to air.
        at = programme.start_ms if programme.start_ms >= withdrawal.from_ms else at
        instead = _instead(programme, at, wall, withdrawal.channel)
        moved[programme.id] = (at, instead.id)
        if programme.start_ms < at:
            found.append(msgspec.structs.replace(programme, finish_ms=at))
        found.append(instead)
    return found, moved


def _instead(programme: Programme, at_ms: int, wall: WallClock, channel: StationChannel) -> Programme:
    return Programme(
        channel=programme.channel,
        id=programme_id(channel.key, at_ms, None),
        kind=ProgrammeKind.FILLER,
        start_ms=at_ms,
        finish_ms=programme.finish_ms,
        local_hour=(at_ms + wall.offset(at_ms)) % DAY_MS // HOUR_MS,
        title=channel.name,
    )


def _listed(item: PlayoutItem, moved: Mapping[str, tuple[int, str]]) -> PlayoutItem:
    """The item under the programme that has its time now."""
    at, instead = moved.get(item.programme_id or "", (0, ""))
    if not instead or item.start_ms < at:
        return item
    return msgspec.structs.replace(item, programme_id=instead)
