"""Exact fit: which of some clips, in order, leave the least of a room.

Pure numbers. Lengths are rounded up to a step, so a chosen set always fits; sums that can be reached are the
bits of one big integer. Bounded by the number of clips times the room in steps, never by time.
"""

from __future__ import annotations

from collections.abc import Sequence

TOLERANCE_MS = 500
"""Sets that leave at most this more than the best count as equal; among those the earliest clips win."""

# A step of 10 ms leaves about a frame or two; longer rooms take the coarser one to bound the work.
_FINE_MS, _COARSE_MS = 10, 100
_FINE_ROOM_MS = 10 * 60_000


def best_set(lengths: Sequence[int], room_ms: int) -> list[int]:
    """Indices, ascending, of the set to play; empty if no clip fits."""
    step = _FINE_MS if room_ms <= _FINE_ROOM_MS else _COARSE_MS
    room = room_ms // step
    sizes = [-(-length // step) for length in lengths]
    mask = (1 << (room + 1)) - 1
    # reachable[i]: bit s is set if some of the clips from i on last s steps together.
    reachable = [1] * (len(sizes) + 1)
    for index in range(len(sizes) - 1, -1, -1):
        rest = reachable[index + 1]
        reachable[index] = (rest | (rest << sizes[index])) & mask
    best = reachable[0].bit_length() - 1
    least = max(best - TOLERANCE_MS // step, 1)
    return _earliest(sizes, reachable, least, best)


def _earliest(sizes: Sequence[int], reachable: Sequence[int], least: int, most: int) -> list[int]:
    """The set with a sum in [least, most] whose clips come first."""
    chosen: list[int] = []
    used = 0
    for index, size in enumerate(sizes):
        if used >= least:
            break
        low, high = least - used - size, most - used - size
        if high < 0:
            continue
        if reachable[index + 1] >> max(low, 0) & ((1 << (high - max(low, 0) + 1)) - 1):
            chosen.append(index)
            used += size
    return chosen
