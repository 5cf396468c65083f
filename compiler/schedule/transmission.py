"""What all players of one channel share while it is scheduled: the time, the state and what was placed.

Owns the instant that has been reached and the runs so far. A player (looping.py, mixing.py, gridding.py)
decides what is next; here an item is drawn for a room, and drawn things are placed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from compiler.guide import ON
from compiler.lower.rundown import Block
from compiler.lower.wall import WallClock
from compiler.schedule.airings import NO_REST, Airings, Rest
from compiler.schedule.cursor import Cursor, Pick, make_cursor
from compiler.schedule.filler import SLATE_MS, FillerDesk
from compiler.schedule.findings import Findings
from compiler.schedule.placed import Feature, Part, Run
from compiler.schedule.room import NEVER, OPEN, Room
from compiler.schedule.state import State
from compiler.station import Content, FillerSet, Mode, Origin, Show
from exstv.catalog.model import MediaItem
from exstv.timeline.model import Presentation
from exstv.units import MINUTE_MS

# As in room.py: a member that is asked for at every decision is looked for once.
_HIDDEN, _BLOCK = Show.HIDDEN, Show.BLOCK
_COUNTED = (Mode.ONE, Mode.MULTIPLE)

REMAINDER_MS = MINUTE_MS
"""What a filler leaves up to this is filled in the same decision."""


class Group(NamedTuple):
    """Programmes that the guide lists as one."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """What ends the time of a player."""

    room: Room = OPEN
    """What the places around it leave, each by its own rule."""
    soft_ms: int = NEVER
    """The calendar's next boundary: the rule of the entry or slot that meets it applies."""
    strict_ms: int = NEVER
    """Nothing runs over this."""
    group: Group | None = None

    def for_block(self, block: Block) -> Room:
        """The room of a block's items."""
        room = self.room.within(self.soft_ms, block.over, block.max_late_ms)
        return room.before_strict(self.strict_ms, block.over) if self.strict_ms < NEVER else room


class Idle(Struct, frozen=True, gc=False):
    """A player has nothing to play before an instant: whoever asked fills the time with its filler."""

    until_ms: int
    filler: FillerSet
    origin: Origin
    chain: str


class Drawn(Struct, frozen=True, gc=False):
    """An item that was taken for a room, with its filler; not placed yet."""

    item: MediaItem
    parts: tuple[Part, ...]
    length_ms: int
    """Of all parts."""


@dataclass(frozen=True)
class Deal:
    """What makes a channel's draws its own."""

    seed: str
    channel: str

    @property
    def text(self) -> str:
        """A prefix for whatever is hashed."""
        return f"{self.seed}\x1f{self.channel}"


