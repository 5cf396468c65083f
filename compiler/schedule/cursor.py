"""Cursors: how far a channel got in a collection, kept by identity and never by index.

Owns which unit is next. Knows no time: what fits is the caller's to say, who takes any of the upcoming units;
those passed over on the way are remembered in the state and come first at the next use.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from compiler.lower.loop import MIN_ITEM_MS
from compiler.schedule.order import is_dealt, keys
from compiler.schedule.state import Json, State
from compiler.station import Content, Order
from exstv.catalog.model import MediaItem


class Pick(NamedTuple):
    """A unit that could be next. `cycle` and `place` say where it was met; place −1: passed over earlier."""

    item: MediaItem
    length_ms: int
    cycle: int
    place: int


class Dealt(NamedTuple):
    """One cycle: keys in order, and the item of each."""

    keys: list[Json]
    items: list[MediaItem]


class Cursor:
    """One cursor of one channel. Its progress lives in the state alone, so a rollback needs no word here."""

    def __init__(self, content: Content, deal: str, state: State) -> None:
        """`deal` is the seed and the channel, which make this cursor's shuffles its own."""
        self._order = content.order
        self._deal = f"{deal}\x1f{content.cursor}"
        self._state = state
        self._key = f"cursor:{content.cursor}"
        self._passed = f"passed:{content.cursor}"
        playable = (item for item in content.items if (item.duration_ms or 0) >= MIN_ITEM_MS)
        self._units = {item.id: item for item in playable}
        self._cycles: dict[int, Dealt] = {}

    def __len__(self) -> int:
        """How many units there are."""
        return len(self._units)

    def upcoming(self) -> Iterator[Pick]:
        """Each unit once, in the order in which they are to be tried."""
        picks = self._in_turn()
        first = next(picks, None)
        if first is None:
            return
        if self._order is not Order.RANDOM and first.item.id == self._position()[2]:
            # The first of a cycle is passed over once if it was the last of the cycle before; nor is a unit
            # that waited played twice in a row.
            second = next(picks, None)
            if second is not None:
                yield second
        yield first
        yield from picks

    def _in_turn(self) -> Iterator[Pick]:
        waiting = self._state.group(self._passed)
        # A unit that has gone from the collection may come back: it waits, and is no candidate.
        given = {unit for unit in waiting if unit in self._units}
        for unit in sorted(given, key=waiting.__getitem__):
            item = self._units[unit]
            yield Pick(item, item.duration_ms or 0, 0, -1)
        cycle, place, _ = self._position()
        for _ in range(2):
            for index, item in enumerate(self._cycle(cycle).items[place:], place):
                if item.id not in given:
                    given.add(item.id)
                    yield Pick(item, item.duration_ms or 0, cycle, index)
            if self._order is Order.RANDOM or len(given) >= len(self._units):
                return
            cycle, place = cycle + 1, 0

    def take(self, picks: Sequence[Pick]) -> None:
        """Uses units, in the order in which they play; what lies before the furthest is passed over."""
        cycle, place, _ = self._position()
        furthest = max(((pick.cycle, pick.place) for pick in picks if pick.place >= 0), default=None)
        taken = {pick.item.id for pick in picks}
        for pick in picks:
            if pick.place < 0:
                self._state.set(f"{self._passed}\t{pick.item.id}", None)
        key = self._key_before(cycle, place)
        if furthest is not None:
            self._pass_over((cycle, place), furthest, taken)
            cycle, key = furthest[0], self._cycle(furthest[0]).keys[furthest[1]]
        if self._order is Order.RANDOM:
            # Each draw is a deal of its own.
            cycle, key = cycle + len(picks), None
        self._state.set(self._key, [cycle, key, picks[-1].item.id])

    def _position(self) -> tuple[int, int, str | None]:
        """The cycle and the place in it from which to go on, and the unit used last."""
        entry = self._state.get(self._key)
        if entry is None:
            return 0, 0, None
        cycle, key, last = entry
        if key is None:
            return cycle, 0, last
        dealt = self._cycle(cycle)
        place = bisect_right(dealt.keys, key)
        if self._order is Order.LISTED and key not in dealt.keys[place - 1 : place] and key[1] in self._units:
            # The list was edited: go on after the same unit, wherever it stands now.
            place = 1 + next(index for index, item in enumerate(dealt.items) if item.id == key[1])
        return (cycle, place, last) if place < len(dealt.keys) else (cycle + 1, 0, last)

    def _pass_over(self, start: tuple[int, int], furthest: tuple[int, int], taken: set[str]) -> None:
        waiting = self._state.group(self._passed)
        ordinal = 1 + max(waiting.values(), default=0)
        cycle, place = start
        while (cycle, place) < furthest:
            items = self._cycle(cycle).items
            stop = furthest[1] if cycle == furthest[0] else len(items)
            for item in items[place:stop]:
                if item.id not in taken and item.id not in waiting:
                    self._state.set(f"{self._passed}\t{item.id}", ordinal)
                    ordinal += 1
            cycle, place = cycle + 1, 0

    def _key_before(self, cycle: int, place: int) -> Json:
        return self._cycle(cycle).keys[place - 1] if place else None

    def _cycle(self, cycle: int) -> Dealt:
        number = cycle if is_dealt(self._order) else 0
        found = self._cycles.get(number)
        if found is None:
            items = list(self._units.values())
            by_key = keys(self._order, items, f"{self._deal}\x1f{number}\x1f")
            order = sorted(range(len(items)), key=by_key.__getitem__)
            found = Dealt([by_key[index] for index in order], [items[index] for index in order])
            # Two cycles are in use at a time, around the turn from one to the next.
            self._cycles = {kept: dealt for kept, dealt in self._cycles.items() if kept >= number - 1}
            self._cycles[number] = found
        return found
