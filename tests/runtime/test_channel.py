"""A channel player over a hand-made timeline, with real ffmpeg: what a viewer receives, whatever fails."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from stations import HD

from exstv.asrun.entry import AsRunEntry, Outcome
from exstv.clock import SystemClock
from exstv.timeline import store
from exstv.timeline.model import (
    Channel,
    Fallback,
    Header,
    ItemKind,
    Media,
    PlayoutItem,
    Programme,
    ProgrammeKind,
    Source,
    Timeline,
)
from runtime.channel import ChannelPlayer
from runtime.cue import Kit
from runtime.fanout import Viewer
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.live import LiveTimeline
from runtime.mpegts.demux import Demuxer
from runtime.process.guards import PoolLimits
from runtime.process.pool import ProcessPool
from runtime.slate import SlateRack
from runtime.status import ChannelStatus, PlayerState, Step

TSCHECK = Path(__file__).parents[3] / "shared" / "tools" / "tscheck.py"
PROFILE = msgspec.structs.replace(
    HD,
    name="small",
    width=160,
    height=90,
    frame_rate_num=25,
    video_bitrate=200_000,
    preset="ultrafast",
    gop_ms=1000,
    audio_bitrate=64_000,
    deinterlace="off",
)
GOOD, BROKEN = "testsrc2=s=160x90:r=25", "nosuchfilter=s=160x90"

pytestmark = pytest.mark.ffmpeg


class ShiftedClock(SystemClock):
    """The machine's clock, whose wall time can be stepped."""

    shift_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.shift_ms


def card(name: str, video: str = GOOD) -> Media:
    locator = json.dumps({"video": video, "audio": "sine=f=440:r=48000"})
    return Media(id=name, source="cards", kind="clip", title=name, duration_ms=60_000, locator=locator)


