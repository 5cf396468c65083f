"""A recompile after an edit: what is remembered of another order, and of decisions that filler ends."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
from msgspec.structs import replace

from compiler.schedule.cursor import make_cursor
from compiler.schedule.state import State
from compiler.station import Order
from exstv.timeline.model import FillerKind, ItemKind, PlayoutItem, ProgrammeKind
from exstv.timeline.progress import is_programme_junction

TV = Any


@pytest.mark.timeout(20)
@pytest.mark.parametrize("before", list(Order))
def test_an_order_edited_to_random_offers_every_item(tv: TV, before: Order) -> None:
    content = replace(tv.content("f", tv.clips("f", *["10m"] * 9), before), cursor="f")
    state = State({})
    cursor = make_cursor(content, "deal", state)
    for _ in range(5):
        cursor.take(list(islice(cursor.upcoming(), 1)))
    edited = make_cursor(replace(content, order=Order.RANDOM), "deal", state)
    assert {pick.item.id for pick in edited.upcoming()} == {item.id for item in content.items}


def row(seq: int, filler: FillerKind | None) -> PlayoutItem:
    kind = ItemKind.FILLER if filler else ItemKind.CONTENT
    return PlayoutItem(
        channel="one", seq=seq, start_ms=seq, finish_ms=seq + 1, in_point_ms=0, out_point_ms=1, media_id="m",
        kind=kind, filler_kind=filler, programme_id="p", rule="", file="", line=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param("FFF", [0, 1, 2], id="a long fallback, an item at a time"),
        pytest.param("TFF", [0, 2], id="a tail and what it leaves are one decision"),
        pytest.param("CPFF", [0], id="what pads a hidden programme belongs to it"),
    ],
)
def test_listed_filler_is_left_only_between_two_decisions(kinds: str, expected: list[int]) -> None:
    names = {"F": FillerKind.FALLBACK, "T": FillerKind.TAIL, "P": FillerKind.POST_ROLL, "C": None}
    items = [row(seq, names[kind]) for seq, kind in enumerate(kinds)]
    listed = {"p": ProgrammeKind.FILLER}
    assert [n for n in range(len(items)) if is_programme_junction(items, n, listed)] == expected
