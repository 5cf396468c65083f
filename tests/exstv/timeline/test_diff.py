"""The difference of two timelines, as programmes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from line_ups import START, Line, timeline

from exstv.timeline.diff import ChangeKind, ChannelPlan, difference
from exstv.timeline.model import ItemKind, Timeline
from exstv.units import HOUR_MS, MINUTE_MS

ADDED, REMOVED, MOVED, REPLACED, CHANGED = (
    ChangeKind.ADDED,
    ChangeKind.REMOVED,
    ChangeKind.MOVED,
    ChangeKind.REPLACED,
    ChangeKind.CHANGED,
)


def only(old: Timeline, new: Timeline, now_ms: int = START) -> ChannelPlan:
    (plan,) = difference(old, new, now_ms).channels
    return plan


def kinds(plan: ChannelPlan) -> list[tuple[ChangeKind, str | None, str | None]]:
    return [
        (change.kind, change.old.title if change.old else None, change.new.title if change.new else None)
        for change in plan.changes
    ]


def test_another_programme_at_the_same_time_is_a_replacement() -> None:
    old = timeline([("News", 30), ("Metropolis", 60), ("Canal", 30)])
    new = timeline([("News", 30), ("Lighthouse", 60), ("Canal", 30)])
    plan = only(old, new)
    assert kinds(plan) == [(REPLACED, "Metropolis", "Lighthouse")]
    assert plan.kept == 2


def test_what_comes_first_moves_all_that_follows() -> None:
    old = timeline([("News", 30), ("Metropolis", 60), ("Canal", 30)])
    new = timeline([("Extra", 15), ("News", 30), ("Metropolis", 60), ("Canal", 30)])
    assert kinds(only(old, new)) == [
        (ADDED, None, "Extra"),
        (MOVED, "News", "News"),
        (MOVED, "Metropolis", "Metropolis"),
        (MOVED, "Canal", "Canal"),
    ]


def test_a_swap_is_two_moves() -> None:
    old = timeline([("News", 30), ("Canal", 30)])
    new = timeline([("Canal", 30), ("News", 30)])
    assert kinds(only(old, new)) == [(MOVED, "Canal", "Canal"), (MOVED, "News", "News")]


def test_of_many_airings_the_nearest_is_the_one_that_moved() -> None:
    old = timeline([("News", 30), ("A", 60), ("News", 30), ("B", 60), ("News", 30)])
    new = timeline([("News", 30), ("A", 60), ("C", 15), ("News", 30), ("B", 45), ("News", 30)])
    moves = [change for change in only(old, new).changes if change.kind is MOVED and change.old]
    assert [(change.old.start_ms - START) // MINUTE_MS for change in moves if change.old] == [90, 120]


def test_the_same_programme_with_another_length_is_changed() -> None:
    old = timeline([("News", 30), ("Canal", 30)])
    new = timeline([("News", 30), ("Canal", 45)])
    assert kinds(only(old, new)) == [(CHANGED, "Canal", "Canal")]


def test_another_clip_in_a_programme_is_a_change() -> None:
    old = timeline([("News", 30)])
    other = msgspec.structs.replace(old.items[0], in_point_ms=1000, out_point_ms=31 * MINUTE_MS)
    assert kinds(only(old, msgspec.structs.replace(old, items=(other,)))) == [(CHANGED, "News", "News")]


def test_a_new_title_of_the_same_film_is_a_change() -> None:
    old = timeline([("News", 30)])
    titled = msgspec.structs.replace(old.programmes[0], title="The News")
    assert kinds(only(old, msgspec.structs.replace(old, programmes=(titled,)))) == [
        (CHANGED, "News", "The News")
    ]


def test_what_only_one_side_plans_is_no_change() -> None:
    lines = [("News", 60), ("A", 60), ("B", 60)]
    assert difference(timeline(lines[:2], hours=2), timeline(lines, hours=3), START).is_empty
    assert difference(timeline(lines, hours=3), timeline(lines[:2], hours=2), START).is_empty


def test_the_past_is_no_change() -> None:
    old, new = timeline([("A", 60), ("B", 60)]), timeline([("X", 60), ("B", 60)])
    plan = difference(old, new, START + HOUR_MS)
    assert plan.is_empty
    assert plan.start_ms == START + HOUR_MS


def test_a_channel_of_one_side_is_told() -> None:
    one, two = timeline([("A", 60)]), timeline([("A", 60)], [("B", 60)])
    added, removed = difference(one, two, START), difference(two, one, START)
    assert [(each.was is None, each.becomes is None) for each in added.channels] == [
        (False, False),
        (True, False),
    ]
    assert kinds(added.channels[1]) == [(ADDED, None, "B")]
    assert kinds(removed.channels[1]) == [(REMOVED, "B", None)]
    assert [each.channel.key for each in removed.cuts] == ["b"]


def test_a_channel_with_other_facts_says_which() -> None:
    old = timeline([("A", 60)])
    channel = msgspec.structs.replace(old.channels[0], number="7", name="Seven", digest="other")
    plan = only(old, msgspec.structs.replace(old, channels=(channel,)))
    assert (plan.settings, plan.changes, plan.is_empty) == (("number", "name"), (), False)


@pytest.mark.parametrize(
    ("after", "is_cut"),
    [
        ([("A", 60), ("X", 60)], False),
        ([("A", 45), ("B", 75)], True),
        ([("X", 60), ("B", 60)], True),
        ([("X", 30), ("A", 60)], True),
    ],
)
def test_a_programme_on_air_is_cut_when_it_does_not_play_on(after: list[Line], is_cut: bool) -> None:
    old = timeline([("A", 60), ("B", 60)])
    cut = only(old, timeline(after), START + 30 * MINUTE_MS).cut
    assert (cut.title if cut else None) == ("A" if is_cut else None)


def test_filler_on_air_may_be_left() -> None:
    old = timeline([("-", 60), ("B", 60)])
    assert only(old, timeline([("X", 60), ("B", 60)]), START).cut is None


def test_filler_after_a_programme_may_be_left() -> None:
    old = timeline([("A", 60), ("B", 60)])
    programme = msgspec.structs.replace(old.programmes[0], finish_ms=START + 70 * MINUTE_MS)
    filler = msgspec.structs.replace(
        old.items[1],
        kind=ItemKind.FILLER,
        programme_id=programme.id,
        finish_ms=programme.finish_ms,
    )
    longer = msgspec.structs.replace(old, programmes=(programme,), items=(old.items[0], filler))
    assert only(longer, old, START).cut is None


LINES = st.lists(
    st.tuples(st.sampled_from(["A", "B", "C", "D", "-"]), st.sampled_from([15, 30, 60])), max_size=12
)
TIMELINES = st.lists(LINES, min_size=1, max_size=2).map(lambda lines: timeline(*lines))


@given(TIMELINES)
def test_nothing_differs_from_itself(one: Timeline) -> None:
    plan = difference(one, one, START)
    assert plan.is_empty
    assert plan.cuts == ()
    assert sum(channel.kept for channel in plan.channels) == len(one.programmes)


@given(TIMELINES, TIMELINES)
def test_every_programme_is_counted_once_on_each_side(old: Timeline, new: Timeline) -> None:
    for plan in difference(old, new, START).channels:
        before = [each for each in old.programmes if each.channel == plan.channel.key]
        after = [each for each in new.programmes if each.channel == plan.channel.key]
        assert len(before) == plan.kept + len([each for each in plan.changes if each.old])
        assert len(after) == plan.kept + len([each for each in plan.changes if each.new])


@given(TIMELINES, TIMELINES)
def test_the_way_back_is_the_mirror(old: Timeline, new: Timeline) -> None:
    there = {plan.channel.key: plan for plan in difference(old, new, START).channels}
    back = {plan.channel.key: plan for plan in difference(new, old, START).channels}
    assert there.keys() == back.keys()
    for key, plan in there.items():
        assert plan.count(ADDED) == back[key].count(REMOVED)
        assert plan.count(REMOVED) == back[key].count(ADDED)
        for kind in (MOVED, REPLACED, CHANGED):
            assert plan.count(kind) == back[key].count(kind)
        assert plan.kept == back[key].kept


@given(TIMELINES, TIMELINES)
def test_a_plan_applied_to_the_old_gives_the_new(old: Timeline, new: Timeline) -> None:
    for plan in difference(old, new, START).channels:
        rows = {each.id: each for each in old.programmes if each.channel == plan.channel.key}
        for change in plan.changes:
            if change.old:
                del rows[change.old.id]
        ids = [*rows, *(change.new.id for change in plan.changes if change.new)]
        assert sorted(ids) == sorted(each.id for each in new.programmes if each.channel == plan.channel.key)
