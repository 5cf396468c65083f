"""One child process, on the event loop that the server has."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runtime.process.child import Child
from runtime.process.states import ExitKind

uvloop = pytest.importorskip("uvloop")
SPAWNS = 200
THREADS = 3


@contextmanager
def files_come_and_go() -> Iterator[list[OSError]]:
    """Other threads open and close files all the time; gives what kept them from it."""
    lost: list[OSError] = []
    done = threading.Event()

    def open_and_close() -> None:
        while not done.is_set():
            descriptor = os.open(os.devnull, os.O_RDONLY)
            try:
                os.close(descriptor)
            except OSError as error:
                lost.append(error)

    threads = [threading.Thread(target=open_and_close) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield lost
    finally:
        done.set()
        for thread in threads:
            thread.join()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_the_end_of_a_child_closes_no_descriptor_of_another_thread() -> None:
    async def spawn_and_end() -> None:
        for _ in range(SPAWNS):
            child = await Child.spawn(["true"], os.environ)
            assert await child.read() == b""
            assert await child.stop() in (ExitKind.ENDED, ExitKind.STOPPED)

    with files_come_and_go() as lost:
        uvloop.run(spawn_and_end())
    assert lost == []


async def test_a_child_leaves_no_descriptor_behind() -> None:
    await (await Child.spawn(["true"], os.environ)).stop()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        await (await Child.spawn(["true"], os.environ)).stop()
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_nor_on_the_loop_of_the_server() -> None:
    uvloop.run(test_a_child_leaves_no_descriptor_behind())
