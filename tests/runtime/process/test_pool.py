import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import replace

import psutil
import pytest

from exstv.clock import SystemClock
from runtime.process.guards import PoolLimits, Resources
from runtime.process.pool import ProcessPool, SpawnSpec
from runtime.process.states import ChildState, ExitKind

GIB = 1024**3
ROOMY = Resources(memory_total=64 * GIB, memory_used=GIB, fds_open=50, fd_limit=None)
SLEEPER = "import time, sys; sys.stdout.write('up'); sys.stdout.flush(); time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"


def python(code: str, due: float = 0.0, purpose: str = "test") -> SpawnSpec:
    return SpawnSpec([sys.executable, "-S", "-c", code], purpose, due)


def pool_of(**limits: float) -> ProcessPool:
    return ProcessPool(PoolLimits(**limits), SystemClock(), lambda: ROOMY)  # type: ignore[arg-type]


async def test_a_lease_starts_a_process_and_ends_it_with_the_block() -> None:
    pool = pool_of()
    async with pool.lease(python(SLEEPER)) as child:
        assert await child.read() == b"up"
        assert [entry.pid for entry in pool.status()] == [child.pid]
        assert psutil.pid_exists(child.pid)
    assert not psutil.pid_exists(child.pid)
    assert pool.status()[0].exit == ExitKind.STOPPED


async def test_a_process_that_ignores_being_told_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.process.child.TERMINATE_SECONDS", 0.1)
    pool = pool_of()
    async with pool.lease(python(DEAF)) as child:
        await child.read()
    assert not psutil.pid_exists(child.pid)


async def test_a_lease_whose_holder_is_cancelled_leaves_no_process() -> None:
    pool = pool_of()
    pids: list[int] = []

    async def hold() -> None:
        async with pool.lease(python(SLEEPER)) as child:
            pids.append(child.pid)
            await child.read()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    while not pids:
        await asyncio.sleep(0.01)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await pool.close()
    assert not psutil.pid_exists(pids[0])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("print('whole')", ExitKind.ENDED),
        ("import sys; sys.exit('no such film')", ExitKind.FAILED),
        (f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})", ExitKind.KILLED),
    ],
)
async def test_every_exit_is_classified(code: str, kind: ExitKind) -> None:
    done = await pool_of().run(python(code))
    assert done.exit is kind
    if kind is ExitKind.FAILED:
        assert done.last_lines == ("no such film",)


async def test_output_of_any_length_comes_whole() -> None:
    done = await pool_of().run(python("import sys; sys.stdout.buffer.write(bytes(3_000_000))"))
    assert done.output == bytes(3_000_000)


async def test_a_process_is_held_back_by_its_full_pipe() -> None:
    pool = pool_of()
    endless = "import sys\nwhile True: sys.stdout.buffer.write(bytes(65536))"
    async with pool.lease(python(endless)) as child:
        await child.read()
        process, before = psutil.Process(child.pid), -1
        # One that nothing holds back never comes to rest.
        while process.status() != psutil.STATUS_SLEEPING or process.io_counters().write_chars != before:
            before = process.io_counters().write_chars
            await asyncio.sleep(0.05)


async def test_no_more_processes_run_than_the_limit_allows_and_the_soonest_due_goes_first() -> None:
    pool = pool_of(max_processes=1)
    started: list[str] = []
    first_may_end = asyncio.Event()

    async def play(name: str, due: float) -> None:
        async with pool.lease(python("print(1)", due, name)):
            started.append(name)
            assert sum(1 for entry in pool.status() if entry.exit is None) == 1
            if name == "first":
                await first_may_end.wait()

    tasks = [asyncio.create_task(play("first", 9.0))]
    while not started:
        await asyncio.sleep(0.01)
    tasks += [asyncio.create_task(play(name, due)) for name, due in [("late", 3.0), ("soon", 1.0)]]
    await asyncio.sleep(0.05)
    assert started == ["first"]
    first_may_end.set()
    await asyncio.gather(*tasks)
    assert started == ["first", "soon", "late"]


