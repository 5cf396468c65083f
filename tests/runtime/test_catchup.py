"""Catch-up sessions over a hand-made timeline, by real ffmpeg: whose clock, whose failures, when they end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from studio import BROKEN, GOOD, Studio, assert_unbroken, bad, capture, card, play_badly, timeline_of, until

from exstv.clock import to_iso
from exstv.timeline.model import Channel
from runtime.at import START
from runtime.broadcast import Broadcast
from runtime.catchup import CatchUps, NotInHistory, TooManyCatchUps
from runtime.process.breaker import RestartRules, RestartThrottle
from runtime.sessions import Follower, Limits, SessionManager
from runtime.status import PlayerState, Step

pytestmark = pytest.mark.ffmpeg
ONE = Channel(key="one", number="1", name="One", xmltv_id="one.test", timezone="UTC", profile="small")
ITEM_MS = 1_300


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


async def test_what_was_on_is_played_again_and_a_set_clock_moves_nobody(
    studio: Studio, tmp_path: Path
) -> None:
    start_ms = studio.clock.now_ms() - 300_000
    async with studio.on_air(timeline_of(start_ms, [card("a"), card("b")], ITEM_MS)) as player:
        catch_ups = CatchUps(studio.kit, 1)
        at_ms = await catch_ups.instant(ONE, start_ms + 2 * ITEM_MS + 500)
        with catch_ups.watch(ONE, at_ms, "me") as viewer:
            data = await capture(viewer, 60)
            (status,) = catch_ups.status()
            assert (status.channel, status.at_ms, status.client) == ("one", at_ms, "me")
            assert 0 <= status.playing_ms - at_ms < 60_000
            assert status.playback.item is not None and 2 <= status.playback.item.seq <= 5
            studio.clock.shift_ms = 3_600_000
            data += await capture(viewer, 75)
            # The channel itself has nothing to do with it.
            assert player.status().state is PlayerState.IDLE
        assert catch_ups.status() == ()
        await catch_ups.finish()
        assert studio.running() == []
    assert_unbroken(data, tmp_path)
    assert studio.aired == []


async def test_its_failures_take_no_restart_from_the_channels(studio: Studio) -> None:
    start_ms = studio.clock.now_ms() - 300_000
    async with studio.on_air(timeline_of(start_ms, [card("bad", BROKEN)], 60_000)):
        rules = RestartRules(most=1, most_seconds=3600)
        kit = replace(studio.kit, restarts=RestartThrottle(rules))
        catch_ups = CatchUps(kit, 1)
        with catch_ups.watch(ONE, start_ms + 1_000, "me") as viewer:
            await capture(viewer, 30)
            (status,) = catch_ups.status()
            assert status.playback.step is Step.SLATE and status.playback.trouble is not None
        await catch_ups.finish()
        now = studio.clock.monotonic()
        assert kit.restarts.reserve(now, now) == now


async def test_a_session_goes_on_over_a_new_timeline_and_ends_with_its_history(studio: Studio) -> None:
    start_ms = studio.clock.now_ms() - 300_000
    before = timeline_of(start_ms, [card("a", GOOD)], 60_000)
    async with studio.on_air(before):
        catch_ups = CatchUps(studio.kit, 2)
        with catch_ups.watch(ONE, start_ms + 1_000, "me") as viewer:
            await capture(viewer, 30)
            await studio.live.swap(studio.write(before))
            catch_ups.retune()
            await capture(viewer, 60)
            later = msgspec.structs.replace(before.header, start_ms=start_ms + 120_000)
            kept = tuple(item for item in before.items if item.start_ms >= later.start_ms)
            await studio.live.swap(studio.write(msgspec.structs.replace(before, header=later, items=kept)))
            catch_ups.retune()
            while await viewer.read():
                pass
            assert catch_ups.status() == ()
        await catch_ups.finish()
        assert studio.running() == []


async def test_what_is_not_in_the_history_is_told(studio: Studio) -> None:
    start_ms = studio.clock.now_ms() - 90_000
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)):
        catch_ups = CatchUps(studio.kit, 1)
        assert await catch_ups.instant(ONE, START) == start_ms + 60_000
        assert await catch_ups.instant(ONE, start_ms) == start_ms
        for at_ms, words in ((start_ms - 1, "not in the history"), (start_ms + 3_600_000, "still to come")):
            with pytest.raises(NotInHistory, match=words):
                await catch_ups.instant(ONE, at_ms)
        studio.clock.shift_ms = 3_600_000
        with pytest.raises(NotInHistory, match="no programme is on now"):
            await catch_ups.instant(ONE, START)


async def test_an_hls_player_that_asks_twice_at_once_or_after_the_end_has_one_session(studio: Studio) -> None:
    start_ms = studio.clock.now_ms() - 90_000
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)):
        broadcast = Broadcast(studio.kit, SessionManager(studio.clock, Limits(tuner_count=1)), 2)
        broadcast.retune()
        follower = Follower("one", "me", "VLC", start_ms)
        first, second = await asyncio.gather(*(broadcast.follow_past(follower, ONE) for _ in range(2)))
        assert first is second and first.player.hls.players == 1
        broadcast.catch_ups.close(first)
        third = await broadcast.follow_past(follower, ONE)
        assert third is not first
        date = to_iso(start_ms)
        assert f"#EXT-X-PROGRAM-DATE-TIME:{date}" in (await third.player.hls.playlist("1")).decode()
        await broadcast.close()
        assert studio.running() == []


@pytest.mark.usefixtures("patient")
async def test_who_waits_for_a_slow_start_misses_nothing_of_the_past(studio: Studio) -> None:
    play_badly(studio, 'sleep 3; exec FFMPEG "$@"')
    start_ms = studio.clock.now_ms() - 90_000
    async with studio.on_air(timeline_of(start_ms, [bad("slow"), card("next"), card("last")], 8_000)):
        broadcast = Broadcast(studio.kit, SessionManager(studio.clock, Limits(tuner_count=1)), 1)
        broadcast.retune()
        session = await broadcast.follow_past(Follower("one", "me", "VLC", start_ms), ONE)
        playlist = (await session.player.hls.playlist("1")).decode()
        assert f"#EXT-X-PROGRAM-DATE-TIME:{to_iso(start_ms)}" in playlist
        await until(session.player, Step.ITEM, "next")
        # One process an item: the first one was late, and is not taken for off plan.
        assert [entry.purpose.split(": ")[-1] for entry in studio.pool.status()].count("slow") == 1
        await broadcast.close()


async def test_it_can_be_switched_off(studio: Studio) -> None:
    start_ms = studio.clock.now_ms() - 90_000
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)):
        with pytest.raises(NotInHistory, match="catch-up is off"):
            await CatchUps(studio.kit, 0).instant(ONE, start_ms)


async def test_there_are_no_more_than_allowed_and_each_player_has_one(studio: Studio) -> None:
    start_ms = studio.clock.now_ms() - 90_000
    async with studio.on_air(timeline_of(start_ms, [card("a")], 60_000)):
        catch_ups = CatchUps(studio.kit, 1)
        follower = Follower("one", "me", "VLC", start_ms)
        session = catch_ups.open(ONE, start_ms, "me", follower=follower)
        assert catch_ups.of(follower) is session
        assert catch_ups.of(Follower("one", "me", "Kodi", start_ms)) is None
        assert catch_ups.session(session.id, "one") is session
        assert catch_ups.session(session.id, "two") is None
        with pytest.raises(TooManyCatchUps):
            await catch_ups.instant(ONE, start_ms)
        with pytest.raises(TooManyCatchUps):
            catch_ups.open(ONE, start_ms, "me")
        catch_ups.end_streams()
        await asyncio.wait_for(catch_ups.finish(), 30)
        assert catch_ups.status() == () and catch_ups.of(follower) is None
