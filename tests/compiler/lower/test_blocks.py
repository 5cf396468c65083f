"""Named blocks placed by day templates."""

from __future__ import annotations

from grids import (
    QUARTERS,
    SIX,
    WALLS,
    agree,
    block,
    change_day,
    day,
    entry,
    origin,
    place,
    shown,
    tiles,
    written_at,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.lower.blocks import lower_blocks
from compiler.lower.rundown import Grid, Loop, Over
from compiler.lower.wall import Irregular, WallClock
from compiler.station import (
    BlocksSchedule,
    DateRange,
    DayRule,
    FillerSet,
    Mode,
    Overrun,
    Placement,
    Stop,
    TemplateDays,
)
from exstv.diagnostics import Diagnostic
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS

AMSTERDAM = WallClock("Europe/Amsterdam", SIX)
MONDAY, SATURDAY = day("2026-03-09"), day("2026-03-14")
EVERY = DayRule()
SATURDAYS = DayRule(days=frozenset({5}))
FILLER = FillerSet()


def schedule(*days: tuple[DayRule, tuple[Placement, ...]]) -> BlocksSchedule:
    listed = tuple(
        TemplateDays(rule, template, 0, origin(100 + index)) for index, (rule, template) in enumerate(days)
    )
    return BlocksSchedule("classic", listed, origin(1, "classic"), FILLER)


def grid(*days: tuple[DayRule, tuple[Placement, ...]]) -> Grid:
    found, diagnostics = lower_blocks(schedule(*days), SIX)
    assert diagnostics == []
    return found


def findings(*days: tuple[DayRule, tuple[Placement, ...]]) -> list[Diagnostic]:
    return lower_blocks(schedule(*days), SIX)[1]


def test_a_block_stands_at_its_times_and_leaves_the_rest_to_nobody() -> None:
    toons = block("toons", 2)
    found = grid((EVERY, (place(11, "10:00", toons), place(10, "08:00", toons), place(12, "15:00", toons))))
    segments = found.plan.segments(AMSTERDAM, MONDAY)
    assert shown(segments, AMSTERDAM) == [
        "06:00 -",
        "08:00 toons@08:00",
        "10:00 toons@10:00",
        "12:00 -",
        "15:00 toons@15:00",
        "17:00 -",
    ]


def test_the_most_specific_template_has_the_day() -> None:
    toons, films = block("toons", 2), block("films", 3)
    found = grid((EVERY, (place(10, "20:00", films),)), (SATURDAYS, (place(11, "08:00", toons),)))
    assert shown(found.plan.segments(AMSTERDAM, MONDAY), AMSTERDAM)[1] == "20:00 films@20:00"
    assert shown(found.plan.segments(AMSTERDAM, SATURDAY), AMSTERDAM)[1] == "08:00 toons@08:00"


def test_a_day_without_a_template_is_nobody_s() -> None:
    found = grid((SATURDAYS, (place(10, "08:00", block("toons", 2)),)))
    assert shown(found.plan.segments(AMSTERDAM, MONDAY), AMSTERDAM) == ["06:00 -"]


def test_a_block_goes_on_over_the_edge_of_the_day() -> None:
    night = block("night", 8)
    found = grid((SATURDAYS, (place(10, "23:00", night),)))
    after = found.plan.segments(AMSTERDAM, SATURDAY + 1)
    assert shown(after, AMSTERDAM) == ["06:00 night@23:00", "07:00 -"]
    before = found.plan.segments(AMSTERDAM, SATURDAY)
    assert after[0].occurrence == before[-1].occurrence


def test_a_block_is_cut_by_the_next_day_s_first_one() -> None:
    toons, night = block("toons", 2), block("night", 8)
    template = (place(10, "06:00", toons), place(11, "23:00", night))
    found, (warning,) = lower_blocks(schedule((EVERY, template)), SIX)
    assert shown(found.plan.segments(AMSTERDAM, MONDAY), AMSTERDAM) == [
        "06:00 toons@06:00",
        "08:00 -",
        "23:00 night@23:00",
    ]
    assert (warning.code, warning.message) == (
        "EXS4023",
        "`night` is cut by 1h: the next day begins with `toons`",
    )
    assert [label.span.line for label in warning.labels] == [11, 10]


def test_a_cut_is_only_warned_of_where_the_days_follow_each_other() -> None:
    toons, night = block("toons", 2), block("night", 8)
    sundays, mondays = DayRule(days=frozenset({6})), DayRule(days=frozenset({0}))
    evening, morning = (place(11, "23:00", night),), (place(10, "06:00", toons),)
    assert [one.code for one in findings((SATURDAYS, evening), (sundays, morning))] == ["EXS4023"]
    assert findings((SATURDAYS, evening), (mondays, morning)) == []


def test_blocks_of_one_template_that_overlap_are_an_error() -> None:
    toons, films = block("toons", 3), block("films", 2)
    template = (place(10, "08:00", toons), place(11, "10:59:59", films))
    found = findings((EVERY, template), (SATURDAYS, template))
    assert [(one.code, one.message) for one in found] == [
        ("EXS4022", "the block `films` starts at 10:59:59, before `toons` has ended")
    ]
    assert [label.span.line for label in found[0].labels] == [11, 10]
    assert findings((EVERY, (place(10, "08:00", toons), place(11, "11:00", films)))) == []


def test_blocks_overlap_in_the_broadcast_day_s_order() -> None:
    late, night = block("late", 3), block("night", 1)
    template = (place(10, "01:00", night), place(11, "23:00", late))
    assert [one.span.line for one in findings((EVERY, template))] == [10]
    assert [one.code for one in lower_blocks(schedule((EVERY, template)), 0)[1]] == ["EXS4023"]
    same = (place(10, "08:00", night), place(11, "08:00", late))
    assert [one.code for one in findings((EVERY, same))] == ["EXS4022"]


def test_a_template_that_no_day_has_is_warned_of() -> None:
    toons = (place(10, "08:00", block("toons", 2)),)
    never = DayRule(dates=(DateRange((0, 2, 1), (0, 2, 9)),), months=frozenset({3}))
    assert [(one.code, one.span.line) for one in findings((never, toons), (EVERY, toons))] == [
        ("EXS4024", 100)
    ]
    assert [(one.code, one.span.line) for one in findings((EVERY, toons), (EVERY, toons))] == [
        ("EXS4025", 101)
    ]


def test_the_list_of_a_block_is_a_loop_that_ends() -> None:
    toons = block("toons", 2, entry("a"), entry("b", Mode.MULTIPLE, count=3, overrun=Overrun.TRIM))
    (found,) = grid((EVERY, (place(10, "08:00", toons),))).appointments
    assert (found.over, found.look, found.origin.span.line) == (Over.STOP, toons.look, 10)
    assert isinstance(found.body, Loop)
    assert (found.body.name, found.body.once, found.body.filler) == ("classic/toons", True, FILLER)
    first, second = found.body.blocks
    assert (first.identity, first.mode, first.over, first.room_ms) == ("a", Mode.FIT, Over.STOP, 2 * HOUR_MS)
    assert (second.identity, second.count, second.over) == ("b", 3, Over.CUT)


def test_after_end_lets_the_last_item_finish() -> None:
    late = block("late", 2, entry("a"), stop=Stop.AFTER_END, max_late_ms=MINUTE_MS)
    free = block("free", 2, entry("a"), stop=Stop.AFTER_END)
    found = grid((EVERY, (place(10, "08:00", late), place(11, "12:00", free)))).appointments
    assert [(one.over, one.max_late_ms) for one in found] == [(Over.FINISH, MINUTE_MS), (Over.FINISH, None)]
    bodies = [one.body for one in found if isinstance(one.body, Loop)]
    assert [body.blocks[0].over for body in bodies] == [Over.FINISH, Over.FINISH]
    assert [body.blocks[0].room_ms for body in bodies] == [2 * HOUR_MS + MINUTE_MS, None]


def test_an_entry_with_a_length_of_its_own_keeps_it_as_its_room() -> None:
    toons = block("toons", 2, entry("a", Mode.DURATION, duration_ms=HOUR_MS))
    (found,) = grid((EVERY, (place(10, "08:00", toons),))).appointments
    assert isinstance(found.body, Loop)
    assert found.body.blocks[0].room_ms == HOUR_MS


def test_placements_of_one_template_on_two_kinds_of_days_are_the_same_appointments() -> None:
    toons = block("toons", 2)
    shared = (place(10, "08:00", toons),)
    other = (place(11, "08:00", toons), place(12, "20:00", toons))
    days = [DayRule(days=frozenset({number})) for number in range(3)]
    found = grid((days[0], shared), (days[1], shared), (days[2], other))
    assert [one.identity for one in found.appointments] == ["toons@08:00", "toons@08:00#2", "toons@20:00"]
    assert len({id(one.body) for one in found.appointments}) == 1


def test_a_block_in_a_skipped_hour_starts_after_it() -> None:
    found = grid((EVERY, (place(10, "02:30", block("toons", 1)),)))
    segments = found.plan.segments(AMSTERDAM, day("2026-03-28"))
    assert shown(segments, AMSTERDAM) == ["06:00 -", "03:00 toons@02:30", "04:00 -"]
    assert segments[1].occurrence is not None
    assert segments[1].occurrence.irregular is Irregular.SKIPPED


TEMPLATES = st.lists(
    st.tuples(QUARTERS, st.integers(1, 30 * 4)), min_size=0, max_size=4, unique_by=lambda each: each[0]
)


@settings(max_examples=100, deadline=None)
@given(TEMPLATES, TEMPLATES, WALLS, st.integers(-2, 2))
def test_blocks_fill_days_by_the_rule(
    even: list[tuple[int, int]], odd: list[tuple[int, int]], wall: WallClock, off: int
) -> None:
    rules = [DayRule(days=frozenset({0, 2, 4})), DayRule(days=frozenset({1, 3, 5, 6}))]
    templates = [
        tuple(Placement(at_ms, block(f"b{length}", length / 4), origin(at_ms + 1)) for at_ms, length in drawn)
        for drawn in (even, odd)
    ]
    found, _ = lower_blocks(schedule(*zip(rules, templates, strict=True)), wall.broadcast_day_ms)
    today = change_day(wall) + off
    segments = tiles(found, wall, range(today, today + 3))
    agree(segments)
    everything = [
        (wall.at(each, one.at_ms).ms, written_at(wall, each, one.at_ms), one)
        for each in range(today - 4, today + 4)
        for one in templates[(each - 1) % 7 not in (0, 2, 4)]
    ]
    for segment in segments:
        for at_ms in (segment.start_ms, segment.finish_ms - 1):
            on = [one for one in everything if one[0] <= at_ms < one[0] + one[2].block.duration_ms]
            expected = max(on, key=lambda each: each[:2])[2].origin if on else None
            assert (segment.occurrence.appointment.origin if segment.occurrence else None) == expected


def test_a_block_longer_than_a_day_reaches_the_day_after_the_next() -> None:
    found = grid((SATURDAYS, (place(10, "23:00", block("marathon", 40)),)))
    sunday = found.plan.segments(AMSTERDAM, SATURDAY + 1)
    assert [segment.finish_ms - segment.start_ms for segment in sunday] == [DAY_MS]
    assert shown(found.plan.segments(AMSTERDAM, SATURDAY + 2), AMSTERDAM) == [
        "06:00 marathon@23:00",
        "15:00 -",
    ]
