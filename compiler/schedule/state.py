"""The scheduling state of one channel: everything that a decision depends on besides the rules and the time.

JSON values by key, so that it outlives the YAML and the lock that made it. A group is a JSON object below one
key, which changes name by name:

`fill`                       ms: the end of the stretch that has already had its tail filler
`on`                         the group of the block that the guide lists as one (compiler/guide.py)
`cursor:CURSOR`              [cycle, key, last unit]: how far it got; no last where the key names it
`open:CURSOR`                [[unit, part number, item], …]: units under way, each with its next part
`playlist:CURSOR`            [entry identity, items left]; `entries:CURSOR`: all identities in order
`passed:CURSOR` (group)      unit → ordinal: units that were passed over, tried first, least ordinal first
`seek:CURSOR` (group)        id → 1: the seeks that have moved the cursor
`turns:CURSOR` (group)       group → key: how far each group of a grouped order got
`aired` (group)              item → [start ms, finish ms]: the last airing of items whose rest matters

What the players keep is told where they keep it: place.py for loops, mixing.py, gridding.py, and scheduler.py
for events and days.

An item's `advance` holds what it changed, null for what went. So the state at a junction is an anchor's and
the advances of the items between, in order; exstv/timeline/progress.py folds them.

Cursors move at every decision, and are read much more often than told: each keeps its position here as an
object of its own, which tells its entries once a decision. What was told is never changed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

Json = Any
"""A value as JSON knows them."""

_ABSENT = object()


class Position(Protocol):
    """Where a cursor is. While the state tries, a cursor that moves gets another one."""

    def tell(self, changes: dict[str, Json]) -> None:
        """Adds the entries that moving here changed since the last decision."""
        ...


class State:
    """Owner of one channel's state while it is being scheduled; a try that came to nothing is rolled back."""

    def __init__(self, entries: Mapping[str, Json]) -> None:
        """Starts from an anchor's state; empty for a channel that never played."""
        self._entries: dict[str, Json] = {}
        self._groups: dict[str, dict[str, Json]] = {}
        self._changes: dict[str, Json] = {}
        self._group_changes: dict[str, dict[str, Json]] = {}
        self._positions: dict[str, Position] = {}
        self.moved: dict[str, Position] = {}
        """The positions of the cursors that moved since the last `take_changes`, by cursor."""
        self.tries = False
        """What changes now may be rolled back: what the state has may not be changed itself."""
        self._undo: list[tuple[dict[str, Any], str, Any, dict[str, Any], Any]] = []
        # Asked millions of times: the dict's own, without a call between.
        self.get: Callable[[str], Json] = self._entries.get
        """The entry of a key, None if there is none."""
        self.position: Callable[[str], Position | None] = self._positions.get
        """Where a cursor is; None: what its entries say."""
        for key, value in entries.items():
            if isinstance(value, dict):
                self._groups[key] = dict(value)
            else:
                self._entries[key] = value

    def group(self, key: str) -> Mapping[str, Json]:
        """The values of a group by name: a view that follows later changes."""
        return self._groups.setdefault(key, {})

    def move(self, cursor: str, position: Position) -> None:
        """A cursor has moved."""
        positions, moved = self._positions, self.moved
        if self.tries:
            self._undo.append((positions, cursor, positions.get(cursor), moved, moved.get(cursor, _ABSENT)))
        positions[cursor] = moved[cursor] = position

    def find(self, cursor: str, position: Position) -> None:
        """Notes where a cursor is that has not moved: what its entries say, read once."""
        self._positions[cursor] = position

    def set(self, key: str, value: Json) -> None:
        """Changes an entry; None removes it."""
        entries, changes = self._entries, self._changes
        old = entries.get(key)
        if old == value:
            return
        if self.tries:
            self._undo.append((entries, key, old, changes, changes.get(key, _ABSENT)))
        changes[key] = value
        if value is None:
            entries.pop(key, None)
        else:
            entries[key] = value

    def patch(self, key: str, values: Mapping[str, Json]) -> None:
        """Changes some values of a group; None removes one."""
        group = self._groups.setdefault(key, {})
        changes = self._group_changes.setdefault(key, {})
        for name, value in values.items():
            if self.tries:
                self._undo.append((group, name, group.get(name), changes, changes.get(name, _ABSENT)))
            changes[name] = value
            if value is None:
                group.pop(name, None)
            else:
                group[name] = value

    def mark(self) -> int:
        """The point that `rollback` goes back to; worth something until the next `take_changes`."""
        self.tries = True
        return len(self._undo)

    def rollback(self, mark: int) -> None:
        """Undoes every change since a mark."""
        undo = self._undo
        while len(undo) > mark:
            values, key, old, changes, change = undo.pop()
            if old is None:
                values.pop(key, None)
            else:
                values[key] = old
            if change is _ABSENT:
                del changes[key]
            else:
                changes[key] = change

    def take_changes(self) -> dict[str, Json]:
        """What changed since the last call: an item's `advance`, before it is put into words."""
        if self.tries:
            self.tries = False
            self._undo.clear()
        changes, self._changes = self._changes, {}
        if self._group_changes:
            changes |= {key: values for key, values in self._group_changes.items() if values}
            self._group_changes = {}
        if self.moved:
            for position in self.moved.values():
                position.tell(changes)
            self.moved.clear()
        return changes
