import sys

import psutil
import pytest

from runtime.process.guards import (
    FDS_PER_PROCESS,
    MEMORY_PER_PROCESS,
    PoolLimits,
    Resources,
    capacity,
    machine_resources,
    raised_descriptor_limit,
)

GIB = 1024**3
ROOMY = Resources(memory_total=64 * GIB, memory_used=GIB, fds_open=50, fd_limit=100_000)


def test_a_roomy_machine_is_bound_by_the_configured_limit() -> None:
    assert capacity(PoolLimits(max_processes=7), ROOMY, running=3) == (7, "ffmpeg.max_processes")


def test_the_memory_guard_counts_what_is_left_below_its_threshold() -> None:
    tight = Resources(memory_total=10 * GIB, memory_used=8 * GIB, fds_open=50, fd_limit=None)
    limits = PoolLimits(memory_guard_threshold=0.85)
    left = int((0.85 * 10 - 8) * GIB // MEMORY_PER_PROCESS)
    assert capacity(limits, tight, running=4) == (4 + left, "memory guard")


def test_the_descriptor_guard_keeps_its_reserve() -> None:
    few = Resources(memory_total=64 * GIB, memory_used=GIB, fds_open=900, fd_limit=1024)
    limits = PoolLimits(fd_guard_reserve=100)
    assert capacity(limits, few, running=2) == (2 + 24 // FDS_PER_PROCESS, "file-descriptor guard")


@pytest.mark.parametrize("running", [0, 1])
def test_one_process_is_always_allowed(running: int) -> None:
    full = Resources(memory_total=GIB, memory_used=GIB, fds_open=1000, fd_limit=1000)
    room, _ = capacity(PoolLimits(), full, running)
    assert room == max(1, running)


def test_the_machine_tells_plausible_resources() -> None:
    found = machine_resources()
    assert 0 < found.memory_used < found.memory_total
    assert found.fds_open >= 3


@pytest.mark.skipif(sys.platform != "linux", reason="other systems set no such limit")
def test_a_server_may_open_as_many_files_as_the_system_lets_it() -> None:
    process = psutil.Process()
    before = process.rlimit(psutil.RLIMIT_NOFILE)
    wanted = 1024 if before[1] < 0 else min(before[1], 1024)
    try:
        process.rlimit(psutil.RLIMIT_NOFILE, (256, before[1]))
        assert raised_descriptor_limit() == process.rlimit(psutil.RLIMIT_NOFILE)[0] >= wanted
        # What is plenty stays.
        assert raised_descriptor_limit() == process.rlimit(psutil.RLIMIT_NOFILE)[0]
    finally:
        process.rlimit(psutil.RLIMIT_NOFILE, before)
