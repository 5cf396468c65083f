"""The cursor of a playlist: some of one content, then some of the next.

Owns the place in the list, kept by the entries' identities; each entry's progress is its own cursor's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from compiler.schedule.airings import NO_REST, Rest
from compiler.schedule.state import State
from compiler.schedule.units import Pick
from compiler.station import Content


class Cursor(Protocol):
    """What plays content one item after another: a collection's cursor, or a playlist's."""

    def __len__(self) -> int:
        """How many items it plays before it begins again."""
        ...

    def __contains__(self, pick: Pick, /) -> bool:
        """Tells whether a pick is one of its own."""
        ...

    def first(self, now_ms: int = 0, rest: Rest = NO_REST) -> Pick | None:
        """The first of the upcoming ones, None if there is none."""
        ...

    def upcoming(self, now_ms: int = 0, rest: Rest = NO_REST, strict: bool = False) -> Iterator[Pick]:
        """Each candidate once, in the order in which they are to be tried.

        Those that rest now come last, and not at all with `strict`.
        """
        ...

    def window(
        self, now_ms: int, rest: Rest, longest_ms: int, size: int, beyond: bool = False
    ) -> Iterator[Pick]:
        """The first `size` candidates that do not rest, end, and are no longer than `longest_ms`.

        Any of them may be taken together. With `beyond` they may be of the next cycle while some of this one
        wait, which plays some more often than others.
        """
        ...

    def take(self, picks: Sequence[Pick], now_ms: int = 0) -> None:
        """Uses candidates, in the order in which they play; what lies before the furthest is passed over.

        They count as aired from `now_ms` on, one after another, until the true times are noted.
        """
        ...


@dataclass(frozen=True, eq=False)
class _Entry:
    identity: str
    cursor: Cursor
    count: int
    """Items at each of its turns."""


class PlaylistCursor:
    """Entry after entry, each its count of items; one that has nothing to offer now loses its turn."""

    def __init__(self, content: Content, cursors: Sequence[Cursor], state: State) -> None:
        """`cursors` are those of the entries, in order."""
        self._state = state
        self._key = f"playlist:{content.cursor}"
        self._list = f"entries:{content.cursor}"
        self._entries: list[_Entry] = []
        equals: Counter[str] = Counter()
        for each, cursor in zip(content.playlist, cursors, strict=True):
            name = each.content.cursor
            equals[name] += 1
            if len(cursor):
                count = len(cursor) if each.count is None else each.count
                self._entries.append(_Entry(f"{name}#{equals[name]}", cursor, count))
        self._identities = [entry.identity for entry in self._entries]

    def __len__(self) -> int:
        """How many items the whole list plays."""
        return sum(entry.count for entry in self._entries)

    def __contains__(self, pick: Pick) -> bool:
        """Tells whether a pick is one of its own."""
        return any(pick in entry.cursor for entry in self._entries)

    def first(self, now_ms: int = 0, rest: Rest = NO_REST) -> Pick | None:
        """The first of the upcoming ones, None if there is none."""
        return next(self.upcoming(now_ms, rest), None)

    def upcoming(self, now_ms: int = 0, rest: Rest = NO_REST, strict: bool = False) -> Iterator[Pick]:
        """Each candidate once: the present entry's, then those of the entries that follow.

        Those that rest now come last, and not at all with `strict`.
        """
        given: set[str] = set()
        for entry in self._in_turn():
            for pick in entry.cursor.upcoming(now_ms, rest, strict=True):
                if pick.item.id not in given:
                    given.add(pick.item.id)
                    yield pick
        if strict or rest == NO_REST:
            return
        for entry in self._in_turn():
            for pick in entry.cursor.upcoming(now_ms, rest):
                if pick.item.id not in given:
                    given.add(pick.item.id)
                    yield pick

    def window(
        self, now_ms: int, rest: Rest, longest_ms: int, size: int, beyond: bool = False
    ) -> Iterator[Pick]:
        """Candidates of one entry, no more than it still plays, so that all of them may be taken together."""
        _, left = self._place()
        for place, entry in enumerate(self._in_turn()):
            most = min(size, entry.count if place else left)
            found = list(entry.cursor.window(now_ms, rest, longest_ms, most, beyond))
            if found:
                return iter(found)
        return iter(())

    def take(self, picks: Sequence[Pick], now_ms: int = 0) -> None:
        """Uses units, in the order in which they play; an entry with none of them loses its turn."""
        for pick in picks:
            index, left = self._place()
            place = next(
                place
                for place in (*range(index, len(self._entries)), *range(index))
                if pick in self._entries[place].cursor
            )
            entry = self._entries[place]
            entry.cursor.take([pick], now_ms)
            now_ms += pick.length_ms
            left = (left if place == index else entry.count) - 1
            if left <= 0:
                following = self._entries[(place + 1) % len(self._entries)]
                self._set(following.identity, following.count)
            else:
                self._set(entry.identity, left)

    def _in_turn(self) -> list[_Entry]:
        if not self._entries:
            return []
        index, _ = self._place()
        return [*self._entries[index:], *self._entries[:index]]

    def _place(self) -> tuple[int, int]:
        """Index of the entry whose turn it is, and how many items it still plays."""
        identity, left = self._state.get(self._key) or (None, 0)
        if identity in self._identities:
            index = self._identities.index(identity)
            return index, min(left, self._entries[index].count)
        old = self._state.get(self._list) or []
        followed = old[old.index(identity) + 1 :] + old if identity in old else []
        index = next((self._identities.index(name) for name in followed if name in self._identities), 0)
        return index, self._entries[index].count if self._entries else 0

    def _set(self, identity: str, left: int) -> None:
        self._state.set(self._list, self._identities)
        self._state.set(self._key, [identity, left])
