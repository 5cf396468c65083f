"""The as-run log's writer: every entry once and whole, whatever the disk, a kill or midnight do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from as_run import NOON_MS, aired

from exstv.asrun import table
from exstv.asrun.entry import AsRunEntry, Outcome, line_of
from exstv.asrun.files import LOCK, ON_AIR, closed_file, day_of, open_file
from exstv.units import DAY_MS, HOUR_MS
from runtime import asrun as asrun_module
from runtime.asrun import AsRunWriter
from runtime.asrun_folder import AsRunFolder

DAY = day_of(NOON_MS)
A, B, C = aired(0, 4), aired(4, 9, seq=2), aired(9, 12, seq=3)


@dataclass
class Server:
    """A log with a clock that stands where the test puts it."""

    folder: Path
    ms: int = NOON_MS + 60_000
    running: list[AsRunEntry] = field(default_factory=list)
    keep_days: int = 400

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    @contextlib.asynccontextmanager
    async def up(self) -> AsyncIterator[AsRunWriter]:
        writer = AsRunWriter(AsRunFolder(self.folder, self.keep_days), self)
        writer.start(lambda: self.running)
        try:
            yield writer
        finally:
            self.running = []
            await writer.close()

    def logged(self) -> list[AsRunEntry]:
        return table.read(self.folder, None, NOON_MS - 10 * DAY_MS, NOON_MS + 10 * DAY_MS, 1000)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.name != LOCK)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(asrun_module, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(asrun_module, "UPKEEP_MS", 1)
    return Server(tmp_path / "state" / "as-run")


async def until(found: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not found():
            await asyncio.sleep(0.01)


async def test_an_entry_is_on_the_disk_at_once_and_the_rest_when_the_server_goes(server: Server) -> None:
    async with server.up() as writer:
        writer.add(A)
        await until(lambda: writer.status().waiting == 0)
        assert open_file(server.folder, DAY).read_bytes() == line_of(A)
        writer.add(B)
        writer.add(C)
        assert sum(writer.status().outcomes.values()) == 3
    assert server.logged() == [A, B, C]
    assert not (server.folder / ON_AIR).exists()


async def test_what_was_on_air_when_the_server_was_killed_is_logged_at_the_next_start(server: Server) -> None:
    server.folder.mkdir(parents=True)
    open_file(server.folder, DAY).write_bytes(line_of(A) + line_of(B)[:30])
    killed = AsRunFolder(server.folder, 400)
    killed.note([], [A, C])
    killed.close()
    async with server.up() as writer:
        await until(lambda: bool(writer.recent("one")) and writer.status().waiting == 0)
        # A had ended and has its line; the torn line is gone, and what follows it is whole.
        assert [entry.seq for entry in server.logged()] == [1, 3]
        recent = writer.recent("one")
    cut_off = server.logged()[1]
    assert (cut_off.outcome, cut_off.failure) == (Outcome.CUT_OFF, "the server was killed")
    assert (cut_off.frames, cut_off.finish_ms) == (C.frames, C.finish_ms)
    assert recent == (A, cut_off)
    assert b"\n{" in open_file(server.folder, DAY).read_bytes()


def test_what_a_server_that_lives_has_on_air_is_for_no_other_to_recover(tmp_path: Path) -> None:
    living, second = AsRunFolder(tmp_path / "as-run", 400), AsRunFolder(tmp_path / "as-run", 400)
    assert living.recover() == []
    living.note([], [A])
    for work in (second.recover, lambda: second.append(DAY, [B]), lambda: second.note([], [])):
        with pytest.raises(OSError, match="another server writes this log"):
            work()
    assert (tmp_path / "as-run" / ON_AIR).exists() and not open_file(tmp_path / "as-run", DAY).exists()
    # As the system does with one that is killed.
    living.close()
    assert [entry.outcome for entry in second.recover()] == [Outcome.CUT_OFF]
    second.close()


def test_a_server_whose_folder_was_made_anew_by_another_one_writes_there_no_more(tmp_path: Path) -> None:
    living, second = AsRunFolder(tmp_path / "as-run", 400), AsRunFolder(tmp_path / "as-run", 400)
    living.recover()
    living.note([], [A])
    shutil.rmtree(tmp_path / "as-run")
    assert second.recover() == []
    for work in (lambda: living.note([], [A]), lambda: living.append(DAY, [A])):
        with pytest.raises(OSError, match="another server writes this log"):
            work()
    assert second.recover() == []
    second.close()
    # Where nobody else writes, a folder that was thrown away is made again.
    shutil.rmtree(tmp_path / "as-run")
    living.append(DAY, [B])
    living.close()
    assert open_file(tmp_path / "as-run", DAY).read_bytes() == line_of(B)


class SlowDisk(AsRunFolder):
    """A folder whose lines are on the disk only when the test lets them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 400)
        self.asked, self.granted = threading.Event(), threading.Event()

    def append(self, day: date, entries: Sequence[AsRunEntry]) -> None:
        self.asked.set()
        assert self.granted.wait(60)
        super().append(day, entries)


