"""What viewers see when ffmpeg, the media or the machine fails: the bytes go on, and the plan comes back."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

import msgspec
import psutil
import pytest
from serving import dripping
from studio import BROKEN, Studio, assert_unbroken, bad, card, play_badly, timeline_of, until

from exstv.asrun.entry import Outcome
from exstv.errors import ExstvError
from exstv.sources import registry
from exstv.sources.base import Place, PlayableInput, ScanContext, ScanResult, UrlInput
from exstv.timeline.model import Media, Source, Timeline
from exstv.units import HOUR_MS
from runtime.channel import ChannelPlayer
from runtime.fanout import Viewer
from runtime.mpegts.demux import Demuxer
from runtime.process.guards import PoolLimits, Resources
from runtime.process.lead import CUE_SECONDS
from runtime.process.pool import SpawnSpec
from runtime.status import PlayerState, Step
from runtime.throttle import RUN_AHEAD_SECONDS

pytestmark = pytest.mark.ffmpeg
GIB = 1024**3
ROOMY = Resources(memory_total=GIB, memory_used=0, fds_open=50, fd_limit=1000)
NO_STOP_SECONDS = 2.0
"""Bytes never stop for longer."""


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture(autouse=True)
async def leaves_nothing() -> AsyncIterator[None]:
    """After the fault no descriptor, task or process is left that was not there before."""
    # What the first process of all opens stays open for the next ones.
    await (await asyncio.create_subprocess_exec("true")).wait()
    before = _open()
    yield
    async with asyncio.timeout(60):
        while _open() > before:
            await asyncio.sleep(0.02)


def _open() -> tuple[int, int, int]:
    gc.collect()
    processes = psutil.Process().children(recursive=True)
    return len(asyncio.all_tasks()), len(processes), len(os.listdir("/proc/self/fd"))


class Watching:
    """A viewer that receives all the time, and notes when."""

    def __init__(self, player: ChannelPlayer) -> None:
        self.data = bytearray()
        self.longest_stop = 0.0
        self.longest_stall = 0.0
        """Of this process itself, which shares a busy machine with what it watches."""
        self._viewer = player.join()
        self._demuxer = Demuxer({0x1B}, {0x0F})
        self._frames = 0
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._receive(self._viewer))
        self._stalling = asyncio.create_task(self._note_stalls())

    async def _receive(self, viewer: Viewer) -> None:
        before = None
        while data := await viewer.read():
            now = asyncio.get_running_loop().time()
            self.longest_stop = max(self.longest_stop, now - (before or now))
            before = now
            self.data += data
            self._frames += sum(1 for pes in self._demuxer.feed(data) if pes.video)
            self._news.set()

    async def _note_stalls(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.05)
            self.longest_stall = max(self.longest_stall, loop.time() - before - 0.05)

    async def frames(self, more: int) -> None:
        """Waits until so many more frames have come."""
        wanted = self._frames + more
        while self._frames < wanted:
            assert not self._task.done(), "the stream ended"
            self._news.clear()
            await self._news.wait()

    def stop(self) -> None:
        """Stops watching."""
        assert not self._task.done(), "the stream ended"
        self._task.cancel()
        self._stalling.cancel()

    def check(self, tmp_path: Path) -> None:
        """Stops watching: the stream is one, and never stopped."""
        self.stop()
        assert self.longest_stop < NO_STOP_SECONDS + self.longest_stall
        assert_unbroken(bytes(self.data), tmp_path)


def steps_on_air(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Every step that went on air, in order."""
    lines = [record.getMessage() for record in caplog.records]
    return [line.split("step=")[1].split()[0] for line in lines if line.startswith("on air")]


def of_films(timeline: Timeline, path: Path) -> Timeline:
    """The same timeline with a folder of films as another source."""
    definition = {"exclude": [], "follow_symlinks": False, "include": [], "kind": "auto", "path": str(path)}
    films = Source(name="films", type="local", definition=json.dumps(definition))
    return msgspec.structs.replace(timeline, sources=(*timeline.sources, films))


