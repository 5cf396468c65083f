"""Filler: which clips go before, after and between features, and what plays where no clip fits.

Owns the modes of a filler and the use of exact fit. Places nothing: it gives parts, scheduler.py places them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from compiler.lower.wall import WallClock
from compiler.schedule.cursor import Cursor, Pick
from compiler.schedule.fit import best_set
from compiler.schedule.placed import Part
from compiler.station import Content, FillerMode, FillerPreset, FillerSet, Origin
from exstv.timeline.model import FillerKind
from exstv.units import MINUTE_MS

WINDOW = 64
"""How many eligible clips exact fit looks at (LANGUAGE.md, filler)."""

SLATE_MS = 10 * MINUTE_MS
"""The longest item of the built-in slate: between two of them a recompile can take over."""

SLATE = "built-in slate"


@dataclass(frozen=True)
class Around:
    """What plays before and after a content item."""

    before: tuple[Part, ...]
    after: tuple[Part, ...]

    @property
    def length_ms(self) -> int:
        """The time that all of it takes."""
        return total(self.before) + total(self.after)


class FillerDesk:
    """Draws filler for one channel. `cursor_of` gives the channel's one cursor for a content."""

    def __init__(self, wall: WallClock, cursor_of: Callable[[Content], Cursor]) -> None:
        self._wall = wall
        self._cursor_of = cursor_of

    def around(self, filler: FillerSet, start_ms: int, length_ms: int, edge_ms: int) -> Around:
        """Pre-roll and post-roll of a content item of that length; a pad ends at the edge at the latest."""
        before = self._fixed_part(filler.pre_roll, FillerKind.PRE_ROLL)
        after = self._fixed_part(filler.post_roll, FillerKind.POST_ROLL)
        end = start_ms + total(before) + length_ms + total(after)
        # A pad is computed last, as it depends on all else.
        rolls = ((filler.pre_roll, FillerKind.PRE_ROLL), (filler.post_roll, FillerKind.POST_ROLL))
        for preset, kind in rolls:
            if preset is None or preset.mode is not FillerMode.PAD:
                continue
            room = min(self._wall.next_mark(end, preset.pad_to_ms), edge_ms) - end
            padding = self._pad(preset, kind, filler, room) if room > 0 else ()
            if kind is FillerKind.PRE_ROLL:
                return Around((*before, *padding), after)
            return Around(before, (*after, *padding))
        return Around(before, after)

    def tail(self, filler: FillerSet, start_ms: int, room_ms: int) -> tuple[Part, ...]:
        """The tail filler of a stretch; what it leaves is the fallback's."""
        preset = filler.tail
        if preset is None:
            return ()
        if preset.mode is FillerMode.COUNT:
            picks: list[Pick] = []
            for _ in range(preset.count):
                picks += self._first_fitting(preset, room_ms - sum(pick.length_ms for pick in picks))
            return _parts(picks, preset, FillerKind.TAIL)
        room = room_ms
        if preset.mode is FillerMode.DURATION:
            room = min(room, preset.duration_ms)
        if preset.mode is FillerMode.PAD:
            room = min(room, self._wall.next_mark(start_ms, preset.pad_to_ms) - start_ms)
        return _parts(self._fill(preset, room), preset, FillerKind.TAIL)

    def fallback(self, filler: FillerSet, origin: Origin, room_ms: int) -> Part:
        """One item of the fallback, cut to the room; without one, the built-in slate."""
        preset = filler.fallback
        pick = next(self._cursor_of(preset.content).upcoming(), None) if preset else None
        if preset is None or pick is None:
            return Part(None, 0, min(SLATE_MS, room_ms), FillerKind.FALLBACK, Origin(origin.span, SLATE))
        self._cursor_of(preset.content).take([pick])
        length = min(pick.length_ms, room_ms)
        return Part(pick.item, 0, length, FillerKind.FALLBACK, preset.origin)

    def _fixed_part(self, preset: FillerPreset | None, kind: FillerKind) -> tuple[Part, ...]:
        if preset is None or preset.mode is FillerMode.PAD:
            return ()
        if preset.mode is FillerMode.DURATION:
            return _parts(self._fill(preset, preset.duration_ms), preset, kind)
        cursor = self._cursor_of(preset.content)
        picks: list[Pick] = []
        for _ in range(preset.count):
            pick = next(cursor.upcoming(), None)
            if pick is not None:
                cursor.take([pick])
                picks.append(pick)
        return _parts(picks, preset, kind)

    def _pad(
        self, preset: FillerPreset, kind: FillerKind, filler: FillerSet, room_ms: int
    ) -> tuple[Part, ...]:
        parts = list(_parts(self._fill(preset, room_ms), preset, kind))
        while (rest := room_ms - total(parts)) > 0:
            parts.append(self.fallback(filler, preset.origin, rest))
        return tuple(parts)

    def _first_fitting(self, preset: FillerPreset, room_ms: int) -> Iterator[Pick]:
        cursor = self._cursor_of(preset.content)
        pick = next((pick for pick in cursor.upcoming() if pick.length_ms <= room_ms), None)
        if pick is not None:
            cursor.take([pick])
            yield pick

    def _fill(self, preset: FillerPreset, room_ms: int) -> list[Pick]:
        """Clips that leave the least of a room, used."""
        cursor = self._cursor_of(preset.content)
        filled: list[Pick] = []
        while True:
            fitting = (pick for pick in cursor.upcoming() if pick.length_ms <= room_ms)
            window = list(islice(fitting, WINDOW))
            if sum(pick.length_ms for pick in window) <= room_ms:
                # All fit: half of them play, and the rest is left to choose from at the end.
                chosen = window[: -(-len(window) // 2)]
            else:
                chosen = [window[index] for index in best_set([pick.length_ms for pick in window], room_ms)]
            if not chosen:
                return filled
            cursor.take(chosen)
            filled += chosen
            room_ms -= sum(pick.length_ms for pick in chosen)


def total(parts: tuple[Part, ...] | list[Part]) -> int:
    """The time that parts take, in ms."""
    return sum(part.length_ms for part in parts)


def _parts(picks: list[Pick], preset: FillerPreset, kind: FillerKind) -> tuple[Part, ...]:
    return tuple(Part(pick.item, 0, pick.length_ms, kind, preset.origin) for pick in picks)
