"""The orders: groups in turn, works of several parts, and where a cursor starts or is moved to."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from walking import content, cursor_of, drawn, item, items, reread

from compiler.schedule.airings import Rest
from compiler.schedule.groups import group_of
from compiler.schedule.parts import part_of
from compiler.schedule.state import State
from compiler.station import GroupBy, Order, Seek, StartAt
from exstv.catalog.model import MediaItem

SHOWS = tuple(f"{show}/s1e{n}" for show, count in (("A", 4), ("B", 2), ("C", 2)) for n in range(1, count + 1))


def test_rotation_takes_a_batch_of_each_group_in_turn() -> None:
    assert drawn(cursor_of(content(items(*SHOWS), Order.ROTATION)), 8) == [
        "A/s1e1", "B/s1e1", "C/s1e1", "A/s1e2", "B/s1e2", "C/s1e2", "A/s1e3", "A/s1e4",
    ]  # fmt: skip
    assert drawn(cursor_of(content(items(*SHOWS), Order.ROTATION, batch=2)), 8) == [
        "A/s1e1", "A/s1e2", "B/s1e1", "B/s1e2", "C/s1e1", "C/s1e2", "A/s1e3", "A/s1e4",
    ]  # fmt: skip
    assert drawn(cursor_of(content(items(*SHOWS), Order.ROTATION, batch=None)), 8) == list(SHOWS)


def test_shuffle_in_order_spreads_each_group_evenly_and_in_order() -> None:
    names = [f"{show}/s1e{n:02}" for show, count in (("A", 40), ("B", 10)) for n in range(count)]
    cursor = cursor_of(content(items(*names), Order.SHUFFLE_IN_ORDER))
    cycles = [drawn(cursor, 50) for _ in range(3)]
    for ids in cycles:
        assert [name for name in ids if name.startswith("A")] == names[:40]
        places = [index for index, name in enumerate(ids) if name.startswith("B")]
        assert [ids[index] for index in places] == names[40:]
        assert all(4 <= after - before <= 6 for before, after in pairwise(places))
    assert cycles[0] != cycles[1]


def test_shuffle_in_order_keeps_a_batch_together() -> None:
    ids = drawn(cursor_of(content(items(*SHOWS), Order.SHUFFLE_IN_ORDER, batch=2)), 8)
    assert [ids[place][0] for place in (0, 2, 4, 6)] == [ids[place][0] for place in (1, 3, 5, 7)]


@pytest.mark.parametrize("order", [Order.SHUFFLE_IN_ORDER, Order.ROTATION])
def test_each_group_goes_on_in_order_when_the_library_grows(order: Order) -> None:
    state, before = State({}), dict[str, Any]()
    seen = drawn(cursor_of(content(items(*SHOWS), order), state), 5)
    grown = items(*SHOWS, "A/s1e5", "A/s1e6", "B/s1e3", *(f"D/s1e{n}" for n in range(1, 7)))
    seen += drawn(cursor_of(content(grown, order), reread(state, before)), 40)
    for show, count in (("A", 6), ("B", 3), ("C", 2), ("D", 6)):
        numbers = [int(name[-1]) for name in seen if name.startswith(show)]
        follows = [(before % count) + 1 == after for before, after in pairwise(numbers)]
        assert len(numbers) > count and follows.count(False) <= (1 if show in "AB" else 0)


@pytest.mark.parametrize(
    ("by", "group"),
    [
        (GroupBy.SHOW, "Show"),
        (GroupBy.SEASON, "Show/2"),
        (GroupBy.ARTIST, "Actor"),
        (GroupBy.ALBUM, "Show/2"),
        (GroupBy.DIRECTOR, "Director"),
    ],
)
def test_what_makes_a_group_of_an_episode(by: GroupBy, group: str) -> None:
    episode = item("Show/s2e1", show="Show", actors=("Actor", "Other"), directors=("Director", "Other"))
    assert group_of(episode, by) == group


def test_what_makes_a_group_of_a_music_video_and_of_what_has_no_facts() -> None:
    video = item("v", kind="music_video", tags=("Band", "Album", "Live"))
    assert [group_of(video, by) for by in (GroupBy.ARTIST, GroupBy.ALBUM)] == ["Band", "Band/Album"]
    assert {group_of(item("Film"), by) for by in GroupBy} == {"Film"}


@pytest.mark.parametrize(
    ("title", "locator", "work", "number"),
    [
        ("Pilot (1)", "", "pilot", 1),
        ("Best of Both Worlds, Part 2", "", "best of both worlds", 2),
        ("Best of Both Worlds Part Two", "", "best of both worlds", 2),
        ("Finale - Pt. II", "", "finale", 2),
        ("Saga [Part IV]", "", "saga", 4),
        ("Saga Part 1 of 3", "", "saga", 1),
        ("Kill Part 1 (2003)", "", "kill", 1),
        ("Kill", "films/Kill.Part.1.mkv", "kill", 1),
        ("Finale", "Show/Show S01E09 Finale (1).mkv", "show finale", 1),
        ("Metropolis (1927)", "Metropolis (1927).mkv", None, 0),
        ("Apart 2", "", None, 0),
        ("Party 2", "", None, 0),
        ("Part 2", "", None, 0),
        ("Room (101)", "", None, 0),
    ],
)
def test_what_is_a_part(title: str, locator: str, work: str | None, number: int) -> None:
    part = part_of(item("x", title=title, locator=locator))
    assert part == (None if work is None else (f"*c://{work}", number))


def test_parts_belong_together_within_a_season_of_a_show() -> None:
    first = part_of(item("A/s1e1", title="Pilot (1)"))
    assert first != part_of(item("A/s2e1", title="Pilot (1)"))
    assert first != part_of(item("B/s1e1", title="Pilot (1)"))
    assert part_of(item("A/s1e1", title="Part 1")) is not None


SAGA = tuple(item(f"saga {n}", title=f"Saga (part {n})") for n in (1, 2, 3))


def test_a_part_is_next_before_anything_else_even_if_it_was_passed_over() -> None:
    state, before = State({}), dict[str, Any]()
    what = content((*SAGA, *items("a", "b")), Order.CHRONOLOGICAL)
    cursor = cursor_of(what, state)
    saga = next(pick for pick in cursor.upcoming() if pick.number)
    assert saga.item.id == "saga 1"
    cursor.take([saga])
    other = next(pick for pick in cursor.upcoming() if not pick.number)
    cursor.take([other])
    cursor = cursor_of(what, reread(state, before))
    assert drawn(cursor, 2) == ["saga 2", "saga 3"]


def test_a_window_holds_a_work_of_parts_alone() -> None:
    cursor = cursor_of(content((*items("a", "b"), *SAGA, *items("z")), Order.LISTED))
    seen: list[list[str]] = []
    for _ in range(5):
        window = list(cursor.window(0, Rest(), 10**9, 8))
        cursor.take(window)
        seen.append([pick.item.id for pick in window])
    assert seen[:4] == [["a", "b"], ["saga 1"], ["saga 2"], ["saga 3"]]


def test_parts_are_items_like_others_without_keep_multi_part() -> None:
    ids = drawn(cursor_of(content(SAGA, Order.SHUFFLE, keep_multi_part=False)), 30)
    assert any(ids[start : start + 3] != [each.id for each in SAGA] for start in range(0, 30, 3))
    assert drawn(cursor_of(content(SAGA, Order.SHUFFLE)), 3) == [each.id for each in SAGA]


def test_a_listed_item_plays_as_often_as_it_is_listed() -> None:
    assert drawn(cursor_of(content(items("i", "a", "i", "b"), Order.LISTED)), 5) == ["i", "a", "i", "b", "i"]


EPISODES = tuple(f"A/s{season}e{n}" for season in (1, 2, 3) for n in (1, 2, 3))


@pytest.mark.parametrize("order", list(Order))
def test_a_new_cursor_starts_at_an_episode(order: Order) -> None:
    how = {"start_at": StartAt(season=2, episode=2)}
    state, before = State({}), dict[str, Any]()
    cursor = cursor_of(content(items(*EPISODES), order, **how), state)
    assert drawn(cursor, 1) == ["A/s2e2"]
    cursor = cursor_of(content(items(*EPISODES), order, **how), reread(state, before))
    if order not in (Order.SHUFFLE, Order.RANDOM):
        assert drawn(cursor, 2) == ["A/s2e3", "A/s3e1"]


@pytest.mark.parametrize("order", [Order.CHRONOLOGICAL, Order.EPISODE, Order.LISTED, Order.ROTATION])
def test_a_new_cursor_starts_anywhere_and_goes_on_in_order(order: Order) -> None:
    firsts = set()
    for number in range(20):
        what = content(items(*EPISODES), order, start_at=StartAt(random=True), cursor=f"c{number}")
        first, second = drawn(cursor_of(what), 2)
        firsts.add(first)
        assert EPISODES.index(second) == (EPISODES.index(first) + 1) % len(EPISODES)
    assert len(firsts) > 4


@pytest.mark.parametrize("order", list(Order))
def test_a_seek_moves_a_cursor_once_for_each_id(order: Order) -> None:
    state, before = State({}), dict[str, Any]()
    drawn(cursor_of(content(items(*EPISODES), order), state), 4)
    sought = content(items(*EPISODES), order, seek=Seek("one", 3, 2))
    cursor = cursor_of(sought, reread(state, before))
    assert drawn(cursor, 1) == ["A/s3e2"]
    state = State(before)
    cursor = cursor_of(sought, state)
    mark = state.mark()
    assert drawn(cursor, 1) == ["A/s3e2"]
    state.rollback(mark)
    assert drawn(cursor, 1) == ["A/s3e2"]
    state = reread(state, before)
    if order not in (Order.SHUFFLE, Order.RANDOM):
        assert drawn(cursor_of(sought, state), 1) == ["A/s3e3"]
    again = content(items(*EPISODES), order, seek=Seek("two", None, 2))
    assert drawn(cursor_of(again, reread(state, before)), 1) == ["A/s1e2"]
    assert drawn(cursor_of(sought, reread(State(before), before)), 1) != ["A/s3e2"] or order is Order.RANDOM


def test_a_seek_beyond_the_last_episode_moves_nothing() -> None:
    state = State({})
    drawn(cursor_of(content(items(*EPISODES), Order.EPISODE), state), 2)
    sought = content(items(*EPISODES), Order.EPISODE, seek=Seek("one", 9, None))
    assert drawn(cursor_of(sought, state), 1) == ["A/s1e3"]


@pytest.mark.parametrize("before", list(Order))
@pytest.mark.parametrize("after", list(Order))
def test_another_order_under_the_same_name_goes_on(before: Order, after: Order) -> None:
    state, folded = State({}), dict[str, Any]()
    drawn(cursor_of(content(items(*EPISODES), before), state), 5)
    cursor = cursor_of(content(items(*EPISODES), after), reread(state, folded))
    assert set(drawn(cursor, 300)) == set(EPISODES)


def test_live_items_have_no_length_and_short_ones_are_not_played() -> None:
    media: tuple[MediaItem, ...] = (item("live", duration_ms=None), item("short", duration_ms=999), item("a"))
    cursor = cursor_of(content(media, Order.LISTED))
    assert [(pick.item.id, pick.length_ms) for pick in cursor.upcoming()] == [("live", 0), ("a", 60_000)]
    assert [pick.item.id for pick in cursor.window(0, Rest(), 10**9, 8)] == ["a"]
