"""Playout items as ErsatzTV Next reads them: JSON with an instant and a source for each. Pure.

The shape is that of version 0.0.1 of its playout. Next picks a file by the window that its name tells, so the
items of a day are one file, whose window reaches from the first item's start to the last one's finish.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from exstv.clock import to_utc
from exstv.sources.base import FileInput, GraphInput, PlayableInput
from exstv.timeline.model import PlayoutItem
from exstv.units import DAY_MS

VERSION = "https://ersatztv.org/playout/version/0.0.1"
BLACK = GraphInput(video="color=c=black:s=1280x720:r=30", audio=None)
"""What stands for the slate, for off air, and for what has no address that may be written."""
_SILENCE = "anullsrc=channel_layout=stereo:sample_rate=48000"

Resolve = Callable[[PlayoutItem], PlayableInput]


def render_next(items: Iterable[PlayoutItem], resolve: Resolve) -> Iterator[tuple[str, str]]:
    """A file for each UTC day of a channel: its name and its text. The items are in order."""
    for _, group in groupby(items, key=lambda item: item.start_ms // DAY_MS):
        day = list(group)
        name = f"{_compact(day[0].start_ms)}_{_compact(day[-1].finish_ms)}.json"
        playout = {"version": VERSION, "items": [_item(item, resolve(item)) for item in day]}
        yield name, json.dumps(playout, indent=1, ensure_ascii=False) + "\n"


def _item(item: PlayoutItem, source: PlayableInput) -> dict[str, Any]:
    times = {"start": _instant(item.start_ms), "finish": _instant(item.finish_ms)}
    made: dict[str, Any] = {"id": f"{item.channel}-{item.seq}", **times}
    if isinstance(source, GraphInput):
        # Pictures and sound are two graphs here.
        graphs = {"video": source.video, "audio": source.audio or _SILENCE}
        tracks = {
            track: {"source": {"source_type": "lavfi", "params": params}} for track, params in graphs.items()
        }
        return {**made, "tracks": tracks}
    cut = {"in_point_ms": item.in_point_ms, "out_point_ms": item.out_point_ms}
    if isinstance(source, FileInput):
        return {**made, "source": {"source_type": "local", "path": source.path, **cut}}
    where = {"source_type": "http", "uri": source.url}
    return {**made, "source": {**where, "is_live": True} if source.live else {**where, **cut}}


def _instant(at_ms: int) -> str:
    """RFC 3339, to the millisecond."""
    return to_utc(at_ms).isoformat(timespec="milliseconds")


def _compact(at_ms: int) -> str:
    """ISO 8601 without separators, to the nanosecond, as Next writes its files' names."""
    return f"{to_utc(at_ms):%Y%m%dT%H%M%S}.{at_ms % 1000:03}000000+0000"
