"""Exact fit finds the set that leaves the least, and among equals the one whose clips come first."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.schedule.fit import COARSE_MS, FINE_MS, SHORT_ROOM_MS, TOLERANCE_MS, best_set

WINDOW = 64

few_lengths = st.lists(st.integers(1_000, 60_000), max_size=9)
# Lengths as people have them: whole seconds, a few lengths only, or anything; often more than fits.
many_lengths = st.one_of(
    st.lists(st.integers(15_000, 120_000), max_size=WINDOW),
    st.lists(st.integers(1, 120).map(lambda second: second * 1_000), max_size=WINDOW),
    st.lists(st.sampled_from([15_000, 30_000, 30_030, 60_000]), max_size=WINDOW),
    st.lists(st.integers(1_000, 4_000), max_size=WINDOW),
)


class Clip(NamedTuple):
    place: int
    length_ms: int


def set_of(lengths: list[int], room_ms: int) -> list[int]:
    """The places of the chosen clips."""
    return [clip.place for clip in best_set(map(Clip._make, enumerate(lengths)), room_ms)[0]]


def steps(lengths: list[int], room: int) -> tuple[list[int], int, int]:
    """Lengths, room and tolerance in the steps of the definition."""
    step = FINE_MS if room <= SHORT_ROOM_MS else COARSE_MS
    return [-(-length // step) for length in lengths], room // step, TOLERANCE_MS // step


def by_trying_every_set(lengths: list[int], room_ms: int) -> list[int]:
    """The definition, word for word."""
    sizes, room, tolerance = steps(lengths, room_ms)
    left = {
        chosen: room - sum(sizes[index] for index in chosen)
        for count in range(len(sizes) + 1)
        for chosen in combinations(range(len(sizes)), count)
    }
    best = min(each for each in left.values() if each >= 0)
    most = tolerance if best <= tolerance else best + tolerance
    return list(min((each for each in left if 0 <= left[each] <= most), key=lambda each: each[::-1]))


def by_sets_of_sums(lengths: list[int], room_ms: int) -> list[int]:
    """The definition for more clips: what each prefix can add up to, then clip by clip from the last."""
    sizes, room, tolerance = steps(lengths, room_ms)
    sums: list[set[int]] = [{0}]
    for size in sizes:
        sums.append(sums[-1] | {used + size for used in sums[-1] if used + size <= room})
    best = room - max(sums[-1])
    most = tolerance if best <= tolerance else best + tolerance

    def is_enough(count: int, used: int) -> bool:
        return any(room - most <= used + before <= room for before in sums[count])

    count = next(count for count in range(len(sums)) if is_enough(count, 0))
    chosen: list[int] = []
    used = 0
    for index in reversed(range(count)):
        if not is_enough(index, used):
            chosen.append(index)
            used += sizes[index]
    return chosen[::-1]


def test_the_set_that_leaves_least_wins() -> None:
    assert set_of([50_000, 30_000, 40_000], 70_000) == [1, 2]


def test_among_equals_the_earliest_clips_win() -> None:
    assert set_of([30_000, 20_000, 10_000, 30_000], 30_000) == [0]
    assert set_of([20_000, 30_000, 10_000], 30_000) == [1]
    assert set_of([20_000, 10_000, 30_000], 30_000) == [0, 1]
    # 400 ms more are not worth passing over the first clip.
    assert set_of([29_600, 30_000], 30_000) == [0]
    assert set_of([29_400, 30_000], 30_000) == [1]
    # Less than half a second left is nothing, whatever others would leave.
    assert set_of([29_500, 30_000], 30_000) == [0]


def test_nothing_fits_in_no_room() -> None:
    assert set_of([1000], 999) == []
    assert set_of([], 5000) == []
    assert set_of([1000], 0) == []


def test_the_last_clips_are_looked_at_too() -> None:
    assert set_of([70_000] * 63 + [30_000], 170_000) == [0, 1, 63]


@settings(max_examples=150, deadline=None)
@given(few_lengths, st.integers(1, 300_000))
def test_it_is_what_trying_every_set_finds(lengths: list[int], room: int) -> None:
    assert set_of(lengths, room) == by_trying_every_set(lengths, room)


@settings(max_examples=60, deadline=None)
@given(many_lengths, st.one_of(st.integers(1, 120_000), st.integers(60_000, 500_000)))
def test_sixty_four_clips_give_what_the_definition_says(lengths: list[int], room: int) -> None:
    assert set_of(lengths, room) == by_sets_of_sums(lengths, room)


@given(st.lists(st.integers(1, 10_000_000), max_size=WINDOW), st.integers(1, 20_000_000))
@settings(max_examples=60, deadline=None)
def test_it_never_takes_more_than_the_room(lengths: list[int], room: int) -> None:
    chosen = set_of(lengths, room)
    assert chosen == sorted(set(chosen))
    assert sum(lengths[index] for index in chosen) <= room
