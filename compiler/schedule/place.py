"""Where a channel is in one of its loops, kept in the state by the blocks' identities.

`loop:LOOP`              [block identity, phase, items left, until ms, mode, begun ms or null]
`list:LOOP`              identities of all blocks in order: where to go on when that block is gone
`blocked:LOOP\\tBLOCK`    the unit that kept a block from playing anything when it last had its turn
`began:LOOP\\tBLOCK`      the broadcast day on which a block with a flexible start last began
`deck:LOOP`              the cycle that a shuffled list is in
`day:LOOP`               the broadcast day in which a loop with `restart: daily` last began
"""

from __future__ import annotations

from hashlib import blake2b

from compiler.lower.rundown import Block, Loop
from compiler.schedule.state import Json, State

WAITING = 0
"""The block has its turn, and has not begun: its fixed start may be still to come."""
BEGUN = 1
"""It has begun and played nothing yet."""
PLAYING = 2
"""It has played something."""
TAIL = 3
"""Its content is over, and filler takes what is left of its duration."""
OVER = 4
"""A list that plays once is over."""


class Place:
    """A view of the state's entries for one loop; every change goes into the state."""

    def __init__(self, loop: Loop, state: State, deal: str) -> None:
        """Finds the block to go on with; a block that is gone hands over to the one that followed it."""
        self._loop = loop
        self._blocks = loop.blocks
        self._state = state
        self._deal = deal
        self._key = f"loop:{loop.name}"
        self._blocked = f"blocked:{loop.name}"
        self._began = f"began:{loop.name}"
        self._deck = f"deck:{loop.name}"
        self._day = f"day:{loop.name}"
        self._known = {block.identity: index for index, block in enumerate(loop.blocks)}
        self._by_identity = {block.identity: block for block in loop.blocks}
        self._orders: dict[int, list[int]] = {}
        if loop.blocks:
            self._find(f"list:{loop.name}")

    @property
    def block(self) -> Block:
        """The block that has its turn."""
        return self._by_identity[self._state.get(self._key)[0]]

    @property
    def block_before(self) -> Block:
        """The block before it in the list."""
        return self._blocks[self._index - 1]

    @property
    def is_over(self) -> bool:
        """Tells whether a list that plays once has come to its end."""
        return self.phase == OVER

    @property
    def phase(self) -> int:
        """WAITING, BEGUN, PLAYING, TAIL or OVER."""
        phase: int = self._state.get(self._key)[1]
        return phase

    @property
    def left(self) -> int | None:
        """How many items it still plays; None: as many as fit."""
        left: int | None = self._state.get(self._key)[2]
        return left

    @property
    def until_ms(self) -> int | None:
        """Where its duration ends; None: it has none."""
        until: int | None = self._state.get(self._key)[3]
        return until

    @property
    def begun_ms(self) -> int | None:
        """When it began, where the guide lists it as one or a flexible start ends it."""
        begun: int | None = self.entry[5]
        return begun

    @property
    def blocked_by(self) -> str | None:
        """The unit that kept it from playing anything at its last turn."""
        unit: str | None = self._state.get(f"{self._blocked}\t{self.block.identity}")
        return unit

    def began_on(self, day: int, block: Block) -> bool:
        """Tells whether a block with a flexible start has begun in a broadcast day already."""
        return bool(self._state.get(f"{self._began}\t{block.identity}") == day)

    def begin(self, left: int | None, until_ms: int | None, begun_ms: int | None, day: int | None) -> None:
        """The block begins; `day` is kept for a flexible start."""
        if day is not None:
            self._state.set(f"{self._began}\t{self.block.identity}", day)
        self._set(BEGUN, left, until_ms, begun_ms)

    def played(self) -> None:
        """One item was played."""
        _, phase, left, until, _, begun = self.entry
        if phase == BEGUN:
            self._state.set(f"{self._blocked}\t{self.block.identity}", None)
        elif left is None:
            return
        self._set(PLAYING, None if left is None else left - 1, until, begun)

    def block_by(self, unit: str) -> None:
        """Remembers the unit that does not fit."""
        self._state.set(f"{self._blocked}\t{self.block.identity}", unit)

    def tail(self) -> None:
        """The content is over."""
        _, _, left, until, _, begun = self.entry
        self._set(TAIL, left, until, begun)

    def next_block(self) -> None:
        """The next block of the list has its turn."""
        index = self._index + 1
        if self._loop.cards:
            index = self._next_in_deck(self._index)
        elif index == len(self._blocks) and self._loop.once:
            self._set(OVER, None, None, None)
            return
        self._begin_at(index % len(self._blocks))

    def wake(self) -> None:
        """Begins at the first block where the state was made to forget the place."""
        if self.entry is None:
            self._begin_at(self._order(self._cycle)[0] if self._loop.cards else 0)

    def restart(self, day: int) -> None:
        """Begins at the first block where the broadcast day is another than the last time."""
        if self._state.get(self._day) != day:
            self._state.set(self._day, day)
            self._begin_at(self._order(self._cycle)[0] if self._loop.cards else 0)

    def save(self) -> Json:
        """The place, for `restore`."""
        return self.entry, self._cycle if self._loop.cards else 0

    def restore(self, saved: Json) -> None:
        """Goes back to a place."""
        entry, cycle = saved
        self._state.set(self._key, entry)
        if self._loop.cards:
            self._state.set(self._deck, cycle)

    @property
    def entry(self) -> Json:
        """The place itself, as it stands in the state."""
        return self._state.get(self._key)

    @property
    def _index(self) -> int:
        return self._known[self.entry[0]]

    @property
    def _cycle(self) -> int:
        return self._state.get(self._deck) or 0

    def _begin_at(self, index: int) -> None:
        block = self._blocks[index]
        self._state.set(self._key, [block.identity, WAITING, None, None, block.mode.value, None])

    def _set(self, phase: int, left: int | None, until_ms: int | None, begun_ms: int | None) -> None:
        block = self.block
        self._state.set(self._key, [block.identity, phase, left, until_ms, block.mode.value, begun_ms])

    def _find(self, list_key: str) -> None:
        entry, known = self.entry, self._known
        old = self._state.get(list_key) or []
        self._state.set(list_key, list(known))
        identity = entry[0] if entry else None
        if identity not in known:
            followed = old[old.index(identity) + 1 :] + old if identity in old else []
            first = self._order(0)[0] if self._loop.cards else 0
            self._begin_at(next((known[name] for name in followed if name in known), first))
        elif entry[4] != self._blocks[known[identity]].mode.value:
            self._begin_at(self._after_another_mode(known[identity], entry[1]))

    def _after_another_mode(self, index: int, phase: int) -> int:
        """Which block goes on where one was edited to play another way: what was remembered says nothing now.

        It begins anew, unless that would mean to wait for its fixed start to come round again.
        """
        if phase == WAITING or self._blocks[index].start_ms is None:
            return index
        return (index + 1) % len(self._blocks)

    def _next_in_deck(self, index: int) -> int:
        """The next block of the card, else the first of the next card."""
        if not any(stop == index + 1 for _, stop in self._loop.cards):
            return index + 1
        order = self._order(self._cycle)
        starts = {stop: start for start, stop in self._loop.cards}
        at = order.index(starts[index + 1]) + 1
        if at == len(order):
            self._state.set(self._deck, self._cycle + 1)
            order, at = self._order(self._cycle), 0
        return order[at]

    def _order(self, cycle: int) -> list[int]:
        """The first blocks of the cards as one cycle deals them."""
        found = self._orders.get(cycle)
        if found is None:
            found = self._dealt(cycle)
            last = self._dealt(cycle - 1)[-1] if cycle else None
            if found[0] == last and len(found) > 1:
                # No card twice running; two cards can only take turns.
                found[0], found[1] = found[1], found[0]
            self._orders = {cycle: found}
        return found

    def _dealt(self, cycle: int) -> list[int]:
        # Two cards reshuffled would meet at every other turn of the cycle.
        number = 0 if len(self._loop.cards) == 2 else cycle
        prefix = f"{self._deal}\x1f{self._loop.name}\x1f{number}\x1f"

        def key(start: int) -> str:
            text = prefix + self._blocks[start].identity
            return blake2b(text.encode(), digest_size=8).hexdigest()

        return sorted((start for start, _ in self._loop.cards), key=key)
