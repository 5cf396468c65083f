"""Exact fit: which of some clips, in order, leave the least of a room.

Pure numbers. Lengths are rounded up to a step, so a chosen set always fits; what can be left of the room is
the bits of one big integer, bit n for n steps. Bounded by clips times the room in steps, never by time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

TOLERANCE_MS = 500
"""Sets that leave at most this count as equal, and if none does, those that leave this more than the best."""

COARSE_MS, FINE_MS = 100, 20
"""The step, and the step of short rooms."""
SHORT_ROOM_MS = 60_000


def best_set(lengths: Iterable[int], room_ms: int) -> list[int]:
    """Indices, ascending, of the set to play; empty if no clip fits.

    Of sets that count as equal the one whose last clip comes first, then whose last but one does, and so on:
    so no length beyond that clip is asked for.
    """
    step = FINE_MS if room_ms <= SHORT_ROOM_MS else COARSE_MS
    up, room, tolerance = step - 1, room_ms // step, TOLERANCE_MS // step
    wanted = (2 << tolerance) - 1
    leaves = 1 << room
    table = [leaves]
    sizes: list[int] = []
    for length in lengths:
        size = (length + up) // step
        sizes.append(size)
        leaves |= leaves >> size
        if leaves & wanted:
            return _earliest(sizes, table, wanted, room - tolerance)
        table.append(leaves)
    most = (leaves & -leaves).bit_length() - 1 + tolerance
    wanted = (2 << most) - 1
    first = next(count for count, leaves in enumerate(table) if leaves & wanted)
    return _earliest(sizes[:first], table, wanted, room - most)


def _earliest(sizes: Sequence[int], table: Sequence[int], wanted: int, enough: int) -> list[int]:
    """Of clips that leave what is wanted those that those before them cannot replace.

    `table` holds what the first n clips can leave of the room; so much of it used is enough.
    """
    chosen: list[int] = []
    used = 0
    index = len(sizes)
    while used < enough:
        index -= 1
        # What the clips before it leave of the room, less what is used, is what they would leave now.
        if not table[index] >> used & wanted:
            chosen.append(index)
            used += sizes[index]
    chosen.reverse()
    return chosen
