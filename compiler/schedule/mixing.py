"""Plays a mix: of the blocks that its limits allow, the one that is furthest behind its share.

`mix:MIX\\tSOURCE`   [what it has had, per weight; ms of its last end]: the account of a source
`mix:MIX`           [the source that played last, how many times running]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from compiler.lower.rundown import Mix, MixSource
from compiler.schedule.placed import total
from compiler.schedule.room import NEVER
from compiler.schedule.transmission import Bounds, Idle, Transmission

# Accounts are whole numbers: a sum of fractions would depend on the order of its parts.
_SCALE = 1000


class Account(NamedTuple):
    """What a source has had, in ms a unit of weight times 1000, and when its last item ended."""

    had: int
    ended_ms: int


class MixPlayer:
    """One mix of one channel; its accounts are kept in the state."""

    def __init__(self, mix: Mix, air: Transmission, chain: str) -> None:
        self._mix = mix
        self._air = air
        self._chain = chain
        self._key = f"mix:{mix.name}"
        self._chains = {id(each): f"{chain} › {each.block.origin.name}" for each in mix.sources}

    def step(self, bounds: Bounds) -> Idle | None:
        """Places one item and gives None, or tells that nothing fits."""
        accounts = [self._account(source) for source in self._mix.sources]
        allowed = [place for place, account in enumerate(accounts) if self._is_allowed(place, account)]
        if allowed:
            turn = sorted(allowed, key=lambda place: (accounts[place].had, place))
        else:
            self._air.findings.all_excluded(self._mix)
            turn = sorted(range(len(accounts)), key=lambda place: (accounts[place].ended_ms, place))
        for place in turn:
            if self._play(self._mix.sources[place], accounts[place], bounds):
                return None
        return Idle(NEVER, self._mix.filler, self._mix.origin, self._chain)

    def _play(self, source: MixSource, account: Account, bounds: Bounds) -> bool:
        block = source.block
        # What does not fit stays next in its source, and another source may.
        drawn = self._air.draw(block, bounds.for_block(block))
        if drawn is None:
            return False
        length = total(part for part in drawn.parts if part.filler is None)
        share = _SCALE * _SCALE if self._mix.by_items else length * _SCALE
        end = self._air.now + drawn.length_ms
        state, name = self._air.state, block.identity
        state.set(f"{self._key}\t{name}", [account.had + round(share / source.weight), end])
        last = state.get(self._key)
        state.set(self._key, [name, last[1] + 1 if last and last[0] == name else 1])
        self._air.place(block, drawn, bounds.group, self._chains[id(source)])
        return True

    def _account(self, source: MixSource) -> Account:
        entry = self._air.state.get(f"{self._key}\t{source.block.identity}")
        if entry is not None:
            return Account(*entry)
        # A source that is new begins level with the one furthest behind, which it stays: it makes up for
        # nothing, and what others play meanwhile counts.
        account = Account(min(self._levels(), default=0), 0)
        self._air.state.set(f"{self._key}\t{source.block.identity}", list(account))
        return account

    def _levels(self) -> Iterator[int]:
        for source in self._mix.sources:
            entry = self._air.state.get(f"{self._key}\t{source.block.identity}")
            if entry is not None:
                yield entry[0]

    def _is_allowed(self, place: int, account: Account) -> bool:
        source = self._mix.sources[place]
        if account.ended_ms and self._air.now - account.ended_ms < source.cooldown_ms:
            return False
        last = self._air.state.get(self._key)
        if source.max_consecutive is None or last is None or last[0] != source.block.identity:
            return True
        return bool(last[1] < source.max_consecutive)
