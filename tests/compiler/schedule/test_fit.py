"""Exact fit finds the set that leaves the least, and among equals the one whose clips come first."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.schedule.fit import TOLERANCE_MS, best_set


def test_the_set_that_leaves_least_wins() -> None:
    assert best_set([50_000, 30_000, 40_000], 70_000) == [1, 2]


def test_among_equals_the_earliest_clips_win() -> None:
    assert best_set([30_000, 20_000, 10_000, 30_000], 30_000) == [0]
    assert best_set([20_000, 30_000, 10_000], 30_000) == [0, 2]
    # 400 ms more are not worth passing over the first clip.
    assert best_set([29_600, 30_000], 30_000) == [0]
    assert best_set([29_400, 30_000], 30_000) == [1]


def test_nothing_fits_in_no_room() -> None:
    assert best_set([1000], 999) == []
    assert best_set([], 5000) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(100, 6_000).map(lambda tenth: tenth * 10), max_size=9), st.integers(1, 100_000))
def test_it_is_as_good_as_trying_every_set(lengths: list[int], room: int) -> None:
    chosen = best_set(lengths, room)
    used = sum(lengths[index] for index in chosen)
    sums = [
        sum(combination) for size in range(len(lengths) + 1) for combination in combinations(lengths, size)
    ]
    best = max(total for total in sums if total <= room)
    assert used <= room
    assert used >= best - TOLERANCE_MS


@given(st.lists(st.integers(1, 10_000_000), max_size=64), st.integers(1, 20_000_000))
@settings(max_examples=60, deadline=None)
def test_it_never_takes_more_than_the_room(lengths: list[int], room: int) -> None:
    chosen = best_set(lengths, room)
    assert chosen == sorted(set(chosen))
    assert sum(lengths[index] for index in chosen) <= room
