"""Two guides side by side: what a channel shows in the next hours, by the one timeline and by the other.

Pure: rows in, rows out. How it looks is exstv/render/plan.py's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from exstv.timeline.model import Programme, Timeline


class BesideRow(NamedTuple):
    """One start: what begins then in either guide, None where what began before goes on."""

    start_ms: int
    old: Programme | None
    new: Programme | None


def beside(old: Timeline, new: Timeline, start_ms: int, finish_ms: int) -> Mapping[str, list[BesideRow]]:
    """What each channel shows within [start, finish), what is on at the start included."""
    starts: dict[str, dict[int, list[Programme | None]]] = defaultdict(dict)
    for side, timeline in enumerate((old, new)):
        for programme in timeline.programmes:
            if programme.start_ms < finish_ms and programme.finish_ms > start_ms:
                begun = starts[programme.channel].setdefault(programme.start_ms, [None, None])
                begun[side] = programme
    return {
        channel: [BesideRow(at_ms, *begun[at_ms]) for at_ms in sorted(begun)]
        for channel, begun in starts.items()
    }
