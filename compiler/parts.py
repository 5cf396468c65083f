"""What a channel is made of, found by its kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from compiler.station import Origin, StationChannel
from exstv.catalog.model import MediaItem
from exstv.timeline.model import Presentation

_Part = TypeVar("_Part")
_ENDS = (MediaItem, Origin, Presentation)
"""What holds nothing that a channel is made of."""


def parts(channel: StationChannel, kind: type[_Part]) -> Iterator[_Part]:
    """All of a kind that a channel holds, each object once: schedules share much of what they are made of."""
    seen: set[int] = set()
    left: list[Any] = [channel]
    while left:
        part = left.pop()
        if isinstance(part, kind):
            yield part
        elif isinstance(part, tuple):
            left.extend(part)
        elif isinstance(part, msgspec.Struct) and not isinstance(part, _ENDS) and id(part) not in seen:
            seen.add(id(part))
            left.extend(getattr(part, name) for name in part.__struct_fields__)
