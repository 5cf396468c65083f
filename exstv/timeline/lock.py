"""The locks of a state folder: one process at a time changes what is current, one server plays and logs.

The system lets a lock go when its process ends, however it ends.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from exstv.errors import CannotStart

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def publish_lock(state_dir: Path) -> Iterator[None]:
    """Waits for the lock and holds it.

    On Windows it is a lock on the file's first byte, which gives up with OSError after ten seconds.
    """
    with (state_dir / "publish.lock").open("a+b") as file:
        _lock(file, wait=True)
        try:
            yield
        finally:
            _unlock(file)


@contextmanager
def server_lock(state_dir: Path) -> Iterator[None]:
    """Holds what a second server is refused by: two would write one as-run log. Raises CannotStart."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        file = (state_dir / "server.lock").open("a+b")
    except OSError as error:
        raise CannotStart(f"the state folder {state_dir} cannot be written: {error.strerror}") from error
    with file:
        try:
            _lock(file, wait=False)
        except (BlockingIOError, PermissionError):
            raise CannotStart(
                f"another server plays from {state_dir}: stop it, or set `state_dir` to another folder here"
            ) from None
        except OSError as error:
            raise CannotStart(f"the state folder {state_dir} cannot be locked: {error.strerror}") from error
        try:
            yield
        finally:
            _unlock(file)


class FolderLock:
    """One process's hold on a folder, which ends if that is thrown away: by then it may be another's."""

    def __init__(self, path: Path) -> None:
        """`path` is the lock's file, in the folder."""
        self._path = path
        self._file: BinaryIO | None = None
        self._taking = threading.Lock()

    def hold(self) -> None:
        """Takes the lock, or makes sure that it is held still.

        Raises BlockingIOError if another one has it, another OSError if there can be none.
        """
        with self._taking:
            if self._file is not None and _is_at(self._file, self._path):
                return
            self._let_go()
            file = self._path.open("a+b")
            try:
                _lock(file, wait=False)
            except OSError as error:
                file.close()
                raise BlockingIOError(errno.EBUSY, "another process holds the lock") from error
            self._file = file

    def release(self) -> None:
        """Lets it go, if it is held."""
        with self._taking:
            self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: BinaryIO, *, wait: bool) -> None:
    """Raises BlockingIOError, or PermissionError on Windows, if it is not to wait and has to."""
    file.seek(0)
    if sys.platform == "win32":
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unlock(file: BinaryIO) -> None:
    file.seek(0)
    if sys.platform == "win32":
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
