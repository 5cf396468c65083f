"""The pin: a version that stays on air whatever is edited, pushed or scanned, until it is unpinned.

Owns the file `timeline/pin.json` of the state folder. Whoever changes it holds the publish lock (lock.py).
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from exstv.errors import TimelineUnusable
from exstv.files import replace_file
from exstv.timeline.versions import timeline_dir

PIN = "pin.json"
"""Name of the file in `timeline_dir`."""


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """What is pinned. Without `commit` it is the version's file itself, which nothing rolls forward."""

    version: int
    at_ms: int
    """UTC ms at which it was pinned."""
    commit: str | None = None
    lock_digest: str = ""
    followed: str | None = None
    """The newest commit of the followed branch then: only another one ends the pin."""


class Held(msgspec.Struct, frozen=True):
    """What a compile found pinned when it began, and what is to be pinned once it has published."""

    found: Pin | None = None
    becomes: Pin | None = None


UNPINNED = Held()


def read_pin(state_dir: Path) -> Pin | None:
    """The pin of a state folder. Raises TimelineUnusable where it cannot be read."""
    path = timeline_dir(state_dir) / PIN
    try:
        return msgspec.json.decode(path.read_bytes(), type=Pin)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (msgspec.DecodeError, OSError) as error:
        raise TimelineUnusable(
            f"{path} cannot be read: {error}; `exstv rollback --unpin` removes it"
        ) from error


def write_pin(state_dir: Path, pin: Pin | None) -> None:
    """Pins, or unpins."""
    path = timeline_dir(state_dir) / PIN
    if pin is None:
        path.unlink(missing_ok=True)
    else:
        replace_file(path, msgspec.json.encode(pin))
