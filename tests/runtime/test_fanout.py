import asyncio

import pytest

from runtime.fanout import KEEP_BYTES, Fanout, ViewerDropped
from runtime.mpegts.stream import Unit
from runtime.throttle import TICKS

FRAME = TICKS // 25


def unit(n: int, gop: int = 25, size: int = 1000) -> Unit:
    return Unit(b"%08d" % n * (size // 8), n * FRAME, n % gop == 0, True)


def number_of(data: bytes) -> int:
    return int(data[:8])


class Tap:
    """A sink that has room for so many portions."""

    def __init__(self, room: int = 1000) -> None:
        self.room = room
        self.taken = b""

    def has_room(self) -> bool:
        return self.room > 0

    def write(self, data: bytes) -> None:
        assert self.room > 0
        self.room -= 1
        self.taken += data

    @property
    def numbers(self) -> list[int]:
        return [number_of(self.taken[at : at + 8]) for at in range(0, len(self.taken), 1000)]


def publish(fanout: Fanout, start: int, stop: int, gop: int = 25, size: int = 1000) -> None:
    for n in range(start, stop):
        fanout.publish([unit(n, gop, size)])


async def test_the_first_viewer_gets_the_stream_from_its_start() -> None:
    fanout = Fanout()
    viewer = fanout.join()
    publish(fanout, 0, 3)
    assert await viewer.read() == unit(0).data + unit(1).data + unit(2).data
    assert fanout.sent_bytes == 3000


async def test_what_viewers_took_is_counted_for_each_of_them_and_after_they_left() -> None:
    fanout = Fanout()
    viewers = [fanout.join() for _ in range(3)]
    publish(fanout, 0, 2)
    for viewer in viewers[:2]:
        await viewer.read()
        viewer.leave()
    assert fanout.sent_bytes == 2 * 2000
    fanout.close()
    assert fanout.sent_bytes == 2 * 2000


async def test_a_later_viewer_starts_at_the_newest_keyframe_two_seconds_behind() -> None:
    fanout = Fanout()
    publish(fanout, 0, 26 + 50)
    assert number_of(await fanout.join().read()) == 25


async def test_what_lies_further_back_than_the_burst_follows_at_the_streams_pace() -> None:
    fanout = Fanout()
    publish(fanout, 0, 99, gop=50)  # live edge 3.92 s, keyframes at 0 and 2 s: starts at 0
    viewer = fanout.join()
    got = await viewer.read()
    assert number_of(got) == 0
    burst = len(got) // 1000
    assert burst == 1 + int(2.5 * 25)
    waiting = asyncio.create_task(viewer.read())
    await asyncio.sleep(0)
    assert not waiting.done()
    publish(fanout, 99, 100, gop=50)
    assert number_of(await waiting) == burst


async def test_memory_is_bounded_but_keeps_three_groups_and_two_seconds() -> None:
    fanout = Fanout()
    publish(fanout, 0, 2000, size=40_000)
    kept = fanout._units
    assert kept[0].tick <= fanout.live_tick - 2 * TICKS
    assert sum(1 for each in kept if each.keyframe) >= 3
    assert sum(len(each.data) for each in kept) < KEEP_BYTES + 40_000 * 25 * 6


@pytest.mark.parametrize("megabits", [0.5, 4, 20])
async def test_a_later_viewer_gets_two_seconds_and_three_groups_stay_at_any_bit_rate(
    megabits: float,
) -> None:
    fanout = Fanout()
    size = int(megabits * 1e6 / 8 / 25) // 8 * 8
    publish(fanout, 0, 1111, gop=50, size=size)  # live edge 44.4 s, keyframes every 2 s
    assert number_of(await fanout.join().read()) == 1050
    kept = fanout._units
    assert kept[0].tick <= 36 * TICKS, "three whole groups before the join"
    seconds = (fanout.live_tick - kept[0].tick) / TICKS
    assert seconds <= max(8 * KEEP_BYTES / (megabits * 1e6), 3 * 2 + 2 + 2) + 0.1


async def test_where_a_client_is_filled_first_it_starts_further_back_and_gets_it_all_at_once() -> None:
    fanout = Fanout()
    for n in range(1000):
        fanout.publish([unit(n)], 10.0)
    viewer = fanout.join()
    got = bytearray()
    while len(got) < 250 * 1000:
        got += await viewer.read()
    assert number_of(got) == 725  # live edge 39.96 s, newest keyframe at 29.96 s or before
    assert number_of(got[-1000:]) > 725 + 250


async def test_the_fullest_queue_is_told_in_seconds_and_who_takes_some_makes_room() -> None:
    fanout = Fanout()
    assert fanout.queued() is None
    quick, slow = fanout.join(), fanout.join()
    publish(fanout, 0, 101)
    assert len(await quick.read()) == 101 * 1000
    assert fanout.queued() == 4.0
    fanout.taken.clear()
    while fanout.queued():
        await slow.read()
    assert fanout.taken.is_set()


async def test_a_dropped_viewers_queue_counts_no_more() -> None:
    fanout = Fanout()
    slow = fanout.join()
    publish(fanout, 0, 1000, size=40_000)
    assert slow.dropped.is_set() and fanout.queued() is None


async def test_a_viewer_that_does_not_read_is_dropped_and_the_others_are_not() -> None:
    fanout = Fanout()
    slow, quick = fanout.join(), fanout.join()
    seen = []
    for n in range(1000):
        fanout.publish([unit(n, size=40_000)])
        seen.append(number_of(await quick.read()))
    assert seen == list(range(1000))
    assert slow.dropped.is_set() and not quick.dropped.is_set()
    with pytest.raises(ViewerDropped):
        await slow.read()


async def test_closing_ends_every_viewer_and_the_next_one_starts_afresh() -> None:
    fanout = Fanout()
    viewer = fanout.join()
    publish(fanout, 0, 100)
    fanout.close()
    assert await viewer.read() == b""
    assert fanout.viewers == 0
    later = fanout.join()
    publish(fanout, 0, 1)
    assert number_of(await later.read()) == 0


async def test_who_has_a_sink_is_sent_what_goes_on_air_as_it_does() -> None:
    fanout = Fanout()
    viewer, tap = fanout.join(), Tap()
    publish(fanout, 0, 2)
    assert number_of(await viewer.read()) == 0
    viewer.pour(tap)
    assert not tap.taken, "it has all there is"
    publish(fanout, 2, 5)
    assert tap.numbers == [2, 3, 4]
    assert fanout.sent_bytes == 5000 and fanout.queued() == 0
    viewer.leave()
    publish(fanout, 5, 6)
    assert tap.numbers == [2, 3, 4]


async def test_a_sink_without_room_is_waited_for_and_loses_nothing() -> None:
    fanout = Fanout()
    viewer, tap = fanout.join(), Tap(room=1)
    viewer.pour(tap)
    publish(fanout, 0, 3)
    assert tap.numbers == [0] and fanout.queued() == pytest.approx(1 / 25)
    tap.room = 1000
    viewer.go_on()
    publish(fanout, 3, 5)
    assert tap.numbers == [0, 1, 2, 3, 4]


async def test_a_sink_that_never_has_room_again_is_dropped_and_gets_nothing_more() -> None:
    fanout = Fanout()
    viewer, tap = fanout.join(), Tap(room=1)
    viewer.pour(tap)
    publish(fanout, 0, 1000, size=40_000)
    assert viewer.dropped.is_set()
    tap.room = 1
    viewer.go_on()
    assert len(tap.taken) == 40_000


async def test_the_end_of_the_channel_is_the_end_for_a_sink_too() -> None:
    fanout = Fanout()
    viewer, tap = fanout.join(), Tap(room=1)
    viewer.pour(tap)
    publish(fanout, 0, 3)
    fanout.close()
    tap.room = 1000
    viewer.go_on()
    assert viewer.ended.is_set() and tap.numbers == [0]
