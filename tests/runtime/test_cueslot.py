"""The cue slot by itself, over segments that need no process, or whose media cannot be found."""

from __future__ import annotations

import asyncio

import pytest
from stations import HD

from runtime.cue import Cued
from runtime.cueslot import CueDesk
from runtime.playhead import Window
from runtime.process.states import ExitKind, Failure
from runtime.rows import ChannelGone
from runtime.segment import Segment
from runtime.status import Step

ROWS = Window("c", "C", 0, 1000, HD, (), {}, {}, {}, ())
ON_AIR, NEXT, OTHER = (Segment(Step.SLATE, first, first + 100, None) for first in (0, 100, 150))


class Making:
    """Makes what it was told to, one after another, and keeps what failed."""

    def __init__(self, *made: Cued) -> None:
        self.made = list(made)
        self.failures: list[Failure] = []
        self.desk = CueDesk(self.make, lambda cued, failure: self.failures.append(failure))

    async def make(self, first: int) -> Cued:
        if not self.made:
            raise ChannelGone("c")
        return self.made.pop(0)


def failed(words: str) -> Cued:
    return Cued(NEXT, failure=Failure(ExitKind.INPUT_FAILED, words))


async def test_what_is_cued_is_handed_over_at_its_turn() -> None:
    making = Making(Cued(NEXT))
    making.desk.begin(100)
    cued = await making.desk.take(NEXT, ROWS)
    assert cued == Cued(NEXT) and making.desk.is_free


async def test_a_restart_before_the_junction_keeps_what_is_cued_for_it() -> None:
    making = Making(Cued(NEXT))
    making.desk.begin(100)
    restart = Segment(Step.ITEM, 60, 100, None)
    assert await making.desk.take(restart, ROWS) is None
    assert await making.desk.take(NEXT, ROWS) == Cued(NEXT)


@pytest.mark.parametrize("segment", [OTHER, Segment(Step.FALLBACK, 60, 90, None)])
async def test_what_does_not_follow_any_more_is_dropped(segment: Segment) -> None:
    making = Making(Cued(NEXT))
    making.desk.begin(100)
    assert await making.desk.take(segment, ROWS) is None
    assert making.desk.is_free


async def test_what_cannot_be_played_is_told_and_replaced_before_its_turn() -> None:
    making = Making(failed("no such film"), failed("nor this"), Cued(NEXT))
    making.desk.begin(100)
    while making.made:
        await asyncio.sleep(0)
    kinds = [(failure.kind, failure.words) for failure in making.failures]
    assert kinds == [(ExitKind.INPUT_FAILED, "no such film"), (ExitKind.INPUT_FAILED, "nor this")]
    assert await making.desk.take(NEXT, ROWS) == Cued(NEXT)


async def test_a_channel_that_is_gone_is_told_to_who_takes_and_not_to_who_drops() -> None:
    making = Making()
    making.desk.begin(100)
    await making.desk.drop()
    making.desk.begin(100)
    with pytest.raises(ChannelGone):
        await making.desk.take(NEXT, ROWS)


async def test_a_newer_timeline_drops_only_what_it_changes() -> None:
    making = Making(Cued(NEXT))
    making.desk.begin(100)
    while making.made:
        await asyncio.sleep(0)
    await making.desk.keep_if_right(NEXT, ROWS)
    assert not making.desk.is_free
    await making.desk.keep_if_right(OTHER, ROWS)
    assert making.desk.is_free


async def test_a_newer_timeline_does_not_wait_for_what_hangs() -> None:
    async def hang(first: int) -> Cued:
        await asyncio.Event().wait()
        raise AssertionError

    desk = CueDesk(hang, lambda cued, failure: None)
    desk.begin(100)
    await asyncio.sleep(0)
    await desk.keep_if_right(NEXT, ROWS)
    assert desk.is_free