def timeline_of(start_ms: int, media: list[Media], item_ms: int, fallbacks: tuple[str, ...] = ()) -> Timeline:
    """Ten minutes of the media in turn, each as long as the others."""
    shown = [each for each in media if each.id not in fallbacks]
    items, programmes = [], []
    for seq in range(600_000 // item_ms):
        first_ms = start_ms + seq * item_ms
        each = shown[seq % len(shown)]
        items.append(
            PlayoutItem(
                channel="one",
                seq=seq,
                start_ms=first_ms,
                finish_ms=first_ms + item_ms,
                in_point_ms=0,
                out_point_ms=item_ms,
                media_id=each.id,
                kind=ItemKind.CONTENT,
                programme_id=f"p{seq}",
                rule=f"one › {each.id}",
                file="one.yaml",
                line=1,
            )
        )
        programmes.append(
            Programme(
                channel="one",
                id=f"p{seq}",
                kind=ProgrammeKind.PROGRAMME,
                start_ms=first_ms,
                finish_ms=first_ms + item_ms,
                title=each.title,
            )
        )
    header = Header(
        version=1,
        digest="",
        inputs="",
        commit=None,
        lock_digest="",
        station="test",
        timezone="UTC",
        start_ms=start_ms,
        finish_ms=items[-1].finish_ms,
        built_at_ms=start_ms,
        compiled_for_ms=start_ms,
    )
    return Timeline(
        header=header,
        channels=(
            Channel(key="one", number="1", name="One", xmltv_id="one.test", timezone="UTC", profile="small"),
        ),
        profiles=(PROFILE,),
        sources=(Source(name="cards", type="lavfi", definition='{"items":[]}'),),
        media=tuple(media),
        items=tuple(items),
        programmes=tuple(programmes),
        fallbacks=tuple(
            Fallback(channel="one", position=n, media_id=name) for n, name in enumerate(fallbacks)
        ),
        anchors=(),
    )


@dataclass
class Studio:
    """A channel player with all it needs, over timelines that a test writes."""

    folder: Path
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    written: int = 0
    aired: list[AsRunEntry] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def on_air(self, timeline: Timeline) -> AsyncIterator[ChannelPlayer]:
        self.pool = ProcessPool(PoolLimits(), self.clock)
        self.live = LiveTimeline(self.write(timeline))
        ffmpeg = find_ffmpeg(None)
        slates = SlateRack(self.pool, ffmpeg, self.clock)
        await slates.get(PROFILE)
        kit = Kit(
            self.live, self.pool, slates, self.clock, ffmpeg, self.folder, os.environ, self.aired.append
        )
        player = ChannelPlayer(kit, "one")
        task = asyncio.create_task(player.run())
        try:
            yield player
        finally:
            task.cancel()
            await asyncio.wait({task})
            await self.pool.close()
            self.live.close()

    def write(self, timeline: Timeline) -> Path:
        self.written += 1
        path = self.folder / f"t{self.written}.duckdb"
        store.write(timeline, path)
        return path

    def running(self) -> list[int]:
        return [entry.pid for entry in self.pool.status() if entry.exit is None]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


async def capture(viewer: Viewer, frames: int) -> bytes:
    """Receives until so many video frames have come."""
    data, demuxer, seen = bytearray(), Demuxer({0x1B}, {0x0F}), 0
    while seen < frames:
        more = await viewer.read()
        assert more, "the stream ended"
        data += more
        seen += sum(1 for pes in demuxer.feed(more) if pes.video)
    return bytes(data)


def assert_unbroken(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "capture.ts"
    path.write_bytes(data)
    done = subprocess.run([sys.executable, TSCHECK, "--json", path], capture_output=True, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["events"] == {}, found
    assert found["pid_0x100"]["max_dts_step"] == found["pid_0x100"]["min_dts_step"] == 0.04


def frames_of(data: bytes) -> int:
    demuxer = Demuxer({0x1B}, {0x0F})
    return sum(1 for pes in [*demuxer.feed(data), *demuxer.flush()] if pes.video)


async def until(player: ChannelPlayer, wanted: Step, item: str | None = None) -> ChannelStatus:
    while True:
        status = player.status()
        if status.step is wanted and (item is None or (status.item and status.item.media_id == item)):
            return status
        await asyncio.sleep(0.02)


async def test_items_follow_each_other_without_a_seam(studio: Studio, tmp_path: Path) -> None:
    start_ms = studio.clock.now_ms() - 500
    async with studio.on_air(timeline_of(start_ms, [card("a"), card("b")], 1_300)) as player:
        assert player.status().state is PlayerState.IDLE
        data = await capture(player.join(), 150)
        assert player.status().state is PlayerState.ON_AIR
    assert_unbroken(data, tmp_path)


async def test_two_viewers_share_one_ffmpeg_and_the_second_starts_at_once(studio: Studio) -> None:
    start_ms = studio.clock.now_ms()
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)) as player:
        await capture(player.join(), 60)
        second = player.join()
        # The first stretch is there without anything being awaited for: it begins with the tables.
        assert (await second.read())[:3] == b"\x47\x40\x00"
        assert player.status().viewers == 2
        assert studio.running() == [player.status().pid]


async def test_a_killed_ffmpeg_is_replaced_and_nobody_notices(studio: Studio, tmp_path: Path) -> None:
    start_ms = studio.clock.now_ms()
    async with studio.on_air(timeline_of(start_ms, [card("a"), card("b")], 60_000)) as player:
        viewer = player.join()
        data = await capture(viewer, 60)
        killed = player.status().pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        while player.status().pid in (killed, None):
            data += await viewer.read()
        data += await capture(viewer, 60)
        status = player.status()
        assert status.step is Step.ITEM and status.item is not None and status.item.seq == 0
    assert_unbroken(data, tmp_path)
    first, *others = studio.aired
    assert (first.pid, first.outcome, first.failure) == (killed, Outcome.FAILED, "ffmpeg killed")
    assert others[-1].outcome is Outcome.STOPPED and others[-1].seq == 0
    for before, after in pairwise(studio.aired):
        assert before.finish_ms == after.start_ms
        assert before.first_frame + before.frames == after.first_frame
    # Every frame that a viewer got is in the log, and hardly one more: the last was not read.
    assert 0 <= sum(entry.frames for entry in studio.aired) - frames_of(data) <= 25


async def test_an_item_that_cannot_play_gives_way_to_the_fallback_and_the_plan_goes_on(
    studio: Studio, tmp_path: Path
) -> None:
    media = [card("bad", BROKEN), card("good"), card("stand-in")]
    start_ms = studio.clock.now_ms()
    timeline = timeline_of(start_ms, media, 4_000, fallbacks=("stand-in",))
    async with studio.on_air(timeline) as player:
        viewer = player.join()
        reading = asyncio.create_task(capture(viewer, 200))
        status = await until(player, Step.FALLBACK)
        assert status.item is not None and status.item.media_id == "bad"
        assert status.trouble is not None and "ffmpeg" in status.trouble
        data = await reading
    assert_unbroken(data, tmp_path)


async def test_a_film_that_vanished_from_the_disk_is_told_and_replaced(
    studio: Studio, tmp_path: Path
) -> None:
    lost = msgspec.structs.replace(card("lost"), source="films", locator="lost.mkv")
    start_ms = studio.clock.now_ms()
    timeline = timeline_of(start_ms, [lost, card("stand-in")], 60_000, fallbacks=("stand-in",))
    definition = json.dumps(
        {"exclude": [], "follow_symlinks": False, "include": [], "kind": "auto", "path": str(tmp_path)}
    )
    films = Source(name="films", type="local", definition=definition)
    timeline = msgspec.structs.replace(timeline, sources=(*timeline.sources, films))
    async with studio.on_air(timeline) as player:
        viewer = player.join()
        reading = asyncio.create_task(capture(viewer, 60))
        status = await until(player, Step.FALLBACK)
        assert status.trouble == "`lost` is gone: run `exstv scan`"
        assert_unbroken(await reading, tmp_path)


async def test_without_a_fallback_the_slate_plays(studio: Studio, tmp_path: Path) -> None:
    start_ms = studio.clock.now_ms()
    async with studio.on_air(timeline_of(start_ms, [card("bad", BROKEN)], 60_000)) as player:
        viewer = player.join()
        data = await capture(viewer, 100)
        status = player.status()
        assert (status.state, status.step) == (PlayerState.SLATE, Step.SLATE)
        # Five minutes of a broken film are not five minutes of spawning.
        assert len(studio.pool.status()) <= 4
    assert_unbroken(data, tmp_path)


async def test_a_healthy_item_after_a_broken_one_is_tried_when_the_hold_is_over(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.process.breaker.AGAIN_SECONDS", 1.0)
    start_ms = studio.clock.now_ms()
    media = [card("bad", BROKEN), card("good")]
    async with studio.on_air(timeline_of(start_ms, media, 2_000)) as player:
        viewer = player.join()
        reading = asyncio.create_task(capture(viewer, 175))
        await until(player, Step.ITEM, "good")
        assert player.status().trouble is None
        data = await reading
    assert_unbroken(data, tmp_path)


async def test_a_timeline_that_ends_is_followed_by_the_slate(studio: Studio, tmp_path: Path) -> None:
    start_ms = studio.clock.now_ms() - 599_000
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)) as player:
        data = await capture(player.join(), 120)
        status = await until(player, Step.SLATE)
        assert status.trouble is not None and "timeline" in status.trouble
    assert_unbroken(data, tmp_path)


