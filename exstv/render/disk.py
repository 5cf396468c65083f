"""The edge of rendering: source lines from the disk, and whether a terminal wants colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from exstv.checkouts import folder_of
from exstv.files import MAX_BYTES
from exstv.nodes import split_lines
from exstv.render.text import ReadSource

if TYPE_CHECKING:
    # Who only reads lines needs no database.
    from exstv.timeline.query import TimelineReader


def read_source(file: str) -> Sequence[str] | None:
    """The lines of a file, None where there is no such file; bytes that are not UTF-8 show as �."""
    path = Path(file)
    try:
        if not path.is_file():
            return None
        with path.open("rb") as source:
            raw = source.read(MAX_BYTES)
    except (OSError, ValueError):
        return None
    return tuple(split_lines(raw.decode("utf-8-sig", errors="replace")))


def reading(reader: TimelineReader) -> ReadSource:
    """Reads files as a timeline names them: as in its commit, where that was checked out, or as we do."""
    # A published timeline lies in the state folder.
    return reading_below(folder_of(reader.path.parent.parent, reader.header.commit or ""))


def reading_below(folder: Path) -> ReadSource:
    """Reads files of a folder, and those that are not there as we name them."""

    def read(file: str) -> Sequence[str] | None:
        found = read_source(str(folder / file))
        return found if found is not None else read_source(file)

    return read


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tells whether to colour what goes to a stream: a terminal, and no `NO_COLOR`."""
    return stream.isatty() and not environ.get("NO_COLOR")
