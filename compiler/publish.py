"""The back edge: the timeline that is on air is read, and the new one becomes it.

How files change hands is exstv/timeline/store.py's.
"""

from __future__ import annotations

import logging
from pathlib import Path

from exstv import codes
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import TimelineUnusable
from exstv.timeline import query, store, versions
from exstv.timeline.model import Timeline

log = logging.getLogger(__name__)


def previous(state_dir: Path) -> tuple[Timeline | None, list[Diagnostic]]:
    """The timeline on air, whose progress a compile carries on; one that cannot be read is told and left."""
    try:
        path = versions.current(state_dir)
        return (query.load(path) if path else None), []
    except TimelineUnusable as error:
        span = Span(str(versions.timeline_dir(state_dir) / versions.POINTER))
        return None, [codes.STATE_LOST.at(span, reason=str(error))]


def publish(timeline: Timeline, state_dir: Path) -> Path:
    """Puts a timeline on air and gives its file."""
    path = store.publish(timeline, state_dir)
    log.info("timeline published path=%s digest=%s", path, timeline.header.digest)
    return path