async def test_a_compile_does_not_wait_for_a_viewer_to_leave() -> None:
    pool = pool_of(max_processes=1)
    async with pool.lease(python(SLEEPER)):
        compile_argv = [sys.executable, "-S", "-c", "print('compiled')"]
        done = await pool.run(SpawnSpec(compile_argv, "compile", 0.0, limited=False))
        assert done.output == b"compiled\n"
        waiting = asyncio.create_task(pool.run(python("print(1)")))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    assert (await waiting).output == b"1\n"


async def test_a_waiting_lease_that_is_given_up_takes_no_place() -> None:
    pool = pool_of(max_processes=1)
    async with pool.lease(python(SLEEPER)):
        waiting = asyncio.create_task(pool.run(python("print(1)")))
        await asyncio.sleep(0.02)
        waiting.cancel()
        await asyncio.wait({waiting})
    assert (await pool.run(python("print(2)"))).output == b"2\n"


class SteppingClock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now_ms(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


async def test_spawns_beyond_the_bucket_wait_for_their_tokens() -> None:
    clock = SteppingClock()
    pool = ProcessPool(PoolLimits(spawns_per_second=50, spawn_bucket=3), clock, lambda: ROOMY)
    started = 0

    async def play() -> None:
        nonlocal started
        async with pool.lease(SpawnSpec(["/bin/true"], "quick", 0.0)):
            started += 1

    tasks = [asyncio.create_task(play()) for _ in range(5)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    while started < 3:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert started == 3
    clock.seconds += 0.05
    await asyncio.gather(*tasks)
    assert started == 5


async def test_catch_up_waits_for_its_token_behind_every_channel() -> None:
    clock = SteppingClock()
    pool = ProcessPool(PoolLimits(spawns_per_second=50, spawn_bucket=1), clock, lambda: ROOMY)
    started: list[str] = []

    async def play(name: str, due: float, *, behind: bool = False) -> None:
        async with pool.lease(SpawnSpec(["/bin/true"], name, due, channel=name, behind=behind)):
            started.append(name)

    await play("first", 0.0)
    tasks = [asyncio.create_task(play("past", 1.0, behind=True))]
    tasks += [asyncio.create_task(play(name, due)) for name, due in [("late", 90.0), ("soon", 50.0)]]
    await asyncio.sleep(0.05)
    assert started == ["first"]
    for _ in range(3):
        # Each step is more than the time of one token.
        clock.seconds += 0.03
        await asyncio.sleep(0.05)
    await asyncio.gather(*tasks)
    assert started == ["first", "soon", "late", "past"]


async def test_catch_up_takes_no_room_that_a_channel_waits_for_or_that_is_kept_for_one() -> None:
    pool = pool_of(max_processes=3)
    started: list[str] = []
    may_end = {name: asyncio.Event() for name in ("news", "films", "past", "past2", "films2")}

    async def play(name: str, channel: str, *, behind: bool = False) -> None:
        argv = [sys.executable, "-S", "-c", SLEEPER]
        async with pool.lease(SpawnSpec(argv, name, 0.0, channel=channel, behind=behind)):
            started.append(name)
            await may_end[name].wait()

    async def begun(count: int) -> list[str]:
        while len(started) < count:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        return started

    tasks = [asyncio.create_task(play("past", "old", behind=True))]
    assert await begun(1) == ["past"]
    # No slot is kept for catch-up against a channel, but one for the channel against catch-up.
    tasks.append(asyncio.create_task(play("news", "news")))
    assert await begun(2) == ["past", "news"]
    tasks.append(asyncio.create_task(play("past2", "old", behind=True)))
    tasks.append(asyncio.create_task(play("films", "films")))
    assert await begun(2) == ["past", "news"]
    may_end["news"].set()
    # The channel that waited has the room, and now its own slot is kept.
    assert await begun(3) == ["past", "news", "films"]
    tasks.append(asyncio.create_task(play("films2", "films")))
    assert await begun(4) == ["past", "news", "films", "films2"]
    for event in may_end.values():
        event.set()
    await asyncio.gather(*tasks)
    assert started[-1] == "past2"


async def test_a_newcomer_to_catch_up_does_not_hold_up_one_that_plays() -> None:
    pool = pool_of(max_processes=2)

    def past(name: str, due: float) -> SpawnSpec:
        return SpawnSpec([sys.executable, "-S", "-c", SLEEPER], name, due, channel=name, behind=True)

    async with pool.lease(past("one", 0.0)) as child:
        await child.read()
        newcomer = asyncio.create_task(pool.run(past("two", 1.0)))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(30), pool.lease(past("one", 2.0)) as cued:
            await cued.read()
        assert not newcomer.done()
        newcomer.cancel()
        await asyncio.wait({newcomer})


async def test_a_program_that_is_not_there_raises_and_takes_no_place() -> None:
    pool = pool_of(max_processes=1)
    with pytest.raises(FileNotFoundError):
        await pool.run(SpawnSpec(["/nowhere/ffmpeg"], "missing", 0.0))
    assert (await pool.run(python("print(2)"))).output == b"2\n"


async def test_open_files_do_not_grow_with_the_number_of_children() -> None:
    pool = pool_of(spawns_per_second=1000)
    await pool.run(python("print(1)"))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        await pool.run(python("print(1)"))
    assert len(os.listdir("/proc/self/fd")) == before


async def test_a_lease_given_up_while_its_process_starts_leaves_nothing() -> None:
    pool = pool_of(spawns_per_second=1000)
    me = psutil.Process()
    await pool.run(python("print(1)"))
    files = len(os.listdir("/proc/self/fd"))
    for loops in range(12):
        starting = asyncio.create_task(pool.run(python(SLEEPER)))
        for _ in range(loops):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait({starting})
    await pool.close()
    while me.children():
        await asyncio.sleep(0.01)
    assert len(os.listdir("/proc/self/fd")) == files
    assert all(entry.exit is not None for entry in pool.status())


GRANDCHILD = f"""
import subprocess, sys, time
print(subprocess.Popen([sys.executable, '-S', '-c', {SLEEPER!r}], stdout=2).pid, flush=True)
"""


@pytest.mark.parametrize("then", ["", "time.sleep(60)"])
async def test_what_a_child_started_itself_goes_with_it(then: str) -> None:
    pool = pool_of()
    async with pool.lease(python(GRANDCHILD + then)) as child:
        grandchild = psutil.Process(int(await child.read()))
        while not then and child.state is not ChildState.EXITED:
            await asyncio.sleep(0.01)
        assert grandchild.is_running()
    _, alive = psutil.wait_procs([grandchild], timeout=20)
    assert not alive


async def test_a_child_that_gives_nothing_is_stuck_and_ended() -> None:
    pool = pool_of(stuck_seconds=0.3)
    done = await pool.run(python("import time; time.sleep(60)"))
    assert done.exit is ExitKind.STUCK
    # However long a busy machine takes to start it.
    async with pool.lease(replace(python(SLEEPER), limited=False)) as child:
        assert await child.read() == b"up"
        await child.end_when_stuck(0.3)
        assert (await child.read(), await child.wait()) == (b"", ExitKind.STUCK)


async def test_a_child_that_is_held_back_by_its_full_pipe_is_not_stuck() -> None:
    pool, loop = pool_of(), asyncio.get_running_loop()
    chunks = "import sys\nfor _ in range(64): sys.stdout.buffer.write(bytes(65536))"
    async with pool.lease(python(chunks)) as child:
        while child.silent_seconds > 0:
            await asyncio.sleep(0.01)
        watching = asyncio.create_task(child.end_when_stuck(0.3))
        await asyncio.sleep(0.8)
        assert not watching.done()
        watching.cancel()
        resumed, taken = loop.time(), len(await child.read())
        # Its silence counts from here.
        assert child.silent_seconds <= loop.time() - resumed
        while data := await child.read():
            taken += len(data)
        assert (taken, await child.wait()) == (64 * 65536, ExitKind.ENDED)


async def test_a_compile_may_think_in_silence() -> None:
    pool = pool_of(stuck_seconds=0.1)
    spec = SpawnSpec(
        python("import time; time.sleep(0.5); print('done')").argv, "compile", 0.0, limited=False
    )
    assert (await pool.run(spec)).output == b"done\n"


def playing(channel: str, due: float = 0.0) -> SpawnSpec:
    return SpawnSpec(python(SLEEPER).argv, f"for {channel}", due, channel=channel)


async def test_each_channel_on_air_is_kept_a_place_for_its_cue() -> None:
    pool = pool_of(max_processes=3)
    async with contextlib.AsyncExitStack() as on_air:
        await on_air.enter_async_context(pool.lease(playing("one")))
        await on_air.enter_async_context(pool.lease(playing("two")))
        newcomer = asyncio.create_task(on_air.enter_async_context(pool.lease(playing("three", due=1.0))))
        await asyncio.sleep(0.05)
        assert not newcomer.done()
        # It waits, though it is due first; what is on air already gets the place.
        await on_air.enter_async_context(pool.lease(playing("one", due=9.0)))
        newcomer.cancel()
        await asyncio.wait({newcomer})


async def test_guards_that_trip_let_what_waits_in_when_they_recover(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.process.pool.GUARD_RETRY_SECONDS", 0.02)
    machine = Resources(memory_total=GIB, memory_used=GIB, fds_open=50, fd_limit=None)
    pool = ProcessPool(PoolLimits(), SystemClock(), lambda: machine)
    async with pool.lease(playing("one")):
        waiting = asyncio.create_task(pool.run(python("print(1)")))
        await asyncio.sleep(0.1)
        assert not waiting.done() and pool.bound_by == "memory guard"
        machine = Resources(memory_total=GIB, memory_used=0, fds_open=99, fd_limit=100)
        await asyncio.sleep(0.1)
        assert not waiting.done() and pool.bound_by == "file-descriptor guard"
        machine = ROOMY
        assert (await waiting).output == b"1\n"


async def test_what_was_let_in_and_does_not_start_waits_for_no_limit() -> None:
    pool = pool_of(spawn_bucket=1, spawns_per_second=0.1)
    starting = asyncio.create_task(pool.run(python("print(1)")))
    await asyncio.sleep(0)
    assert pool.bound_by == "this machine is slow to start it"
    waiting = asyncio.create_task(pool.run(python("print(2)")))
    await asyncio.sleep(0)
    assert pool.bound_by == "ffmpeg.spawns_per_second"
    waiting.cancel()
    await asyncio.wait({starting, waiting})


async def test_what_was_started_and_how_it_ended_is_counted_since_the_start() -> None:
    pool = pool_of()
    await pool.run(python("print('whole')"))
    await pool.run(python("import sys; sys.exit('no such film')"))
    async with pool.lease(python(SLEEPER)) as child:
        await child.read()
        totals = pool.totals()
    assert (totals.running, totals.waiting, totals.spawned) == (1, 0, 3)
    assert totals.exits == {ExitKind.ENDED: 1, ExitKind.FAILED: 1} and totals.resources == ROOMY
    assert pool.totals().exits == {ExitKind.ENDED: 1, ExitKind.FAILED: 1, ExitKind.STOPPED: 1}


async def test_who_waits_is_counted_with_the_limit_that_binds() -> None:
    pool = pool_of(max_processes=1)
    async with pool.lease(python(SLEEPER)):
        waiting = asyncio.create_task(pool.run(python("print(1)")))
        while not pool.totals().waiting:
            await asyncio.sleep(0.01)
        assert (pool.totals().running, pool.totals().bound_by) == (1, "ffmpeg.max_processes")
    await waiting
    assert (pool.totals().waiting, pool.totals().bound_by) == (0, None)
