"""The publish lock: one process at a time changes what is current in a state folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def publish_lock(state_dir: Path) -> Iterator[None]:
    """Waits for the lock and holds it; the system lets it go when its process ends, however it ends.

    On Windows it is a lock on the file's first byte, which gives up with OSError after ten seconds.
    """
    with (state_dir / "publish.lock").open("a+b") as file:
        file.seek(0)
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        try:
            yield
        finally:
            file.seek(0)
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
            else:
                fcntl.flock(file.fileno(), fcntl.LOCK_UN)
