"""What the scheduler placed as columns of playout items: numbers in NumPy, each name once.

Owns the way from runs to rows. guide.py says which programme each run belongs to; what a recompile kept comes
first, and the new rows go on with its lists of names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

_CONTENT = ITEM_KINDS.index(ItemKind.CONTENT)
_FILLER = ITEM_KINDS.index(ItemKind.FILLER)
_OFF_AIR = ITEM_KINDS.index(ItemKind.OFF_AIR)

_Thing = TypeVar("_Thing")


class _Names(NamedTuple):
    """The lists of the channel that grow with the new rows."""

    media: Words[str]
    presentations: Words[Presentation]
    rules: Words[Rule]


def join(
    kept: ChannelRows, next_seq: int, runs: Sequence[Run], listed: Listed, anchors: Sequence[Anchor]
) -> ChannelRows:
    """The kept rows and the new ones; `listed` and `anchors` are those of both."""
    names = _Names(Words(kept.media), Words(kept.presentations), Words(kept.rules))
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
    parts: list[Part] = list(chain.from_iterable(run.parts for run in runs))
    things, in_points, lengths, fillers, origins = zip(*parts, strict=True)
    counts = _numbers([len(run.parts) for run in runs])
    firsts = np.cumsum(counts) - counts
    start, finish = _instants(runs, counts, firsts, lengths)
    in_point = _numbers(in_points)
    media = _coded(things, lambda item: NONE if item is None else names.media.code(item.id))
    filler = _coded(fillers, _filler_code)
    advance = np.full(len(parts), "", dtype=object)
    advance[firsts] = [run.advance for run in runs]
    worn = _coded(
        [run.presentation for run in runs], lambda worn: names.presentations.code(worn) if worn else 0
    )
    return ItemColumns(
        seq=np.arange(next_seq, next_seq + len(parts)),
        start_ms=start,
        finish_ms=finish,
        in_point_ms=in_point,
        out_point_ms=in_point + (finish - start),
        media=media,
        kind=np.where(filler != NONE, _FILLER, np.where(media != NONE, _CONTENT, _OFF_AIR)).astype(np.int32),
        filler=filler,
        programme=np.repeat(place, counts),
        presentation=np.repeat(worn, counts),
        rule=_rules(runs, counts, origins, filler != NONE, names.rules),
        advance=advance,
    )


def _instants(
    runs: Sequence[Run], counts: Column, firsts: Column, lengths: Sequence[int]
) -> tuple[Column, Column]:
    """Start and finish of each part: a run's parts follow one another from its start."""
    length = _numbers(lengths)
    before = np.cumsum(length) - length
    start = np.repeat(_numbers([run.start_ms for run in runs]) - before[firsts], counts) + before
    return start, start + length


def _rules(
    runs: Sequence[Run], counts: Column, origins: Sequence[Origin], is_filler: Column, rules: Words[Rule]
) -> Column:
    """Codes of the rules: a rule is a run's chain and a part's origin, and there are few pairs of them."""
    chains: Words[str] = Words()
    of_run = _numbers([chains.code(run.chain) for run in runs])
    sources: Words[tuple[str, str, int]] = Words()
    of_part = _coded(origins, lambda origin: sources.code((origin.name, origin.span.file, origin.span.line)))
    width = len(sources.all())
    pairs = (np.repeat(of_run, counts) * width + of_part) * 2 + is_filler
    distinct, inverse = np.unique(pairs, return_inverse=True)
    codes = []
    for pair in distinct.tolist():
        names = chains.all()[pair // 2 // width]
        name, file, line = sources.all()[pair // 2 % width]
        codes.append(rules.code(Rule(f"{names} › {name}" if pair % 2 else names, file, line)))
    return np.array(codes, dtype=np.int32)[inverse]


def _coded(things: Sequence[_Thing], code_of: Callable[[_Thing], int]) -> Column:
    """The code of each thing; `code_of` is asked once for each object: hashing thousands by value is slow."""
    distinct = dict(zip(map(id, things), things, strict=True))
    codes = {key: code_of(thing) for key, thing in distinct.items()}
    return np.fromiter(map(codes.__getitem__, map(id, things)), dtype=np.int32, count=len(things))


def _filler_code(kind: FillerKind | None) -> int:
    return NONE if kind is None else FILLER_KINDS.index(kind)


def _followed_by(kept: ItemColumns, new: ItemColumns) -> ItemColumns:
    names = (field.name for field in fields(ItemColumns))
    return ItemColumns(**{name: np.concatenate((getattr(kept, name), getattr(new, name))) for name in names})


def _numbers(values: Sequence[int]) -> Column:
    return np.array(values, dtype=np.int64)
