"""A channel player over a hand-made timeline, with real ffmpeg: what a viewer receives, whatever fails."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import pytest
from studio import BROKEN, Studio, assert_unbroken, capture, card, frames_of, playing, timeline_of, until

from exstv.asrun.entry import Outcome
from exstv.timeline.model import (
    Source,
)
from runtime.channel import ChannelPlayer
from runtime.hls import SegmentGone
from runtime.status import PlayerState, Step

pytestmark = [pytest.mark.ffmpeg, pytest.mark.usefixtures("patient")]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


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
        on_air = await playing(player)
        second = player.join()
        # The first stretch is there without anything being awaited for: it begins with the tables.
        assert (await second.read())[:3] == b"\x47\x40\x00"
        assert player.status().viewers == 2
        assert studio.running() == [on_air.pid]


async def test_a_killed_ffmpeg_is_replaced_and_nobody_notices(studio: Studio, tmp_path: Path) -> None:
    start_ms = studio.clock.now_ms()
    async with studio.on_air(timeline_of(start_ms, [card("a"), card("b")], 60_000)) as player:
        viewer = player.join()
        data = await capture(viewer, 60)
        killed = (await playing(player)).pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        while player.status().pid in (killed, None):
            data += await viewer.read()
        data += await capture(viewer, 60)
        status = player.status()
        assert status.step is Step.ITEM and status.item is not None and status.item.seq == 0
    assert_unbroken(data, tmp_path)
    first = next(entry for entry in studio.aired if entry.pid == killed)
    assert (first.outcome, first.failure) == (Outcome.FAILED, "ffmpeg killed")
    assert studio.aired[-1].outcome is Outcome.STOPPED and studio.aired[-1].seq == 0
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


async def test_a_healthy_item_after_a_broken_one_is_no_restart_and_plays_at_its_turn(
    studio: Studio, tmp_path: Path
) -> None:
    start_ms = studio.clock.now_ms()
    media = [card("bad", BROKEN), card("good")]
    async with studio.on_air(timeline_of(start_ms, media, 2_000)) as player:
        viewer = player.join()
        reading = asyncio.create_task(capture(viewer, 175))
        await until(player, Step.ITEM, "good")
        # The trouble of the one before is told until its first picture is there.
        while player.status().trouble is not None:
            await asyncio.sleep(0.02)
        data = await reading
    assert_unbroken(data, tmp_path)


async def test_a_timeline_that_ends_is_followed_by_the_slate(studio: Studio, tmp_path: Path) -> None:
    start_ms = studio.clock.now_ms() - 599_000
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)) as player:
        data = await capture(player.join(), 120)
        status = await until(player, Step.SLATE)
        assert status.trouble is not None and "timeline" in status.trouble
    assert_unbroken(data, tmp_path)


async def test_a_new_timeline_changes_what_comes_next_and_not_what_is_on_air(
    studio: Studio, tmp_path: Path
) -> None:
    start_ms = studio.clock.now_ms()
    old = timeline_of(start_ms, [card("a"), card("b")], 3_000)
    new = studio.write(timeline_of(start_ms, [card("a"), card("c")], 3_000))
    async with studio.on_air(old) as player:
        viewer = player.join()
        data = await capture(viewer, 25)
        on_air = await playing(player)
        while len(studio.running()) < 2:
            data += await viewer.read()
        await studio.live.swap(new)
        player.retune(always_on=False)
        reading = asyncio.create_task(capture(viewer, 120))
        await until(player, Step.ITEM, "c")
        data += await reading
    # Nothing of what was on air was cut.
    first = next(entry for entry in studio.aired if entry.pid == on_air.pid)
    assert (first.media_id, first.outcome) == (on_air.media_id, Outcome.PLAYED)
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
    monkeypatch.setattr("runtime.rows.WINDOW_MS", 1_000)
    monkeypatch.setattr("runtime.rows.WINDOW_LEAST_MS", 500)
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
    timeline = timeline_of(start_ms, [card("a"), card("b")], 6_000)
    other = msgspec.structs.replace(timeline.channels[0], key="two")
    without = msgspec.structs.replace(timeline, channels=(other,))
    async with studio.on_air(timeline) as player:
        viewer = player.join()
        data = await capture(viewer, 25)
        for each in (without, timeline):
            await studio.live.swap(studio.write(each))
            player.retune(always_on=False)
            data += await capture(viewer, 10)
        data += await capture(viewer, 120)
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


async def listed(player: ChannelPlayer) -> list[str]:
    """What an HLS player finds, by name."""
    text = (await player.hls.playlist("1")).decode()
    return [line.partition("/")[2] for line in text.splitlines() if line.endswith(".ts")]


async def test_hls_puts_a_channel_on_air_keeps_it_there_and_lets_it_go(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.channel.LINGER_SECONDS", 0.1)
    start_ms = studio.clock.now_ms()
    seen: list[str] = []
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)) as player:
        for _ in range(2):
            player.follow()
            names = await listed(player)
            assert player.hls.segment(names[0])[:3] == b"\x47\x40\x00"
            await playing(player)
            await asyncio.sleep(0.3)
            assert (player.status().state, player.status().viewers) == (PlayerState.ON_AIR, 1)
            player.unfollow()
            while player.status().state is not PlayerState.IDLE:
                await asyncio.sleep(0.02)
            assert not set(seen) & set(names)
            seen += names
            with pytest.raises(SegmentGone):
                player.hls.segment(names[0])


async def test_hls_of_a_channel_on_air_is_there_at_once_and_is_the_viewers_stream(studio: Studio) -> None:
    start_ms = studio.clock.now_ms()
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)) as player:
        data = await capture(player.join(), 100)
        player.follow()
        names = await asyncio.wait_for(listed(player), 0.05)
        assert b"".join(player.hls.segment(name) for name in names) in data
        assert player.status().viewers == 2


async def test_hls_goes_on_when_the_airing_breaks(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.channel.RETRY_SECONDS", 0.01)
    start_ms = studio.clock.now_ms()
    timeline = timeline_of(start_ms, [card("a")], 2_000)
    other = msgspec.structs.replace(timeline.channels[0], key="two")
    async with studio.on_air(timeline) as player:
        player.follow()
        before = await listed(player)
        await studio.live.swap(studio.write(msgspec.structs.replace(timeline, channels=(other,))))
        player.retune(always_on=False)
        while player.status().state is not PlayerState.IDLE:
            await asyncio.sleep(0.02)
        await studio.live.swap(studio.write(timeline))
        player.wake()
        while b"#EXT-X-DISCONTINUITY\n" not in await player.hls.playlist("1"):
            await asyncio.sleep(0.02)
        assert set(before) < set(await listed(player))


@pytest.fixture
def counting_clip(tmp_path: Path, ffmpeg: str) -> Path:
    """Eight seconds whose pictures tell where they are: frame n is as bright as 16 + n."""
    path = tmp_path / "counting.mkv"
    picture = "nullsrc=s=160x90:r=25,format=yuv420p,geq=lum=16+N:cb=128:cr=128"
    drawn = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=r=48000", "-t", "8"]
    coded = ["-c:v", "libx264", "-qp", "0", "-g", "25", "-c:a", "aac"]
    subprocess.run([ffmpeg, "-v", "error", *drawn, *coded, path], check=True, stdin=subprocess.DEVNULL)
    return path


def brightness(data: bytes, tmp_path: Path) -> int:
    """How bright the first picture of a capture is."""
    path = tmp_path / "first.ts"
    path.write_bytes(data)
    with av.open(str(path)) as container:
        first = next(container.decode(video=0))
    return round(float(first.to_ndarray(format="yuv420p")[: first.height].mean()))


async def test_a_channel_that_went_off_air_comes_back_where_the_timeline_is(
    studio: Studio, counting_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.channel.LINGER_SECONDS", 0.1)
    film = msgspec.structs.replace(card("film"), source="films", locator=counting_clip.name)
    start_ms = studio.clock.now_ms() - 500
    timeline = timeline_of(start_ms, [film], 8_000)
    definition = json.dumps(
        {"exclude": [], "follow_symlinks": False, "include": [], "kind": "auto", "path": str(studio.folder)}
    )
    films = Source(name="films", type="local", definition=definition)
    timeline = msgspec.structs.replace(timeline, sources=(*timeline.sources, films))
    async with studio.on_air(timeline) as player:
        for _ in range(2):
            before_ms = studio.clock.now_ms() - start_ms
            viewer = player.join()
            data = await capture(viewer, 5)
            after_ms = studio.clock.now_ms() - start_ms
            shown_ms = 40 * (brightness(data, studio.folder) - 16) + before_ms // 8_000 * 8_000
            if shown_ms < before_ms - 4_000:
                shown_ms += 8_000
            # A frame on either side, and another one for what the encoder makes of the grey.
            assert before_ms - 80 <= shown_ms <= after_ms + 80
            player.leave(viewer)
            while player.status().state is not PlayerState.IDLE:
                await asyncio.sleep(0.02)


async def test_a_channel_that_is_always_on_needs_no_viewer_until_it_no_longer_is(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.channel.LINGER_SECONDS", 0.1)
    start_ms = studio.clock.now_ms()
    async with studio.on_air(timeline_of(start_ms, [card("a"), card("b")], 1_500)) as player:
        player.retune(always_on=True)
        await until(player, Step.ITEM, "a")
        await until(player, Step.ITEM, "b")
        await until(player, Step.ITEM, "a")
        # Somebody who looks in and goes is no reason to stop.
        viewer = player.join()
        await capture(viewer, 5)
        player.leave(viewer)
        await until(player, Step.ITEM, "b")
        assert player.status().viewers == 0
        player.retune(always_on=False)
        while player.status().state is not PlayerState.IDLE:
            await asyncio.sleep(0.02)
        assert studio.running() == []