async def test_a_stepped_clock_makes_the_channel_rejoin_its_plan(studio: Studio, tmp_path: Path) -> None:
    start_ms = studio.clock.now_ms()
    timeline = timeline_of(start_ms, [card(name) for name in "abcdef"], 60_000)
    async with studio.on_air(timeline) as player:
        viewer = player.join()
        data = await capture(viewer, 60)
        studio.clock.shift_ms = 3 * 60_000
        reading = asyncio.create_task(capture(viewer, 100))
        await until(player, Step.ITEM, "d")
        data += await reading
    assert_unbroken(data, tmp_path)


async def test_a_new_timeline_changes_what_comes_next_and_not_what_is_on_air(
    studio: Studio, tmp_path: Path
) -> None:
    start_ms = studio.clock.now_ms()
    old = timeline_of(start_ms, [card("a"), card("b")], 3_000)
    async with studio.on_air(old) as player:
        viewer = player.join()
        data = await capture(viewer, 25)
        on_air = player.status()
        while len(studio.running()) < 2:
            data += await viewer.read()
        new = timeline_of(start_ms, [card("a"), card("c")], 3_000)
        await studio.live.swap(studio.write(new))
        player.retune(always_on=False)
        reading = asyncio.create_task(capture(viewer, 120))
        assert player.status().pid == on_air.pid
        await until(player, Step.ITEM, "c")
        data += await reading
    assert_unbroken(data, tmp_path)


