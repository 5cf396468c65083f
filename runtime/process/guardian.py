"""Ends what a dead server leaves behind. Runs as a program of its own: `python -P guardian.py MARK`.

A server that is killed cannot end its children. One that writes dies of its broken pipe; one that hangs on a
dead network input never writes. So this waits until the input that the server holds open comes to its end,
and then kills whatever carries the server's mark in its environment: children, their children, and what was
just being started. Owner of nothing else; guarding.py keeps it running.
"""

from __future__ import annotations

import contextlib
import os
import sys
from threading import Event

import psutil

LOOKS = 5
"""How often it looks: a child that had not come as far as its exec bears its mark a little later."""
LOOK_SECONDS = 0.3


def main(mark: str) -> None:
    """Waits for the end of standard input, then kills all that bear the mark but this process."""
    while os.read(sys.stdin.fileno(), 64):
        pass
    for _ in range(LOOKS):
        for process in psutil.process_iter():
            if process.pid != os.getpid():
                _end_if_marked(process, mark)
        Event().wait(LOOK_SECONDS)


def _end_if_marked(process: psutil.Process, mark: str) -> None:
    # Gone meanwhile, or somebody else's. A process's environment is what it was started with: nothing that it
    # did since can hide it.
    with contextlib.suppress(psutil.Error, OSError):
        if mark in process.environ().values():
            process.kill()


if __name__ == "__main__":
    main(sys.argv[1])
