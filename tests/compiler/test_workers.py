"""Work is done by forks, in order; a worker that fails is told, and none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from compiler import workers

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="workers are forked where that is safe"
)


def square(number: int) -> tuple[int, int, bytes]:
    return number * number, os.getpid(), b"x" * (number % 7) * 40_000


@pytest.mark.parametrize("count", [1, 2, 3])
def test_results_come_in_the_order_of_the_jobs(count: int, tmp_path: Path) -> None:
    def work(number: int) -> tuple[int, int, bytes]:
        (tmp_path / str(os.getpid())).touch()
        # Nobody does everything before the others have begun.
        while len(list(tmp_path.iterdir())) < count:
            time.sleep(0.001)
        return square(number)

    found = list(workers.each(work, range(100), count))

    assert [result for result, _, _ in found] == [number * number for number in range(100)]
    assert [len(body) for _, _, body in found] == [number % 7 * 40_000 for number in range(100)]
    assert len({pid for _, pid, _ in found}) == count
    assert (os.getpid() in {pid for _, pid, _ in found}) == (count == 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a pipe hold so much")
def test_a_worker_goes_on_while_nobody_reads_its_results(tmp_path: Path) -> None:
    def work(number: int) -> bytes:
        (tmp_path / str(number)).touch()
        return b"x" * 400_000

    results = workers.each(work, range(20), 2)
    next(results)

    while not (tmp_path / "4").exists():
        time.sleep(0.01)
    results.close()
    assert_no_child_is_left()


def test_no_worker_waits_while_another_has_a_long_job(tmp_path: Path) -> None:
    def work(number: int) -> int:
        if number == 0:
            while not (tmp_path / "done").exists():
                time.sleep(0.001)
        if number == 7:
            (tmp_path / "done").touch()
        return number

    assert list(workers.each(work, range(20), 2)) == list(range(20))


def test_results_larger_than_a_pipe_arrive_whole() -> None:
    bodies = [bytes([number]) * (3 << 20) for number in range(5)]

    assert list(workers.each(lambda number: bodies[number], range(5), 2)) == bodies


def test_a_job_that_fails_is_told() -> None:
    def work(number: int) -> int:
        if number == 6:
            raise ValueError("six is too many")
        return number

    found = []
    with pytest.raises(workers.WorkerFailed, match="ValueError: six is too many"):
        found.extend(workers.each(work, range(20), 2))
    assert_no_child_is_left()


def test_a_worker_that_is_killed_is_told() -> None:
    def work(number: int) -> int:
        if number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(workers.WorkerFailed, match="ended before its work did"):
        list(workers.each(work, range(20), 2))
    assert_no_child_is_left()


def test_workers_that_are_all_killed_between_two_results_are_told() -> None:
    results = workers.each(lambda _: os.getpid(), range(500), 2)
    for pid in {next(results) for _ in range(20)}:
        os.kill(pid, signal.SIGKILL)

    with pytest.raises(workers.WorkerFailed, match="ended before its work did"):
        list(results)
    assert_no_child_is_left()


def test_workers_end_when_nobody_wants_the_rest() -> None:
    def work(number: int) -> int:
        while number > 3:
            pass
        return number

    results = workers.each(work, range(20), 2)
    assert [next(results), next(results)] == [0, 1]
    results.close()
    assert_no_child_is_left()


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from compiler import workers\n"
        "def work(number):\n"
        "    (pathlib.Path(sys.argv[1]) / str(os.getpid())).touch()\n"
        "    while number:\n"
        "        pass\n"
        "list(workers.each(work, [1, 2], 2))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    while len(list(tmp_path.iterdir())) < 2:
        assert parent.poll() is None
        time.sleep(0.01)
    parent.kill()
    parent.wait(30)
    for path in tmp_path.iterdir():
        while is_running(int(path.name)):
            time.sleep(0.01)


def test_something_is_done_beside() -> None:
    with workers.beside(os.getpid) as other:
        assert other() != os.getpid()
    assert_no_child_is_left()


def test_what_is_done_beside_and_fails_is_told() -> None:
    with workers.beside(lambda: 1 // 0) as other, pytest.raises(workers.WorkerFailed, match="ZeroDivision"):
        other()
    assert_no_child_is_left()


def test_what_is_done_beside_ends_when_nobody_wants_it() -> None:
    with workers.beside(signal.pause):
        pass
    assert_no_child_is_left()


def test_few_channels_need_no_workers() -> None:
    assert workers.worker_count(workers.FEW - 1) == 1


def assert_no_child_is_left() -> None:
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
