"""Exact fit: which of some clips, in order, leave the least of a room.

Pure numbers. Lengths are rounded up to a step, so a chosen set always fits; what can be left of the room is
the bits of one big integer, bit n for n steps. Bounded by clips times the room in steps, never by time.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

TOLERANCE_MS = 500
"""Sets that leave at most this more than the best count as equal; among those the earliest clips win."""

COARSE_MS, FINE_MS = 100, 20
"""The step, and the step of short rooms."""
SHORT_ROOM_MS = 60_000

# How many average clips' time is searched first, then at most second; see _search.
_GUESSES = (1.5, 6.0)


def best_set(lengths: Sequence[int], room_ms: int) -> list[int]:
    """Indices, ascending, of the set to play; empty if no clip fits."""
    step = FINE_MS if room_ms <= SHORT_ROOM_MS else COARSE_MS
    up = step - 1
    sizes = [(length + up) // step for length in lengths]
    if not sizes:
        return []
    taken, left, table = _search(sizes, room_ms // step)
    return _earliest(sizes, taken, left, table, TOLERANCE_MS // step)


def _search(sizes: Sequence[int], room: int) -> tuple[int, int, list[int]]:
    """How many of the first clips surely play, the least that can be left, and the table of the others.

    The first clips play whenever others can end the room without a rest, which they nearly always can: so
    that is tried with the first clips already in place, where numbers are short. Only if it fails all of
    them are searched.
    """
    average = sum(sizes) / len(sizes)
    for guess in _GUESSES:
        taken, rest = _first(sizes, room, guess * average)
        if not taken:
            break
        table = _table(sizes[taken:], rest)
        left = _lowest(table[-1])
        # Sizes with a common divisor never leave less than this.
        if left == 0 or left == rest % gcd(*sizes):
            return taken, left, table
    table = _table(sizes, room)
    return 0, _lowest(table[-1]), table


def _first(sizes: Sequence[int], room: int, keep: float) -> tuple[int, int]:
    """How many of the first clips fit while so much is kept, and what they leave."""
    for index, size in enumerate(sizes):
        if room - size < keep:
            return index, room
        room -= size
    return len(sizes), room


def _table(sizes: Sequence[int], room: int) -> list[int]:
    """What the last n clips can leave of a room, for each n."""
    leaves = 1 << room
    table = [leaves]
    add = table.append
    for size in reversed(sizes):
        leaves |= leaves >> size
        add(leaves)
    return table


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _earliest(sizes: Sequence[int], taken: int, left: int, table: list[int], tolerance: int) -> list[int]:
    """The set that leaves between `left` and `tolerance` more, and whose clips come first."""
    chosen = list(range(taken))
    wanted = (1 << (tolerance + 1)) - 1
    room = table[0].bit_length() - 1 - left
    enough = room - tolerance
    used = 0
    place = len(sizes) - taken
    for index in range(taken, len(sizes) if enough > 0 else taken):
        place -= 1
        with_it = used + sizes[index]
        if with_it > room:
            continue
        # What the others after it leave of the room, less what is used, is what all of them leave.
        if table[place] >> (with_it + left) & wanted:
            chosen.append(index)
            used = with_it
            if used >= enough:
                break
    return chosen
