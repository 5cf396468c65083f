"""The scheduling state of one channel: everything that a decision depends on besides the rules and the time.

A flat dict of JSON values, so that it outlives the YAML and the lock that made it:

`loop:SCHEDULE`              [block identity, phase, items left, until ms]: the place in the rundown
`list:SCHEDULE`              identities of all blocks in order: where to go on when that block is gone
`blocked:SCHEDULE\\tBLOCK`    the unit that kept a block from playing anything when it last had its turn
`cursor:CURSOR`              [cycle, key, last unit]: how far a cursor got
`passed:CURSOR\\tUNIT`        ordinal: a unit that the cursor passed over, tried first, least ordinal first
`fill`                       ms: the end of the stretch that has already had its tail filler

An item's `advance` holds the entries that it changed, null for one that went. So the state at a junction is
an anchor's and the advances of the items between, in order; `fold` does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

Json = Any
"""A value as JSON knows them."""

_TAB = "\t"


class State:
    """Owner of one channel's state while it is being scheduled; a try that came to nothing is rolled back."""

    def __init__(self, entries: Mapping[str, Json]) -> None:
        """Starts from an anchor's state; empty for a channel that never played."""
        self._entries: dict[str, Json] = {}
        self._groups: dict[str, dict[str, Json]] = {}
        self._changes: dict[str, Json] = {}
        self._undo: list[tuple[str, Json, bool, Json]] = []
        for key, value in entries.items():
            self._put(key, value)

    def get(self, key: str) -> Json:
        """The entry of a key, None if there is none."""
        return self._entries.get(key)

    def group(self, prefix: str) -> Mapping[str, Json]:
        """All entries `prefix<TAB>name`, by name: a view that follows later changes."""
        return self._groups.setdefault(prefix, {})

    def set(self, key: str, value: Json) -> None:
        """Changes an entry; None removes it."""
        old = self._entries.get(key)
        if old == value:
            return
        self._undo.append((key, old, key in self._changes, self._changes.get(key)))
        self._changes[key] = value
        self._put(key, value)

    def mark(self) -> int:
        """The point that `rollback` goes back to; worth something until the next `take_changes`."""
        return len(self._undo)

    def rollback(self, mark: int) -> None:
        """Undoes every change since a mark."""
        while len(self._undo) > mark:
            key, old, was_changed, change = self._undo.pop()
            self._put(key, old)
            if was_changed:
                self._changes[key] = change
            else:
                del self._changes[key]

    def take_changes(self) -> str:
        """What changed since the last call, as an item's `advance`."""
        if not self._changes:
            return ""
        advance = msgspec.json.encode(self._changes, order="sorted").decode()
        self._changes = {}
        self._undo.clear()
        return advance

    def _put(self, key: str, value: Json) -> None:
        if value is None:
            self._entries.pop(key, None)
        else:
            self._entries[key] = value
        if _TAB in key:
            prefix, _, name = key.partition(_TAB)
            group = self._groups.setdefault(prefix, {})
            if value is None:
                group.pop(name, None)
            else:
                group[name] = value


def decode(state: str) -> dict[str, Json]:
    """An anchor's state, or an item's advance, as a dict."""
    found: dict[str, Json] = msgspec.json.decode(state) if state else {}
    return found


def encode(state: Mapping[str, Json]) -> str:
    """A whole state as an anchor holds it."""
    return msgspec.json.encode(state, order="sorted").decode()


def fold(state: dict[str, Json], advances: Iterable[str]) -> None:
    """Changes a state as items did, in order."""
    for advance in advances:
        for key, value in decode(advance).items():
            if value is None:
                state.pop(key, None)
            else:
                state[key] = value
