"""Clips drawn from one filler preset: so many, or what fills a room.

Owns the modes and fits of a preset. Knows no place: filler.py says where clips go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from compiler.lower.loop import MIN_ITEM_MS
from compiler.schedule.airings import Rest
from compiler.schedule.cursor import Cursor, Pick
from compiler.schedule.fit import best_set
from compiler.schedule.placed import Part, total
from compiler.station import FillerMode, FillerPreset, Fit
from exstv.timeline.model import FillerKind
from exstv.units import DAY_MS

# As in room.py: a member that is asked for at every decision is looked for once.
_GREEDY, _COUNT = Fit.GREEDY, FillerMode.COUNT

WINDOW = 64
"""How many eligible clips exact fit looks at (LANGUAGE.md, filler)."""

LEAST_LEFT_MS = 2000
"""What may be left of a room before clips whose turn has not come are looked at too."""

ANY_LENGTH_MS = 1000 * DAY_MS
"""A room that nothing is too long for."""


class Draw:
    """One preset in one kind of place on one channel. Progress is the cursor's; what is kept never changes.

    All clips are chosen as of the instant from which they play, and none that rests then: a room that only
    resting clips could fill stays empty.
    """

    def __init__(self, preset: FillerPreset, kind: FillerKind, cursor: Cursor) -> None:
        """`kind` is the place that the parts are for."""
        self.preset = preset
        self._kind = kind
        self._cursor = cursor
        self._rest = Rest(preset.content.no_repeat_ms, preset.cooldown_ms)
        lengths = (item.duration_ms for item in preset.content.items if item.duration_ms)
        self._shortest_ms = max(min(lengths, default=0), MIN_ITEM_MS)
        self._parts: dict[Pick, Part] = {}

    def fixed(self, at_ms: int) -> list[Part]:
        """What plays where nothing but the preset itself limits it: its count, or its duration."""
        if self.preset.mode is _COUNT:
            return self.count(at_ms, ANY_LENGTH_MS)
        return self.fill(at_ms, self.preset.duration_ms)[0]

    def count(self, at_ms: int, room_ms: int) -> list[Part]:
        """As many clips as the preset says, each the first that fits the rest of the room."""
        parts: list[Part] = []
        while (wanted := self.preset.count - len(parts)) > 0:
            window = list(self._cursor.window(at_ms, self._rest, room_ms, wanted))
            used_ms = self._play(_while_they_fit(window, room_ms), at_ms, parts)
            if not used_ms:
                break
            at_ms += used_ms
            room_ms -= used_ms
        return parts

    def fill(self, at_ms: int, room_ms: int, without: Collection[str] = ()) -> tuple[list[Part], int]:
        """Clips for a room, by the preset's fit, and what they leave of it in ms.

        `without` are ids of items that may not be among them.
        """
        if self.preset.fit is _GREEDY:
            return self._greedy(at_ms, room_ms, without)
        parts: list[Part] = []
        while room_ms >= self._shortest_ms:
            used_ms = self._play(self._exact(at_ms, room_ms, without), at_ms, parts)
            if not used_ms:
                break
            at_ms += used_ms
            room_ms -= used_ms
        return parts, room_ms

    def _exact(self, at_ms: int, room_ms: int, without: Collection[str]) -> Sequence[Pick]:
        """What exact fit plays: clips whose turn it is where they end the room, so that all play evenly."""
        window = self._window(at_ms, room_ms, without)
        best, looked_at = best_set(window, room_ms)
        left_ms = room_ms
        for pick in best:
            left_ms -= pick.length_ms
        if left_ms <= LEAST_LEFT_MS:
            return best
        looked_at += window
        if total(looked_at) <= room_ms:
            # All fit: half of them play, and the rest is left to choose from at the end.
            return looked_at[: -(-len(looked_at) // 2)]
        wider = self._window(at_ms, room_ms, without, beyond=True)
        better, seen = best_set(wider, room_ms)
        return better if len([*seen, *wider]) > len(looked_at) else best

    def _window(
        self, at_ms: int, longest_ms: int, without: Collection[str], *, beyond: bool = False
    ) -> Iterator[Pick]:
        if not without:
            return self._cursor.window(at_ms, self._rest, longest_ms, WINDOW, beyond=beyond)
        window = self._cursor.window(at_ms, self._rest, longest_ms, WINDOW + len(without), beyond=beyond)
        return islice((pick for pick in window if pick.item.id not in without), WINDOW)

    def _greedy(self, at_ms: int, room_ms: int, without: Collection[str]) -> tuple[list[Part], int]:
        """Clips in order, up to the first that does not fit; passes over those longer than the whole room."""
        parts: list[Part] = []
        longest_ms = room_ms
        while room_ms >= MIN_ITEM_MS:
            window = list(self._window(at_ms, longest_ms, without))
            chosen = _while_they_fit(window, room_ms)
            used_ms = self._play(chosen, at_ms, parts)
            at_ms += used_ms
            room_ms -= used_ms
            if len(chosen) < len(window) or not window:
                break
        return parts, room_ms

    def _play(self, picks: Sequence[Pick], at_ms: int, parts: list[Part]) -> int:
        """Uses clips and adds their parts; the time that they take."""
        if not picks:
            return 0
        self._cursor.take(picks, at_ms)
        known = self._parts
        used_ms = 0
        for pick in picks:
            part = known.get(pick)
            if part is None:
                part = Part(pick.item, 0, pick.length_ms, self._kind, self.preset.origin)
                known[pick] = part
            parts.append(part)
            used_ms += pick.length_ms
        return used_ms


def _while_they_fit(window: Sequence[Pick], room_ms: int) -> Sequence[Pick]:
    for index, pick in enumerate(window):
        room_ms -= pick.length_ms
        if room_ms < 0:
            return window[:index]
    return window
