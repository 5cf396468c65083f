"""Units: what an order puts in a row, an item or all the parts of one work.

Owns what is known of a content's units before any order. The units of one collection are made once and shared
by every cursor of every channel that plays it; nothing here changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from compiler.lower.loop import MIN_ITEM_MS
from compiler.schedule.parts import part_of
from compiler.station import Content, Order
from exstv.catalog.model import MediaItem

Hashes = NDArray[np.uint64]


@dataclass(slots=True, eq=False)
class Pick:
    """An item that could be next; it never changes, and each is one object, equal to itself alone."""

    # Not frozen, and no tuple: made once, looked at millions of times.
    item: MediaItem
    length_ms: int
    """0 for a live item."""
    unit: str
    number: int
    """Of the part; 0 for a whole item."""
    is_first: bool
    following: Pick | None
    """The next part of its unit."""


class Units:
    """The units of a collection; `heads` are their first parts, in the order of the collection."""

    def __init__(self, items: Sequence[MediaItem], *, keep_multi_part: bool, listed: bool) -> None:
        """`listed` keeps an item that is listed twice as two units; otherwise each is a unit once."""
        by_unit: dict[str, list[tuple[int, MediaItem]]] = {}
        times: dict[str, int] = {}
        for item in items:
            times[item.id] = time = times.get(item.id, 0) + 1
            if (item.duration_ms is not None and item.duration_ms < MIN_ITEM_MS) or (time > 1 and not listed):
                continue
            again = f"#{time}" if time > 1 else ""
            part = part_of(item) if keep_multi_part else None
            if part is None:
                by_unit[item.id + again] = [(0, item)]
            else:
                by_unit.setdefault(part.work + again, []).append((part.number, item))
        self.heads = tuple(_linked(unit, parts) for unit, parts in by_unit.items())
        self.by_id = {head.unit: head for head in self.heads}
        self.is_plain = all(not head.number and head.length_ms for head in self.heads)
        """Whether every unit is one item that ends."""
        self.size = sum(len(parts) for parts in by_unit.values())
        """How many items there are."""
        self.longest_ms = max(
            (item.duration_ms or 0 for each in by_unit.values() for _, item in each), default=0
        )
        by_name = sorted(self.heads, key=lambda head: head.unit)
        self.by_name = tuple(by_name)
        """The heads in the order of their units' ids."""
        hashes = b"".join(blake2b(head.unit.encode(), digest_size=8).digest() for head in by_name)
        self.hashes: Hashes = np.frombuffer(hashes, dtype="<u8").astype(np.uint64)
        """Of the units' ids, in that order."""


def _linked(unit: str, parts: list[tuple[int, MediaItem]]) -> Pick:
    """The first part, which knows the others."""
    if len(parts) > 1:
        parts.sort(key=lambda part: (part[0], part[1].id))
    following = None
    for index in range(len(parts) - 1, -1, -1):
        number, item = parts[index]
        following = Pick(item, item.duration_ms or 0, unit, number, index == 0, following)
    assert following is not None
    return following


class _Same:
    """A key for values that are too large to compare: equal where it is the same object."""

    def __init__(self, items: tuple[MediaItem, ...]) -> None:
        self.items = items

    def __hash__(self) -> int:
        return id(self.items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.items is other.items


def units_of(content: Content) -> Units:
    """The units of a content."""
    return _units(_Same(content.items), content.keep_multi_part, content.order is Order.LISTED)


@lru_cache(maxsize=64)
def _units(same: _Same, keep_multi_part: bool, listed: bool) -> Units:
    return Units(same.items, keep_multi_part=keep_multi_part, listed=listed)


_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)


def text_hash(text: str) -> int:
    """A hash of a text in 64 bits, the same on every machine."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def dealt(hashes: Hashes, deal: int, first: int, count: int = 1) -> Hashes:
    """The hash of each unit in each of `count` deals from `first` on: one row a deal.

    A deal's number and the units' hashes go through the finalizer of SplitMix64, so that two deals have
    nothing in common.
    """
    numbers = np.arange(first, first + count, dtype=np.uint64)
    deals = _mixed(numbers * _STEP + np.uint64(deal))
    mixed: Hashes = _mixed(deals[:, None] ^ hashes[None, :])
    return mixed


def _mixed(values: Hashes) -> Hashes:
    rest = values >> _30
    values = values ^ rest
    values *= _FIRST
    values ^= np.right_shift(values, _27, out=rest)
    values *= _SECOND
    values ^= np.right_shift(values, _31, out=rest)
    return values
