"""Runs to programmes: what the guide says of what was scheduled (LANGUAGE.md, "The guide").

A programme starts at its pre-roll and lists until the next one starts. Filler between programmes belongs to
the one before, unless it is long enough to be an entry of its own. rows.py makes the playout items.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from compiler.lower.wall import WallClock
from compiler.schedule.placed import Feature, Run
from compiler.station import Show, StationChannel
from exstv.catalog.model import MediaItem
from exstv.timeline.columns import ChannelRows, Column, Listing, ProgrammeColumns, Words, texts
from exstv.timeline.model import ProgrammeKind
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS

# As in room.py: a member that is asked for at every decision is looked for once.
_HIDDEN, _BLOCK, _FILLER = Show.HIDDEN, Show.BLOCK, ProgrammeKind.FILLER

OWN_ENTRY_MS = 10 * MINUTE_MS
"""Filler this long is listed, with the channel's name."""

OFF_AIR_TITLE = "Off air"

ON = "on"
"""State: the group of the block that is on and that the guide lists as one; absent for none."""


class Listed(NamedTuple):
    """All programmes of a channel, kept ones first; `place` says which one each new run belongs to."""

    programmes: ProgrammeColumns
    listings: tuple[Listing, ...]
    place: Column


class _Entry(NamedTuple):
    """What stands in the guide for a programme whenever it starts."""

    listing: Listing
    code: int
    mark: str
    """What a programme's id says besides its start: the channel and the media item, in short."""


class Guide:
    """Lists what one channel plays. `kept` are the rows that a recompile kept, which it goes on from.

    `group` is that of the last kept programme, if it is a block listed as one.
    """

    def __init__(
        self, channel: StationChannel, wall: WallClock, kept: ChannelRows, group: str | None = None
    ) -> None:
        self._channel = channel
        self._wall = wall
        self._kept = kept
        self._listings = Words(kept.listings)
        self._own = Listing(_FILLER, channel.name)
        self._last: Listing | None = None
        """The programme that has the time being listed; None: there is none yet."""
        self._group: str | None = None
        """Of the last programme, if it is a block listed as one."""
        self._starts: list[int] = []
        self._codes: list[int] = []
        self._ids: list[str] = []
        self._known: dict[tuple[int, str | None], _Entry] = {}
        self._marks: dict[str | None, str] = {}
        if len(kept.programmes):
            self._last = kept.listings[kept.programmes.listing[-1]]
            self._group = group if _is_block(self._last) else None

    def listed(self, runs: Sequence[Run]) -> Listed:
        """The programmes; the last kept one is prolonged if what follows belongs to it."""
        kept = self._kept.programmes
        if not runs:
            return Listed(kept, self._listings.all(), np.empty(0, dtype=np.int32))
        end = runs[-1].finish_ms
        features = [run.feature for run in runs]
        identities = np.fromiter(map(id, features), dtype=np.int64, count=len(features))
        begins = np.flatnonzero(np.diff(identities, prepend=0))
        starts = [runs[index].start_ms for index in begins.tolist()]
        places = []
        before = len(kept) - 1
        for index, start, finish in zip(begins.tolist(), starts, [*starts[1:], end], strict=True):
            self._list(features[index], start, finish)
            places.append(before + len(self._starts))
        sizes = np.diff(begins, append=len(runs))
        place = np.repeat(np.array(places, dtype=np.int32), sizes)
        return Listed(self._programmes(end), self._listings.all(), place)

    def _list(self, feature: Feature | None, start: int, finish: int) -> None:
        """Lists a stretch with one feature, or with none: filler between programmes."""
        if feature is None:
            if not self._belongs_to_the_one_before(finish - start):
                self._add(start, self._own)
        elif feature.show is _HIDDEN:
            if self._last is None:
                self._add(start, self._own)
        elif feature.show is _BLOCK:
            listing = _block(feature)
            if listing != self._last or self._group != feature.group:
                self._add(start, listing)
            self._group = feature.group
        else:
            key = (id(feature.item), feature.title)
            entry = self._known.get(key)
            if entry is None:
                entry = self._known[key] = self._entry(_listing(feature))
            self._enter(start, entry)

    def _belongs_to_the_one_before(self, length_ms: int) -> bool:
        if self._last is None:
            return False
        # Filler that goes on after a take-over goes on in the entry that it already has.
        return length_ms < OWN_ENTRY_MS or self._last.kind is _FILLER

    def _add(self, start: int, listing: Listing) -> None:
        self._enter(start, self._entry(listing))

    def _enter(self, start: int, entry: _Entry) -> None:
        self._last = entry.listing
        self._group = None
        self._starts.append(start)
        self._codes.append(entry.code)
        self._ids.append(f"{start:x}-{entry.mark}")

    def _entry(self, listing: Listing) -> _Entry:
        media = listing.media_id
        mark = self._marks.get(media)
        if mark is None:
            mark = self._marks[media] = _mark(self._channel.key, media)
        return _Entry(listing, self._listings.code(listing), mark)

    def _programmes(self, end: int) -> ProgrammeColumns:
        kept = self._kept.programmes
        starts = np.array(self._starts, dtype=np.int64)
        finishes = np.append(starts[1:], end) if len(starts) else starts
        before = kept.finish_ms.copy()
        if len(before):
            before[-1] = starts[0] if len(starts) else end
        offset = self._wall.offset
        hours = [(start + offset(start)) % DAY_MS // HOUR_MS for start in self._starts]
        return ProgrammeColumns(
            id=np.concatenate((kept.id, texts(self._ids))),
            start_ms=np.concatenate((kept.start_ms, starts)),
            finish_ms=np.concatenate((before, finishes)),
            local_hour=np.concatenate((kept.local_hour, np.array(hours, dtype=np.int32))),
            listing=np.concatenate((kept.listing, np.array(self._codes, dtype=np.int32))),
        )


def programme_id(channel: str, start_ms: int, media: str | None) -> str:
    """What a programme is called: the same whenever it is compiled."""
    return f"{start_ms:x}-{_mark(channel, media)}"


def _mark(channel: str, media: str | None) -> str:
    return blake2b(f"{channel}\x1f{media or ''}".encode(), digest_size=4).hexdigest()


def _is_block(listing: Listing) -> bool:
    return listing.kind is ProgrammeKind.PROGRAMME and listing.media_id is None


def _block(feature: Feature) -> Listing:
    title = feature.title or (_titles(feature.item)[0] if feature.item else OFF_AIR_TITLE)
    return Listing(ProgrammeKind.PROGRAMME, title)


def _listing(feature: Feature) -> Listing:
    item = feature.item
    if item is None:
        return Listing(ProgrammeKind.OFF_AIR, feature.title or OFF_AIR_TITLE)
    title, sub_title = _titles(item)
    return Listing(
        kind=ProgrammeKind.PROGRAMME,
        media_id=item.id,
        title=feature.title or title,
        sub_title=sub_title,
        description=item.plot,
        season=item.season,
        episode=item.episode,
        year=item.year,
        released=item.released,
        rating=item.rating,
        categories=item.genres,
    )


def _titles(item: MediaItem) -> tuple[str, str | None]:
    is_episode = item.kind == "episode" and item.show
    return (item.show or item.title, item.title) if is_episode else (item.title, None)
