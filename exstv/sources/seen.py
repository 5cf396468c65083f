"""What a scan of a folder remembers of each media file, so that the next one opens only what changed.

It is kept in the state folder, not in the lock: when a file was written differs from machine to machine.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec

from exstv.diagnostics import Diagnostic
from exstv.files import replace_file
from exstv.sources.base import ScanContext
from exstv.sources.folders import Folder
from exstv.sources.sidecars import Sidecars
from exstv.sources.walk import Found

log = logging.getLogger(__name__)

FOLDER = "scan/4"
"""The number rises when a scan tells more than before, so that the next one opens every file anew."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was, and what there was to tell of it; `taken`: it is in the catalog.

    `around` stands for all that lies in its folder and those above, `beside` for what of that belongs to it.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    around: str
    beside: str
    taken: bool
    findings: tuple[Diagnostic, ...] = ()

    def is_file(self, entry: Found) -> bool:
        """Tells whether the file is as it was; one not taken may only have needed other permissions."""
        same = (self.size, self.mtime_ns) == (entry.size, entry.mtime_ns)
        return same and (self.taken or self.ctime_ns == entry.ctime_ns)


class Surroundings:
    """What lies around media files, in a few characters; owns what it knows of each folder."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, folder: Folder | None) -> str:
        """Changes with every file beside the media of a folder, or of one above."""
        if folder is None:
            return ""
        known = self._known.get(folder.path)
        if known is None:
            files = [(each.path, each.size, each.mtime_ns) for each in folder.files.values()]
            known = _digest(files, folder.stems if files else (), self.of(folder.above))
            self._known[folder.path] = known
        return known


def digest_of(sidecars: Sidecars) -> str:
    """Changes with every file that belongs to a media file."""
    read = [(each.path, each.size, each.mtime_ns) for each in sidecars.read()]
    return _digest(read, [each.file for each in sidecars.subtitles], sidecars.artwork)


def _digest(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def recall(source: str, context: ScanContext) -> dict[str, Seen]:
    """The files as of the last scan on this machine, by path; one that is unknown is opened again."""
    path = _path(source, context)
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Seen]) if path else {}
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        log.warning("scan state unreadable path=%s reason=%s", path, error)
        return {}


def remember(source: str, context: ScanContext, seen: Mapping[str, Seen]) -> None:
    """Keeps them for the next scan; what is there already is left alone."""
    path, data = _path(source, context), msgspec.json.encode(seen)
    if path and not (path.is_file() and path.read_bytes() == data):
        replace_file(path, data)


def _path(source: str, context: ScanContext) -> Path | None:
    return context.state_dir / FOLDER / f"{source}.json" if context.state_dir else None
