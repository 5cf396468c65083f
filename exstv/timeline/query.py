"""Reads a published timeline. Every method queries DuckDB: never call one on an event loop."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from exstv.timeline.model import Channel, Header, Media, PlayoutItem, Profile, Programme, Source


class TimelineReader:
    """One timeline file opened read-only; safe to use from several threads."""

    header: Header
    channels: tuple[Channel, ...]
    profiles: dict[str, Profile]
    sources: dict[str, Source]

    @classmethod
    def open(cls, path: Path) -> TimelineReader:
        """Opens a timeline. Raises TimelineUnusable for a missing, damaged or foreign file."""
        raise NotImplementedError

    def items(self, channel: str, start_ms: int, finish_ms: int) -> tuple[PlayoutItem, ...]:
        """Items of a channel that overlap [start_ms, finish_ms), in order."""
        raise NotImplementedError

    def programmes(self, start_ms: int, finish_ms: int, channel: str | None = None) -> tuple[Programme, ...]:
        """Programmes that overlap [start_ms, finish_ms), by channel in line-up order, then start."""
        raise NotImplementedError

    def media(self, ids: Iterable[str]) -> dict[str, Media]:
        """Media by id."""
        raise NotImplementedError

    def fallbacks(self, channel: str) -> tuple[str, ...]:
        """Ids of the media that may play when an item cannot, in ladder order."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes the file."""
        raise NotImplementedError
