"""The two grouped orders: whose turn it is, and how far each group is.

A cycle is a row of turns, in which each group gets as many as its units need. The turns are the cycle's;
which unit plays in a turn is the group's own progress, which goes on in order from cycle to cycle. So a group
that grows or comes new goes on in order, and moves no other group's progress.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from compiler.schedule.order import episode, released
from compiler.schedule.state import Json
from compiler.schedule.units import Pick, Units, dealt, text_hash
from compiler.station import Content, GroupBy, Order
from exstv.catalog.model import MediaItem

Slot = tuple[int, str, int]
"""When, whose, and which of a batch."""


def group_of(item: MediaItem, by: GroupBy) -> str:
    """The group of an item.

    `show` is its show, `season` its show and season, `director` its first director. `artist` is the first
    actor, else the outermost folder of a music video (its first tag), else the show; `album` is the two
    outermost folders, else show and season, else the artist. What has none of these is a group of its own, by
    title.
    """
    alone = item.show or item.title
    is_music = item.kind == "music_video"
    if by is GroupBy.DIRECTOR:
        return item.directors[0] if item.directors else item.title
    if by is GroupBy.ALBUM and is_music and len(item.tags) > 1:
        return f"{item.tags[0]}/{item.tags[1]}"
    if by is GroupBy.SEASON or (by is GroupBy.ALBUM and item.season is not None):
        return alone if item.season is None else f"{alone}/{item.season}"
    if by is GroupBy.SHOW:
        return alone
    if item.actors:
        return item.actors[0]
    return item.tags[0] if is_music and item.tags else alone


class Grouped:
    """`rotation` takes a batch of each group in turn; `shuffle_in_order` spreads each over the cycle."""

    shape: tuple[type, ...] = (int, str, int)

    def __init__(self, content: Content, units: Units, deal: str) -> None:
        """`deal` names the seed, the channel and the cursor."""
        self._is_shuffled = content.order is Order.SHUFFLE_IN_ORDER
        self._batch = content.batch
        self._deal = text_hash(deal)
        keyed: dict[str, list[tuple[list[Json], Pick]]] = {}
        for head in units.heads:
            group = keyed.setdefault(group_of(head.item, content.group_by), [])
            group.append((_key(head), head))
        self._heads: dict[str, list[Pick]] = {}
        self._keys: dict[str, list[Json]] = {}
        for name in sorted(keyed):
            group = sorted(keyed[name], key=lambda each: each[0])
            self._keys[name] = [key for key, _ in group]
            self._heads[name] = [head for _, head in group]
        self._hashes = np.array([text_hash(name) for name in self._heads], dtype=np.uint64)
        self._starts = dict.fromkeys(self._heads, 0)
        """Which of its units each group begins a cycle with: all cycles alike, as each plays all."""
        self._slots: dict[int, list[Slot]] = {}
        self._cycles: dict[int, list[Pick]] = {}

    def resume(
        self, number: int, place: int, turns: Mapping[str, Json], begin: Callable[[Sequence[Pick]], int]
    ) -> None:
        """Goes on at a place of a cycle; `begin` says where a group starts that has no progress yet."""
        played = Counter(name for _, name, _ in self._turns(number)[:place])
        for name, heads in self._heads.items():
            key = turns.get(name)
            following = begin(heads) if key is None else bisect_right(self._keys[name], key)
            self._starts[name] = (following - played[name]) % len(heads)
        self._cycles.clear()

    def sought(
        self, turns: Mapping[str, Json], find: Callable[[Sequence[Pick]], int | None]
    ) -> dict[str, Json]:
        """The progress with which each group is about to play what `find` finds in it; others stay."""
        moved = dict(turns)
        for name, heads in self._heads.items():
            found = find(heads)
            if found is not None:
                # A group goes round: before its first unit comes its last.
                moved[name] = self._keys[name][found - 1]
        return moved

    def progress(self, number: int, place: int, stop: int) -> dict[str, Json]:
        """How far each group got that had a turn in `[place, stop)` of a cycle."""
        slots, heads = self._turns(number), self.cycle(number)
        return {slots[index][1]: _key(heads[index]) for index in range(place, stop)}

    def cycle(self, number: int) -> list[Pick]:
        """The units of a cycle: in each turn the next of its group."""
        found = self._cycles.get(number)
        if found is None:
            following = dict(self._starts)
            found = []
            for _, name, _ in self._turns(number):
                heads = self._heads[name]
                found.append(heads[following[name] % len(heads)])
                following[name] += 1
            self._cycles = {kept: cycle for kept, cycle in self._cycles.items() if kept >= number - 1}
            self._cycles[number] = found
        return found

    def key(self, number: int, place: int) -> Json:
        """The turn: when, whose, and which of its batch."""
        return list(self._turns(number)[place])

    def after(self, number: int, key: Json) -> int:
        """By when the turn was, whether there is still one or not."""
        return bisect_right(self._turns(number), tuple(key))

    def unit(self, key: Json) -> str | None:
        """A turn names no unit."""
        return None

    def _turns(self, number: int) -> list[Slot]:
        cycle = number if self._is_shuffled else 0
        found = self._slots.get(cycle)
        if found is None:
            found = sorted(self._spread(cycle) if self._is_shuffled else self._in_rotation())
            self._slots = {kept: slots for kept, slots in self._slots.items() if kept >= cycle - 1}
            self._slots[cycle] = found
        return found

    def _in_rotation(self) -> list[Slot]:
        slots: list[Slot] = []
        for name, heads in self._heads.items():
            batch = self._batch or len(heads)
            slots += [(index // batch, name, index % batch) for index in range(len(heads))]
        return slots

    def _spread(self, number: int) -> list[Slot]:
        """Turns at equal distances; where a group's first is, is the cycle's chance."""
        offsets = (dealt(self._hashes, self._deal, number)[0] >> np.uint64(32)).tolist()
        slots: list[Slot] = []
        for (name, heads), offset in zip(self._heads.items(), offsets, strict=True):
            batch = self._batch or len(heads)
            turns = -(-len(heads) // batch)
            slots += [
                (((index // batch << 32) + offset) // turns, name, index % batch)
                for index in range(len(heads))
            ]
        return slots


def _key(head: Pick) -> list[Json]:
    return [*episode(head.item), released(head.item), head.unit]
