"""A weekly grid: who is on when, over all zones and changes of the clock."""

from __future__ import annotations

import pytest
from grids import (
    SIX,
    WALLS,
    agree,
    change_day,
    content,
    day,
    origin,
    shown,
    slot,
    slots,
    tiles,
    written_at,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.lower.rundown import Block, Grid, Loop, Over, Rundown
from compiler.lower.slots import lower_slots
from compiler.lower.wall import Irregular, WallClock
from compiler.station import PLAIN, Flex, LoopSchedule, Mode, Padding, Schedule, Slot, SlotsSchedule
from exstv import codes
from exstv.diagnostics import Diagnostic
from exstv.units import HOUR_MS, MINUTE_MS

FRI, SAT, SUN, MON, TUE = 4, 5, 6, 0, 1
AMSTERDAM = WallClock("Europe/Amsterdam", SIX)
MONDAY = day("2026-03-09")


def no_schedule(schedule: Schedule) -> tuple[Rundown, list[Diagnostic]]:
    raise AssertionError(schedule.name)


def grid(*listed: Slot, broadcast_day_ms: int = SIX) -> Grid:
    found, diagnostics = lower_slots(slots(*listed), broadcast_day_ms, no_schedule)
    assert diagnostics == []
    return found


def findings(*listed: Slot) -> list[Diagnostic]:
    return lower_slots(slots(*listed), SIX, no_schedule)[1]


def test_a_slot_lasts_to_the_next_one_and_over_the_edge_of_the_day() -> None:
    week = grid(slot("news", "07:00"), slot("film", "20:00"), slot("night", "01:00"))
    segments = week.plan.segments(AMSTERDAM, MONDAY)
    assert shown(segments, AMSTERDAM) == ["06:00 night", "07:00 news", "20:00 film", "01:00 night"]


def test_a_slot_of_one_day_reaches_into_the_days_without_slots() -> None:
    week = grid(slot("sunday", "20:00", [SUN]), slot("tuesday", "18:00", [TUE]))
    assert shown(week.plan.segments(AMSTERDAM, MONDAY), AMSTERDAM) == ["06:00 sunday"]
    assert shown(week.plan.segments(AMSTERDAM, MONDAY + 1), AMSTERDAM) == ["06:00 sunday", "18:00 tuesday"]
    found = week.plan.segments(AMSTERDAM, MONDAY)[0].occurrence
    assert found is not None
    assert f"{AMSTERDAM.local(found.start_ms):%a %H:%M}" == "Sun 20:00"
    assert f"{AMSTERDAM.local(found.finish_ms):%a %H:%M}" == "Tue 18:00"


def test_a_slot_alone_lasts_a_week() -> None:
    week = grid(slot("only", "20:00", [FRI]))
    assert shown(week.plan.segments(AMSTERDAM, MONDAY), AMSTERDAM) == ["06:00 only"]
    assert shown(week.plan.segments(AMSTERDAM, MONDAY + FRI), AMSTERDAM) == ["06:00 only", "20:00 only"]


def test_friday_after_midnight_is_the_clock_s_saturday() -> None:
    week = grid(slot("late", "01:00", [FRI], duration_ms=HOUR_MS))
    found = week.plan.segments(AMSTERDAM, MONDAY + FRI)[1]
    assert f"{AMSTERDAM.local(found.start_ms):%a %H:%M}" == "Sat 01:00"


def test_what_no_slot_covers_is_nobody_s() -> None:
    week = grid(slot("news", "07:00", duration_ms=HOUR_MS), slot("film", "20:00", duration_ms=2 * HOUR_MS))
    segments = week.plan.segments(AMSTERDAM, MONDAY)
    assert shown(segments, AMSTERDAM) == ["06:00 -", "07:00 news", "08:00 -", "20:00 film", "22:00 -"]
    assert shown(grid().plan.segments(AMSTERDAM, MONDAY), AMSTERDAM) == ["06:00 -"]


def test_the_later_start_covers_a_slot_with_a_duration_which_resumes() -> None:
    week = grid(slot("long", "20:00", duration_ms=4 * HOUR_MS), slot("news", "22:00", duration_ms=HOUR_MS))
    segments = week.plan.segments(AMSTERDAM, MONDAY)
    assert shown(segments, AMSTERDAM) == ["06:00 -", "20:00 long", "22:00 news", "23:00 long", "00:00 -"]
    assert segments[1].occurrence == segments[3].occurrence


def test_a_slot_without_a_duration_ends_at_the_next_one_for_good() -> None:
    week = grid(slot("all", "06:00"), slot("news", "22:00", duration_ms=HOUR_MS))
    segments = week.plan.segments(AMSTERDAM, MONDAY)
    assert shown(segments, AMSTERDAM) == ["06:00 all", "22:00 news", "23:00 -"]


def test_the_higher_priority_has_the_time_and_the_other_joins_after_it() -> None:
    week = grid(
        slot("match", "18:00", [SUN], duration_ms=3 * HOUR_MS, priority=1),
        slot("film", "20:00"),
        slot("news", "18:00"),
    )
    sunday = MONDAY + SUN
    segments = week.plan.segments(AMSTERDAM, sunday)
    assert shown(segments, AMSTERDAM) == ["06:00 film", "18:00 match", "21:00 film"]
    film = segments[-1].occurrence
    assert film is not None and f"{AMSTERDAM.local(film.start_ms):%H:%M}" == "20:00"
    assert shown(week.plan.segments(AMSTERDAM, MONDAY), AMSTERDAM) == [
        "06:00 film",
        "18:00 news",
        "20:00 film",
    ]


def test_two_starts_in_a_skipped_hour_leave_the_later_one_its_time() -> None:
    week = grid(slot("two", "02:00"), slot("half", "02:30"), slot("four", "04:00"))
    segments = week.plan.segments(AMSTERDAM, day("2026-03-28"))
    assert shown(segments, AMSTERDAM) == ["06:00 four", "03:00 half", "04:00 four"]
    assert segments[1].occurrence is not None
    assert segments[1].occurrence.irregular is Irregular.SKIPPED


def test_of_two_with_durations_in_a_skipped_hour_the_later_one_goes_first() -> None:
    week = grid(slot("two", "02:00", duration_ms=3 * HOUR_MS), slot("half", "02:30", duration_ms=HOUR_MS))
    segments = week.plan.segments(AMSTERDAM, day("2026-03-28"))
    assert shown(segments, AMSTERDAM) == ["06:00 -", "03:00 half", "04:00 two"]


def test_a_start_that_comes_twice_is_the_first_of_them() -> None:
    week = grid(slot("two", "02:00"), slot("half", "02:30"))
    segments = week.plan.segments(AMSTERDAM, day("2026-10-24"))
    assert shown(segments, AMSTERDAM) == ["06:00 half", "02:00 two", "02:30 half"]
    assert segments[-1].occurrence is not None
    assert segments[-1].occurrence.irregular is Irregular.REPEATED
    assert segments[-1].finish_ms - segments[-1].start_ms == 4 * HOUR_MS + 30 * MINUTE_MS


def test_a_start_at_the_edge_of_its_day_plays_in_the_next_one() -> None:
    """The day begins in the skipped hour: what is written for the half hour before begins with it."""
    wall = WallClock("Europe/Amsterdam", 2 * HOUR_MS + 30 * MINUTE_MS)
    week = grid(slot("two", "02:00"), slot("six", "06:00"), broadcast_day_ms=wall.broadcast_day_ms)
    assert shown(week.plan.segments(wall, day("2026-03-28")), wall) == ["02:30 two", "06:00 six"]
    assert shown(week.plan.segments(wall, day("2026-03-29")), wall) == ["03:00 two", "06:00 six", "02:00 two"]


def test_a_slot_goes_on_behind_a_day_that_the_zone_left_out() -> None:
    apia = WallClock("Pacific/Apia", 0)
    week = grid(slot("late", "23:00", duration_ms=2 * HOUR_MS), slot("six", "06:00"), broadcast_day_ms=0)
    # What is written for the 30th, which never was, starts with the 31st and is covered by its later start.
    assert week.plan.segments(apia, day("2011-12-30")) == ()
    found = week.plan.segments(apia, day("2011-12-31"))
    assert shown(found, apia) == ["00:00 late", "02:00 -", "06:00 six", "23:00 late"]
    thursdays = grid(slot("late", "23:00", [3], duration_ms=2 * HOUR_MS), broadcast_day_ms=0)
    found = thursdays.plan.segments(apia, day("2011-12-31"))
    assert shown(found, apia) == ["00:00 late", "01:00 -"]


@pytest.mark.parametrize(
    ("flex", "over"),
    [(Flex.NONE, Over.CUT), (Flex.EXTEND, Over.EXTEND), (Flex.COMPRESS, Over.COMPRESS)],
)
def test_a_slot_s_content_is_a_block(flex: Flex, over: Over) -> None:
    one = slot("film", "20:00", flex=flex, max_late_ms=5, padding=Padding.LOOP, mode=Mode.MULTIPLE, count=3)
    (found,) = grid(one).appointments
    assert (found.identity, found.over, found.max_late_ms, found.padding) == ("film", over, 5, Padding.LOOP)
    body = found.body
    assert isinstance(body, Block)
    assert (body.identity, body.mode, body.count, body.over) == ("film", Mode.MULTIPLE, 3, over)
    assert body.content is one.content


def test_mode_one_plays_one_whatever_the_count() -> None:
    (found,) = grid(slot("film", "20:00", mode=Mode.ONE, count=None)).appointments
    assert isinstance(found.body, Block)
    assert found.body.count == 1


def test_a_slot_that_plays_a_schedule_has_its_rundown() -> None:
    inner = LoopSchedule("inner", (), origin(7, "inner"))
    loop = Loop("inner", (), inner.origin)
    note = codes.FIXED_IN_DECK.at(inner.origin)

    def lower(schedule: Schedule) -> tuple[Rundown, list[Diagnostic]]:
        assert schedule is inner
        return loop, [note]

    week = SlotsSchedule("week", (slot("film", "20:00", content=None, schedule=inner),), origin(1))
    found, diagnostics = lower_slots(week, SIX, lower)
    assert found.appointments[0].body is loop
    assert diagnostics == [note]


def test_two_slots_at_one_start_are_an_error_on_the_days_they_share() -> None:
    a, b = slot("a", "20:00", [SAT, SUN]), slot("b", "20:00", [FRI, SAT])
    (found,) = findings(a, b)
    assert (found.code, found.message) == ("EXS4020", "two slots start at 20:00, sat")
    assert [label.span for label in found.labels] == [b.origin.span, a.origin.span]
    assert findings(a, slot("c", "20:00", [MON])) == []
    assert findings(a, slot("c", "20:00", [SAT, SUN, MON], priority=1), slot("d", "21:00")) != []
    (every,) = findings(slot("a", "20:00"), slot("b", "20:00"))
    assert every.message == "two slots start at 20:00, every day"


def test_a_slot_that_others_cover_whole_is_warned_of() -> None:
    (found,) = findings(slot("a", "20:00"), slot("b", "20:00", priority=1))
    assert (found.code, found.message) == (
        "EXS4021",
        "the slot `a` is never on the air: others cover all of it",
    )
    late = slot("late", "01:00", [FRI], duration_ms=HOUR_MS)
    match = slot("match", "23:00", [FRI], duration_ms=4 * HOUR_MS, priority=1)
    assert [one.code for one in findings(late, match)] == ["EXS4021"]


LENGTHS = st.none() | st.integers(1, 200).map(lambda quarter: quarter * 15 * MINUTE_MS)
SLOTS = st.lists(
    st.tuples(
        st.integers(0, 95),
        st.frozensets(st.integers(0, 6), min_size=1),
        LENGTHS,
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda each: (each[0], each[3]),
)


def made(drawn: list[tuple[int, frozenset[int], int | None, int]]) -> list[Slot]:
    return [
        Slot(
            identity=f"s{index}",
            days=days,
            start_ms=quarter * 15 * MINUTE_MS,
            look=PLAIN,
            origin=origin(index + 1),
            content=content("x"),
            duration_ms=length,
            priority=priority,
        )
        for index, (quarter, days, length, priority) in enumerate(drawn)
    ]


def covering(listed: list[Slot], wall: WallClock, days: range) -> list[tuple[tuple[int, int, int], int, str]]:
    """Every occurrence as (what decides, finish, name), by the rule and not by a clever order."""
    starts = [(written_at(wall, each, one.start_ms), each, one) for each in days for one in listed]
    starts = [start for start in starts if (start[1] - 1) % 7 in start[2].days]
    found: list[tuple[tuple[int, int, int], int, str]] = []
    for written, each, one in starts:
        start = wall.at(each, one.start_ms).ms
        if one.duration_ms is not None:
            finish = start + one.duration_ms
        else:
            after = min((other for other in starts if other[0] > written), default=None, key=lambda x: x[0])
            finish = start if after is None else wall.at(after[1], after[2].start_ms).ms
        found.append(((one.priority, start, written), finish, one.identity))
    return found


@settings(max_examples=120, deadline=None)
@given(SLOTS, WALLS, st.integers(-3, 3), st.lists(st.integers(0, 25 * 60), min_size=8, max_size=8))
def test_the_grid_says_what_the_rule_says(
    drawn: list[tuple[int, frozenset[int], int | None, int]], wall: WallClock, off: int, minutes: list[int]
) -> None:
    listed = made(drawn)
    week, _ = lower_slots(slots(*listed), wall.broadcast_day_ms, no_schedule)
    today = change_day(wall) + off
    segments = tiles(week, wall, range(today, today + 3))
    agree(segments)
    everything = covering(listed, wall, range(today - 10, today + 12))
    first = segments[0].start_ms
    looked_at = {first + minute * MINUTE_MS for minute in minutes}
    looked_at |= {each.start_ms for each in segments} | {each.finish_ms - 1 for each in segments}
    for at_ms in looked_at:
        on = [one for one in everything if one[0][1] <= at_ms < one[1]]
        expected = max(on)[2] if on else None
        found = next(each for each in segments if each.start_ms <= at_ms < each.finish_ms).occurrence
        assert (found.appointment.identity if found else None) == expected
