"""When the items that must rest last aired on a channel.

Owns the group `aired` of the state. An item is tracked if some use of it has a `no_repeat` or a `cooldown`;
what then counts is every airing on the channel, whichever use it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from compiler.schedule.state import State
from compiler.schedule.units import Pick
from compiler.station import Content

AIRED = "aired"


class Rest(NamedTuple):
    """How long an item rests in one use of it; 0: not at all."""

    no_repeat_ms: int = 0
    """From the start of an airing to the next start."""
    cooldown_ms: int = 0
    """From the end of an airing to the next start."""


NO_REST = Rest()


class Airings:
    """A view of the state's entries for the tracked items of a channel."""

    def __init__(self, state: State, uses: Iterable[tuple[Content, Rest]]) -> None:
        """`uses` are all contents of the channel with their rests; the longest rest of an item counts."""
        self._state = state
        self._aired = state.group(AIRED)
        self._rests: dict[str, Rest] = {}
        for content, rest in uses:
            if rest == NO_REST:
                continue
            for item in content.items:
                known = self._rests.get(item.id, rest)
                self._rests[item.id] = Rest(*map(max, known, rest))
        self.tracks = bool(self._rests)
        """Whether any item has to rest."""

    def note(self, item_id: str, start_ms: int, finish_ms: int) -> None:
        """An item airs; a later word on the same airing replaces an earlier one."""
        if item_id in self._rests:
            self._state.patch(AIRED, {item_id: [start_ms, finish_ms]})

    def note_picks(self, picks: Sequence[Pick], start_ms: int) -> None:
        """Items air one after another from an instant on, as far as is known yet."""
        if not self._rests:
            return
        aired: dict[str, list[int]] = {}
        for pick in picks:
            finish_ms = start_ms + pick.length_ms
            if pick.item.id in self._rests:
                aired[pick.item.id] = [start_ms, finish_ms]
            start_ms = finish_ms
        if aired:
            self._state.patch(AIRED, aired)

    def is_free(self, item_id: str, now_ms: int, rest: Rest) -> bool:
        """Tells whether an item may start now."""
        aired = self._aired.get(item_id)
        if aired is None:
            return True
        free: bool = aired[0] + rest.no_repeat_ms <= now_ms and aired[1] + rest.cooldown_ms <= now_ms
        return free

    def last_start(self, item_id: str) -> int:
        """When an item last began, UTC ms; 0: not that anybody remembers."""
        aired = self._aired.get(item_id)
        return aired[0] if aired is not None else 0

    def forget(self, before_ms: int) -> None:
        """Drops what no longer keeps its item from any start at or after an instant."""
        gone = [
            item
            for item, aired in self._aired.items()
            if (rest := self._rests.get(item)) is None
            or (aired[0] + rest.no_repeat_ms <= before_ms and aired[1] + rest.cooldown_ms <= before_ms)
        ]
        if gone:
            self._state.patch(AIRED, dict.fromkeys(gone))
