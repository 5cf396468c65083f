"""Waits for the end of a child process without stopping the event loop, and takes its exit code.

On Linux the kernel tells by a descriptor (pidfd) that becomes readable; elsewhere a thread a child waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable


class Ending:
    """Owner of the knowledge whether one process has ended; it is reaped as soon as it has."""

    def __init__(self, pid: int, reap: Callable[[], int]) -> None:
        """Takes a process that was just started, inside a running event loop; `reap` waits for its code."""
        self._reap = reap
        self._code = 0
        self._ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        descriptor = _descriptor_of(pid)
        if descriptor is None:
            self._wait_in_a_thread(loop, pid)
        else:
            loop.add_reader(descriptor, self._note, loop, descriptor)

    async def code(self) -> int:
        """Waits for the exit code; negative is the signal that ended the process."""
        await self._ended.wait()
        return self._code

    def _note(self, loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        self._code = self._reap()
        self._ended.set()

    def _wait_in_a_thread(self, loop: asyncio.AbstractEventLoop, pid: int) -> None:
        def wait() -> None:
            self._code = self._reap()
            # A loop that is closed has nobody left who wants to know.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._ended.set)

        threading.Thread(target=wait, name=f"waits for {pid}", daemon=True).start()


def _descriptor_of(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None where the system has no such thing."""
    pidfd_open: Callable[[int], int] | None = getattr(os, "pidfd_open", None)
    if pidfd_open is None:
        return None
    # Refused by a kernel before 5.3, by some sandboxes, and when there are no descriptors left.
    with contextlib.suppress(OSError):
        return pidfd_open(pid)
    return None
