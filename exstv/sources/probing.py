"""Probes many files at a time in worker processes: a file that hangs or crashes one costs only itself."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Generic, Self, TypeVar

import msgspec

from exstv.sources.looked import Looked
from exstv.sources.probed import Answer, Failed, Probed

log = logging.getLogger(__name__)

# -P: nothing in the folder that exstv was started in is imported.
WORKER = (sys.executable, "-P", "-m", "exstv.sources.probe")
DEEP_WORKER = (sys.executable, "-P", "-m", "exstv.sources.deep")
_probed: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Probed | Failed)
_looked: msgspec.json.Decoder[Looked | Failed] = msgspec.json.Decoder(Looked | Failed)

Told = TypeVar("Told")
Media = TypeVar("Media", Path, str)
"""Files, or addresses that relay.py gave."""
LIMIT_S = 30.0
"""How long one file may take."""
DEEP_LIMIT_S = 600.0
"""How long one may take that is decoded from beginning to end, besides as long as it plays."""


class ProbeSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How to probe: the workers' command, how many of them, and the seconds that a file may take."""

    command: tuple[str, ...] = WORKER
    workers: int = 0
    """0: one for each CPU that this process may use, at most four; a disk gains nothing by more."""
    limit_s: float = LIMIT_S


def probe_files(
    paths: Sequence[Media], progress: Callable[[Media], None], spec: ProbeSpec | None = None
) -> dict[Media, Answer]:
    """Probes every path or address, each once; `progress` is called in this thread as each one ends."""
    return _ask_all(paths, lambda path, _: progress(path), spec or ProbeSpec(), _probed)


def look_into(
    paths: Sequence[Path], progress: Callable[[Path, Looked | Failed], None], longest_ms: int
) -> dict[Path, Looked | Failed]:
    """Decodes every file; `progress` is called in this thread as each one ends.

    A file may take a while and as long as the longest of them plays.
    """
    spec = ProbeSpec(command=DEEP_WORKER, limit_s=DEEP_LIMIT_S + longest_ms / 1000)
    return _ask_all(paths, progress, spec, _looked)


def _ask_all(
    paths: Sequence[Media],
    progress: Callable[[Media, Told | Failed], None],
    spec: ProbeSpec,
    decoder: msgspec.json.Decoder[Told],
) -> dict[Media, Told | Failed]:
    if not paths:
        return {}
    count = min(spec.workers or min(_cpus(), 4), len(paths))
    idle: queue.SimpleQueue[_Worker[Told]] = queue.SimpleQueue()
    workers = [_Worker(spec, decoder) for _ in range(count)]
    for worker in workers:
        idle.put(worker)

    def ask(path: Media) -> Told | Failed:
        worker = idle.get()
        try:
            return worker.ask(path)
        finally:
            idle.put(worker)

    answers: dict[Media, Told | Failed] = {}
    with ThreadPoolExecutor(count, "probe") as threads:
        try:
            futures = {threads.submit(ask, path): path for path in paths}
            for future in as_completed(futures):
                answers[futures[future]] = future.result()
                progress(futures[future], answers[futures[future]])
        finally:
            # After an interrupt nothing that waits may begin, and what runs must not be waited for.
            threads.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.stop()
    return answers


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Worker(Generic[Told]):
    """One process at a time, started when it is first needed and again after it was lost; owns it."""

    def __init__(self, spec: ProbeSpec, decoder: msgspec.json.Decoder[Told]) -> None:
        self._spec = spec
        self._decoder = decoder
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def ask(self, path: Path | str) -> Told | Failed:
        """Sends one path and waits for its answer, at most as long as a file may take."""
        process = self._running()
        if process is None:
            return Failed("the scan was stopped")
        with _Limit(process, self._spec.limit_s) as limit:
            line = _exchange(process, path)
        if limit.passed or not line:
            self._lose(process, path)
        if line:
            return self._decoder.decode(line)
        if limit.passed:
            return Failed(f"reading it took more than {self._spec.limit_s:g} s")
        return Failed("reading it made the reader crash")

    def stop(self) -> None:
        """Ends the process for good."""
        with self._lock:
            self._stopped = True
            process, self._process = self._process, None
        if process is not None:
            _end(process)

    def _running(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._process is None and not self._stopped:
                self._process = subprocess.Popen(
                    self._spec.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            return self._process

    def _lose(self, process: subprocess.Popen[bytes], path: Path | str) -> None:
        with self._lock:
            if self._process is process:
                self._process = None
        log.info("probe worker lost path=%s exit=%s", path, _end(process))


class _Limit:
    """Kills a process that is still being waited for after some seconds; `passed` tells whether it did."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.passed = False
        self._process = process
        self._answered = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._kill)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._answered = True

    def _kill(self) -> None:
        with self._lock:
            if not self._answered:
                self.passed = True
                self._process.kill()


def _exchange(process: subprocess.Popen[bytes], path: Path | str) -> bytes:
    """One line out, one line in; empty if the process is gone."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(str(path)) + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except (OSError, ValueError):
        return b""
    return line if line.endswith(b"\n") else b""


def _end(process: subprocess.Popen[bytes]) -> int:
    process.kill()
    code = process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            # Closing flushes what a process that is gone did not read.
            with contextlib.suppress(OSError):
                stream.close()
    return code
