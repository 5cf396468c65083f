"""Plays a loop: block after block, each until its own end, waiting where one has a fixed start."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from compiler.lower.rundown import Block, Loop
from compiler.schedule.place import BEGUN, PLAYING, TAIL, WAITING, Place
from compiler.schedule.placed import Feature, Part
from compiler.schedule.room import NEVER, OPEN, Room
from compiler.schedule.state import Json
from compiler.schedule.transmission import Bounds, Group, Idle, Transmission
from compiler.station import FillerSet, Mode, Show, Tail
from exstv.catalog.model import MediaItem

# As in room.py: a member that is asked for at every decision is looked for once.
_BLOCK = Show.BLOCK

_FILLS_UP_TO_A_MARK = (Mode.PAD_TO, Mode.PAD_UNTIL, Mode.WAIT_UNTIL)
# What goes on after an appointment that interrupted it.
_LASTS = (Mode.DURATION, Mode.FLOOD, *_FILLS_UP_TO_A_MARK)


class LoopPlayer:
    """One loop of one channel; its place is kept in the state."""

    def __init__(self, loop: Loop, air: Transmission, chain: str) -> None:
        self._loop = loop
        self._air = air
        self._chain = chain
        self._chains = {id(block): f"{chain} › {block.origin.name}" for block in loop.blocks}
        self._place = Place(loop, air.state, air.deal.text)
        self._outer_ms = NEVER
        """Where this step met the end of what is around the loop."""
        self._meets_outer = False
        """The block that has its turn ends there too: what does not fit says nothing of its own room."""
        self._going_on: tuple[Json, Block] | None = None
        """The place in the state of a block that has no end but that of what is around the loop."""
        self._around: tuple[Bounds | None, Block | None, Room] = (None, None, OPEN)
        """The room of a block as it was asked for last."""

    def step(self, bounds: Bounds) -> Idle | None:
        """Places one thing and gives None, or tells until when it has nothing to place."""
        if not self._loop.blocks:
            return self._nothing(NEVER)
        if self._goes_on(bounds):
            return None
        place = self._place
        place.wake()
        if self._loop.restart_daily:
            place.restart(self._air.wall.day_of(self._air.now))
        start = place.save()
        self._outer_ms = NEVER
        # Once round, the block that was under way included.
        for _ in range(len(self._loop.blocks) + 1):
            if place.is_over:
                break
            block = place.block
            turn = self._turn(block, bounds)
            if turn is True:
                return None
            if turn is not None:
                return turn if self._outer_ms == NEVER else self._return_to(start, turn)
            place.next_block()
            if block.start_ms is not None:
                # Its time does not come again today: the list goes on behind it.
                start = place.save()
        if place.is_over and self._outer_ms == NEVER:
            return self._nothing(NEVER)
        return self._return_to(start, self._nothing(self._next_start()))

    def _goes_on(self, bounds: Bounds) -> bool:
        """Plays the next item of the block that played last, where nothing else can have its turn."""
        if self._going_on is None or self._place.entry is not self._going_on[0]:
            return False
        block = self._going_on[1]
        around = self._room_around(block, bounds)
        self._meets_outer = around.edge_ms < NEVER
        drawn = self._air.draw(block, around, self._waits_for)
        if drawn is None:
            return False
        self._air.place(block, drawn, self._group(block, bounds), self._chains[id(block)])
        return True

    def _room_around(self, block: Block, bounds: Bounds) -> Room:
        known_bounds, known_block, room = self._around
        if known_bounds is not bounds or known_block is not block:
            room = bounds.for_block(block)
            self._around = (bounds, block, room)
        return room

    def _turn(self, block: Block, bounds: Bounds) -> Idle | Literal[True] | None:
        """True: something was placed; None: the block has nothing more to play."""
        place, now = self._place, self._air.now
        if place.phase == WAITING:
            due = self._due(block)
            if due > now:
                # What is left before a fixed start belongs to the block that ended early.
                self._air.findings.wait(block, due - now)
                before = place.block_before
                return Idle(due, before.look.filler, block.origin, self._chains[id(before)])
            if not self._begin(block):
                return None
        until = place.until_ms
        if place.phase == TAIL:
            return self._tail(block, until or now)
        around = self._room_around(block, bounds)
        room, outer = self._room(block, around, until), around.edge_ms
        self._meets_outer = room.edge_ms == outer < NEVER
        if self._play(block, bounds, room):
            return True
        if place.left != 0 and self._meets_outer:
            if block.mode in _LASTS:
                return Idle(outer, block.look.filler, block.origin, self._chains[id(block)])
            self._outer_ms = min(self._outer_ms, outer)
        if until is None or now >= min(until, room.edge_ms) or block.tail is Tail.NONE:
            return None
        if block.tail is Tail.OFFLINE:
            dark = Part(None, 0, min(until, room.edge_ms) - now, None, block.origin)
            place.next_block()
            self._air.put((dark,), dark.length_ms, Feature(None), self._chains[id(block)])
            return True
        place.tail()
        return self._tail(block, until)

    def _tail(self, block: Block, until_ms: int) -> Idle | None:
        if self._air.now >= until_ms:
            return None
        filler = block.look.filler
        if block.mode is Mode.WAIT_UNTIL:
            filler = FillerSet(fallback=filler.fallback)
        return Idle(until_ms, filler, block.origin, self._chains[id(block)])

    def _due(self, block: Block) -> int:
        """When a block's turn comes: now, unless its fixed start is still to come."""
        now, wall = self._air.now, self._air.wall
        if block.start_ms is None:
            return now
        if not block.strict:
            day = wall.day_of(now)
            today = wall.at(day, block.start_ms).ms
            if now >= today and not self._place.began_on(day, block):
                return now
        due = wall.first_at_or_after(now, block.start_ms)
        if due.ms == now:
            self._air.findings.irregular(block, wall, due)
        return due.ms

    def _begin(self, block: Block) -> bool:
        """The block begins; False: its time has passed already."""
        now, wall, place = self._air.now, self._air.wall, self._place
        until = None
        if block.mode is Mode.DURATION:
            until = now + block.duration_ms
        elif block.mode is Mode.PAD_TO:
            until = wall.next_mark(now, block.duration_ms)
        elif block.mode in _FILLS_UP_TO_A_MARK:
            until = self._until(block)
        if until is not None and until <= now:
            return False
        day = wall.day_of(now) if block.start_ms is not None and not block.strict else None
        counts = block.look.show is _BLOCK or self._next_flexible(block) is not None
        place.begin(self._air.items_of(block), until, now if counts else None, day)
        return True

    def _until(self, block: Block) -> int:
        wall, now = self._air.wall, self._air.now
        day = wall.day_of(now)
        today = wall.at(day, block.until_ms or 0).ms
        return today if today > now or not block.tomorrow else wall.at(day + 1, block.until_ms or 0).ms

    def _room(self, block: Block, room: Room, until_ms: int | None) -> Room:
        """What its own end and the next start leave of the room around it."""
        if until_ms is not None:
            room = room.within(until_ms, block.over, block.max_late_ms)
        if block.next_fixed is None:
            return room
        fixed = self._loop.blocks[block.next_fixed]
        overdue = self._overdue_ms(block)
        if overdue is not None:
            return room.within(overdue, block.over, block.max_late_ms)
        # A block's own start is the next one, as this one has begun.
        after = self._air.now + 1 if fixed is block else self._air.now
        start = self._air.wall.first_at_or_after(after, fixed.start_ms or 0).ms
        if fixed.strict:
            return room.before_strict(start, block.over)
        return room.within(start, block.over, block.max_late_ms)

    def _next_flexible(self, block: Block) -> Block | None:
        """The next block with a start, where that is flexible and not the block's own."""
        fixed = None if block.next_fixed is None else self._loop.blocks[block.next_fixed]
        return None if fixed is None or fixed is block or fixed.strict else fixed

    def _overdue_ms(self, block: Block) -> int | None:
        """When the flexible start that ends a block was due, where what ran over it has made it late."""
        fixed, now, wall = self._next_flexible(block), self._air.now, self._air.wall
        if fixed is None:
            return None
        day = wall.day_of(now)
        due, begun = wall.at(day, fixed.start_ms or 0).ms, self._place.begun_ms
        if due > now or self._place.began_on(day, fixed):
            return None
        return due if block.mode is Mode.FLOOD or (begun is not None and begun < due) else None

    def _play(self, block: Block, bounds: Bounds, room: Room) -> bool:
        place = self._place
        if place.left == 0:
            return False
        drawn = self._air.draw(block, room, self._waits_for)
        if drawn is None:
            return False
        fixed = block.start_ms if block.strict and place.phase == BEGUN else None
        group = self._group(block, bounds)
        place.played()
        if place.left == 0:
            place.next_block()
        self._going_on = (place.entry, block) if self._lasts(block) else None
        self._air.place(block, drawn, group, self._chains[id(block)], fixed)
        return True

    def _lasts(self, block: Block) -> bool:
        """Tells whether a block goes on with item after item until something around the loop ends it."""
        place = self._place
        endless = place.phase == PLAYING and place.left is None and place.until_ms is None
        return endless and block.next_fixed is None and not self._loop.restart_daily

    def _group(self, block: Block, bounds: Bounds) -> Group | None:
        if bounds.group is not None or block.look.show is not _BLOCK:
            return bounds.group
        key = f"{self._chain}\x1f{block.identity}\x1f{self._place.begun_ms}"
        return Group(key, block.look.title or block.origin.name)

    def _waits_for(self, item: MediaItem, length_ms: int) -> bool:
        """Tells whether an item that does not fit now may fit another time, so that it stays next."""
        place, block = self._place, self._place.block
        if block.room_ms is not None and length_ms > block.room_ms:
            self._air.findings.too_long(block, item, length_ms)
            return False
        if place.phase != BEGUN or self._meets_outer:
            return True
        if place.blocked_by == item.id:
            # It kept this block from playing anything the last time too: the room here is less than it seems.
            self._air.findings.too_long(block, item, length_ms)
            return False
        place.block_by(item.id)
        return True

    def _next_start(self) -> int:
        starts = (block.start_ms for block in self._loop.blocks)
        soonest = NEVER
        for start in starts:
            if start is not None:
                soonest = min(soonest, self._air.wall.first_at_or_after(self._air.now + 1, start).ms)
        return soonest

    def _return_to(self, start: Json, idle: Idle) -> Idle:
        """Has nothing until there is more room, and goes on where it was then."""
        self._place.restore(start)
        return replace(idle, until_ms=min(idle.until_ms, self._outer_ms))

    def _nothing(self, until_ms: int) -> Idle:
        filler = self._place.block.look.filler if self._loop.blocks else self._loop.filler
        return Idle(until_ms, filler, self._loop.origin, self._chain)
