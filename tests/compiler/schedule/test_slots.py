"""A weekly grid on air: padding, lateness, and slots that play other schedules."""

from __future__ import annotations

from typing import Any

import pytest
from grids import slot, slots
from on_air import channel, entry, event, loop, on_air, plays

from compiler.station import Flex, Mode, Overrun, Padding
from exstv.units import MINUTE_MS


def test_a_slot_wholly_covered_by_lateness_is_skipped_with_a_note() -> None:
    late: dict[str, Any] = {"flex": Flex.EXTEND, "max_late_ms": 120 * MINUTE_MS}
    week = slots(
        slot("film", "06:00", content=plays("film", 170), **late),
        slot("short", "08:00", content=plays("short", 30, 30)),
        slot("news", "08:30", content=plays("news", 60), padding=Padding.NONE),
    )
    lines, found = on_air(week, 3.5)
    assert lines == ["06:00 film0", "08:50 news0"]
    notes = [one.message for one in found if one.code == "EXS5004"]
    assert len(notes) == 1
    assert "`short`" in notes[0]


def test_an_item_may_end_late_by_no_more_than_max_late() -> None:
    late: dict[str, Any] = {"flex": Flex.EXTEND, "max_late_ms": 15 * MINUTE_MS}
    for length, starts in ((70, "07:10 b0"), (90, "07:15 b0")):
        week = slots(
            slot("a", "06:00", content=plays("a", length), **late), slot("b", "07:00", content=plays("b", 60))
        )
        assert on_air(week, 1.5)[0] == ["06:00 a0", starts]


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        (Padding.LOOP, ["06:00 a0", "06:20 a1", "06:40 a0", "07:00 b0"]),
        (Padding.NEXT, ["06:00 a0", "06:20 b0"]),
        (Padding.FILLER, ["06:00 a0", "06:20 -", "07:00 b0"]),
    ],
)
def test_what_follows_content_that_ends_early(padding: Padding, expected: list[str]) -> None:
    week = slots(
        slot("a", "06:00", content=plays("a", 20, 20), mode=Mode.ONE, padding=padding),
        slot("b", "07:00", content=plays("b", 120)),
    )
    assert on_air(week, 1.2)[0] == expected


def test_a_slot_that_began_early_ends_when_the_one_after_it_starts() -> None:
    week = slots(
        slot("a", "06:00", content=plays("a", 20), mode=Mode.ONE, padding=Padding.NEXT),
        slot("b", "07:00", content=plays("b", 50)),
        slot("c", "08:00", content=plays("c", 600)),
    )
    assert on_air(week, 3)[0] == ["06:00 a0", "06:20 b0", "07:10 b0", "08:00 c0"]


def test_a_grid_of_slots_that_all_run_ahead_stays_within_a_day_of_its_times() -> None:
    week = slots(
        *(
            slot(name, start, content=plays(name, 10), mode=Mode.ONE, padding=Padding.NEXT)
            for name, start in (("a", "06:00"), ("b", "18:00"))
        )
    )
    lines, _ = on_air(week, 24)
    assert lines[:5] == ["06:00 a0", "06:10 b0", "06:20 a0", "06:30 b0", "06:40 -"]


def test_compress_passes_over_what_does_not_fit() -> None:
    week = slots(
        slot("a", "06:00", content=plays("a", 40, 40, 20), flex=Flex.COMPRESS),
        slot("b", "07:00", content=plays("b", 60)),
    )
    assert on_air(week, 1.5)[0] == ["06:00 a0", "06:40 a2", "07:00 b0"]


def test_a_schedule_in_two_slots_goes_on_where_it_was() -> None:
    both = loop(entry(plays("x", 60)), entry(plays("y", 60)), entry(plays("z", 60)))
    week = slots(
        slot("a", "06:00", content=None, schedule=both), slot("b", "08:00", content=plays("b", 60)),
        slot("c", "09:00", content=None, schedule=both),
    )  # fmt: skip
    assert on_air(week, 5)[0] == ["06:00 x0", "07:00 y0", "08:00 b0", "09:00 z0", "10:00 x0"]


def test_a_loop_in_a_slot_leaves_a_start_outside_the_slot_alone() -> None:
    inner = loop(entry(plays("x", 30)), entry(plays("late", 30), start="20:00"))
    week = slots(
        slot("a", "06:00", content=None, schedule=inner), slot("b", "08:00", content=plays("b", 720))
    )
    assert on_air(week, 15)[0] == ["06:00 x0", "06:30 -", "08:00 b0", "20:00 b0"]


def test_a_slot_gives_way_to_an_event_and_goes_on_with_the_time_that_is_left() -> None:
    week = slots(slot("a", "06:00", content=plays("a", 45)), slot("b", "09:00", content=plays("b", 60)))
    one = channel(week, events=(event(plays("gala", 50), "07:00"),))
    assert on_air(one, 4)[0] == [
        "06:00 a0", "06:45 a0", "07:00 gala0", "07:50 a0", "08:35 a0", "09:00 b0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("overrun", "expected"),
    [
        (Overrun.TRIM, ["06:00 a0", "06:45 a0", "07:00 one0", "08:00 two0", "08:30 a0"]),
        # What does not fit before the second event is left out, and the slot goes on.
        (Overrun.STOP, ["06:00 a0", "06:45 a0", "07:00 a0", "07:45 a0", "08:00 two0", "08:30 a0"]),
    ],
)
def test_of_two_events_the_second_ends_the_first(overrun: Overrun, expected: list[str]) -> None:
    week = slots(slot("a", "06:00", content=plays("a", 45)))
    events = (event(plays("one", 90), "07:00", overrun=overrun), event(plays("two", 30), "08:00"))
    assert on_air(channel(week, events=events), 3)[0] == expected
