"""Filler: what goes before, into and after an item, and what plays where nothing else does.

Owns the places of filler and what a pad and the fallback are. Draws clips with draw.py, breaks items with
breaks.py; places nothing: it gives parts, the scheduler places them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from compiler.lower.wall import WallClock
from compiler.schedule.airings import Rest
from compiler.schedule.breaks import break_points, chapter_marks
from compiler.schedule.cursor import Cursor
from compiler.schedule.draw import Draw
from compiler.schedule.findings import Findings
from compiler.schedule.placed import Part, total
from compiler.station import BreakAt, Content, FillerMode, FillerPreset, FillerSet, Origin
from exstv.timeline.model import FillerKind
from exstv.units import MINUTE_MS

# As in room.py: a member that is asked for at every decision is looked for once.
_COUNT = FillerMode.COUNT
_DURATION = FillerMode.DURATION
_PAD = FillerMode.PAD
_TAIL = FillerKind.TAIL
_FALLBACK = FillerKind.FALLBACK

SLATE_MS = 10 * MINUTE_MS
"""The longest item of the built-in slate: between two of them a recompile can take over."""

SLATE = "built-in slate"

FALLS_SHORT_MS = MINUTE_MS
"""What a filler may leave to the fallback of a room that it should fill before it is told."""


class _Places(NamedTuple):
    """Where one set of filler puts clips around and into an item; None: nowhere."""

    filler: FillerSet
    pre_roll: Draw | None
    mid_roll: Draw | None
    post_roll: Draw | None
    pad: Draw | None
    """The pad, which has no other place."""
    pads_before: bool


class FillerDesk:
    """Draws filler for one channel; keeps nothing that could be wrong after a decision is taken back."""

    def __init__(self, wall: WallClock, cursor_of: Callable[[Content], Cursor], findings: Findings) -> None:
        """`cursor_of` gives the channel's one cursor for a content."""
        self._wall = wall
        self._cursor_of = cursor_of
        self._findings = findings
        self._draws: dict[tuple[int, FillerKind], Draw] = {}
        self._places: dict[int, _Places] = {}
        self._slates: dict[int, Origin] = {}

    def dress(
        self, filler: FillerSet, item: Part, start_ms: int, edge_ms: int
    ) -> tuple[tuple[Part, ...], int]:
        """An item with its pre-roll, breaks and post-roll, and how long they take.

        A pad ends at `edge_ms` at the latest. A broken item is several parts, each with its own in point. A
        pad before an item moves all else; until the true times are noted all else counts as aired without it.
        """
        places = self._places_of(filler)
        before: Sequence[Part] = ()
        after: Sequence[Part] = ()
        body: Sequence[Part] = (item,)
        end_ms = start_ms
        if places.pre_roll is not None:
            before = places.pre_roll.fixed(start_ms)
            end_ms += total(before)
        if places.mid_roll is not None:
            body = self._broken(places.mid_roll, item, end_ms)
            end_ms += total(body)
        else:
            end_ms += item.length_ms
        if places.post_roll is not None:
            after = places.post_roll.fixed(end_ms)
            end_ms += total(after)
        if places.pad is not None:
            room_ms = min(self._wall.next_mark(end_ms, places.pad.preset.pad_to_ms), edge_ms) - end_ms
            if places.pads_before:
                # What comes after it is drawn already: whether that must have rested is not asked again.
                drawn = {part.item.id for part in (*body, *after) if part.filler and part.item}
                before = self._pad(places, start_ms, room_ms, drawn)
            else:
                after = self._pad(places, end_ms, room_ms)
            end_ms += max(room_ms, 0)
        return (*before, *body, *after), end_ms - start_ms

    def tail(self, filler: FillerSet, start_ms: int, room_ms: int) -> tuple[Sequence[Part], int]:
        """The tail filler of a stretch, and what it leaves of it, which is the fallback's."""
        preset = filler.tail
        if preset is None:
            return (), room_ms
        draw = self._draw(preset, _TAIL)
        if preset.mode is _COUNT:
            parts = draw.count(start_ms, room_ms)
            return parts, room_ms - total(parts)
        most_ms = room_ms
        if preset.mode is _DURATION:
            most_ms = min(room_ms, preset.duration_ms)
        elif preset.mode is _PAD:
            most_ms = min(room_ms, self._wall.next_mark(start_ms, preset.pad_to_ms) - start_ms)
        parts, left_ms = self._filled(draw, start_ms, most_ms)
        return parts, room_ms - most_ms + left_ms

    def fallback(self, filler: FillerSet, origin: Origin, start_ms: int, room_ms: int) -> Part:
        """One item of the fallback, cut to the room, which rests never; without any, the built-in slate."""
        preset = filler.fallback
        if preset is not None:
            cursor = self._cursor_of(preset.content)
            rest = Rest(preset.content.no_repeat_ms, preset.cooldown_ms)
            pick = next(cursor.upcoming(start_ms, rest), None)
            if pick is not None:
                cursor.take((pick,), start_ms)
                length_ms = min(pick.length_ms, room_ms)
                return Part(pick.item, 0, length_ms, _FALLBACK, preset.origin)
        slate = self._slates.get(id(origin))
        if slate is None:
            # An origin lives as long as its channel's schedule.
            slate = self._slates[id(origin)] = Origin(origin.span, SLATE)
        return Part(None, 0, min(SLATE_MS, room_ms), _FALLBACK, slate)

    def _broken(self, draw: Draw, item: Part, start_ms: int) -> list[Part]:
        """The pieces of an item with what plays between them."""
        points = break_points(item, draw.preset)
        if not points and draw.preset.at is BreakAt.CHAPTERS and item.item and not chapter_marks(item):
            self._findings.no_chapters(draw.preset, item.item)
        parts: list[Part] = []
        rest = item
        at_ms = start_ms
        for point in points:
            length_ms = point - rest.in_point_ms
            clips = draw.fixed(at_ms + length_ms)
            # Where no clip may play there is no break.
            if clips:
                parts += (replace(rest, length_ms=length_ms), *clips)
                at_ms += length_ms + total(clips)
                rest = replace(rest, in_point_ms=point, length_ms=rest.length_ms - length_ms)
        parts.append(rest)
        return parts

    def _pad(self, places: _Places, start_ms: int, room_ms: int, without: Collection[str] = ()) -> list[Part]:
        """Clips for a room, from an instant on for so long, and the fallback for what they leave."""
        draw = places.pad
        if room_ms <= 0 or draw is None:
            return []
        parts, left_ms = self._filled(draw, start_ms, room_ms, without)
        while left_ms > 0:
            at_ms = start_ms + room_ms - left_ms
            part = self.fallback(places.filler, draw.preset.origin, at_ms, left_ms)
            parts.append(part)
            left_ms -= part.length_ms
        return parts

    def _filled(
        self, draw: Draw, start_ms: int, room_ms: int, without: Collection[str] = ()
    ) -> tuple[list[Part], int]:
        """Clips for a room, and what they leave of it."""
        parts, left_ms = draw.fill(start_ms, room_ms, without)
        if left_ms > FALLS_SHORT_MS:
            self._findings.falls_short(draw.preset, left_ms)
        return parts, left_ms

    def _places_of(self, filler: FillerSet) -> _Places:
        # By identity: it is compared by all of its media. What is kept here is not made anew elsewhere.
        found = self._places.get(id(filler))
        if found is None or found.filler is not filler:
            found = self._places[id(filler)] = self._find_places(filler)
        return found

    def _find_places(self, filler: FillerSet) -> _Places:
        presets = (
            (FillerKind.PRE_ROLL, filler.pre_roll),
            (FillerKind.MID_ROLL, filler.mid_roll),
            (FillerKind.POST_ROLL, filler.post_roll),
        )
        draws = {kind: self._draw(preset, kind) for kind, preset in presets if preset is not None}
        # A pad before an item moves all else, so one after it has nothing to fill.
        ends = (FillerKind.PRE_ROLL, FillerKind.POST_ROLL)
        pads = [kind for kind in ends if kind in draws and draws[kind].preset.mode is _PAD]
        fixed = {kind: draw for kind, draw in draws.items() if kind not in pads}
        return _Places(
            filler=filler,
            pre_roll=fixed.get(FillerKind.PRE_ROLL),
            mid_roll=fixed.get(FillerKind.MID_ROLL),
            post_roll=fixed.get(FillerKind.POST_ROLL),
            pad=draws[pads[0]] if pads else None,
            pads_before=FillerKind.PRE_ROLL in pads,
        )

    def _draw(self, preset: FillerPreset, kind: FillerKind) -> Draw:
        # By identity: a preset is compared by all of its media, and lives as long as its channel's schedule.
        found = self._draws.get((id(preset), kind))
        if found is None:
            found = self._draws[id(preset), kind] = Draw(preset, kind, self._cursor_of(preset.content))
        return found
