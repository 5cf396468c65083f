"""What ErsatzTV keeps: a sequential schedule, which is YAML, or its SQLite database."""

from __future__ import annotations

from pathlib import Path

from exstv.importing.ersatztv_database import import_database
from exstv.importing.model import Outcome, Wishes
from exstv.importing.sequential import import_sequential

_SQLITE = b"SQLite format 3\0"


def import_ersatztv(path: Path, wishes: Wishes) -> Outcome:
    """What a schedule or a database becomes, or why it cannot be read."""
    try:
        with path.open("rb") as stream:
            begin = stream.read(len(_SQLITE))
    except OSError:
        # Told where it is read.
        begin = b""
    return (import_database if begin == _SQLITE else import_sequential)(path, wishes)
