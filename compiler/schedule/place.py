"""Where a channel is in its rundown, kept in the state by the blocks' identities."""

from __future__ import annotations

from compiler.lower.rundown import Block, Loop
from compiler.schedule.state import State

WAITING = 0
"""The block has its turn, and has not begun: its fixed start may be still to come."""
BEGUN = 1
"""It has begun and played nothing yet."""
PLAYING = 2
"""It has played something."""
TAIL = 3
"""Its content is over, and filler takes what is left of its duration."""


class Place:
    """A view of the state's entries for one rundown; every change goes into the state."""

    def __init__(self, rundown: Loop, state: State) -> None:
        """Finds the block to go on with; a block that is gone hands over to the one that followed it."""
        self._blocks = rundown.blocks
        self._state = state
        self._key = f"loop:{rundown.name}"
        self._blocked = f"blocked:{rundown.name}"
        self._index = self._find(
            f"list:{rundown.name}", {block.identity: n for n, block in enumerate(self._blocks)}
        )

    @property
    def block(self) -> Block:
        """The block that has its turn."""
        return self._blocks[self._index]

    @property
    def block_before(self) -> Block:
        """The block before it in the list."""
        return self._blocks[self._index - 1]

    @property
    def phase(self) -> int:
        """WAITING, BEGUN, PLAYING or TAIL."""
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
    def blocked_by(self) -> str | None:
        """The unit that kept it from playing anything at its last turn."""
        unit: str | None = self._state.get(f"{self._blocked}\t{self.block.identity}")
        return unit

    def begin(self, left: int | None = None, until_ms: int | None = None) -> None:
        """The block begins."""
        self._set(BEGUN, left, until_ms)

    def played(self) -> None:
        """One item was played."""
        self._state.set(f"{self._blocked}\t{self.block.identity}", None)
        self._set(PLAYING, None if self.left is None else self.left - 1, self.until_ms)

    def block_by(self, unit: str) -> None:
        """Remembers the unit that does not fit."""
        self._state.set(f"{self._blocked}\t{self.block.identity}", unit)

    def tail(self) -> None:
        """The content is over."""
        self._set(TAIL, self.left, self.until_ms)

    def next_block(self) -> None:
        """The next block of the list has its turn."""
        self._index = (self._index + 1) % len(self._blocks)
        self._set(WAITING, None, None)

    def _set(self, phase: int, left: int | None, until_ms: int | None) -> None:
        block = self.block
        self._state.set(self._key, [block.identity, phase, left, until_ms, block.mode.value])

    def _find(self, list_key: str, known: dict[str, int]) -> int:
        entry = self._state.get(self._key)
        old = self._state.get(list_key) or []
        self._state.set(list_key, list(known))
        identity = entry[0] if entry else None
        if identity not in known:
            followed = old[old.index(identity) + 1 :] + old if identity in old else []
            index = next((known[name] for name in followed if name in known), 0)
        elif entry[4] == self._blocks[known[identity]].mode.value:
            return known[identity]
        else:
            index = self._after_another_mode(known[identity], entry[1])
        block = self._blocks[index]
        self._state.set(self._key, [block.identity, WAITING, None, None, block.mode.value])
        return index

    def _after_another_mode(self, index: int, phase: int) -> int:
        """Which block goes on where one was edited to play another way: what was remembered says nothing now.

        It begins anew, unless that would mean to wait for its fixed start to come round again.
        """
        if phase == WAITING or self._blocks[index].start_ms is None:
            return index
        return (index + 1) % len(self._blocks)
