"""The order of units in one cycle of a cursor: a key for each, made of what it is, not of where it stands.

So adding, removing or renaming one file moves no other unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from compiler.schedule.state import Json
from compiler.station import Order
from exstv.catalog.model import MediaItem

_LAST = 10**9
"""Where a missing season or episode sorts."""


def is_dealt(order: Order) -> bool:
    """Tells whether each cycle has an order of its own."""
    return order in (Order.SHUFFLE, Order.RANDOM)


def keys(order: Order, items: Sequence[MediaItem], deal: str) -> list[Json]:
    """The key of each item; `deal` names this cycle of this cursor on this channel of this seed."""
    if is_dealt(order):
        prefix = blake2b(deal.encode(), digest_size=8)
        return [_dealt(prefix, item.id) for item in items]
    if order is Order.LISTED:
        return [[place, item.id] for place, item in enumerate(items)]
    if order is Order.EPISODE:
        return [[*_in_show(item), item.id] for item in items]
    return [[_released(item), *_in_show(item), item.id] for item in items]


def _dealt(prefix: blake2b, unit: str) -> str:
    digest = prefix.copy()
    digest.update(unit.encode())
    return digest.hexdigest()


def _in_show(item: MediaItem) -> tuple[int, int]:
    return (
        _LAST if item.season is None else item.season,
        _LAST if item.episode is None else item.episode,
    )


def _released(item: MediaItem) -> str:
    # A year alone sorts before the dates in it; what has neither comes last.
    return item.released or (f"{item.year:04}" if item.year is not None else "~")
