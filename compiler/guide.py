"""Playout items to programmes: what the guide says of what was scheduled (LANGUAGE.md, "The guide").

A programme starts at its pre-roll and lists until the next one starts. Filler between programmes belongs to
the one before, unless it is long enough to be an entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import groupby

import msgspec

from compiler.schedule.placed import Feature, Part, Run
from compiler.station import StationChannel
from exstv.catalog.model import MediaItem
from exstv.timeline.model import FillerKind, ItemKind, PlayoutItem, Programme, ProgrammeKind
from exstv.units import MINUTE_MS

OWN_ENTRY_MS = 10 * MINUTE_MS
"""Filler this long is listed, with the channel's name."""

OFF_AIR_TITLE = "Off air"


class Guide:
    """Makes the rows of one channel. `before` is the last programme that a recompile kept, if any."""

    def __init__(self, channel: StationChannel, before: Programme | None, next_seq: int) -> None:
        self._channel = channel
        self._programmes: list[Programme] = [before] if before else []
        self._items: list[PlayoutItem] = []
        self._next_seq = next_seq

    def list(self, runs: Sequence[Run]) -> tuple[tuple[PlayoutItem, ...], tuple[Programme, ...]]:
        """Playout items and programmes; the first programme is `before`, prolonged if filler follows it."""
        for feature, group in groupby(runs, key=_feature):
            together = list(group)
            programme = self._programme(feature, together)
            for run in together:
                self._items += self._rows(run, programme.id)
        return tuple(self._items), tuple(self._programmes)

    def _programme(self, feature: Feature | None, rows: Sequence[Run]) -> Programme:
        start, finish = rows[0].start_ms, rows[-1].finish_ms
        if feature is not None:
            self._programmes.append(_listed(self._channel, feature, start, finish))
        elif self._belongs_to_the_one_before(finish - start):
            self._programmes[-1] = msgspec.structs.replace(self._programmes[-1], finish_ms=finish)
        else:
            self._programmes.append(_own_entry(self._channel, start, finish))
        return self._programmes[-1]

    def _belongs_to_the_one_before(self, length_ms: int) -> bool:
        if not self._programmes:
            return False
        # Filler that goes on after a take-over goes on in the entry that it already has.
        return length_ms < OWN_ENTRY_MS or self._programmes[-1].kind is ProgrammeKind.FILLER

    def _rows(self, run: Run, programme_id: str) -> Iterator[PlayoutItem]:
        start, advance = run.start_ms, run.advance
        for part in run.parts:
            yield PlayoutItem(
                channel=self._channel.key,
                seq=self._next_seq,
                start_ms=start,
                finish_ms=start + part.length_ms,
                in_point_ms=part.in_point_ms,
                out_point_ms=part.in_point_ms + part.length_ms,
                media_id=part.item.id if part.item else None,
                kind=_kind(part),
                filler_kind=part.filler,
                programme_id=programme_id,
                rule=f"{run.chain} › {part.origin.name}" if part.filler else run.chain,
                file=part.origin.span.file,
                line=part.origin.span.line,
                advance=advance,
            )
            self._next_seq += 1
            start, advance = start + part.length_ms, ""


def is_programme_junction(items: Sequence[PlayoutItem], index: int, kinds: dict[str, ProgrammeKind]) -> bool:
    """Tells whether a recompile may take over before an item: inside no programme, and no decision is cut.

    `kinds` are those of the programmes by id. Listed filler may be left before an item of the fallback, as
    each was decided by itself; an exact fit of several clips may not.
    """
    item = items[index]
    if index == 0 or item.programme_id != items[index - 1].programme_id:
        return True
    return (
        item.filler_kind is FillerKind.FALLBACK and kinds.get(item.programme_id or "") is ProgrammeKind.FILLER
    )


def _feature(run: Run) -> Feature | None:
    return run.feature


def _kind(part: Part) -> ItemKind:
    if part.filler is not None:
        return ItemKind.FILLER
    return ItemKind.CONTENT if part.item is not None else ItemKind.OFF_AIR


def _listed(channel: StationChannel, feature: Feature, start: int, finish: int) -> Programme:
    item = feature.item
    if item is None:
        return Programme(
            channel=channel.key,
            id=_id(channel, start, None),
            kind=ProgrammeKind.OFF_AIR,
            start_ms=start,
            finish_ms=finish,
            title=OFF_AIR_TITLE,
        )
    title, sub_title = _titles(item)
    return Programme(
        channel=channel.key,
        id=_id(channel, start, item.id),
        kind=ProgrammeKind.PROGRAMME,
        start_ms=start,
        finish_ms=finish,
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


def _own_entry(channel: StationChannel, start: int, finish: int) -> Programme:
    return Programme(
        channel=channel.key,
        id=_id(channel, start, None),
        kind=ProgrammeKind.FILLER,
        start_ms=start,
        finish_ms=finish,
        title=channel.name,
    )


def _id(channel: StationChannel, start: int, media: str | None) -> str:
    return blake2b(f"{channel.key}\x1f{start}\x1f{media or ''}".encode(), digest_size=8).hexdigest()
