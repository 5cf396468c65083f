"""A network of the tests' own, for what is told to everybody: two network namespaces and a cable.

Nothing is ever broadcast on a real interface: both ends are the kernel's, and no road leads out of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
"""The addresses of the two ends; other tests may have the same ones in namespaces of their own."""

_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class Network:
    """Two machines that see nobody but each other, by the prefix that runs a command on each."""

    server: tuple[str, ...]
    client: tuple[str, ...]

    def ask(self, *argv: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs a command on the client's machine."""
        return subprocess.run(
            [*self.client, *argv], capture_output=True, text=True, timeout=seconds, check=False
        )

    @contextlib.contextmanager
    def visiting(self) -> Iterator[None]:
        """Puts this thread, and threads that it starts, on the client's machine: they connect from there."""
        here, there = Path("/proc/thread-self/ns/net"), Path("/run/netns", self.client[-1])
        with here.open() as home, there.open() as away:
            _enter(away.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())


def require(*programs: str) -> None:
    """Skips a test where a program is missing; fails it where CI has to have them."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        skip(f"not installed: {', '.join(missing)}")


def skip(reason: str) -> None:
    """Skips a test; fails it where CI has to be able to run it."""
    if os.environ.get("EXSTV_REQUIRE_CLIENTS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """Lays the cable, and takes it away again."""
    require("ip")
    names = [f"exstv-{os.getpid()}-{end}" for end in ("server", "client")]
    try:
        for name in names:
            done = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
            if done.returncode:
                skip(f"no right to make a network namespace: {done.stderr.strip()}")
        first, second = (("ip", "-n", name) for name in names)
        _run(*first, *("link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns"), names[1])
        for end, address in ((first, SERVER), (second, CLIENT)):
            _run(*end, *("address", "add", f"{address}/24", "broadcast", "+", "dev", "cable"))
            for link in ("lo", "cable"):
                _run(*end, "link", "set", link, "up")
        yield Network(*(("ip", "netns", "exec", name) for name in names))
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def _enter(namespace: int) -> None:
    # os.setns is there from Python 3.12 on.
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.setns(namespace, _CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (argv, done.stderr)