async def test_a_channel_without_viewers_stops_after_a_while_and_starts_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.channel.LINGER_SECONDS", 0.1)
    start_ms = studio.clock.now_ms()
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)) as player:
        for _ in range(2):
            viewer = player.join()
            await capture(viewer, 30)
            player.leave(viewer)
            while player.status().state is not PlayerState.IDLE:
                await asyncio.sleep(0.02)
            assert studio.running() == []


async def test_a_channel_that_left_the_timeline_ends_its_streams(studio: Studio) -> None:
    start_ms = studio.clock.now_ms()
    timeline = timeline_of(start_ms, [card("a")], 2_000)
    async with studio.on_air(timeline) as player:
        viewer = player.join()
        await capture(viewer, 20)
        other = msgspec.structs.replace(timeline.channels[0], key="two")
        await studio.live.swap(studio.write(msgspec.structs.replace(timeline, channels=(other,))))
        player.retune(always_on=False)
        while await viewer.read():
            pass
        assert player.status().viewers == 0


@pytest.fixture(autouse=True)
def no_process_is_left_behind() -> Iterator[None]:
    yield
    children = subprocess.run(
        ["ps", "-o", "args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=False
    )
    assert "mpegts" not in children.stdout


async def test_a_film_longer_than_what_is_read_ahead_is_followed_by_the_plan(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.airing.WINDOW_MS", 1_000)
    monkeypatch.setattr("runtime.airing.WINDOW_LEAST_MS", 500)
    start_ms = studio.clock.now_ms()
    async with studio.on_air(timeline_of(start_ms, [card("a"), card("b")], 3_000)) as player:
        viewer = player.join()
        reading = asyncio.create_task(capture(viewer, 140))
        await until(player, Step.ITEM, "b")
        await reading
        assert player.status().trouble is None


async def test_a_channel_that_is_put_back_before_its_item_ends_was_never_away(
    studio: Studio, tmp_path: Path
) -> None:
    start_ms = studio.clock.now_ms()
    timeline = timeline_of(start_ms, [card("a"), card("b")], 4_000)
    other = msgspec.structs.replace(timeline.channels[0], key="two")
    without = msgspec.structs.replace(timeline, channels=(other,))
    async with studio.on_air(timeline) as player:
        viewer = player.join()
        data = await capture(viewer, 25)
        for each in (without, timeline):
            await studio.live.swap(studio.write(each))
            player.retune(always_on=False)
            data += await capture(viewer, 10)
        data += await capture(viewer, 100)
        assert player.status().viewers == 1
    assert_unbroken(data, tmp_path)


async def test_a_channel_that_left_and_came_back_later_can_be_watched_again(studio: Studio) -> None:
    start_ms = studio.clock.now_ms()
    timeline = timeline_of(start_ms, [card("a")], 2_000)
    other = msgspec.structs.replace(timeline.channels[0], key="two")
    async with studio.on_air(timeline) as player:
        viewer = player.join()
        await capture(viewer, 20)
        await studio.live.swap(studio.write(msgspec.structs.replace(timeline, channels=(other,))))
        player.retune(always_on=False)
        while await viewer.read():
            pass
        await studio.live.swap(studio.write(timeline))
        player.retune(always_on=False)
        assert await capture(player.join(), 20)
