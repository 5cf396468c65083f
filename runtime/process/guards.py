"""How many child processes this machine can bear: the numbers behind the pool's limit."""

from __future__ import annotations

import sys

import msgspec
import psutil

MEMORY_PER_PROCESS = 160 * 1024 * 1024
"""Bytes that one 720p encode takes (120 to 160 MB measured with ffmpeg 9.0.2)."""
FDS_PER_PROCESS = 4
"""Descriptors that a child costs us: its output, its errors, and two while it is being started."""

MOST_DESCRIPTORS = 65_536
"""More files than any station needs."""


class Resources(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine has left. `fd_limit` is None where the system sets none."""

    memory_total: int
    memory_used: int
    fds_open: int
    fd_limit: int | None


class PoolLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits that config.yaml sets under `ffmpeg`."""

    max_processes: int = 150
    spawns_per_second: float = 5.0
    spawn_bucket: int = 20
    stuck_seconds: float = 10.0
    memory_guard_threshold: float = 0.85
    fd_guard_reserve: int = 100


def capacity(limits: PoolLimits, resources: Resources, running: int) -> tuple[int, str]:
    """Gives how many processes may run, with the name of the limit that binds.

    One process is always allowed: a station that shares a full machine shows something rather than nothing.
    """
    memory_left = limits.memory_guard_threshold * resources.memory_total - resources.memory_used
    by_memory = running + int(max(0.0, memory_left) // MEMORY_PER_PROCESS)
    bounds = [(limits.max_processes, "ffmpeg.max_processes"), (max(1, by_memory), "memory guard")]
    if resources.fd_limit is not None:
        fds_left = resources.fd_limit - resources.fds_open - limits.fd_guard_reserve
        bounds.append((max(1, running + max(0, fds_left) // FDS_PER_PROCESS), "file-descriptor guard"))
    return min(bounds)


def machine_resources() -> Resources:
    """Asks the machine."""
    memory = psutil.virtual_memory()
    process = psutil.Process()
    return Resources(
        memory_total=memory.total,
        memory_used=memory.total - memory.available,
        fds_open=process.num_fds(),
        fd_limit=_descriptor_limit(process),
    )


def _descriptor_limit(process: psutil.Process) -> int | None:
    if sys.platform != "linux":
        return None
    soft, _ = process.rlimit(psutil.RLIMIT_NOFILE)
    return soft if soft > 0 else None


def raised_descriptor_limit() -> int | None:
    """Lets this process open as many files as it may, and gives how many: the usual 1024 are for `select`."""
    if sys.platform != "linux":
        return None
    process = psutil.Process()
    soft, hard = process.rlimit(psutil.RLIMIT_NOFILE)
    if 0 < soft < MOST_DESCRIPTORS and (hard > soft or hard < 0):
        soft = MOST_DESCRIPTORS if hard < 0 else min(hard, MOST_DESCRIPTORS)
        process.rlimit(psutil.RLIMIT_NOFILE, (soft, hard))
    return soft if soft > 0 else None
