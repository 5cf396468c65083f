"""One child process: its output, its last words, its end.

Made by the pool only (pool.py). A child is held back by its full output pipe: reading is what lets it go on,
so nothing here or in ffmpeg's arguments paces it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections import deque

from runtime.process.states import ChildState, ExitKind, classify

READ_BYTES = 64 * 1024
PIPE_BYTES = 1024 * 1024
"""Size asked for the output pipe: 2.6 s at 3 Mb/s, so that a cued item waits whole and ready."""
LAST_LINES = 20
TERMINATE_SECONDS = 2.0


class Child:
    """Owner of one running child process."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        output: asyncio.StreamReader,
        transport: asyncio.ReadTransport,
    ) -> None:
        self._process = process
        self._output = output
        self._transport = transport
        self._asked = False
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._errors = asyncio.create_task(self._collect_errors())

    @classmethod
    async def spawn(cls, argv: list[str]) -> Child:
        """Starts a process in a group of its own, its output on a large pipe. Raises OSError."""
        read_end, write_end = os.pipe()
        # The reader stands before the process: whoever gives up in between leaves neither behind.
        try:
            output, transport = await _reader_of(read_end)
            try:
                process = await asyncio.create_subprocess_exec(
                    *argv,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=write_end,
                    stderr=asyncio.subprocess.PIPE,
                    start_new_session=True,
                )
            except BaseException:
                transport.close()
                raise
        finally:
            os.close(write_end)
        return cls(process, output, transport)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def state(self) -> ChildState:
        if self._process.returncode is not None:
            return ChildState.EXITED
        return ChildState.STOPPING if self._asked else ChildState.RUNNING

    @property
    def exit(self) -> ExitKind | None:
        """Why it is gone, None while it runs."""
        code = self._process.returncode
        return None if code is None else classify(code, asked=self._asked)

    async def read(self) -> bytes:
        """Gives the next output, up to 64 KB; nothing once it has ended."""
        return await self._output.read(READ_BYTES)

    async def wait(self) -> ExitKind:
        """Waits for its end and for its last words."""
        code = await self._process.wait()
        await self._errors
        return classify(code, asked=self._asked)

    async def stop(self) -> ExitKind:
        """Ends it if it still runs: terminate, wait, kill its whole group."""
        if self._process.returncode is None:
            self._asked = True
            self._signal(signal.SIGTERM)
        self._transport.close()
        try:
            return await asyncio.wait_for(self.wait(), TERMINATE_SECONDS)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            return await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    async def _collect_errors(self) -> None:
        stream = self._process.stderr
        assert stream is not None, "spawned with stderr=PIPE"
        pending = b""
        while data := await stream.read(4096):
            *lines, pending = (pending + data).replace(b"\r", b"\n").split(b"\n")
            # A child that never ends its line must not grow our memory.
            pending = pending[-4096:]
            self.last_lines.extend(line.decode(errors="replace") for line in lines if line.strip())
        if pending.strip():
            self.last_lines.append(pending.decode(errors="replace"))


async def _reader_of(pipe: int) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    """Takes over the reading end of a pipe."""
    file = os.fdopen(pipe, "rb", buffering=0)
    try:
        _enlarge(pipe)
        output = asyncio.StreamReader(limit=READ_BYTES)
        protocol = asyncio.StreamReaderProtocol(output)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, file)
    except BaseException:
        file.close()
        raise
    return output, transport


def _enlarge(pipe: int) -> None:
    if sys.platform != "linux":
        return
    # An unprivileged user may have used up /proc/sys/fs/pipe-user-pages-soft: the default size works too.
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
