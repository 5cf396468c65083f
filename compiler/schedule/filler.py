"""Filler: what goes before, into and after an item, and what plays where nothing else does.

Owns the places of filler and what a pad and the fallback are. Draws clips with draw.py, breaks items with
breaks.py; places nothing: it gives parts, the scheduler places them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

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

SLATE_MS = 10 * MINUTE_MS
"""The longest item of the built-in slate: between two of them a recompile can take over."""

SLATE = "built-in slate"

FALLS_SHORT_MS = MINUTE_MS
"""What a filler may leave to the fallback of a room that it should fill before it is told."""


class FillerDesk:
    """Draws filler for one channel; keeps nothing that could be wrong after a decision is taken back."""

    def __init__(self, wall: WallClock, cursor_of: Callable[[Content], Cursor], findings: Findings) -> None:
        """`cursor_of` gives the channel's one cursor for a content."""
        self._wall = wall
        self._cursor_of = cursor_of
        self._findings = findings
        self._draws: dict[tuple[int, FillerKind], Draw] = {}
        self._slates: dict[int, Origin] = {}

    def dress(self, filler: FillerSet, item: Part, start_ms: int, edge_ms: int) -> tuple[Part, ...]:
        """An item with its pre-roll, breaks and post-roll; a pad ends at `edge_ms` at the latest.

        A broken item is several parts, each with its own in point. A pad before an item moves all else; until
        the true times are noted all else counts as aired without it.
        """
        pre_roll, mid_roll, post_roll = filler.pre_roll, filler.mid_roll, filler.post_roll
        before: Sequence[Part] = ()
        after: Sequence[Part] = ()
        body: Sequence[Part] = (item,)
        end_ms = start_ms
        if pre_roll and not _pads(pre_roll):
            before = self._draw(pre_roll, FillerKind.PRE_ROLL).fixed(start_ms)
            end_ms += total(before)
        if mid_roll:
            body = self._broken(self._draw(mid_roll, FillerKind.MID_ROLL), item, end_ms)
        end_ms += total(body) if mid_roll else item.length_ms
        if post_roll and not _pads(post_roll):
            after = self._draw(post_roll, FillerKind.POST_ROLL).fixed(end_ms)
            end_ms += total(after)
        if pre_roll and _pads(pre_roll):
            room_ms = min(self._wall.next_mark(end_ms, pre_roll.pad_to_ms), edge_ms) - end_ms
            # What comes after it is drawn already: whether that must have rested is not asked again.
            drawn = {part.item.id for part in (*body, *after) if part.filler and part.item}
            before = self._pad(self._draw(pre_roll, FillerKind.PRE_ROLL), filler, (start_ms, room_ms), drawn)
        elif post_roll and _pads(post_roll):
            room_ms = min(self._wall.next_mark(end_ms, post_roll.pad_to_ms), edge_ms) - end_ms
            after = self._pad(self._draw(post_roll, FillerKind.POST_ROLL), filler, (end_ms, room_ms))
        return (*before, *body, *after)

    def tail(self, filler: FillerSet, start_ms: int, room_ms: int) -> tuple[Part, ...]:
        """The tail filler of a stretch; what it leaves is the fallback's."""
        preset = filler.tail
        if preset is None:
            return ()
        draw = self._draw(preset, FillerKind.TAIL)
        if preset.mode is FillerMode.COUNT:
            return tuple(draw.count(start_ms, room_ms))
        if preset.mode is FillerMode.DURATION:
            room_ms = min(room_ms, preset.duration_ms)
        elif preset.mode is FillerMode.PAD:
            room_ms = min(room_ms, self._wall.next_mark(start_ms, preset.pad_to_ms) - start_ms)
        return tuple(self._filled(draw, start_ms, room_ms))

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
                return Part(pick.item, 0, length_ms, FillerKind.FALLBACK, preset.origin)
        slate = self._slates.get(id(origin))
        if slate is None:
            # An origin lives as long as its channel's schedule.
            slate = self._slates[id(origin)] = Origin(origin.span, SLATE)
        return Part(None, 0, min(SLATE_MS, room_ms), FillerKind.FALLBACK, slate)

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
                parts += (rest._replace(length_ms=length_ms), *clips)
                at_ms += length_ms + total(clips)
                rest = rest._replace(in_point_ms=point, length_ms=rest.length_ms - length_ms)
        parts.append(rest)
        return parts

    def _pad(
        self, draw: Draw, filler: FillerSet, room: tuple[int, int], without: Collection[str] = ()
    ) -> list[Part]:
        """Clips for a room, from an instant on for so long, and the fallback for what they leave."""
        start_ms, room_ms = room
        if room_ms <= 0:
            return []
        parts = self._filled(draw, start_ms, room_ms, without)
        used_ms = total(parts)
        while used_ms < room_ms:
            part = self.fallback(filler, draw.preset.origin, start_ms + used_ms, room_ms - used_ms)
            parts.append(part)
            used_ms += part.length_ms
        return parts

    def _filled(self, draw: Draw, start_ms: int, room_ms: int, without: Collection[str] = ()) -> list[Part]:
        parts = draw.fill(start_ms, room_ms, without)
        left_ms = room_ms - total(parts)
        if left_ms > FALLS_SHORT_MS:
            self._findings.falls_short(draw.preset, left_ms)
        return parts

    def _draw(self, preset: FillerPreset, kind: FillerKind) -> Draw:
        # By identity: a preset is compared by all of its media, and lives as long as its channel's schedule.
        found = self._draws.get((id(preset), kind))
        if found is None:
            found = self._draws[id(preset), kind] = Draw(preset, kind, self._cursor_of(preset.content))
        return found


def _pads(preset: FillerPreset | None) -> bool:
    return preset is not None and preset.mode is FillerMode.PAD
