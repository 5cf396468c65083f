"""Replaces files so that a reader sees the old bytes or the new ones, never a part; bounds what is read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

CONFIG_NAME = "config.yaml"
"""This machine's settings, at the station's root; no part of the station."""

STATE_DIR = ".exstv"
"""Where this machine keeps what it made, unless its settings say otherwise."""

IMPORTED_STATE = "imported-state.json"
"""Positions from another machine, in the state folder: the next compile goes on from them."""

PARSE_CACHE = Path("cache", "parsed")
"""What the last compile parsed, below the state folder."""

MAX_BYTES = 4_000_000
"""The longest station file. A station of 500 channels in one file has about a tenth of this."""


def replace_file(path: Path, data: bytes) -> None:
    """Writes beside the file, to the disk, then takes its place; makes the folder if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes files for their owner only; what belongs to a station is for whoever may read that.
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
