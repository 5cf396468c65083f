"""What a channel is made of, found by its kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from compiler.station import StationChannel

_Part = TypeVar("_Part")


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
        elif is_dataclass(part) and id(part) not in seen:
            seen.add(id(part))
            left.extend(getattr(part, field.name) for field in fields(part))
