"""What the scheduler placed as columns of playout items: numbers in NumPy, each name once.

Owns the way from runs to rows. guide.py says which programme each run belongs to; what a recompile kept comes
first, and the new rows go on with its lists of names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np

from compiler.guide import Listed
from compiler.schedule.placed import Part, Run
from compiler.station import Origin
from exstv.timeline.columns import (
    FILLER_KINDS,
    ITEM_KINDS,
    NONE,
    ChannelRows,
    Column,
    ItemColumns,
    Rule,
    Words,
)
from exstv.timeline.model import Anchor, FillerKind, ItemKind, Presentation
from exstv.timeline.progress import encode_each

_CONTENT = ITEM_KINDS.index(ItemKind.CONTENT)
_FILLER = ITEM_KINDS.index(ItemKind.FILLER)
_OFF_AIR = ITEM_KINDS.index(ItemKind.OFF_AIR)
_FILLER_CODES: Mapping[FillerKind | None, int] = {None: NONE, **{k: n for n, k in enumerate(FILLER_KINDS)}}

_Thing = TypeVar("_Thing")


class _Names(NamedTuple):
    """The lists of the channel that grow with the new rows."""

    media: Words[str]
    presentations: Words[Presentation]
    rules: Words[Rule]
    chains: Words[str]


class _Parts(NamedTuple):
    """Parts as columns."""

    media: Column
    in_point: Column
    length: Column
    filler: Column
    origin: Column
    """Place in `origins`."""
    origins: tuple[tuple[str, str, int], ...]

    @classmethod
    def of(cls, parts: Sequence[Part], media: Words[str]) -> _Parts:
        """Looks at each object once: a clip's part is one, however often it plays."""
        distinct, place = _distinct(parts)
        code, items = media.code, [part.item for part in distinct]
        sources: Words[tuple[str, str, int]] = Words()
        return cls(
            media=_codes([NONE if item is None else code(item.id) for item in items])[place],
            in_point=_numbers([part.in_point_ms for part in distinct])[place],
            length=_numbers([part.length_ms for part in distinct])[place],
            filler=_codes([_FILLER_CODES[part.filler] for part in distinct])[place],
            origin=_coded([part.origin for part in distinct], lambda each: sources.code(_place(each)))[place],
            origins=sources.all(),
        )


def join(
    kept: ChannelRows, next_seq: int, runs: Sequence[Run], listed: Listed, anchors: Sequence[Anchor]
) -> ChannelRows:
    """The kept rows and the new ones; `listed` and `anchors` are those of both."""
    names = _Names(Words(kept.media), Words(kept.presentations), Words(kept.rules), Words())
    items = _followed_by(kept.items, _items(runs, next_seq, listed.place, names)) if runs else kept.items
    return ChannelRows(
        channel=kept.channel,
        items=items,
        programmes=listed.programmes,
        anchors=tuple(anchors),
        media=names.media.all(),
        listings=listed.listings,
        presentations=names.presentations.all(),
        rules=names.rules.all(),
    )


def _items(runs: Sequence[Run], next_seq: int, place: Column, names: _Names) -> ItemColumns:
    counts = _numbers([len(run.parts) for run in runs])
    firsts = np.cumsum(counts) - counts
    parts = _Parts.of(list(chain.from_iterable([run.parts for run in runs])), names.media)
    start, finish = _instants([run.start_ms for run in runs], counts, firsts, parts.length)
    advance = np.full(len(start), "", dtype=object)
    advance[firsts] = encode_each([run.changes for run in runs])
    worn = _coded(
        [run.presentation for run in runs], lambda worn: names.presentations.code(worn) if worn else 0
    )
    return ItemColumns(
        seq=np.arange(next_seq, next_seq + len(start)),
        start_ms=start,
        finish_ms=finish,
        in_point_ms=parts.in_point,
        out_point_ms=parts.in_point + parts.length,
        media=parts.media,
        kind=np.where(
            parts.filler != NONE, _FILLER, np.where(parts.media != NONE, _CONTENT, _OFF_AIR)
        ).astype(np.int32),
        filler=parts.filler,
        programme=np.repeat(place, counts),
        presentation=np.repeat(worn, counts),
        rule=_rules(np.repeat(_coded([run.chain for run in runs], names.chains.code), counts), parts, names),
        advance=advance,
    )


def _instants(starts: Sequence[int], counts: Column, firsts: Column, length: Column) -> tuple[Column, Column]:
    """Start and finish of each part: a run's parts follow one another from its start."""
    before = np.cumsum(length) - length
    start = np.repeat(_numbers(starts) - before[firsts], counts) + before
    return start, start + length


def _rules(of_run: Column, parts: _Parts, names: _Names) -> Column:
    """Codes of the rules: a rule is a run's chain and a part's origin, and there are few pairs of them."""
    chains, origins = names.chains.all(), parts.origins
    pairs = (of_run * len(origins) + parts.origin) * 2 + (parts.filler != NONE)
    distinct, inverse = np.unique(pairs, return_inverse=True)
    codes = []
    for pair in distinct.tolist():
        before = chains[pair // 2 // len(origins)]
        name, file, line = origins[pair // 2 % len(origins)]
        codes.append(names.rules.code(Rule(f"{before} › {name}" if pair % 2 else before, file, line)))
    return np.array(codes, dtype=np.int32)[inverse]


def _coded(things: Sequence[_Thing], code_of: Callable[[_Thing], int]) -> Column:
    """The code of each thing; `code_of` is asked once for each object."""
    distinct, place = _distinct(things)
    return _codes([code_of(thing) for thing in distinct])[place]


def _distinct(things: Sequence[_Thing]) -> tuple[list[_Thing], Column]:
    """Each object once, in order of first use, and the place of each thing among them.

    By identity: to hash thousands by value is slow.
    """
    identities = list(map(id, things))
    distinct = dict(zip(identities, things, strict=True))
    places = dict(zip(distinct, range(len(distinct)), strict=True))
    place = np.fromiter(map(places.__getitem__, identities), dtype=np.int64, count=len(things))
    return list(distinct.values()), place


def _place(origin: Origin) -> tuple[str, str, int]:
    return origin.name, origin.span.file, origin.span.line


def _followed_by(kept: ItemColumns, new: ItemColumns) -> ItemColumns:
    names = (field.name for field in fields(ItemColumns))
    return ItemColumns(**{name: np.concatenate((getattr(kept, name), getattr(new, name))) for name in names})


def _numbers(values: Sequence[int]) -> Column:
    return np.array(values, dtype=np.int64)


def _codes(values: Sequence[int]) -> Column:
    return np.array(values, dtype=np.int32)