@pytest.mark.parametrize("fault", ["dies", "hangs", "vanished"])
async def test_what_fails_while_it_is_cued_is_replaced_before_its_turn(
    studio: Studio, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.INFO)
    play_badly(studio, "exec sleep 600")
    doomed = {
        "dies": card("bad", BROKEN),
        "hangs": bad(),
        "vanished": msgspec.structs.replace(card("bad"), source="films", locator="lost.mkv"),
    }[fault]
    # Who hangs needs longer: it is given up only three seconds before it is due.
    start_ms = studio.clock.now_ms() - (28_000 if fault == "hangs" else 34_000)
    timeline = timeline_of(start_ms, [card("a"), doomed, card("stand-in")], 40_000, ("stand-in",))
    async with studio.on_air(of_films(timeline, tmp_path)) as player:
        watching = Watching(player)
        status = await until(player, Step.FALLBACK)
        await watching.frames(25)
        assert status.item is not None and status.item.media_id == "bad" and status.trouble
        watching.check(tmp_path)
    # A machine that is busy may begin with the slate; nothing comes between the two.
    assert steps_on_air(caplog)[-2:] == ["item", "fallback"]
    assert "cue failed channel=one step=item" in caplog.text


@pytest.mark.usefixtures("patient")
async def test_a_first_process_that_starts_slowly_shows_its_item_and_the_next_one_on_time(
    studio: Studio, tmp_path: Path
) -> None:
    # Longer than the clocks may part (REJOIN_MS); a busy machine may make it longer still.
    play_badly(studio, 'sleep 3; exec FFMPEG "$@"')
    timeline = timeline_of(studio.clock.now_ms(), [bad("slow"), card("next")], 12_000)
    async with studio.on_air(timeline) as player:
        watching = Watching(player)
        await until(player, Step.ITEM, "next")
        await watching.frames(25)
        watching.stop()
    assert_unbroken(bytes(watching.data), tmp_path)
    assert [(entry.media_id, entry.outcome) for entry in studio.aired] == [
        ("slow", Outcome.PLAYED),
        ("next", Outcome.STOPPED),
    ]
    # The item gives up its last seconds for its start: what follows is on air when the guide says so.
    planned_ms = timeline.items[1].start_ms
    assert all(
        abs(at_ms - planned_ms) <= 60 for at_ms in (studio.aired[1].start_ms, studio.aired[1].plan_start_ms)
    )


@pytest.mark.parametrize(
    ("command", "exit"),
    [
        ("exec sleep 600", "stuck"),
        # Half a second of it, from a child of its own that hangs then.
        ('FFMPEG "$@" | (head -c 30000; exec sleep 600)', "stuck"),
        ("exec cat /dev/urandom", None),
    ],
    ids=["hangs at its start", "hangs in the middle", "writes rubbish"],
)
async def test_an_ffmpeg_that_gives_no_pictures_is_replaced_while_viewers_watch(
    studio: Studio, tmp_path: Path, command: str, exit: str | None
) -> None:
    play_badly(studio, command)
    timeline = timeline_of(studio.clock.now_ms(), [bad(), card("stand-in")], 60_000, ("stand-in",))
    async with studio.on_air(timeline) as player:
        watching = [Watching(player), Watching(player)]
        status = await until(player, Step.FALLBACK)
        assert status.trouble and "pictures" in status.trouble
        await watching[1].frames(25)
        for each in watching:
            each.check(tmp_path)
        while studio.running() and exit and exit not in {entry.exit for entry in studio.pool.status()}:
            await asyncio.sleep(0.02)


