"""The current timeline: which one it is, and who still reads an older one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from exstv.timeline.query import TimelineReader
from runtime.tuner.logo import is_file

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Rendering:
    """A text that was made of a timeline, in parts, and the tag that HTTP knows it by, if it is served.

    `gaps` are places in it for our own address, which not all clients know us by (runtime/tuner/artwork.py).
    """

    parts: tuple[bytes, ...]
    etag: str = ""
    gaps: int = 0


@dataclass
class Lease:
    """A timeline that somebody may be reading. `reader` queries DuckDB: `LiveTimeline.ask` calls it."""

    reader: TimelineReader
    path: Path
    readers: int = 0
    retired: bool = False
    cache: dict[str, Rendering] = field(default_factory=dict)
    """Renderings that are the same for as long as this timeline is current, by name."""
    rendering: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while `cache` is filled, so that many clients at once cost one rendering."""

    @cached_property
    def has_logo_files(self) -> bool:
        """Tells whether we serve the logo of any channel: lists of these channels then hold our address."""
        return any(is_file(each.logo) for each in self.reader.channels)


class LiveTimeline:
    """Owner of the current timeline: swapped by one assignment, the old one closed at its last lease."""

    def __init__(self, path: Path) -> None:
        """Opens the first timeline. Raises TimelineUnusable."""
        self._current = Lease(TimelineReader.open(path), path)

    @property
    def path(self) -> Path:
        """The file of the current timeline."""
        return self._current.path

    def revision(self) -> int:
        """The version of the current timeline."""
        return self._current.reader.header.version

    @contextmanager
    def lease(self) -> Iterator[Lease]:
        """Gives the current timeline, which stays open until the block ends even when it is replaced."""
        lease = self._current
        lease.readers += 1
        try:
            yield lease
        finally:
            self._give_back(lease)

    async def ask(self, lease: Lease, question: Callable[[], _Answer]) -> _Answer:
        """What a question gives that queries the timeline of a lease, in a worker thread.

        A thread cannot be cancelled: the lease lasts until it is done, also if nobody waits for it any more.
        """
        lease.readers += 1
        asked = asyncio.get_running_loop().run_in_executor(None, question)
        asked.add_done_callback(lambda _: self._give_back(lease))
        return await asyncio.shield(asked)

    async def swap(self, path: Path) -> None:
        """Opens another timeline and makes it current. Raises TimelineUnusable and keeps the old one."""
        reader = await asyncio.to_thread(TimelineReader.open, path)
        old, self._current = self._current, Lease(reader, path)
        old.retired = True
        self._close_if_unused(old)

    def close(self) -> None:
        """Closes the current timeline at shutdown."""
        self._current.retired = True
        self._close_if_unused(self._current)

    def _give_back(self, lease: Lease) -> None:
        lease.readers -= 1
        self._close_if_unused(lease)

    @staticmethod
    def _close_if_unused(lease: Lease) -> None:
        if lease.retired and lease.readers == 0:
            lease.reader.close()
