"""What `scan --deep` has found, kept file by file: whoever ends such a scan after hours has lost one file.

It is kept in the state folder, a line a file, and serves as long as the file is the same;
the lock has it, too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

import msgspec

from exstv.files import replace_file
from exstv.sources.base import ScanContext
from exstv.sources.looked import Looked
from exstv.sources.walk import Found

log = logging.getLogger(__name__)

_FOLDER = "scan/deep-1"
"""The number rises when more is looked for than before."""


class _Note(msgspec.Struct, frozen=True, array_like=True):
    path: str
    size: int
    mtime_ns: int
    looked: Looked


class DeepNotes:
    """The notes on one source's files; owns them and their file."""

    def __init__(self, source: str, context: ScanContext) -> None:
        self._path = context.state_dir / _FOLDER / f"{source}.jsonl" if context.state_dir else None
        self._notes = {note.path: note for note in _read(self._path)}

    def of(self, entry: Found) -> Looked | None:
        """What was found in a file, if it is still the same."""
        note = self._notes.get(entry.path)
        same = note is not None and (note.size, note.mtime_ns) == (entry.size, entry.mtime_ns)
        return note.looked if note is not None and same else None

    def add(self, entry: Found, looked: Looked) -> None:
        """Notes what was found in a file, at once."""
        note = _Note(entry.path, entry.size, entry.mtime_ns, looked)
        self._notes[entry.path] = note
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as stream:
                stream.write(msgspec.json.encode(note) + b"\n")

    def keep(self, paths: Iterable[str]) -> None:
        """Forgets all other files."""
        kept = [self._notes[path] for path in sorted(paths) if path in self._notes]
        if self._path is not None:
            replace_file(self._path, b"".join(msgspec.json.encode(note) + b"\n" for note in kept))


def _read(path: Path | None) -> list[_Note]:
    try:
        lines = path.read_bytes().splitlines() if path else []
    except FileNotFoundError:
        return []
    except OSError as error:
        log.warning("scan state unreadable path=%s reason=%s", path, error)
        return []
    notes = []
    for line in lines:
        try:
            notes.append(msgspec.json.decode(line, type=_Note))
        except msgspec.DecodeError:
            # The last line, where the machine went down while it was written.
            log.warning("scan note unreadable path=%s", path)
    return notes