class RemoteSource:
    """A source on a server, as the ones to come: its media's locator is an address."""

    def __init__(self, name: str, definition: str, environ: Mapping[str, str]) -> None:
        pass

    def scan(self, context: ScanContext) -> ScanResult:
        raise AssertionError("a test compiles nothing")

    def resolve(self, media: Media, place: Place) -> PlayableInput:
        return UrlInput(url=media.locator)


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A source that answers nothing before this is set, as a disk whose server is gone."""
    back = threading.Event()

    class DeadSource(RemoteSource):
        def resolve(self, media: Media, place: Place) -> PlayableInput:
            back.wait()
            raise ExstvError(f"`{media.id}` is gone")

    monkeypatch.setitem(registry._TYPES, "dead", DeadSource)
    yield back
    back.set()


def of_the_dead(timeline: Timeline) -> Timeline:
    """The same timeline with a source that does not answer."""
    dead = Source(name="dead", type="dead", definition="{}")
    return msgspec.structs.replace(timeline, sources=(*timeline.sources, dead))


# Nothing can be cued in its place at tune-in, nor where there is little time left.
@pytest.mark.parametrize("until_due", [0, 6, 12])
async def test_a_source_that_does_not_answer_stops_no_channel(
    studio: Studio,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    dead: threading.Event,
    until_due: int,
) -> None:
    caplog.set_level(logging.INFO)
    hung = msgspec.structs.replace(card("hung"), source="dead")
    shown = [card("a"), hung] if until_due else [hung]
    start_ms = studio.clock.now_ms() - (40_000 - 1000 * until_due if until_due else 0)
    timeline = of_the_dead(timeline_of(start_ms, [*shown, card("stand-in")], 40_000, ("stand-in",)))
    async with studio.on_air(timeline) as player:
        watching = [Watching(player), Watching(player)]
        status = await until(player, Step.FALLBACK)
        assert status.item is not None and status.item.media_id == "hung"
        assert status.trouble and status.trouble.startswith(
            ("the source `dead` does not", "`hung` is not ready")
        )
        for each in watching:
            await each.frames(25)
            each.check(tmp_path)
    told = "cue failed channel=one step=item why=the source `dead` does not answer" in caplog.text
    assert told is (until_due == 12)
    # The slate bridges each of the tries that hang.
    steps = steps_on_air(caplog)
    assert told or steps.index("slate") < steps.index("fallback")


@pytest.mark.parametrize("fault", ["deleted", "truncated", "overwritten", "replaced"])
async def test_a_film_that_is_harmed_while_it_plays_does_not_stop_the_stream(
    studio: Studio, tmp_path: Path, make_clip: object, fault: str
) -> None:
    film = tmp_path / "film.mkv"
    make_clip(film, 40, size="320x180")  # type: ignore[operator]
    shown = msgspec.structs.replace(card("film"), source="films", locator="film.mkv")
    timeline = timeline_of(studio.clock.now_ms(), [shown, card("stand-in")], 40_000, ("stand-in",))
    async with studio.on_air(of_films(timeline, tmp_path)) as player:
        watching = [Watching(player), Watching(player)]
        await watching[0].frames(25)
        if fault == "deleted":
            film.unlink()
        elif fault == "replaced":
            other = film.with_name("other.mkv")
            other.write_bytes(b"television " * 50_000)
            other.replace(film)
        elif fault == "truncated":
            os.truncate(film, 50_000)
        else:
            film.write_bytes(b"television " * 50_000)
        for each in watching:
            await each.frames(100)
            each.check(tmp_path)


@pytest.mark.parametrize(
    ("full", "guard"),
    [
        (msgspec.structs.replace(ROOMY, memory_used=GIB), "memory guard"),
        (msgspec.structs.replace(ROOMY, fds_open=1000), "file-descriptor guard"),
    ],
)
async def test_a_machine_that_is_full_shows_the_slate_and_the_item_comes_back(
    studio: Studio, tmp_path: Path, full: Resources, guard: str
) -> None:
    machine = [ROOMY]
    studio.resources = lambda: machine[0]
    async with studio.on_air(timeline_of(studio.clock.now_ms(), [card("a")], 60_000)) as player:
        other = SpawnSpec([sys.executable, "-S", "-c", "import time; time.sleep(60)"], "other", 0.0)
        async with studio.pool.lease(other):
            machine[0] = full
            watching = [Watching(player), Watching(player)]
            status = await until(player, Step.SLATE)
            assert status.trouble == f"waits for a process: {guard}"
            assert status.state in (PlayerState.SLATE, PlayerState.CUEING)
            await watching[0].frames(25)
            machine[0] = ROOMY
            status = await until(player, Step.ITEM)
            while player.status().trouble:
                await watching[0].frames(1)
        for each in watching:
            each.check(tmp_path)
    assert (studio.aired[0].step, studio.aired[0].reason) == ("slate", f"waits for a process: {guard}")
    assert (studio.aired[-1].step, studio.aired[-1].reason) == ("item", None)


async def test_an_empty_spawn_bucket_shows_the_slate_and_the_item_comes_back(
    studio: Studio, tmp_path: Path
) -> None:
    # The slate's own process took the only token, and the next one takes seven seconds.
    studio.limits = PoolLimits(spawn_bucket=1, spawns_per_second=0.15)
    async with studio.on_air(timeline_of(studio.clock.now_ms(), [card("a")], 60_000)) as player:
        watching = [Watching(player), Watching(player)]
        status = await until(player, Step.SLATE)
        assert status.trouble == "waits for a process: ffmpeg.spawns_per_second"
        await until(player, Step.ITEM)
        while player.status().trouble:
            await watching[0].frames(1)
        for each in watching:
            each.check(tmp_path)


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_is_stepped_makes_the_channel_rejoin_its_plan(
    studio: Studio, tmp_path: Path, hours: int
) -> None:
    now_ms = studio.clock.now_ms()
    items = [card(name) for name in ("before", "now", "after")]
    timeline = timeline_of(now_ms - HOUR_MS * 3 // 2, items, HOUR_MS, length_ms=3 * HOUR_MS)
    async with studio.on_air(timeline) as player:
        watching = [Watching(player), Watching(player)]
        await watching[0].frames(60)
        studio.clock.shift_ms = hours * HOUR_MS
        await until(player, Step.ITEM, "after" if hours > 0 else "before")
        for each in watching:
            await each.frames(75)
            each.check(tmp_path)
    items_on_air = [each.media_id for each in studio.aired if each.step == "item"]
    shown = [media_id for media_id, _ in groupby(items_on_air)]
    assert shown == ["now", "after" if hours > 0 else "before"]
    stepped = studio.aired[-1].start_ms - studio.aired[0].start_ms
    assert abs(stepped - hours * HOUR_MS) < HOUR_MS / 4


async def test_a_server_that_drops_to_a_kilobyte_a_second_is_replaced_while_viewers_watch(
    studio: Studio, tmp_path: Path, make_clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._TYPES, "remote", RemoteSource)
    # Six seconds come at once: the channel joins it where the plan is by the time that it is on air.
    film = make_clip(tmp_path / "film.mkv", 60, size="320x180")
    with dripping(film.read_bytes(), fast=600_000) as (address, dropped):
        shown = msgspec.structs.replace(card("film"), source="remote", locator=f"{address}/film.mkv")
        timeline = timeline_of(studio.clock.now_ms(), [shown, card("stand-in")], 60_000, ("stand-in",))
        remote = Source(name="remote", type="remote", definition="{}")
        timeline = msgspec.structs.replace(timeline, sources=(*timeline.sources, remote))
        async with studio.on_air(timeline) as player:
            watching = [Watching(player), Watching(player)]
            # On a busy machine it may take several tries before the film is seen.
            while (entry := player.so_far()) is None or entry.media_id != "film" or entry.frames <= 25:
                await watching[0].frames(1)
            dropped.set()
            status = await until(player, Step.FALLBACK)
            assert status.trouble and "pictures" in status.trouble
            for each in watching:
                await each.frames(25)
                each.check(tmp_path)
    late = [entry for entry in studio.aired if entry.outcome is Outcome.LATE]
    assert late and late[-1].media_id == "film" and any(entry.frames > 25 for entry in late)


@pytest.mark.parametrize(("rivals", "cued_at_once"), [(0, False), (200, True)])
async def test_the_more_channels_are_due_at_a_junction_the_sooner_each_one_is_cued(
    studio: Studio, rivals: int, cued_at_once: bool
) -> None:
    # 44 s before the junction: more than the usual ten, less than two hundred channels need.
    usual = studio.clock.monotonic() + 44 - RUN_AHEAD_SECONDS - CUE_SECONDS
    timeline = timeline_of(studio.clock.now_ms() - 16_000, [card("a"), card("b")], 60_000)
    async with studio.on_air(timeline) as player:

        def is_cued() -> bool:
            return any(entry.purpose == "One: b" for entry in studio.pool.status())

        for n in range(rivals):
            studio.pool.dues.expect(f"other {n}", studio.clock.monotonic() + 12)
        watching = Watching(player)
        await watching.frames(75)
        while cued_at_once and not is_cued():
            await watching.frames(5)
        assert is_cued() is cued_at_once or studio.clock.monotonic() >= usual
        assert not cued_at_once or studio.clock.monotonic() < usual
        watching.stop()
