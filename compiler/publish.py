"""The back edge: the timeline that is on air is read, and the new one becomes it.

How files change hands is exstv/timeline/store.py's.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from compiler.onair import OnAirFile
from exstv import codes
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import TimelineUnusable
from exstv.timeline import store, versions
from exstv.timeline.model import Head
from exstv.timeline.pins import UNPINNED, Held
from exstv.timeline.writer import TimelineWriter

log = logging.getLogger(__name__)


def previous(state_dir: Path) -> tuple[OnAirFile | None, list[Diagnostic]]:
    """The timeline on air, whose progress a compile carries on; one that cannot be read is told and left."""
    try:
        path = versions.current(state_dir)
        return (OnAirFile(path) if path else None), []
    except TimelineUnusable as error:
        span = Span(str(versions.timeline_dir(state_dir) / versions.POINTER))
        return None, [codes.STATE_LOST.at(span, reason=str(error))]


class NextFile:
    """Owner of the file in the making, from the moment when it is known which channels are as they were."""

    def __init__(self, folder: Path, on_air: OnAirFile | None) -> None:
        """The file is made in a folder, which must be there; `on_air` is where copied channels come from."""
        self._folder = folder
        self._on_air = on_air
        self._writer: TimelineWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.discard()

    def begin(self, copied: Collection[str]) -> TimelineWriter:
        """Begins the file, with the rows of some channels as they are on air."""
        if self._on_air is not None:
            self._on_air.close()
        if self._on_air is None or not copied:
            self._writer = TimelineWriter(self._folder)
        else:
            others = {key for key in self._on_air.anchors if key not in copied}
            self._writer = TimelineWriter(self._folder, self._on_air.path, sorted(others))
        return self._writer

    def counts(self) -> tuple[int, int]:
        """How many programmes and how many playout items the file has."""
        assert self._writer is not None
        return self._writer.counts()

    def place(self, head: Head, path: Path) -> None:
        """Completes the file and gives it a name."""
        assert self._writer is not None
        self._writer.finish(head)
        self._writer.place(path)

    def publish(self, head: Head, state_dir: Path, held: Held = UNPINNED) -> Path:
        """Puts the timeline on air and gives its file: that of the current one if they are the same."""
        assert self._writer is not None
        path = store.publish_written(self._writer, head, state_dir, held)
        log.info("timeline published path=%s digest=%s", path, head.header.digest)
        return path