class Transmission:
    """Owner of one channel's runs in the making."""

    def __init__(
        self, deal: Deal, wall: WallClock, state: State, findings: Findings, airings: Airings
    ) -> None:
        self.now = 0
        """The first instant that nothing is placed at yet, UTC ms."""
        self.deal = deal
        self.wall = wall
        self.state = state
        self.findings = findings
        self.runs: list[Run] = []
        self._airings = airings
        self._cursors: dict[str, Cursor] = {}
        self._parts: dict[tuple[Pick, int], Part] = {}
        self._desk = FillerDesk(wall, self.cursor, findings)

    def cursor(self, content: Content) -> Cursor:
        """The channel's one cursor for a content."""
        found = self._cursors.get(content.cursor)
        if found is None:
            found = make_cursor(content, self.deal.text, self.state, self._airings)
            self._cursors[content.cursor] = found
        return found

    def items_of(self, block: Block) -> int | None:
        """How many items a block plays when it begins; None: as many as fit."""
        if block.content is None or block.mode not in _COUNTED:
            return None
        return len(self.cursor(block.content)) if block.count is None else block.count

    def draw(
        self, block: Block, room: Room, waits_for: Callable[[MediaItem, int], bool] | None = None
    ) -> Drawn | None:
        """Takes the next item of a block that may play in a room, with its filler.

        `waits_for(item, length_ms)` is asked about one that does not fit: True ends the search, as does the
        first one where nobody is asked.
        """
        content, now = block.content, self.now
        if content is None or now >= room.edge_ms:
            return None
        cursor, filler = self.cursor(content), block.look.filler
        rest = Rest(content.no_repeat_ms) if content.no_repeat_ms else NO_REST
        is_plain = not (filler.pre_roll or filler.mid_roll or filler.post_roll)
        first = None if block.in_point_ms else cursor.first(now, rest)
        if first is not None and self._is_allowed(first, room, is_plain=is_plain):
            return self._drawn_whole(cursor, first, block, is_plain=is_plain)
        for pick in cursor.upcoming(now, rest):
            # A live item lasts as long as its place.
            length = pick.length_ms or min(room.edge_ms, room.last_ms, room.cut_ms) - now
            length -= block.in_point_ms
            allowed = room.length_ms(now, length)
            if allowed and is_plain:
                cursor.take((pick,), now)
                part = Part(pick.item, block.in_point_ms, allowed, None, block.origin)
                return Drawn(pick.item, (part,), allowed)
            if allowed:
                mark = self.state.mark()
                cursor.take((pick,), now)
                item = Part(pick.item, block.in_point_ms, length, None, block.origin)
                parts, length = self._desk.dress(filler, item, now, room.edge_ms)
                allowed = room.length_ms(now, length)
                if allowed:
                    return Drawn(pick.item, parts if allowed == length else _cut(parts, allowed), allowed)
                self.state.rollback(mark)
            if not room.passes and (waits_for is None or waits_for(pick.item, length)):
                return None
        return None

    def _is_allowed(self, pick: Pick, room: Room, *, is_plain: bool) -> bool:
        """Tells whether an item is allowed as a whole, whatever its filler takes: nearly always."""
        length = pick.length_ms
        return bool(length) and (room.length_ms(self.now, length) == length if is_plain else room == OPEN)

    def _drawn_whole(self, cursor: Cursor, pick: Pick, block: Block, *, is_plain: bool) -> Drawn:
        """Takes an item that nothing cuts and nobody takes back."""
        cursor.take((pick,), self.now)
        part = self._parts.get((pick, id(block)))
        if part is None:
            # One object however often it plays: rows.py looks at it once.
            part = self._parts[pick, id(block)] = Part(pick.item, 0, pick.length_ms, None, block.origin)
        if is_plain:
            return Drawn(pick.item, (part,), part.length_ms)
        return Drawn(pick.item, *self._desk.dress(block.look.filler, part, self.now, NEVER))

    def place(
        self, block: Block, drawn: Drawn, group: Group | None, chain: str, fixed_ms: int | None = None
    ) -> None:
        """Puts what was drawn on air; `fixed_ms` is the time of day at which it had to start."""
        look = block.look
        show, title = look.show, look.title
        if group is not None:
            show, title = _BLOCK, group.title
        feature = Feature(drawn.item, title, fixed_ms, show, group.key if group else None)
        self.put(drawn.parts, drawn.length_ms, feature, chain, look.presentation)

    def put(
        self,
        parts: tuple[Part, ...],
        length_ms: int,
        feature: Feature | None,
        chain: str,
        look: Presentation | None = None,
    ) -> None:
        """Places parts one after another, `length_ms` in all; the run carries what the decision changed."""
        start = self.now
        if self._airings.tracks:
            self._note_airings(parts, start)
        if feature is not None and feature.show is not _HIDDEN:
            self.state.set(ON, feature.group)
        self.runs.append(Run(start, parts, feature, chain, look, self.state.take_changes()))
        self.now = start + length_ms

    def _note_airings(self, parts: tuple[Part, ...], at: int) -> None:
        began = None
        for part in parts:
            finish = at + part.length_ms
            if part.item is not None:
                # What goes on after a break is the same airing.
                began = at if began is None and part.filler is None else began
                self._airings.note(part.item.id, at if part.filler else began or at, finish)
            at = finish

    def fill(self, until_ms: int, idle: Idle) -> None:
        """Plays the tail filler of a stretch, or one item of the fallback: each is a decision of its own."""
        now, left = self.now, until_ms - self.now
        parts: Sequence[Part] = ()
        if self.state.get("fill") != until_ms:
            self.state.set("fill", until_ms)
            parts, left = self._desk.tail(idle.filler, now, left)
        if not parts or 0 < left <= REMAINDER_MS:
            # What a filler leaves is short, and goes with it; of a long fallback each item is a decision.
            part = self._desk.fallback(idle.filler, idle.origin, until_ms - left, left)
            parts, left = (*parts, part), left - part.length_ms
        self.put(tuple(parts), until_ms - left - now, None, idle.chain)

    def fall_back(self, idle: Idle) -> None:
        """Plays one item of the fallback where nothing is planned for ever."""
        part = self._desk.fallback(idle.filler, idle.origin, self.now, SLATE_MS)
        self.put((part,), part.length_ms, None, idle.chain)


def _cut(parts: tuple[Part, ...], length_ms: int) -> tuple[Part, ...]:
    """The first `length_ms` of some parts."""
    kept: list[Part] = []
    for part in parts:
        if length_ms <= 0:
            break
        kept.append(replace(part, length_ms=min(part.length_ms, length_ms)))
        length_ms -= part.length_ms
    return tuple(kept)
