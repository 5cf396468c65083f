"""One child process: its output, its last words, its end.

Made by the pool only (pool.py). A child is held back by its full output pipe: reading is what lets it go on,
so nothing here or in ffmpeg's arguments paces it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import SupportsIndex

from runtime.process.ending import Ending
from runtime.process.exits import classify, telling_line
from runtime.process.states import ChildState, ExitKind

log = logging.getLogger(__name__)

READ_BYTES = 64 * 1024
PIPE_BYTES = 1024 * 1024
"""Size asked for the output pipe: 2.6 s at 3 Mb/s, so that a cued item waits whole and ready."""
LAST_LINES = 20
TERMINATE_SECONDS = 2.0
KILL_SECONDS = 2.0
"""How long a killed child is waited for: one that hangs in the kernel, on a dead share, stays longer."""


class Child:
    """Owner of one running child process."""

    def __init__(self, process: subprocess.Popen[bytes], output: _Reading, errors: _Reading) -> None:
        self._process = process
        self._ending = Ending(process.pid, process.wait)
        self._output, self._transport = output.stream, output.transport
        self._ended_as: ExitKind | None = None
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._errors = asyncio.create_task(self._collect_errors(errors))

    @classmethod
    async def spawn(cls, argv: list[str], environ: Mapping[str, str], *, held: bool = False) -> Child:
        """Starts a process in a group of its own, its output on a large pipe. Raises OSError.

        `held` gives it an input that stays open for exactly as long as this process lives.
        """
        with ExitStack() as given, ExitStack() as kept:
            # The readers stand before the process: whoever gives up in between leaves neither behind.
            output = await _reading(given, kept, PIPE_BYTES)
            errors = await _reading(given, kept)
            process = _start(argv, environ, (output.write_end, errors.write_end), held=held)
            kept.pop_all()
        return cls(process, output, errors)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def state(self) -> ChildState:
        if self._process.returncode is not None:
            return ChildState.EXITED
        return ChildState.RUNNING if self._ended_as is None else ChildState.STOPPING

    @property
    def arrived(self) -> asyncio.Event:
        """Set once it has given something, or has ended without."""
        return self._output.arrived

    @property
    def gave_nothing(self) -> bool:
        """Tells whether it has not given a single byte."""
        return not self._output.gave

    @property
    def silent_seconds(self) -> float:
        """How long it has given nothing although it could: 0 while its full pipe holds it back."""
        if not self._transport.is_reading():
            return 0.0
        return asyncio.get_running_loop().time() - self._output.last_at

    @property
    def words(self) -> str:
        """What it said about its end, in a line."""
        return telling_line(self.last_lines)

    def tell(self, line: bytes) -> None:
        """Writes the one line that a held child waits for, and ends its input. Raises OSError."""
        assert self._process.stdin is not None, "only who is held has an input"
        # A pipe takes so little at once.
        with self._process.stdin as held:
            held.write(line)

    async def read(self) -> bytes:
        """Gives the next output, up to 64 KB; nothing once it has ended."""
        if not self._transport.is_reading():
            # What held it back ends now: its silence counts from here.
            self._output.last_at = asyncio.get_running_loop().time()
        return await self._output.read(READ_BYTES)

    async def wait(self) -> ExitKind:
        """Waits for its end and for its last words."""
        code = await self._ending.code()
        # Not `await self._errors`: whoever gives up waiting would end the collecting as well.
        await asyncio.wait({self._errors})
        return classify(code, self.last_lines, ended_as=self._ended_as)

    async def stop(self, why: ExitKind = ExitKind.STOPPED) -> ExitKind:
        """Ends it if it still runs: terminate, wait, kill; and whatever it started itself, in any case."""
        if self._process.returncode is None:
            self._ended_as = self._ended_as or why
            self._signal(signal.SIGTERM)
        self._transport.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            kind = await asyncio.wait_for(self.wait(), TERMINATE_SECONDS)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            return await self._wait_killed()
        self._signal(signal.SIGKILL)
        return kind

    async def end_when_stuck(self, seconds: float) -> None:
        """Ends it once it was silent for so long, though nothing held it back. For a task of its own."""
        while self.state is ChildState.RUNNING and not self._output.ended:
            left = seconds - self.silent_seconds
            if left <= 0:
                log.warning("process gives nothing pid=%s seconds=%s", self.pid, seconds)
                await self.stop(ExitKind.STUCK)
                return
            await asyncio.sleep(left)

    async def _wait_killed(self) -> ExitKind:
        try:
            return await asyncio.wait_for(self.wait(), KILL_SECONDS)
        except TimeoutError:
            log.error("process does not die pid=%s", self.pid)
            return self._ended_as or ExitKind.KILLED

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    async def _collect_errors(self, errors: _Reading) -> None:
        pending = b""
        while data := await errors.stream.read(4096):
            *lines, pending = (pending + data).replace(b"\r", b"\n").split(b"\n")
            # A child that never ends its line must not grow our memory.
            pending = pending[-4096:]
            self.last_lines.extend(line.decode(errors="replace") for line in lines if line.strip())
        if pending.strip():
            self.last_lines.append(pending.decode(errors="replace"))
        # At its end uvloop does not close it by itself.
        errors.transport.close()


class _Output(asyncio.StreamReader):
    """A child's output, which knows when something last came."""

    def __init__(self) -> None:
        super().__init__(limit=READ_BYTES)
        self.arrived = asyncio.Event()
        self.gave = self.ended = False
        self.last_at = asyncio.get_running_loop().time()

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        self.gave = True
        self.last_at = asyncio.get_running_loop().time()
        self.arrived.set()
        super().feed_data(data)

    def feed_eof(self) -> None:
        self.ended = True
        self.arrived.set()
        super().feed_eof()


def _start(
    argv: list[str], environ: Mapping[str, str], ends: tuple[int, int], *, held: bool
) -> subprocess.Popen[bytes]:
    """Starts a process that writes output and errors to two pipes.

    Not by the event loop: uvloop forks, which copies the tables of this process's memory while everybody
    waits, 8 ms at 120 MB. This shares the memory until the exec.
    """
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE if held else subprocess.DEVNULL,
        stdout=ends[0],
        stderr=ends[1],
        start_new_session=True,
        env=environ,
    )


@dataclass(frozen=True)
class _Reading:
    """The reading end of a pipe, and the other one for as long as nobody has it."""

    stream: _Output
    transport: asyncio.ReadTransport
    write_end: int


async def _reading(given: ExitStack, kept: ExitStack, size: int | None = None) -> _Reading:
    """Makes a pipe; its write end closes with what was `given`, its read end with what is `kept` for us."""
    read_end, write_end = os.pipe()
    given.callback(os.close, write_end)
    loop = asyncio.get_running_loop()
    # uvloop closes the descriptor, and then the file once more: by then it may be another thread's.
    file = os.fdopen(read_end, "rb", buffering=0, closefd=not type(loop).__module__.startswith("uvloop"))
    try:
        if size is not None:
            _enlarge(read_end, size)
        stream = _Output()
        protocol = asyncio.StreamReaderProtocol(stream)
        transport, _ = await loop.connect_read_pipe(lambda: protocol, file)
    except BaseException:
        file.close()
        raise
    kept.callback(transport.close)
    return _Reading(stream, transport, write_end)


def _enlarge(pipe: int, size: int) -> None:
    if sys.platform != "linux":
        return
    # An unprivileged user may have used up /proc/sys/fs/pipe-user-pages-soft: the default size works too.
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, size)
