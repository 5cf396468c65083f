"""HLS without HTTP: who is taken for a player, how long, and what one finds that comes back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from fractions import Fraction

import msgspec
import pytest
from hls_rules import Judge
from stations import HD

from runtime import hls
from runtime.caption_track import CaptionTrack
from runtime.fanout import Fanout
from runtime.hls import HlsOutput, NoSuchSegment, NotReady, SegmentGone
from runtime.mpegts.stream import Unit
from runtime.sessions import Follower, Limits, SessionManager, TooManyViewers
from runtime.throttle import PlanClock

START_MS = 1_795_000_000_000
RATE = Fraction(25)
PLAN = PlanClock(RATE, frame=0, plan_ms=START_MS, mono=0.0)
GROUP = 50
SILENT = CaptionTrack(0, "s")


@dataclass
class FakeClock:
    ms: int = START_MS

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


def stretch(first: int, frames: int) -> list[Unit]:
    """A stream with a keyframe every two seconds."""
    return [
        Unit(b"K" if n % GROUP == 0 else b"p", n * 3600, n % GROUP == 0, True)
        for n in range(first, first + frames)
    ]


def names(playlist: bytes) -> list[str]:
    return [line.partition("/")[2] for line in playlist.decode().splitlines() if line.endswith(".ts")]


async def test_nothing_is_kept_while_nobody_asks() -> None:
    output = HlsOutput(FakeClock())
    output.publish(stretch(0, 500), PLAN, HD, SILENT)
    output.join()
    output.publish(stretch(500, 150), PLAN, HD, SILENT)
    listed = names(await output.playlist("1"))
    assert [output.segment(name)[:1] for name in listed] == [b"K", b"K"]
    output.leave()
    with pytest.raises(SegmentGone):
        output.segment(listed[0])


@pytest.mark.parametrize("name", ["x.ts", "../1.ts", "0-1.ts", "%2e%2e.ts", ""])
def test_names_that_were_never_given_are_unknown(name: str) -> None:
    with pytest.raises(NoSuchSegment):
        HlsOutput(FakeClock()).segment(name)


async def test_a_segment_that_is_to_come_is_unknown_and_not_gone() -> None:
    output = HlsOutput(FakeClock())
    output.join()
    output.publish(stretch(0, 160), PLAN, HD, SILENT)
    run, _, last = names(await output.playlist("1"))[-1].partition("-")
    with pytest.raises(NoSuchSegment):
        output.segment(f"{run}-{int(last.removesuffix('.ts')) + 1}.ts")


async def test_a_player_that_comes_back_goes_on_in_new_numbers() -> None:
    output, judge = HlsOutput(FakeClock()), Judge(slack=100)
    for visit in range(3):
        output.join()
        output.publish(stretch(visit * 5000, 500), PLAN, HD, SILENT)
        judge.poll(await output.playlist("1"), 60.0 * visit)
        output.leave()
        output.publish(stretch(visit * 5000 + 500, 100), PLAN, HD, SILENT)
    assert judge.broken == []
    assert len({entry.period for entry in judge.seen.values()}) == 3


async def test_a_channel_that_starts_anew_under_a_player_is_one_discontinuity() -> None:
    output, judge = HlsOutput(FakeClock()), Judge(slack=100)
    output.join()
    output.publish(stretch(0, 230), PLAN, HD, SILENT)
    judge.poll(await output.playlist("1"), 0)
    output.off_air()
    output.publish(stretch(0, 130), PLAN, HD, SILENT)
    text = await output.playlist("1")
    judge.poll(text, 1)
    assert text.count(b"#EXT-X-DISCONTINUITY\n") == 1
    assert judge.broken == []


async def test_a_server_that_is_started_again_gives_no_number_and_no_name_twice() -> None:
    clock, seen = FakeClock(), []
    for _ in range(2):
        output = HlsOutput(clock)
        output.join()
        output.publish(stretch(0, 2000), PLAN, HD, SILENT)
        seen.append(names(await output.playlist("1")))
        clock.ms += 80_000
    assert not set(seen[0]) & set(seen[1])
    first, second = ([int(name.partition("-")[2].removesuffix(".ts")) for name in each] for each in seen)
    assert max(first) < min(second)


async def test_numbers_that_players_keep_arrays_by_are_small() -> None:
    output = HlsOutput(FakeClock())
    output.join()
    output.publish(stretch(0, 200), PLAN, HD, SILENT)
    judge = Judge()
    judge.poll(await output.playlist("1"), 0)
    assert {entry.period < 10_000 for entry in judge.seen.values()} == {True}


async def test_another_group_length_begins_another_playlist() -> None:
    output = HlsOutput(FakeClock())
    output.join()
    output.publish(stretch(0, 500), PLAN, HD, SILENT)
    before = names(await output.playlist("1"))
    output.off_air()
    output.publish(stretch(0, 500), PLAN, msgspec.structs.replace(HD, gop_ms=4000), SILENT)
    after = names(await output.playlist("1"))
    assert not set(before) & set(after)


async def test_who_waits_for_a_channel_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls, "FIRST_SEGMENT_SECONDS", 0.01)
    output = HlsOutput(FakeClock())
    output.join()
    with pytest.raises(NotReady):
        await output.playlist("1")


async def test_a_server_that_goes_lets_nobody_wait() -> None:
    output = HlsOutput(FakeClock())
    output.join()
    waiting = asyncio.create_task(output.playlist("1"))
    await asyncio.sleep(0)
    output.close()
    with pytest.raises(NotReady):
        await waiting


def test_dates_follow_the_plan_when_the_channel_rejoins_it() -> None:
    later = PLAN.rejoined(100, START_MS + 3_600_000, 4.0)
    assert PLAN.plan_of_tick(4 * 90_000) == START_MS + 4000
    assert later.plan_of_tick(4 * 90_000) == START_MS + 3_600_000
    assert later.plan_of_tick(5 * 90_000) == START_MS + 3_601_000


ONE, TWO = Follower("one", "10.0.0.1", "VLC"), Follower("one", "10.0.0.1", "Kodi")


def manager(clock: FakeClock, viewers: int = 1000) -> SessionManager:
    return SessionManager(clock, Limits(tuner_count=1, viewers=viewers))


def test_a_player_is_one_session_as_long_as_it_asks() -> None:
    clock = FakeClock()
    sessions = manager(clock)
    assert sessions.until_expiry() is None
    assert [sessions.follow(each) for each in (ONE, ONE, TWO)] == [True, False, True]
    clock.ms += 20_000
    assert sessions.note(TWO, helped=True)
    clock.ms += 10_000
    assert [follower for follower, _ in sessions.take_expired()] == [ONE]
    assert sessions.until_expiry() == 20.0
    assert sessions.follow(ONE)


def test_errors_are_counted_and_keep_nobody_here() -> None:
    clock = FakeClock()
    sessions = manager(clock)
    sessions.follow(ONE)
    for _ in range(4):
        clock.ms += 10_000
        sessions.note(ONE, helped=False)
    ((_, session),) = sessions.take_expired()
    assert (session.answers, session.errors) == (1, 4)
    assert not sessions.note(ONE, helped=True)


def test_who_watches_now_is_told_and_who_watches_another_time_is_not() -> None:
    clock = FakeClock()
    sessions = manager(clock)
    sessions.follow(ONE)
    sessions.follow(Follower("one", "10.0.0.2", "VLC", at=START_MS - 9000))
    clock.ms += 1000
    viewer = Fanout().join()
    opened = [sessions.open("two", viewer, tuner=tuner, client="10.0.0.3") for tuner in (True, False)]
    assert [(each.channel, each.protocol, each.since_ms - START_MS) for each in sessions.status()] == [
        ("one", "HLS", 0),
        ("two", "HDHomeRun", 1000),
        ("two", "MPEG-TS", 1000),
    ]
    for session in opened:
        sessions.close(session)
    assert [each.protocol for each in sessions.status()] == ["HLS"]


def test_an_hls_player_takes_no_tuner() -> None:
    sessions = manager(FakeClock())
    sessions.follow(ONE)
    assert set(sessions.tuners()) == {None} and sessions.take_tuner("two", "10.0.0.3") == 0


def test_the_number_of_players_is_bounded() -> None:
    sessions = manager(FakeClock(), viewers=1)
    sessions.follow(ONE)
    with pytest.raises(TooManyViewers):
        sessions.follow(TWO)
    assert not sessions.follow(ONE)
