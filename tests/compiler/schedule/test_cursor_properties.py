"""What holds for cursors in every order, whatever the collection and whatever happens to it."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from walking import content, cursor_of, drawn, item, items, reread

from compiler.schedule.airings import Airings, Rest
from compiler.schedule.cursor import Cursor
from compiler.schedule.fit import best_set
from compiler.schedule.state import State
from compiler.station import Content, GroupBy, Order
from exstv.catalog.model import MediaItem
from exstv.timeline.progress import encode
from exstv.units import MINUTE_MS

ONCE_A_CYCLE = [order for order in Order if order is not Order.RANDOM]
examples = settings(max_examples=60, deadline=None)


@st.composite
def collections(draw: st.DrawFn, least: int = 1) -> tuple[MediaItem, ...]:
    """Episodes of some shows, films, and works of several parts."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=least, max_size=24, unique=True))
    return tuple(item(name) for name in sorted(names))


NAMES = (
    [f"{show}/s{season}e{number}" for show in "ABC" for season in (1, 2) for number in range(1, 5)]
    + [f"film {number}" for number in range(8)]
    + [f"{work} (part {number})" for work in ("saga", "trilogy") for number in (1, 2, 3)]
)

contents = st.builds(
    lambda media, order, group_by, batch, parts: content(
        media, order, group_by=group_by, batch=batch, keep_multi_part=parts
    ),
    collections(),
    st.sampled_from(list(Order)),
    st.sampled_from(list(GroupBy)),
    st.sampled_from([1, 2, 3, None]),
    st.booleans(),
)


@examples
@given(what=contents)
def test_every_order_plays_each_item_once_a_cycle(what: Content) -> None:
    what = replace(what, order=Order.SHUFFLE) if what.order is Order.RANDOM else what
    cursor = cursor_of(what)
    ids = drawn(cursor, 4 * len(cursor))
    counts = Counter(ids)
    assert set(counts) == {each.id for each in what.items}
    assert set(counts.values()) == {4}
    if len(cursor) == len(what.items) and not any("part" in name for name in counts) and len(what.items) > 2:
        # At the turn of a cycle one unit may be passed over once.
        for start in range(0, len(ids), len(cursor)):
            assert len(set(ids[start : start + len(cursor)])) >= len(cursor) - 1


def some_use(cursor: Cursor, chance: random.Random) -> list[str]:
    """Uses some of what comes, not always the first, nor one at a time."""
    several = chance.random() < 0.5
    window = list(cursor.window(0, Rest(), 10**9, 8) if several else islice(cursor.upcoming(), 1))
    chosen = [pick for index, pick in enumerate(window) if chance.random() < 0.4 or index == 0]
    cursor.take(chosen)
    return [pick.item.id for pick in chosen]


@examples
@given(what=contents, seed=st.integers())
def test_progress_survives_json_at_any_point(what: Content, seed: int) -> None:
    at_once, chance = cursor_of(what), random.Random(seed)
    expected = [some_use(at_once, chance) for _ in range(60)]
    chance = random.Random(seed)
    state, before = State({}), dict[str, Any]()
    cursor, seen = cursor_of(what, state), []
    others = random.Random(seed + 1)
    for _ in range(60):
        seen.append(some_use(cursor, chance))
        if others.random() < 0.3:
            state = reread(state, before)
            cursor = cursor_of(what, state)
    assert seen == expected


@examples
@given(what=contents, seed=st.integers())
def test_the_state_is_the_same_however_often_it_was_read(what: Content, seed: int) -> None:
    texts = []
    for often in (0.0, 0.5):
        chance, others = random.Random(seed), random.Random(seed)
        state, before = State({}), dict[str, Any]()
        cursor, told, advances = cursor_of(what, state), [], []
        for _ in range(40):
            some_use(cursor, chance)
            told.append(state.take_changes())
            advances.append(encode(told[-1]))
            if others.random() < often:
                cursor = cursor_of(what, state)
        texts.append(advances)
        assert before == {}
        # What was told is put into words later, and must be then what it was.
        assert [encode(each) for each in told] == advances
    assert texts[0] == texts[1]


@examples
@given(what=contents, seed=st.integers())
def test_a_rollback_leaves_no_trace(what: Content, seed: int) -> None:
    chance = random.Random(seed)
    state, other = State({}), State({})
    cursor, calm = cursor_of(what, state), cursor_of(what, other)
    for _ in range(20):
        mark = state.mark()
        for _ in range(chance.randrange(20)):
            some_use(cursor, chance)
        state.rollback(mark)
        steps = chance.random()
        assert some_use(cursor, random.Random(steps)) == some_use(calm, random.Random(steps))
        assert state.take_changes() == other.take_changes()


