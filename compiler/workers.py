"""The channels of a compile on every core: forked workers, whose results come back in order.

Owns the workers: they end with their work, with their parent, and when one of them fails. A worker has what
its parent had in memory, so that nothing is sent but results.
"""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, NamedTuple, NoReturn, TypeVar

if sys.platform == "linux":
    import fcntl

MOST = 4
"""Workers; more cores than that bring little, as one process writes what all of them make."""

FEW = 8
"""Fewer jobs than this are done before a second process has begun."""

_AHEAD = 8
"""Jobs for each worker that are given out before the result of the first is taken: so many wait at most."""

_COLLECT_EVERY = 64
"""Jobs between two looks for garbage, which cost as much as a tenth of one each."""

_PIPE_BYTES = 1 << 20
"""Of results in a pipe, the most that Linux gives: a worker goes on while its parent is busy."""

_ORDER = struct.Struct("!I")
"""The number of a job."""

_HEADER = struct.Struct("!BIQ")
"""Whether a job failed, its number, how many bytes follow."""

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


class WorkerFailed(Exception):
    """A worker ended without its results: a bug of ours, or the machine's end of patience."""


def worker_count(jobs: int) -> int:
    """How many workers serve so many jobs here; 1: none, the caller's own process does."""
    return min(os.cpu_count() or 1, MOST) if jobs >= FEW and may_fork() else 1


def may_fork() -> bool:
    """Tells whether this process can have workers."""
    # A fork copies no threads but the one that forks: a lock that another one holds would stay locked. The
    # libraries of macOS are known not to bear it.
    return sys.platform not in ("win32", "darwin") and threading.active_count() == 1


def each(work: Callable[[_Job], _Result], jobs: Sequence[_Job], workers: int) -> Iterator[_Result]:
    """Gives the result of every job, in their order. Raises WorkerFailed."""
    if workers < 2 or sys.platform == "win32":
        yield from map(work, jobs)
        return
    crew = _Crew(work, jobs, workers)
    try:
        yield from crew.results()
    finally:
        crew.end()


@contextmanager
def beside(work: Callable[[], _Result]) -> Iterator[Callable[[], _Result]]:
    """Has a worker do something for as long as the block lasts; gives what waits for the result.

    That raises WorkerFailed.
    """
    crew = _Crew(lambda _: work(), (None,), 1)
    try:
        yield lambda: next(crew.results())
    finally:
        crew.end()


class _Pipes(NamedTuple):
    """A worker's ends of its pipes."""

    orders: int
    results: int
    lifeline: int


class _Crew:
    """Owner of the workers. Each takes the next job when it has done one: none has to wait for another."""

    def __init__(self, work: Callable[[Any], Any], jobs: Sequence[Any], workers: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        # What is there now stays: a collection in a worker would only copy the pages that it looks at.
        gc.freeze()
        self._count = len(jobs)
        self._ordered = 0
        self._pipes: dict[int, int] = {}
        """The pipe of each worker's results, by its process."""
        self._selector = selectors.DefaultSelector()
        # Nothing is ever written to it: its end tells a worker that the parent is gone, however it went.
        lifeline, self._life = os.pipe()
        # Its other end stays open here too: to write to workers that are all gone is no failure of its own.
        self._taken, ordering = os.pipe()
        self._orders = os.fdopen(ordering, "wb", buffering=0)
        for _ in range(workers):
            results, sink = _wide_pipe()
            pid = os.fork()
            if pid == 0:
                for pipe in (self._life, ordering, results, *self._pipes.values()):
                    os.close(pipe)
                _serve(work, jobs, _Pipes(self._taken, sink, lifeline))
            os.close(sink)
            self._pipes[pid] = results
            self._selector.register(results, selectors.EVENT_READ)
        os.close(lifeline)
        self._order(workers * _AHEAD)

    def results(self) -> Iterator[Any]:
        """The results of all jobs in order."""
        done: dict[int, bytearray] = {}
        for number in range(self._count):
            self._order(number + len(self._pipes) * _AHEAD)
            while number not in done:
                done |= self._heard()
            yield pickle.loads(done.pop(number))

    def end(self) -> None:
        """Ends the workers; those for whom nothing was left have ended already."""
        self._selector.close()
        os.close(self._life)
        self._orders.close()
        os.close(self._taken)
        for pid, pipe in self._pipes.items():
            os.close(pipe)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        gc.unfreeze()

    def _order(self, until: int) -> None:
        """Gives out the jobs before this one, which fit into the pipe; its end is the end of the work."""
        numbers = range(self._ordered, min(until, self._count))
        if numbers:
            self._orders.write(b"".join(_ORDER.pack(number) for number in numbers))
            self._ordered = numbers.stop
        if self._ordered == self._count:
            self._orders.close()

    def _heard(self) -> dict[int, bytearray]:
        """What has come by now. Raises WorkerFailed."""
        found: dict[int, bytearray] = {}
        for key, _ in self._selector.select():
            try:
                failed, number, size = _HEADER.unpack(_received(key.fd, _HEADER.size))
                body = _received(key.fd, size)
            except EOFError:
                self._selector.unregister(key.fd)
                if self._ordered < self._count or not self._selector.get_map():
                    raise WorkerFailed("a worker ended before its work did") from None
                continue
            if failed:
                raise WorkerFailed(body.decode(errors="replace"))
            found[number] = body
        return found


def _wide_pipe() -> tuple[int, int]:
    source, sink = os.pipe()
    if sys.platform == "linux":
        # Another process of the same user may have taken all that there is of it.
        with suppress(OSError):
            fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return source, sink


def _received(pipe: int, size: int) -> bytearray:
    """So many bytes: a worker sends a result in one go. Raises EOFError."""
    body = bytearray(size)
    view = memoryview(body)
    while view:
        length = os.readv(pipe, [view])
        if not length:
            raise EOFError
        view = view[length:]
    return body


def _serve(work: Callable[[Any], Any], jobs: Sequence[Any], pipes: _Pipes) -> NoReturn:
    """The whole life of a worker."""
    code, number = 1, 0
    try:
        threading.Thread(target=_end_with_parent, args=(pipes.lifeline,), daemon=True).start()
        gc.disable()
        for done in count(1):
            order = os.read(pipes.orders, _ORDER.size)
            if not order:
                break
            (number,) = _ORDER.unpack(order)
            body = pickle.dumps(work(jobs[number]), protocol=pickle.HIGHEST_PROTOCOL)
            _send(pipes.results, 0, number, body)
            if done % _COLLECT_EVERY == 0:
                # Schedulers go round in circles of references.
                gc.collect()
        code = 0
    except BaseException as error:
        # The root of this process: whatever happened is told, and there is nothing to go back to.
        with suppress(OSError):
            _send(pipes.results, 1, number, "".join(traceback.format_exception(error)).encode())
    finally:
        os._exit(code)


def _send(sink: int, failed: int, number: int, body: bytes) -> None:
    with os.fdopen(sink, "wb", buffering=0, closefd=False) as pipe:
        for part in (_HEADER.pack(failed, number, len(body)), body):
            view = memoryview(part)
            while view:
                view = view[pipe.write(view) or 0 :]


def _end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)
