"""From one channel's columns to the structs of model.py, and back.

For readers of few rows, and for rows that were kept from a published timeline; never for a whole compile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

from exstv.timeline.columns import (
    FILLER_KINDS,
    ITEM_KINDS,
    NONE,
    ChannelRows,
    Column,
    ItemColumns,
    Listing,
    ProgrammeColumns,
    Rule,
    Words,
    texts,
)
from exstv.timeline.model import Anchor, PlayoutItem, Presentation, Programme, StoredRows, Timeline

_LISTING = Listing.__struct_fields__
_INSTANTS = ("seq", "start_ms", "finish_ms", "in_point_ms", "out_point_ms")


def columns_of(channel: str, rows: StoredRows, own: Presentation | None = None) -> ChannelRows:
    """The columns of some rows. `own` is how the channel is dressed now; None: as the rows say.

    Rows that were dressed as their channel was stay so, whatever the channel's own presentation has become.
    """
    was = rows.presentations.get(0, Presentation())
    presentations = Words((was if own is None else own,))
    listings: Words[Listing] = Words()
    media: Words[str] = Words()
    rules: Words[Rule] = Words()
    dressed = [rows.presentations.get(item.presentation or 0, was) for item in rows.items]
    place = {programme.id: number for number, programme in enumerate(rows.programmes)}
    instants = {name: _numbers(getattr(item, name) for item in rows.items) for name in _INSTANTS}
    items = ItemColumns(
        **instants,
        media=_codes(NONE if item.media_id is None else media.code(item.media_id) for item in rows.items),
        kind=_codes(ITEM_KINDS.index(item.kind) for item in rows.items),
        filler=_codes(
            NONE if item.filler_kind is None else FILLER_KINDS.index(item.filler_kind) for item in rows.items
        ),
        programme=_codes(place.get(item.programme_id or "", NONE) for item in rows.items),
        presentation=_codes(presentations.code(worn) for worn in dressed),
        rule=_codes(rules.code(Rule(item.rule, item.file, item.line)) for item in rows.items),
        advance=texts([item.advance for item in rows.items]),
    )
    programmes = ProgrammeColumns(
        id=texts([programme.id for programme in rows.programmes]),
        start_ms=_numbers(programme.start_ms for programme in rows.programmes),
        finish_ms=_numbers(programme.finish_ms for programme in rows.programmes),
        local_hour=_codes(programme.local_hour for programme in rows.programmes),
        listing=_codes(listings.code(_listing(programme)) for programme in rows.programmes),
    )
    return ChannelRows(
        channel=channel,
        items=items,
        programmes=programmes,
        anchors=tuple(rows.anchors),
        media=media.all(),
        listings=listings.all(),
        presentations=presentations.all(),
        rules=rules.all(),
    )


def rows_by_channel(timeline: Timeline) -> dict[str, StoredRows]:
    """The rows of each channel of a timeline in memory, by key in line-up order; of others none."""
    items: dict[str, list[PlayoutItem]] = {channel.key: [] for channel in timeline.channels}
    programmes: dict[str, list[Programme]] = {key: [] for key in items}
    anchors: dict[str, list[Anchor]] = {key: [] for key in items}
    presentations: dict[str, dict[int, Presentation]] = {key: {} for key in items}
    for item in timeline.items:
        items.get(item.channel, []).append(item)
    for programme in timeline.programmes:
        programmes.get(programme.channel, []).append(programme)
    for anchor in timeline.anchors:
        anchors.get(anchor.channel, []).append(anchor)
    for worn in timeline.presentations:
        presentations.get(worn.channel, {})[worn.id] = worn.plain
    return {key: StoredRows(items[key], programmes[key], anchors[key], presentations[key]) for key in items}


def structs_of(rows: ChannelRows) -> StoredRows:
    """The structs of some columns."""
    return StoredRows(
        items=tuple(_items(rows)),
        programmes=tuple(_programmes(rows)),
        anchors=rows.anchors,
        presentations=dict(enumerate(rows.presentations)),
    )


def _items(rows: ChannelRows) -> Iterable[PlayoutItem]:
    items = rows.items
    ids = [*rows.programmes.id.tolist(), None]
    media = [*rows.media, None]
    kinds, fillers = ITEM_KINDS, (*FILLER_KINDS, None)
    for row in zip(*(column.tolist() for column in _columns(items)), strict=True):
        seq, start, finish, in_point, out_point, medium, kind, filler, programme, worn, rule, advance = row
        yield PlayoutItem(
            channel=rows.channel,
            seq=seq,
            start_ms=start,
            finish_ms=finish,
            in_point_ms=in_point,
            out_point_ms=out_point,
            media_id=media[medium],
            kind=kinds[kind],
            filler_kind=fillers[filler],
            programme_id=ids[programme],
            presentation=worn or None,
            rule=rows.rules[rule].rule,
            file=rows.rules[rule].file,
            line=rows.rules[rule].line,
            advance=advance,
        )


def _programmes(rows: ChannelRows) -> Iterable[Programme]:
    for row in zip(*(column.tolist() for column in _columns(rows.programmes)), strict=True):
        id_, start, finish, hour, listing = row
        facts: dict[str, Any] = msgspec.structs.asdict(rows.listings[listing])
        yield Programme(
            channel=rows.channel, id=id_, start_ms=start, finish_ms=finish, local_hour=hour, **facts
        )


def _columns(rows: ItemColumns | ProgrammeColumns) -> Sequence[Column]:
    return [getattr(rows, name) for name in type(rows).__slots__]


def _listing(programme: Programme) -> Listing:
    return Listing(**{name: getattr(programme, name) for name in _LISTING})


def _numbers(values: Iterable[int]) -> Column:
    return np.fromiter(values, dtype=np.int64)


def _codes(values: Iterable[int]) -> Column:
    # As narrow as those of new rows: joined, the columns would be as wide as the wider one.
    return np.fromiter(values, dtype=np.int32)
