"""How long a channel's frames are held back, by a clock that the test turns."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from fractions import Fraction

import pytest

from runtime.pacing import Pacer
from runtime.throttle import BURST_AHEAD_SECONDS, RUN_AHEAD_SECONDS, TICKS, PlanClock, Throttle

GOP = 1.5
PLAN = PlanClock(Fraction(25), 0, 1_800_000_000_000, 100.0)


@dataclass
class Hall:
    """A clock and viewers as a test wants them."""

    seconds: float = 100.0
    waiting: float | None = 0.0
    taken: asyncio.Event = field(default_factory=asyncio.Event)

    def now_ms(self) -> int:
        return round(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds

    def queued(self) -> float | None:
        return self.waiting

    def pacer(self, *, in_segments: bool = False) -> Pacer:
        return Pacer(self, self.queued, self.taken, in_segments=in_segments)


def at(seconds: float) -> int:
    return round(seconds * TICKS)


@pytest.mark.parametrize(
    ("throttle", "ahead"),
    [
        (Throttle.REALTIME, RUN_AHEAD_SECONDS),
        (Throttle.BURST, BURST_AHEAD_SECONDS),
        (Throttle.ADAPTIVE, RUN_AHEAD_SECONDS),
        (Throttle.DISABLED, RUN_AHEAD_SECONDS),
    ],
)
def test_what_a_channel_sends_at_once_when_it_tunes_in(throttle: Throttle, ahead: float) -> None:
    hall = Hall()
    pacer = hall.pacer()
    plan = pacer.begun(PLAN, throttle, GOP)
    assert not pacer.early(plan, at(ahead))
    assert pacer.early(plan, at(ahead + 0.01))


async def test_a_channel_that_is_tuned_to_by_hls_has_a_group_of_pictures_more_in_hand_and_keeps_it() -> None:
    hall = Hall()
    pacer = hall.pacer(in_segments=True)
    plan = pacer.begun(PLAN, Throttle.REALTIME, GOP)
    assert plan.ahead == RUN_AHEAD_SECONDS + GOP
    for _ in range(20):
        hall.seconds += 0.5
        plan = await pacer.hold(plan, Throttle.REALTIME, at(0))
    assert plan.ahead == RUN_AHEAD_SECONDS + GOP


async def test_frames_that_are_not_due_are_waited_for() -> None:
    hall = Hall()
    plan = await hall.pacer().hold(PLAN, Throttle.REALTIME, at(2.001))
    assert plan == PLAN


async def test_a_channel_whose_viewers_keep_up_is_sent_further_ahead_where_it_may_adapt() -> None:
    hall = Hall()
    pacer = hall.pacer()
    hall.seconds += 0.5
    plan = await pacer.hold(PLAN, Throttle.ADAPTIVE, at(0))
    assert plan.ahead == pytest.approx(2.1)
    hall.waiting, hall.seconds = 5.0, hall.seconds + 0.1
    assert (await pacer.hold(plan, Throttle.ADAPTIVE, at(0))).ahead == pytest.approx(2.05)


async def test_without_a_throttle_what_viewers_have_room_for_goes_out_now() -> None:
    hall = Hall()
    plan = await hall.pacer().hurry(PLAN, at(3600), at(3601))
    assert plan.due_tick(at(3601)) == pytest.approx(hall.seconds)
    assert plan.plan_of(25) == PLAN.plan_of(25)


async def test_without_a_throttle_a_full_queue_is_waited_for_until_its_viewer_takes_some() -> None:
    hall = Hall(waiting=30.0)
    hurrying = asyncio.create_task(hall.pacer().hurry(PLAN, at(3600), at(3601)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not hurrying.done()
    hall.waiting = 0.0
    hall.taken.set()
    assert (await hurrying).due_tick(at(3601)) == pytest.approx(hall.seconds)


@pytest.mark.parametrize("waiting", [30.0, None])
async def test_without_a_throttle_real_time_is_the_slowest_a_viewer_or_nobody_makes_it(
    waiting: float | None,
) -> None:
    hall = Hall(waiting=waiting)
    hall.seconds = PLAN.due_tick(at(5))
    assert await hall.pacer().hurry(PLAN, at(5), at(6)) == PLAN