async def test_a_kill_while_the_disk_is_slow_loses_neither_what_ended_nor_what_began(server: Server) -> None:
    disk = SlowDisk(server.folder)
    writer = AsRunWriter(disk, server)
    server.running = [A]
    writer.start(lambda: server.running)
    try:
        await until(lambda: (server.folder / ON_AIR).exists())
        server.running = [B]
        writer.add(A)
        await until(disk.asked.is_set)
        server.running = [C]
        writer.add(B)
        await until(lambda: (server.folder / ON_AIR).read_bytes().count(b"\n") == 3)
        # What the next server finds after a kill now.
        left = AsRunFolder(Path(shutil.copytree(server.folder, server.folder.with_name("left"))), 400)
        found = left.recover()
        left.close()
    finally:
        server.running = []
        disk.granted.set()
        await writer.close()
    assert found[:2] == [A, B]
    assert (found[2].seq, found[2].outcome) == (C.seq, Outcome.CUT_OFF)
    assert server.logged() == [A, B] and not (server.folder / ON_AIR).exists()


async def test_what_is_on_air_is_noted_while_it_is(server: Server) -> None:
    server.running = [A]
    async with server.up():
        await until(lambda: (server.folder / ON_AIR).exists())
        server.running = []
        await until(lambda: not (server.folder / ON_AIR).exists())


async def test_a_day_that_is_over_becomes_parquet(server: Server) -> None:
    async with server.up() as writer:
        writer.add(A)
        await until(lambda: writer.status().waiting == 0)
        server.ms = NOON_MS + 12 * HOUR_MS + 30_000
        writer.add(aired(12 * 3600 - 5, 12 * 3600 - 1, seq=2))
        await until(lambda: writer.status().waiting == 0)
        assert open_file(server.folder, DAY).exists(), "what finished before midnight may still come"
        server.ms += 60_000
        writer.add(aired(12 * 3600 - 1, 12 * 3600 + 4, seq=3))
        await until(lambda: not open_file(server.folder, DAY).exists())
    assert closed_file(server.folder, DAY).exists()
    assert [entry.seq for entry in server.logged()] == [1, 2, 3]
    assert server.files() == ["2026-11-20.parquet", "2026-11-21.jsonl"]


async def test_days_left_open_are_closed_at_the_start_and_old_ones_removed(server: Server) -> None:
    server.folder.mkdir(parents=True)
    for days in range(1, 5):
        old = aired(-days * 86400, -days * 86400 + 4)
        open_file(server.folder, day_of(old.finish_ms)).write_bytes(line_of(old))
    server.keep_days = 2
    async with server.up():
        await until(lambda: len(server.files()) == 2)
    assert server.files() == ["2026-11-18.parquet", "2026-11-19.parquet"]


async def test_a_rewriting_that_was_interrupted_is_done_again(server: Server) -> None:
    server.ms += DAY_MS
    server.folder.mkdir(parents=True)
    lines = open_file(server.folder, DAY)
    lines.write_bytes(line_of(A))
    table.write_closed(server.folder, DAY, lines, closed_file(server.folder, DAY))
    lines.write_bytes(line_of(A) + line_of(B))
    async with server.up():
        await until(lambda: not lines.exists())
    assert server.logged() == [A, B]


async def test_a_folder_that_takes_nothing_is_told_once_and_tried_again(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.folder.parent.mkdir(parents=True)
    server.folder.write_text("a file where the folder should be")
    async with server.up() as writer:
        writer.add(A)
        writer.add(B)
        await until(lambda: writer.status().trouble is not None)
        await asyncio.sleep(0.1)
        assert (writer.status().waiting, writer.status().trouble) == (2, "file exists")
        assert writer.recent("one") == (A, B)
        server.folder.unlink()
        await until(lambda: writer.status().trouble is None)
        assert writer.status().waiting == 0
    assert server.logged() == [A, B]
    assert caplog.text.count("as-run log cannot be written") == 1


async def test_a_full_disk_leaves_no_torn_line(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    full = True

    def sync(handle: int) -> None:
        if full:
            raise OSError(28, os.strerror(28))

    monkeypatch.setattr("os.fsync", sync)
    async with server.up() as writer:
        writer.add(A)
        await until(lambda: writer.status().trouble == "no space left on device")
        assert open_file(server.folder, DAY).read_bytes() == b""
        full = False
        await until(lambda: writer.status().waiting == 0)
    assert server.logged() == [A]


async def test_what_waits_for_too_long_is_given_up_oldest_first(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asrun_module, "WAITING_ENTRIES", 2)
    server.folder.parent.mkdir(parents=True)
    server.folder.write_text("")
    async with server.up() as writer:
        await until(lambda: writer.status().trouble is not None)
        for entry in (A, B, C):
            writer.add(entry)
        assert (writer.status().waiting, writer.status().given_up) == (2, 1)
        server.folder.unlink()
    assert server.logged() == [B, C]


async def test_a_damaged_day_keeps_nothing_from_being_written(server: Server) -> None:
    server.folder.mkdir(parents=True)
    closed_file(server.folder, DAY).write_bytes(b"no parquet")
    async with server.up() as writer:
        writer.add(A)
        await until(lambda: writer.status().waiting == 0)
        assert writer.status().trouble is None
    assert open_file(server.folder, DAY).read_bytes() == line_of(A)
