"""The one scheduler: walks a channel's rundown and decides, one feature or filler at a time, what plays next.

A decision depends on the rules, the time and the state, and on nothing else: the window only says when to
stop. So a timeline that is taken over at any programme junction goes on as if it had been made at once.
Owns the place in the rundown; cursor.py owns progress in collections, filler.py what fills time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compiler.lower.rundown import Block, Loop
from compiler.lower.wall import WallClock
from compiler.schedule.cursor import Cursor
from compiler.schedule.filler import SLATE_MS, Around, FillerDesk
from compiler.schedule.findings import Findings
from compiler.schedule.place import BEGUN, TAIL, WAITING, Place
from compiler.schedule.placed import Feature, Part, Run
from compiler.schedule.state import State
from compiler.station import Content, FillerSet, Mode, Origin, Tail
from exstv.catalog.model import MediaItem

# Later than any instant, and small enough for sums.
_NEVER = 2**60


def _content(block: Block) -> Content:
    assert block.content is not None
    return block.content


@dataclass(frozen=True)
class Brief:
    """What one channel is scheduled by."""

    channel: str
    rundown: Loop
    wall: WallClock
    seed: str


class Scheduler:
    """Owner of one channel's schedule in the making."""

    def __init__(self, brief: Brief, start_ms: int, state: State, findings: Findings) -> None:
        """Goes on at `start_ms` from a state, empty for a cold start."""
        self._brief = brief
        self._blocks = brief.rundown.blocks
        self._wall = brief.wall
        self._state = state
        self._findings = findings
        self._now = start_ms
        self._cursors: dict[str, Cursor] = {}
        self._desk = FillerDesk(brief.wall, self._cursor)
        self._place = Place(brief.rundown, state)
        self._placed: list[Run] = []
        self._idle = 0
        """Blocks in a row that played nothing."""

    def run(self, until_ms: int) -> list[Run]:
        """Everything from the start to the first junction at or after an instant."""
        while self._now < until_ms:
            if self._idle > len(self._blocks):
                self._play_fallback_once()
            else:
                self._step()
        return self._placed

    def _step(self) -> None:
        block = self._place.block
        if self._place.phase == WAITING:
            if self._waits(block):
                return
            self._begin(block)
        edge = min(self._limit(block), self._place.until_ms or _NEVER)
        if self._place.phase == TAIL:
            if self._now < edge:
                self._fill(edge, block.look.filler, block.origin)
            else:
                self._next_block()
        elif not self._play(block, edge):
            self._end(block, edge)

    def _waits(self, block: Block) -> bool:
        """Fills the time to a fixed start that has not come."""
        if block.start_ms is None:
            return False
        due = self._wall.first_at_or_after(self._now, block.start_ms)
        if self._now == due.ms:
            self._findings.irregular(block, self._wall, due)
            return False
        self._findings.wait(block, due.ms - self._now)
        # What is left before a fixed start belongs to the block that ended early.
        self._fill(due.ms, self._place.block_before.look.filler, block.origin)
        return True

    def _begin(self, block: Block) -> None:
        if block.mode is Mode.DURATION:
            self._place.begin(until_ms=self._now + block.duration_ms)
        elif block.mode is Mode.FLOOD:
            self._place.begin()
        else:
            self._place.begin(left=len(self._cursor(_content(block))) if block.count is None else block.count)

    def _limit(self, block: Block) -> int:
        """The strict start that nothing of this block may run over."""
        if block.next_fixed is None:
            return _NEVER
        fixed = self._blocks[block.next_fixed]
        # A block's own start is the next one, as this one has begun.
        after = self._now + 1 if fixed is block else self._now
        return self._wall.first_at_or_after(after, fixed.start_ms or 0).ms

    def _play(self, block: Block, edge: int) -> bool:
        """Plays the next item that may play here, with its filler; tells whether there was one."""
        if self._place.left == 0 or self._now >= edge:
            return False
        cursor = self._cursor(_content(block))
        for pick in cursor.upcoming():
            mark = self._state.mark()
            cursor.take([pick])
            around = self._desk.around(block.look.filler, self._now, pick.length_ms, edge)
            length = around.length_ms + pick.length_ms
            if self._now + length <= edge:
                self._feature(block, pick.item, around)
                return True
            self._state.rollback(mark)
            if not self._passes_over(block, pick.item, length):
                return False
        return False

    def _passes_over(self, block: Block, item: MediaItem, length: int) -> bool:
        """Tells whether an item that does not fit now never will, so that it must not hold up the others."""
        if block.room_ms is not None and length > block.room_ms:
            self._findings.too_long(block, item, length)
            return True
        if self._place.phase != BEGUN:
            return False
        if self._place.blocked_by == item.id:
            # It kept this block from playing anything the last time too: the room here is less than it seems.
            self._findings.too_long(block, item, length)
            return True
        self._place.block_by(item.id)
        return False

    def _feature(self, block: Block, item: MediaItem, around: Around) -> None:
        is_first = self._place.phase == BEGUN
        feature = Feature(item, block.look.title, block.start_ms if is_first else None)
        content = Part(item, 0, item.duration_ms or 0, None, block.origin)
        self._place.played()
        if self._place.left == 0:
            self._next_block()
        self._put((*around.before, content, *around.after), feature, block.origin)

    def _end(self, block: Block, edge: int) -> None:
        if block.mode is not Mode.DURATION or block.tail is Tail.NONE or self._now >= edge:
            self._next_block()
        elif block.tail is Tail.OFFLINE:
            self._next_block()
            dark = Part(None, 0, edge - self._now, None, block.origin)
            self._put((dark,), Feature(None), block.origin)
        else:
            self._place.tail()

    def _next_block(self) -> None:
        self._idle += 1
        self._place.next_block()

    def _fill(self, until_ms: int, filler: FillerSet, origin: Origin) -> None:
        """Plays the tail filler, or one item of the fallback: each is a decision of its own."""
        if self._state.get("fill") != until_ms:
            self._state.set("fill", until_ms)
            parts = self._desk.tail(filler, self._now, until_ms - self._now)
            if parts:
                self._put(parts, None, origin)
                return
        self._put((self._desk.fallback(filler, origin, until_ms - self._now),), None, origin)

    def _play_fallback_once(self) -> None:
        """Moves on where the whole rundown has nothing that can play now."""
        block = self._place.block
        starts = [other.start_ms for other in self._blocks if other.start_ms is not None]
        room = SLATE_MS
        for start in starts:
            room = min(room, self._wall.first_at_or_after(self._now + 1, start).ms - self._now)
        if not starts:
            self._findings.no_progress(self._brief.rundown)
        self._put((self._desk.fallback(block.look.filler, block.origin, room),), None, block.origin)

    def _put(self, parts: Sequence[Part], feature: Feature | None, origin: Origin) -> None:
        """Places parts one after another; the first carries what the decision changed."""
        advance = self._state.take_changes()
        chain = f"{self._brief.channel} › {self._brief.rundown.name} › {origin.name}"
        run = Run(self._now, tuple(parts), feature, chain, None, advance)
        self._placed.append(run)
        self._now = run.finish_ms
        self._idle = 0

    def _cursor(self, content: Content) -> Cursor:
        found = self._cursors.get(content.cursor)
        if found is None:
            deal = f"{self._brief.seed}\x1f{self._brief.channel}"
            found = self._cursors[content.cursor] = Cursor(content, deal, self._state)
        return found
