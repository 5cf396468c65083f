"""Cursors keep progress by identity: what is added, removed or too long moves no other unit."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.schedule.cursor import Cursor, make_cursor
from compiler.schedule.state import State
from compiler.station import Order
from exstv.catalog.model import MediaItem

TV = Any


def drawn(cursor: Cursor, count: int) -> list[str]:
    """The ids of the next units, each used."""
    ids: list[str] = []
    for _ in range(count):
        pick = next(cursor.upcoming())
        cursor.take([pick])
        ids.append(pick.item.id)
    return ids


def dealt(tv: TV, items: tuple[MediaItem, ...], order: Order, count: int) -> list[str]:
    return drawn(make_cursor(tv.content("c", items, order), "seed", State({})), count)


def test_a_shuffle_plays_every_item_once_a_cycle_and_deals_again(tv: TV) -> None:
    items = tv.clips("c", *["1m"] * 20)
    ids = dealt(tv, items, Order.SHUFFLE, 60)
    cycles = [ids[:20], ids[20:40], ids[40:]]
    assert all(sorted(cycle) == [item.id for item in items] for cycle in cycles)
    assert cycles[0] != cycles[1] != cycles[2]


def test_no_item_plays_twice_running_at_the_turn_of_a_cycle(tv: TV) -> None:
    for size in (2, 3):
        ids = dealt(tv, tv.clips("c", *["1m"] * size), Order.SHUFFLE, 300)
        assert all(before != after for before, after in pairwise(ids))
        assert max(ids.count(name) for name in ids) - min(ids.count(name) for name in ids) <= 1


@settings(max_examples=40, deadline=None)
@given(size=st.integers(2, 60), extra=st.integers(0, 1000), seed=st.text(max_size=5))
def test_adding_one_item_to_a_shuffle_leaves_the_order_of_the_others(
    tv: TV, size: int, extra: int, seed: str
) -> None:
    items = tv.clips("c", *["1m"] * size)
    new = msgspec.structs.replace(items[0], id=f"new:{extra}")
    before = drawn(make_cursor(tv.content("c", items, Order.SHUFFLE), seed, State({})), size)
    after = drawn(make_cursor(tv.content("c", (*items, new), Order.SHUFFLE), seed, State({})), size + 1)
    assert [name for name in after if name != new.id] == before


def test_progress_goes_on_when_items_come_and_go(tv: TV) -> None:
    items = tv.clips("c", *["1m"] * 10)
    state = State({})
    first = drawn(make_cursor(tv.content("c", items), "s", state), 4)
    assert first == [f"c:{n:02}" for n in range(4)]
    # One that was played and one that is to come are gone; a new one comes before the place.
    new = msgspec.structs.replace(items[0], id="c:new")
    changed = (items[0], items[1], new, *items[3:5], *items[6:])
    rest = drawn(make_cursor(tv.content("c", changed), "s", state), 5)
    assert rest == ["c:04", "c:06", "c:07", "c:08", "c:09"]


def test_a_new_episode_airs_when_its_turn_comes(tv: TV) -> None:
    def episode(season: int, number: int) -> MediaItem:
        return MediaItem(
            id=f"s{season}e{number}", source="s", kind="episode", title="t", locator="", duration_ms=60_000,
            season=season, episode=number,
        )  # fmt: skip

    aired = [episode(1, 1), episode(1, 3), episode(2, 1)]
    state = State({})
    assert drawn(make_cursor(tv.content("c", aired, Order.EPISODE), "s", state), 2) == ["s1e1", "s1e3"]
    grown = [*aired, episode(1, 2), episode(1, 4)]
    # s1e2 has passed and waits for the next cycle, s1e4 has not.
    rest = drawn(make_cursor(tv.content("c", grown, Order.EPISODE), "s", state), 5)
    assert rest == ["s1e4", "s2e1", "s1e1", "s1e2", "s1e3"]


def test_chronological_order_is_release_then_episode_and_the_undated_come_last(tv: TV) -> None:
    def film(name: str, released: str | None, year: int | None) -> MediaItem:
        return MediaItem(
            id=name, source="s", kind="movie", title=name, locator="", duration_ms=60_000,
            released=released, year=year,
        )  # fmt: skip

    films = (
        film("d", None, None),
        film("c", None, 1962),
        film("b", "1961-03-01", 1961),
        film("a", None, 1961),
    )
    assert dealt(tv, films, Order.CHRONOLOGICAL, 4) == ["a", "b", "c", "d"]


def test_units_passed_over_come_first_at_the_next_use_oldest_first(tv: TV) -> None:
    items = tv.clips("c", *["1m"] * 6)
    state = State({})
    cursor = make_cursor(tv.content("c", items), "s", state)
    fourth = next(pick for pick in cursor.upcoming() if pick.item.id == "c:03")
    cursor.take([fourth])
    assert drawn(cursor, 5) == ["c:00", "c:01", "c:02", "c:04", "c:05"]
    assert drawn(cursor, 6) == [item.id for item in items]


def test_random_does_not_care_what_was_played(tv: TV) -> None:
    ids = dealt(tv, tv.clips("c", *["1m"] * 4), Order.RANDOM, 400)
    assert any(before == after for before, after in pairwise(ids))
    assert all(60 < ids.count(name) < 140 for name in set(ids))


def test_a_rollback_undoes_what_was_taken(tv: TV) -> None:
    state = State({})
    cursor = make_cursor(tv.content("c", tv.clips("c", "1m", "1m", "1m")), "s", state)
    drawn(cursor, 1)
    advance = state.take_changes()
    mark = state.mark()
    cursor.take([list(cursor.upcoming())[1]])
    state.rollback(mark)
    assert state.take_changes() == {}
    assert drawn(cursor, 1) == ["c:01"]
    assert advance == {"cursor:c/listed": [0, [0, "c:00"]]}
