"""The edge of rendering: source lines from the disk, and whether a terminal wants colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from exstv.files import MAX_BYTES
from exstv.nodes import split_lines


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


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tells whether to colour what goes to a stream: a terminal, and no `NO_COLOR`."""
    return stream.isatty() and not environ.get("NO_COLOR")
