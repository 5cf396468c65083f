"""Exact fit: which of some clips, in order, leave the least of a room.

Pure. Lengths are rounded up to a step, so a chosen set always fits; what can be left of the room is the bits
of one big integer, bit n for n steps. Bounded by clips times the room in steps, never by time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from compiler.schedule.placed import Timed

TOLERANCE_MS = 500
"""Sets that leave at most this count as equal, and if none does, those that leave this more than the best."""

COARSE_MS, FINE_MS = 100, 20
"""The step, and the step of short rooms."""
SHORT_ROOM_MS = 60_000

_Clip = TypeVar("_Clip", bound=Timed)


def best_set(clips: Iterable[_Clip], room_ms: int) -> tuple[list[_Clip], list[_Clip]]:
    """The clips to play, in order, none if none fits; and all that were looked at to find them.

    Of sets that count as equal the one whose last clip comes first, then whose last but one does, and so on:
    so no clip beyond that one is looked at.
    """
    step = FINE_MS if room_ms <= SHORT_ROOM_MS else COARSE_MS
    up, room, tolerance = step - 1, room_ms // step, TOLERANCE_MS // step
    wanted = (2 << tolerance) - 1
    leaves = 1 << room
    table = [leaves]
    looked_at: list[_Clip] = []
    # Turned some twenty times for each room: nothing in it that could stand outside.
    look, note = looked_at.append, table.append
    for clip in clips:
        look(clip)
        now = leaves >> (clip.length_ms + up) // step
        if now & wanted:
            return _earliest(looked_at, table, step, wanted, room - tolerance), looked_at
        leaves |= now
        note(leaves)
    most = (leaves & -leaves).bit_length() - 1 + tolerance
    wanted = (2 << most) - 1
    first = next(count for count, leaves in enumerate(table) if leaves & wanted)
    return _earliest(looked_at[:first], table, step, wanted, room - most), looked_at


def _earliest(
    clips: Sequence[_Clip], table: Sequence[int], step: int, wanted: int, enough: int
) -> list[_Clip]:
    """Of clips that leave what is wanted those that those before them cannot replace.

    `table` holds what the first n clips can leave of the room; so much of it used, in steps, is enough.
    """
    chosen: list[_Clip] = []
    used = 0
    index = len(clips)
    while used < enough:
        index -= 1
        # What the clips before it leave of the room, less what is used, is what they would leave now.
        while table[index] & wanted:
            index -= 1
        clip = clips[index]
        chosen.append(clip)
        size = -(-clip.length_ms // step)
        used += size
        wanted <<= size
    chosen.reverse()
    return chosen
