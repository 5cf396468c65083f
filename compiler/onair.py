"""What a compile goes on from: the published timeline, of which it reads only what it needs.

Owns the way there, from a file or from memory, and nothing of what is made of it (schedule/takeover.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from exstv.timeline.model import Anchor, Channel, Header, Media, Source, StoredRows, Timeline
from exstv.timeline.query import TimelineReader
from exstv.timeline.structs import rows_by_channel


class OnAir(Protocol):
    """A timeline whose progress is carried on. `starts` and `anchors` are by channel."""

    header: Header
    channels: tuple[Channel, ...]
    media: tuple[Media, ...]
    sources: tuple[Source, ...]
    away: tuple[Anchor, ...]
    anchors: dict[str, list[int]]
    starts: dict[str, int]

    def rows(self, channel: str) -> StoredRows:
        """All rows of a channel of the line-up."""
        ...

    def showing(self, media: Iterable[str], from_ms: int) -> set[str]:
        """The channels that have any of some media on air at an instant or later."""
        ...


class OnAirFile:
    """A published file. Between two questions for rows it is open in no process that forks."""

    def __init__(self, path: Path) -> None:
        """Reads what is small. Raises TimelineUnusable."""
        self.path = path
        self._reader: TimelineReader | None = None
        self._process = 0
        reader = TimelineReader.open(path)
        try:
            self.header = reader.header
            self.channels = reader.channels
            self.media = reader.all_media()
            self.sources: tuple[Source, ...] = tuple(reader.sources.values())
            self.away = reader.away()
            self.anchors = reader.anchor_times()
            self.starts = reader.starts()
        finally:
            reader.close()

    def rows(self, channel: str) -> StoredRows:
        """All rows of a channel of the line-up."""
        return self._open().rows(channel)

    def showing(self, media: Iterable[str], from_ms: int) -> set[str]:
        """The channels that have any of some media on air at an instant or later."""
        try:
            return self._open().showing(media, from_ms)
        finally:
            self.close()

    def close(self) -> None:
        """Closes the file: a fork must not inherit it open."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self) -> TimelineReader:
        # A worker opens the file for itself: what its parent had open is not its to use.
        if self._reader is None or self._process != os.getpid():
            self._reader, self._process = TimelineReader.open(self.path), os.getpid()
        return self._reader


class OnAirMemory:
    """A timeline in memory."""

    def __init__(self, timeline: Timeline) -> None:
        self.header = timeline.header
        self.channels = timeline.channels
        self.media = timeline.media
        self.sources = timeline.sources
        self.away = timeline.away
        self._rows = rows_by_channel(timeline)
        self.anchors = {key: [anchor.at_ms for anchor in rows.anchors] for key, rows in self._rows.items()}
        self.starts = {key: rows.items[0].start_ms for key, rows in self._rows.items() if rows.items}

    def rows(self, channel: str) -> StoredRows:
        """All rows of a channel of the line-up."""
        return self._rows[channel]

    def showing(self, media: Iterable[str], from_ms: int) -> set[str]:
        """The channels that have any of some media on air at an instant or later."""
        wanted = set(media)
        return {
            key
            for key, rows in self._rows.items()
            if any(item.finish_ms > from_ms and item.media_id in wanted for item in rows.items)
        }
