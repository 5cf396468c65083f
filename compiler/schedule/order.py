"""The order of units in one cycle of a cursor: a key for each, made of what it is, not of where it stands.

So adding, removing or renaming one file moves no other unit. Each order gives its cycles, the key of a place
in one, the place after a key, and the unit that a key names, if any. The two grouped orders are groups.py's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from compiler.schedule.state import Json
from compiler.schedule.units import Pick, Units, dealt, text_hash
from compiler.station import Order
from exstv.catalog.model import MediaItem

LAST = 10**9
"""Where a missing season or episode sorts."""

_DEAL = 1024
"""How many hashes of a shuffle are made at once, some cycles of few units."""

_BLOCK = 8192
"""How many hashes of a random order are made at once: thousands of draws of few units, some of many."""


class Sorted:
    """`chronological` and `episode`: every cycle alike, by a sort key with the unit's id last."""

    def __init__(self, units: Units, order: Order) -> None:
        """`order` is CHRONOLOGICAL or EPISODE."""
        by_episode = order is Order.EPISODE
        self.shape: tuple[type, ...] = (int, int, str) if by_episode else (str, int, int, str)
        keyed: list[tuple[list[Json], Pick]] = []
        for head in units.heads:
            key = [*episode(head.item), head.unit]
            keyed.append((key if by_episode else [released(head.item), *key], head))
        keyed.sort(key=lambda each: each[0])
        self.keys = [key for key, _ in keyed]
        self.heads = [head for _, head in keyed]

    def cycle(self, number: int) -> list[Pick]:
        """The same list, whatever the cycle."""
        return self.heads

    def key(self, number: int, place: int) -> Json:
        """The sort key."""
        return self.keys[place]

    def after(self, number: int, key: Json) -> int:
        """By what the key is, whether its unit still exists or not."""
        return bisect_right(self.keys, key)

    def unit(self, key: Json) -> str | None:
        """The key ends with it."""
        unit: str = key[-1]
        return unit


class Listed(Sorted):
    """`listed`: every cycle as it is written."""

    def __init__(self, units: Units) -> None:
        """The order of the collection."""
        self.shape = (int, str)
        self.heads = list(units.heads)
        self.keys = [[place, head.unit] for place, head in enumerate(units.heads)]
        self._places = {head.unit: place for place, head in enumerate(units.heads)}

    def after(self, number: int, key: Json) -> int:
        """In an edited list, after the same unit wherever it stands now."""
        place = self._places.get(key[1])
        return bisect_right(self.keys, key) if place is None else place + 1


class Shuffled:
    """`shuffle`: by a hash of the deal and the unit; a deal is a cycle of a cursor on a channel of a seed."""

    shape: tuple[type, ...] = (str,)

    def __init__(self, units: Units, deal: str) -> None:
        """`deal` names the seed, the channel and the cursor."""
        self._units = units
        self._deal = text_hash(deal)
        self._cycles: dict[int, list[Pick]] = {}

    def cycle(self, number: int) -> list[Pick]:
        """The deal of that cycle."""
        found = self._cycles.get(number)
        return self._dealt(number) if found is None else found

    def _dealt(self, number: int) -> list[Pick]:
        """Deals some cycles at once, as each deal of few units would take as long."""
        heads = self._units.by_name
        some = max(_DEAL // max(len(heads), 1), 1)
        rows = dealt(self._units.hashes, self._deal, number, some).argsort(axis=1, kind="stable")
        # The one before is in use too, around the turn from one to the next.
        self._cycles = {kept: deal for kept, deal in self._cycles.items() if kept == number - 1}
        for cycle, row in enumerate(rows.tolist(), number):
            self._cycles[cycle] = [heads[index] for index in row]
        return self._cycles[number]

    def key(self, number: int, place: int) -> Json:
        """The unit itself: its hash follows from it."""
        return self.cycle(number)[place].unit

    def after(self, number: int, key: Json) -> int:
        """By the hash of the unit, whether it still exists or not."""
        head = self._units.by_id.get(key)
        if head is not None:
            return next(place for place, each in enumerate(self.cycle(number), 1) if each is head)
        own = dealt(np.array([text_hash(key)], dtype=np.uint64), self._deal, number)[0, 0]
        return int((dealt(self._units.hashes, self._deal, number)[0] <= own).sum())

    def unit(self, key: Json) -> str | None:
        """The key is the unit."""
        unit: str = key
        return unit


class Drawn:
    """`random`: each draw is a cycle of its own, of which only the first unit is used."""

    shape: tuple[type, ...] = ()

    def __init__(self, units: Units, deal: str) -> None:
        """`deal` names the seed, the channel and the cursor."""
        self._units = units
        self._deal = text_hash(deal)
        self._size = max(_BLOCK // max(len(units.heads), 1), 1)
        self._block = -1
        self._firsts: list[int] = []

    def cycle(self, number: int) -> list[Pick]:
        """All units in the order of their hashes in a draw."""
        row = dealt(self._units.hashes, self._deal, number)[0]
        heads = self._units.by_name
        return [heads[index] for index in row.argsort(kind="stable").tolist()]

    def first(self, number: int) -> Pick:
        """The unit with the least hash in a draw."""
        block, place = divmod(number, self._size)
        if block != self._block:
            rows = dealt(self._units.hashes, self._deal, block * self._size, self._size)
            self._block, self._firsts = block, rows.argmin(axis=1).tolist()
        return self._units.by_name[self._firsts[place]]

    def key(self, number: int, place: int) -> Json:
        """Nothing: the draw's number says all."""
        return None

    def after(self, number: int, key: Json) -> int:
        """Each draw begins at the first."""
        return 0

    def unit(self, key: Json) -> str | None:
        """A draw names none."""
        return None


def episode(item: MediaItem) -> tuple[int, int]:
    """Season and episode, as they sort: what is not known comes last."""
    return (
        LAST if item.season is None else item.season,
        LAST if item.episode is None else item.episode,
    )


def released(item: MediaItem) -> str:
    """When it was released, as it sorts: a year alone before the dates in it, what has neither last."""
    return item.released or (f"{item.year:04}" if item.year is not None else "~")


def first_from(heads: Sequence[Pick], season: int | None, number: int | None) -> int | None:
    """Index of the first unit with an item at or after an episode; without season, of any season."""
    for index, head in enumerate(heads):
        part: Pick | None = head
        while part is not None:
            if _is_from(part.item, season, number):
                return index
            part = part.following
    return None


def _is_from(item: MediaItem, season: int | None, number: int | None) -> bool:
    if season is None:
        return item.episode is not None and item.episode >= (number or 0)
    return item.season is not None and (item.season, item.episode or 0) >= (season, number or 0)


def any_of(heads: Sequence[Pick], deal: str) -> int:
    """Index of a unit chosen by the deal."""
    return min(range(len(heads)), key=lambda index: (text_hash(f"{deal}\x1f{heads[index].unit}"), index))