@examples
@given(what=contents, seed=st.integers())
def test_each_candidate_is_offered_once_and_none_is_left_out(what: Content, seed: int) -> None:
    chance = random.Random(seed)
    cursor = cursor_of(what)
    for _ in range(30):
        some_use(cursor, chance)
        ids = [pick.item.id for pick in cursor.upcoming()]
        assert len(ids) == len(set(ids))
        assert len({pick.unit for pick in cursor.upcoming()}) == len(ids)
        parts = what.keep_multi_part and any("part" in each.id for each in what.items)
        assert parts or set(ids) == {each.id for each in what.items}
        window = [pick.item.id for pick in cursor.window(0, Rest(), 10**9, 5)]
        assert window == ids[: len(window)]
        # What is owed from the cycle before goes first, so a window may end before the next cycle.
        assert parts or min(5, max(1, len(ids) // 4)) <= len(window) <= 5


@examples
@given(media=collections(least=2), extra=st.integers(0, 10**6), order=st.sampled_from(ONCE_A_CYCLE))
def test_adding_one_item_moves_no_other(media: tuple[MediaItem, ...], extra: int, order: Order) -> None:
    if order in (Order.SHUFFLE_IN_ORDER, Order.ROTATION):
        order = Order.SHUFFLE
    new = item(f"new {extra}")
    before = drawn(cursor_of(content(media, order)), len(media))
    after = drawn(cursor_of(content((*media, new), order)), len(media) + 1)
    assert [name for name in after if name != new.id] == before


@examples
@given(
    media=collections(least=3),
    order=st.sampled_from(ONCE_A_CYCLE),
    played=st.integers(0, 30),
    gone=st.integers(0, 30),
    batch=st.sampled_from([1, 2, None]),
)
def test_removing_one_item_moves_no_other(
    media: tuple[MediaItem, ...], order: Order, played: int, gone: int, batch: int | None
) -> None:
    media = tuple(each for each in media if "part" not in each.id)
    if len(media) < 2:
        return
    state, played = State({}), played % len(media)
    first = drawn(cursor_of(content(media, order, batch=batch), state), played)
    before: dict[str, Any] = {}
    state = reread(state, before)
    rest = drawn(cursor_of(content(media, order, batch=batch), State(before)), len(media) - played)
    lost = media[gone % len(media)]
    left = tuple(each for each in media if each is not lost)
    after = drawn(
        cursor_of(content(left, order, batch=batch), state), len(media) - played - (lost.id in rest)
    )
    wanted = [name for name in rest if name != lost.id]
    if order in (Order.SHUFFLE_IN_ORDER, Order.ROTATION):
        for show in "ABC":
            assert of(show, after)[: len(of(show, wanted))] == of(show, wanted)[: len(of(show, after))]
    else:
        assert after == wanted
    assert len(first) == played


def of(show: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(f"{show}/")]


@examples
@given(media=collections(), order=st.sampled_from(list(Order)), seed=st.integers())
def test_parts_of_one_work_follow_each_other(media: tuple[MediaItem, ...], order: Order, seed: int) -> None:
    chance = random.Random(seed)
    cursor = cursor_of(content(media, order))
    ids: list[str] = []
    for _ in range(40):
        window = list(cursor.window(0, Rest(), 10**9, 8) if chance.random() < 0.5 else cursor.upcoming())
        chosen = (
            window[: chance.randrange(1, 4)] if len(window) < 9 else [window[chance.randrange(len(window))]]
        )
        if len(chosen) > 1 and any(pick.number for pick in chosen):
            chosen = chosen[:1]
        started = [pick for pick in list(cursor.upcoming())[:1] if not pick.is_first]
        chosen = started or chosen
        cursor.take(chosen)
        ids += [pick.item.id for pick in chosen]
    for work in ("saga", "trilogy"):
        parts = [each.id for each in media if each.id.startswith(work)]
        places = [index for index, name in enumerate(ids) if name in parts]
        for index in places[:-3]:
            position = parts.index(ids[index])
            if position + 1 < len(parts):
                assert ids[index + 1] == parts[position + 1]


@examples
@given(
    size=st.integers(2, 30), hours=st.integers(1, 40), order=st.sampled_from(list(Order)), seed=st.integers()
)
def test_nothing_repeats_too_soon_while_another_can_play(
    size: int, hours: int, order: Order, seed: int
) -> None:
    chance = random.Random(seed)
    what = content(items(*(f"film {number:02}" for number in range(size))), order)
    state, rest = State({}), Rest(no_repeat_ms=hours * 60 * MINUTE_MS)
    airings = Airings(state, [(what, rest)])
    cursor, now = cursor_of(what, state, airings), 0
    last: dict[str, int] = {}
    for _ in range(80):
        pick = next(cursor.upcoming(now, rest))
        free = [each.id for each in what.items if now - last.get(each.id, -(10**12)) >= rest.no_repeat_ms]
        assert pick.item.id in free or not free
        cursor.take([pick], now)
        last[pick.item.id] = now
        now += chance.randrange(1, 120) * MINUTE_MS


@pytest.mark.parametrize("size", [60, 2000])
def test_clips_are_used_evenly_however_they_are_chosen(size: int) -> None:
    chance = random.Random(7)
    clips = tuple(item(f"clip {n:04}", duration_ms=15_000 + chance.randrange(60) * 1000) for n in range(size))
    cursor = cursor_of(content(clips))
    played: Counter[str] = Counter({clip.id: 0 for clip in clips})
    for _ in range(100 * size // 8 if size < 100 else 2500):
        room = chance.randrange(90, 480) * 1000
        window = list(cursor.window(0, Rest(), room, 64))
        chosen = best_set(window, room)[0]
        cursor.take(chosen)
        played.update(pick.item.id for pick in chosen)
    assert max(played.values()) - min(played.values()) <= 2


def test_a_random_order_repeats_and_passes_nothing_on() -> None:
    cursor = cursor_of(content(items(*"abcd"), Order.RANDOM))
    ids = drawn(cursor, 400)
    assert any(before == after for before, after in pairwise(ids))
    assert all(60 < ids.count(name) < 140 for name in set(ids))
