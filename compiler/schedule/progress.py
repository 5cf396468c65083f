"""How far a cursor got: read from the state's entries once, and told to them after each decision.

Owns the entries of one cursor in the state. collection.py moves a progress; one that a try may be rolled back
to does not change. The state's wins, so a rollback, or another cursor of the same name, needs no word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compiler.schedule.groups import Grouped
from compiler.schedule.order import Drawn, Listed, Shuffled, Sorted, any_of, episode, first_from
from compiler.schedule.state import Json, State
from compiler.schedule.units import Pick, Units
from compiler.station import AT_FIRST, Content, Order, Seek, StartAt

AnyWalk = Sorted | Listed | Shuffled | Drawn | Grouped


@dataclass(slots=True, eq=False)
class Progress:
    """One position of a cursor."""

    ledger: Ledger
    """Whose it is: the picks are of its units."""
    cycle: int
    place: int
    """The first place of the cycle not yet reached."""
    last: str | None
    """The unit used last."""
    waiting: dict[Pick, int]
    """Units passed over, oldest first, with their ordinals; negative: met again in this cycle."""
    opened: tuple[Pick, ...]
    """The next part of each unit under way."""
    since: int
    """Waiting units up to this ordinal were passed over before this cycle: they may be met in it again."""
    repeated: int
    """How many of those wait still."""
    reached: tuple[int, Json]
    """A cycle, and the last key reached in it; None: it stands at its beginning."""
    passed: dict[str, Json]
    """What has changed of the waiting units since the last decision: ordinals, None for no longer waiting."""
    moved: bool = False
    """It was moved by a `seek` or a `start_at`: the state does not say all of it yet."""

    def tell(self, changes: dict[str, Json]) -> None:
        """Adds the entries that moving here changed since the last decision."""
        self.ledger.tell(self, changes)

    def copy(self) -> Progress:
        """Another one in the same place."""
        return Progress(
            self.ledger,
            self.cycle,
            self.place,
            self.last,
            self.waiting.copy(),
            self.opened,
            self.since,
            self.repeated,
            self.reached,
            self.passed.copy(),
            self.moved,
        )

    def end_cycle(self, *, at_once: bool = False) -> None:
        """Begins the next cycle, but not before the last of what waits from before this one unless `at_once`.

        So no unit gets two turns ahead of another while both can play. What waits longer loses a turn.
        """
        if self.repeated and not at_once:
            return
        self.cycle, self.place = self.cycle + 1, 0
        self.since = abs(next(reversed(self.waiting.values()), 0))
        self.repeated = len(self.waiting)


def walk_of(content: Content, units: Units, deal: str) -> AnyWalk:
    """The order of a content; `deal` names the seed, the channel and the cursor."""
    if content.order is Order.SHUFFLE:
        return Shuffled(units, deal)
    if content.order is Order.RANDOM:
        return Drawn(units, deal)
    if content.order is Order.LISTED:
        return Listed(units)
    if content.order in (Order.ROTATION, Order.SHUFFLE_IN_ORDER):
        return Grouped(content, units, deal)
    return Sorted(units, content.order)


class Ledger:
    """Reads and writes the progress of one cursor."""

    def __init__(self, content: Content, units: Units, deal: str, state: State) -> None:
        """`deal` names the seed, the channel and the cursor."""
        self.walk = walk_of(content, units, deal)
        self._content = content
        self._units = units
        self._deal = deal
        self._state = state
        self._key = f"cursor:{content.cursor}"
        self._passed = f"passed:{content.cursor}"
        self._open = f"open:{content.cursor}"
        self._turns = f"turns:{content.cursor}"
        self._sought = f"seek:{content.cursor}"
        self._name = content.cursor

    def read(self) -> Progress:
        """Where the cursor is; there must be units."""
        at = self._state.position(self._name)
        if at.__class__ is Progress and at.ledger is self:
            return at
        entry, passed = self._state.get(self._key), self._state.group(self._passed)
        if isinstance(at, Progress) and not at.moved:
            # Another cursor of this name went on: what its entries would say now counts.
            told: dict[str, Json] = {}
            at.tell(told)
            entry, passed = told[self._key], {pick.unit: ordinal for pick, ordinal in at.waiting.items()}
        found = self._read(entry, passed)
        self._state.find(self._name, found)
        return found

    def following(self, at: Progress, last: str) -> Progress:
        """A progress to be changed into the one after another, in which a unit was the last that was used.

        It is the other itself, as long as nobody may want to go back there.
        """
        after = at
        if self._state.tries:
            after = at.copy()
        if at.moved:
            after.passed = self._settle(at)
            after.moved = False
        elif self._name not in self._state.moved:
            after.passed = {}
        if after.reached[0] != after.cycle:
            after.reached = (after.cycle, None)
        after.last = last
        return after

    def write(self, progress: Progress) -> None:
        """Makes a progress the present one."""
        self._state.move(self._name, progress)

    def tell(self, progress: Progress, changes: dict[str, Json]) -> None:
        """Adds what a progress says to the changes of a decision."""
        cycle, key = progress.reached
        if progress.repeated and cycle == progress.cycle:
            changes[self._key] = [cycle, key, progress.last, progress.since]
        elif (None if key is None else self.walk.unit(key)) == progress.last:
            changes[self._key] = [cycle, key]
        else:
            changes[self._key] = [cycle, key, progress.last]
        if progress.passed:
            changes[self._passed] = progress.passed

    def take_turns(self, turns: dict[str, Json]) -> None:
        """Remembers how far groups got."""
        self._state.patch(self._turns, turns)

    def open(self, opened: tuple[Pick, ...]) -> None:
        """Remembers the units under way, by their next parts."""
        left = [[pick.unit, pick.number, pick.item.id] for pick in opened]
        self._state.set(self._open, left or None)

    def _settle(self, progress: Progress) -> dict[str, Json]:
        """Writes what reading made of the state: a `seek`, a `start_at`, a first part that is gone.

        Gives what has changed of the waiting units.
        """
        gone: dict[str, Json] = dict.fromkeys(self._state.group(self._passed))
        self.open(progress.opened)
        seek = self._seek()
        if seek is not None:
            if isinstance(self.walk, Grouped):
                self.take_turns(self._sought_turns(self.walk, seek))
            self._state.patch(self._sought, {seek.id: 1})
        return gone | {pick.unit: ordinal for pick, ordinal in progress.waiting.items()}

    def _seek(self) -> Seek | None:
        """The move that the cursor has still to make."""
        seek = self._content.seek
        return None if seek is None or seek.id in self._state.group(self._sought) else seek

    def _read(self, entry: Json, passed: Mapping[str, Json]) -> Progress:
        progress = self._position(entry)
        for unit in sorted(passed, key=lambda unit: abs(passed[unit])):
            # A unit that has gone from the collection may come back: it waits, and is no candidate.
            if unit in self._units.by_id:
                progress.waiting[self._units.by_id[unit]] = passed[unit]
                progress.repeated += abs(passed[unit]) <= progress.since
        if progress.place >= len(self._units.heads):
            progress.end_cycle()
        self._find_opened(progress)
        seek = self._seek()
        if isinstance(self.walk, Grouped):
            turns = self._state.group(self._turns) if seek is None else self._sought_turns(self.walk, seek)
            self.walk.resume(progress.cycle, progress.place, turns, self._begin)
        if seek is not None:
            progress.moved = True
            progress.last = None
            self._move(progress, StartAt(season=seek.season, episode=seek.episode))
        elif entry is None and self._content.start_at != AT_FIRST:
            progress.moved = True
            self._move(progress, self._content.start_at)
        if progress.moved:
            progress.waiting = {pick: ordinal for ordinal, pick in enumerate(progress.waiting, 1)}
            progress.since = progress.repeated = len(progress.waiting)
        return progress

    def _position(self, entry: Json) -> Progress:
        if entry is None:
            return Progress(self, 0, 0, None, {}, (), 0, 0, (0, None), {})
        cycle, key, *other = entry
        last = other[0] if other else _unit_in(key)
        if key is None:
            place = 0
        elif _fits(key, self.walk.shape):
            place = self.walk.after(cycle, key)
        elif last in self._units.by_id and not isinstance(self.walk, Drawn):
            # The order was edited: what was reached says nothing in this one, the unit used last does.
            place = 1 + self.walk.cycle(cycle).index(self._units.by_id[last])
        else:
            place = 0
        since = other[1] if len(other) > 1 else 0
        return Progress(self, cycle, place, last, {}, (), since, 0, (cycle, key), {})

    def _find_opened(self, progress: Progress) -> None:
        for unit, number, item_id in self._state.get(self._open) or ():
            part = self._units.by_id.get(unit)
            while part is not None and (part.number, part.item.id) < (number, item_id):
                part = part.following
            if part is not None and part.is_first:
                # What was played of it is gone: the rest is a unit like others, and waits.
                progress.moved = True
                progress.waiting = {part: 0, **progress.waiting}
            elif part is not None:
                progress.opened += (part,)

    def _move(self, progress: Progress, to: StartAt) -> None:
        if isinstance(self.walk, Grouped):
            progress.waiting, progress.opened = {}, ()
        elif isinstance(self.walk, Shuffled | Drawn):
            heads = sorted(self._units.heads, key=lambda head: (*episode(head.item), head.unit))
            index = None if to.random else first_from(heads, to.season, to.episode)
            if index is not None:
                # No place of a shuffle comes after an episode: it plays next, and nothing else moves.
                progress.waiting, progress.opened = {heads[index]: 0, **progress.waiting}, ()
        else:
            index = self._index(self.walk.cycle(progress.cycle), to)
            if index is not None:
                progress.place, progress.waiting, progress.opened = index, {}, ()

    def _index(self, heads: Sequence[Pick], to: StartAt) -> int | None:
        if to.random:
            return any_of(heads, f"{self._deal}\x1fstart")
        if to == AT_FIRST:
            return 0
        return first_from(heads, to.season, to.episode)

    def _begin(self, heads: Sequence[Pick]) -> int:
        return self._index(heads, self._content.start_at) or 0

    def _sought_turns(self, walk: Grouped, seek: Seek) -> dict[str, Json]:
        turns = self._state.group(self._turns)
        return walk.sought(turns, lambda heads: first_from(heads, seek.season, seek.episode))


def _unit_in(key: Json) -> str | None:
    unit: str | None = key[-1] if isinstance(key, list) else key
    return unit


def _fits(key: Json, shape: tuple[type, ...]) -> bool:
    """Tells whether a key is one of an order with keys of that shape."""
    parts = key if isinstance(key, list) else [key]
    return len(parts) == len(shape) and all(map(isinstance, parts, shape))
