"""Publishes timelines: one new DuckDB file a version, and a pointer file that names the current one.

writer.py fills the files and versions.py owns their names and the pointer. Never changes a file that a reader
may have open, never reads rows back (query.py does).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from exstv.errors import PinnedMeanwhile, TimelineUnusable
from exstv.timeline.lock import publish_lock
from exstv.timeline.model import Head, Header, Timeline
from exstv.timeline.pins import UNPINNED, Held, read_pin, write_pin
from exstv.timeline.query import TimelineReader
from exstv.timeline.structs import columns_of, rows_by_channel
from exstv.timeline.versions import (
    clear_abandoned,
    current,
    next_version,
    path_of,
    point_at,
    retire,
    timeline_dir,
)
from exstv.timeline.writer import TimelineWriter


def write(timeline: Timeline, path: Path) -> None:
    """Writes a timeline as a new file that appears under its name only when it is whole and on disk."""
    with TimelineWriter(path.parent) as writer:
        for key, rows in rows_by_channel(timeline).items():
            writer.add(columns_of(key, rows))
        writer.finish(timeline)
        writer.place(path)


def publish(timeline: Timeline, state_dir: Path) -> Path:
    """Makes a timeline in memory the current one, as `publish_written` does."""
    with begin(state_dir) as writer:
        for key, rows in rows_by_channel(timeline).items():
            writer.add(columns_of(key, rows))
        return publish_written(writer, timeline, state_dir)


def begin(state_dir: Path, published: Path | None = None, without: Iterable[str] = ()) -> TimelineWriter:
    """Begins the next version of a state folder, from a copy of a published one if that is given."""
    folder = timeline_dir(state_dir)
    folder.mkdir(parents=True, exist_ok=True)
    return TimelineWriter(folder, published, without)


def publish_written(writer: TimelineWriter, head: Head, state_dir: Path, held: Held = UNPINNED) -> Path:
    """Makes what was written the current timeline, under the next version, and gives its path.

    If digest, inputs, commit and window are those of the current one, nothing is published and its path is
    given. Raises PinnedMeanwhile where another pin counts by now than the compile began with.
    """
    with publish_lock(state_dir):
        if read_pin(state_dir) != held.found:
            raise PinnedMeanwhile("what is pinned was changed while this was compiled: nothing is published")
        if held.becomes != held.found:
            # First of all: killed in between, the next compile goes on with what is meant.
            write_pin(state_dir, held.becomes)
        now_current = current(state_dir)
        if now_current is not None and _same(head.header, now_current):
            return now_current
        version = next_version(state_dir)
        path = path_of(state_dir, version)
        header = msgspec.structs.replace(head.header, version=version)
        writer.finish(msgspec.structs.replace(head, header=header))
        writer.place(path)
        point_at(path)
        retire(state_dir)
        clear_abandoned(path)
    return path


def _same(header: Header, path: Path) -> bool:
    try:
        reader = TimelineReader.open(path)
    except TimelineUnusable:
        return False
    reader.close()
    published = reader.header
    return (header.digest, header.inputs, header.commit, header.start_ms, header.finish_ms) == (
        published.digest,
        published.inputs,
        published.commit,
        published.start_ms,
        published.finish_ms,
    )
