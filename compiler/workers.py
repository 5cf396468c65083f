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
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TypeVar

if sys.platform == "linux":
    import fcntl

MOST = 4
"""Workers; more cores than that bring little, as one process writes what all of them make."""

FEW = 8
"""Fewer jobs than this are done before a second process has begun."""

_AHEAD = 8
"""Results of a worker that wait for those of others; then it waits too."""

_COLLECT_EVERY = 64
"""Jobs between two looks for garbage, which cost as much as a tenth of one each."""

_HEADER = struct.Struct("!BQ")
_CHUNK = 1 << 20
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
        yield from crew.results(len(jobs))
    finally:
        crew.end()


@contextmanager
def beside(work: Callable[[], _Result]) -> Iterator[Callable[[], _Result]]:
    """Has a worker do something for as long as the block lasts; gives what waits for the result.

    That raises WorkerFailed.
    """
    crew = _Crew(lambda _: work(), (None,), 1)
    try:
        yield lambda: next(crew.results(1))
    finally:
        crew.end()


class _Worker:
    """The parent's side of one worker: what it has sent so far."""

    def __init__(self, pid: int, pipe: int) -> None:
        self.pid = pid
        self.pipe = pipe
        self.done: deque[bytes] = deque()
        self.heard = True
        """Its pipe is being read."""
        self.ended = False
        self._data = bytearray()

    def read(self) -> None:
        """Takes what has come. Raises WorkerFailed if that says so."""
        chunk = os.read(self.pipe, _CHUNK)
        self.ended = not chunk
        self._data += chunk
        while len(self._data) >= _HEADER.size:
            failed, size = _HEADER.unpack_from(self._data)
            if len(self._data) < _HEADER.size + size:
                return
            body = bytes(self._data[_HEADER.size : _HEADER.size + size])
            del self._data[: _HEADER.size + size]
            if failed:
                raise WorkerFailed(body.decode(errors="replace"))
            self.done.append(body)


class _Crew:
    """Owner of the workers. Each does every n-th job, so that results are wanted from all of them in turn."""

    def __init__(self, work: Callable[[Any], Any], jobs: Sequence[Any], workers: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        # What is there now stays: a collection in a worker would only copy the pages that it looks at.
        gc.freeze()
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        # Nothing is ever written to it: its end tells a worker that the parent is gone, however it went.
        lifeline, self._life = os.pipe()
        for number in range(workers):
            results, sink = os.pipe()
            _widen(sink)
            pid = os.fork()
            if pid == 0:
                for pipe in (self._life, results, *(worker.pipe for worker in self._workers)):
                    os.close(pipe)
                _serve(work, jobs[number::workers], sink, lifeline)
            os.close(sink)
            self._workers.append(_Worker(pid, results))
            self._selector.register(results, selectors.EVENT_READ, self._workers[-1])
        os.close(lifeline)

    def results(self, count: int) -> Iterator[Any]:
        """The results of all jobs in order."""
        for number in range(count):
            worker = self._workers[number % len(self._workers)]
            while not worker.done:
                if worker.ended:
                    raise WorkerFailed("a worker ended before its work did")
                self._hear()
            body = worker.done.popleft()
            if not (worker.heard or worker.ended):
                self._selector.register(worker.pipe, selectors.EVENT_READ, worker)
                worker.heard = True
            yield pickle.loads(body)

    def end(self) -> None:
        """Ends the workers; those that did all their work have ended already."""
        self._selector.close()
        os.close(self._life)
        for worker in self._workers:
            os.close(worker.pipe)
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
            os.waitpid(worker.pid, 0)
        gc.unfreeze()

    def _hear(self) -> None:
        for key, _ in self._selector.select():
            worker: _Worker = key.data
            worker.read()
            if worker.ended or len(worker.done) >= _AHEAD:
                self._selector.unregister(worker.pipe)
                worker.heard = False


def _widen(pipe: int) -> None:
    """Lets a pipe hold a whole result, so that a worker need not wait until its parent looks again."""
    if sys.platform == "linux":
        # Refused where the machine allows a user no more of it: a narrow pipe serves too.
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK)


def _serve(work: Callable[[Any], Any], jobs: Sequence[Any], sink: int, lifeline: int) -> NoReturn:
    """The whole life of a worker."""
    code = 1
    try:
        threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
        gc.disable()
        for number, job in enumerate(jobs, start=1):
            _send(sink, 0, pickle.dumps(work(job), protocol=pickle.HIGHEST_PROTOCOL))
            if number % _COLLECT_EVERY == 0:
                # Schedulers go round in circles of references.
                gc.collect()
        code = 0
    except BaseException as error:
        # The root of this process: whatever happened is told, and there is nothing to go back to.
        with suppress(OSError):
            _send(sink, 1, "".join(traceback.format_exception(error)).encode())
    finally:
        os._exit(code)


def _send(sink: int, failed: int, body: bytes) -> None:
    with os.fdopen(sink, "wb", buffering=0, closefd=False) as pipe:
        for part in (_HEADER.pack(failed, len(body)), body):
            view = memoryview(part)
            while view:
                view = view[pipe.write(view) or 0 :]


def _end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)
