"""The as-run log on the disk: appends lines, mends what a crash tore, rewrites and removes past days.

Every method waits for the disk: runtime/asrun.py calls them in a worker thread, one at a time, but for
`note`, which waits for none of the others. Raises OSError or duckdb.Error and leaves the folder such that the
same call can be made again. Whoever writes holds the folder's lock: what a server that lives has noted is for
nobody else to recover.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec

from exstv.asrun import table
from exstv.asrun.entry import AsRunEntry, Outcome, line_of
from exstv.asrun.files import LOCK, ON_AIR, closed_days, closed_file, day_of, open_days, open_file
from exstv.timeline.lock import FolderLock
from exstv.timeline.versions import sync, sync_folder

log = logging.getLogger(__name__)

GRACE_MS = 60_000
"""A day stays open this long after its end: what finished in it may still wait to be written."""
ALL = 1_000_000


class AsRunFolder:
    """The one writer of the log's files."""

    def __init__(self, folder: Path, keep_days: int) -> None:
        self.folder = folder
        self._keep_days = keep_days
        self._lock = FolderLock(folder / LOCK)

    def recover(self) -> list[AsRunEntry]:
        """Mends every open day, and gives what a kill kept the last server from logging."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._hold()
        for path in open_days(self.folder).values():
            _mend(path)
        note = self.folder / ON_AIR
        if not note.exists():
            return []
        with table.connect() as connection:
            noted = table.entries(connection, table.select_lines([note]))
            # A stretch that ended since it was noted may have its line.
            logged = table.entries(connection, table.select_lines(list(open_days(self.folder).values())))
        known = {(entry.channel, entry.start_ms) for entry in logged}
        return [entry for entry in noted if (entry.channel, entry.start_ms) not in known]

    def append(self, day: date, entries: Sequence[AsRunEntry]) -> None:
        """Adds entries to a day's file: all of them or, where the disk takes no more, none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._hold()
        _append(open_file(self.folder, day), b"".join(map(line_of, entries)))

    def note(self, waiting: Sequence[AsRunEntry], running: Sequence[AsRunEntry]) -> None:
        """Keeps what has ended and has no line yet, and what is on air, for the case of a kill."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._hold()
        path = self.folder / ON_AIR
        lost = [*waiting, *map(_cut_off, running)]
        if not lost:
            path.unlink(missing_ok=True)
            return
        beside = path.with_suffix(".new")
        # Not synced: a killed process loses nothing of it, and a disk is not kept awake for it each second.
        beside.write_bytes(b"".join(map(line_of, lost)))
        beside.replace(path)

    def close_days(self, now_ms: int) -> None:
        """Rewrites each day that is over as Parquet, then removes its lines."""
        self._hold()
        today = day_of(now_ms - GRACE_MS)
        for day, path in open_days(self.folder).items():
            if day < today:
                self._close(day, path)

    def retire(self, now_ms: int) -> None:
        """Removes the days that are older than they are kept."""
        self._hold()
        first = day_of(now_ms) - timedelta(days=self._keep_days)
        for days in (open_days(self.folder), closed_days(self.folder)):
            for day, path in days.items():
                if day < first:
                    path.unlink(missing_ok=True)
                    log.info("as-run day removed day=%s", day)

    def read(self, from_ms: int, to_ms: int) -> list[AsRunEntry]:
        """The entries of all channels over a span."""
        return table.read(self.folder, None, from_ms, to_ms, ALL)

    def close(self) -> None:
        """Lets another one write."""
        self._lock.release()

    def _hold(self) -> None:
        try:
            self._lock.hold()
        except BlockingIOError as error:
            raise OSError(errno.EBUSY, "another server writes this log") from error

    def _close(self, day: date, lines: Path) -> None:
        with lines.open("rb") as file:
            written = sum(1 for line in file if line.strip())
        closed = closed_file(self.folder, day)
        beside = closed.with_name(f".{closed.name}.new")
        rows = table.write_closed(self.folder, day, lines, beside)
        sync(beside)
        beside.replace(closed)
        sync_folder(self.folder)
        lines.unlink()
        log.info("as-run day closed day=%s entries=%s", day, rows)
        if rows < written:
            log.warning("as-run day had lines that are no entries or twice day=%s lines=%s", day, written)


def _cut_off(entry: AsRunEntry) -> AsRunEntry:
    return msgspec.structs.replace(entry, outcome=Outcome.CUT_OFF, failure="the server was killed")


def _append(path: Path, lines: bytes) -> None:
    """Appends whole lines to the disk; what could be written only in part is taken back."""
    _mend(path)
    # Without a buffer, which would try once more when the file is closed.
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        try:
            while lines:
                lines = lines[file.write(lines) :]
            os.fsync(file.fileno())
        except OSError:
            # If even this fails, the next append mends the torn line.
            with contextlib.suppress(OSError):
                os.ftruncate(file.fileno(), before)
            raise


def _mend(path: Path) -> None:
    """Cuts off a last line that was never finished."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        kept = size
        while kept > 0:
            start = max(0, kept - 65536)
            file.seek(start)
            found = file.read(kept - start).rfind(b"\n")
            kept = start + found + 1 if found >= 0 else start
            if found >= 0:
                break
        if kept < size:
            file.truncate(kept)
            log.warning("as-run line was torn file=%s bytes=%s", path.name, size - kept)
