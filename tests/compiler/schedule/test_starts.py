"""Loops on air: flexible starts, daily restarts, pads, decks and the calendar's edges."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from grids import origin
from on_air import channel, entry, loop, on_air, plays

from compiler.station import CalendarRule, DayRule, Mode, Overrun, Schedule, StartBehaviour
from exstv.units import HOUR_MS, MINUTE_MS, parse_time_of_day

FLEXIBLE: dict[str, Any] = {"start_behaviour": StartBehaviour.FLEXIBLE}


def test_a_flexible_start_waits_for_its_time_or_is_at_once_if_reached_later() -> None:
    early = loop(entry(plays("a", 30)), entry(plays("b", 60), start="07:00", **FLEXIBLE))
    assert on_air(early, 2)[0] == ["06:00 a0", "06:30 -", "07:00 b0"]
    late = loop(entry(plays("a", 90)), entry(plays("b", 60), start="07:00", **FLEXIBLE), name="late")
    assert on_air(late, 2)[0][0] == "06:00 -"
    first = loop(
        entry(plays("a", 90), overrun=Overrun.FINISH), entry(plays("b", 60), start="07:00", **FLEXIBLE)
    )
    assert on_air(first, 2)[0] == ["06:00 a0", "07:30 b0"]


def test_a_flexible_start_is_once_a_day() -> None:
    both = loop(entry(plays("a", 30)), entry(plays("b", 60), start="06:30", **FLEXIBLE))
    assert on_air(both, 26)[0] == ["06:00 a0", "06:30 b0", "07:30 a0", "08:00 -", "06:30 b0", "07:30 a0"]


def test_finish_delays_a_flexible_start_by_no_more_than_max_late() -> None:
    def lines(length: int) -> list[str]:
        runs_over = entry(
            plays("a", 50, length), Mode.FLOOD, overrun=Overrun.FINISH, max_late_ms=15 * MINUTE_MS
        )
        return on_air(loop(runs_over, entry(plays("b", 60), start="07:00", **FLEXIBLE)), 2)[0]

    assert lines(25)[:3] == ["06:00 a0", "06:50 a1", "07:15 b0"]
    assert lines(26)[:3] == ["06:00 a0", "06:50 -", "07:00 b0"]


def test_a_loop_that_restarts_daily_begins_at_its_first_entry() -> None:
    three = (entry(plays("a", 480)), entry(plays("b", 480)), entry(plays("c", 600)))
    assert on_air(loop(*three), 40)[0] == [
        "06:00 a0", "14:00 b0", "22:00 c0", "08:00 a0", "16:00 b0",
    ]  # fmt: skip
    assert on_air(loop(*three, restart_daily=True), 40)[0] == [
        "06:00 a0", "14:00 b0", "22:00 c0", "08:00 a0", "16:00 b0",
    ]  # fmt: skip
    short = (entry(plays("a", 480)), entry(plays("b", 900)), entry(plays("c", 600)))
    assert on_air(loop(*short, restart_daily=True), 30)[0] == ["06:00 a0", "14:00 b0", "05:00 c0"]


@pytest.mark.parametrize(
    ("mode", "facts", "expected"),
    [
        (Mode.PAD_TO, {"duration_ms": HOUR_MS}, ["06:00 a0", "06:20 p0", "06:50 -", "07:00 a0"]),
        (Mode.PAD_UNTIL, {"until_ms": 7 * HOUR_MS}, ["06:00 a0", "06:20 p0", "06:50 -", "07:00 a0"]),
        (
            Mode.PAD_TO,
            {"duration_ms": HOUR_MS, "overrun": Overrun.TRIM},
            ["06:00 a0", "06:20 p0", "06:50 p0", "07:00 a0"],
        ),
    ],
)
def test_a_pad_plays_up_to_its_mark(mode: Mode, facts: dict[str, Any], expected: list[str]) -> None:
    assert on_air(loop(entry(plays("a", 20)), entry(plays("p", 30), mode, **facts)), 1.2)[0] == expected


def test_on_its_mark_a_pad_adds_nothing() -> None:
    pad = entry(plays("p", 30), Mode.PAD_TO, duration_ms=HOUR_MS)
    assert on_air(loop(entry(plays("a", 60)), pad), 3)[0] == ["06:00 a0", "07:00 a0", "08:00 a0"]


@pytest.mark.parametrize("mode", [Mode.PAD_UNTIL, Mode.WAIT_UNTIL])
def test_a_time_that_has_passed_is_nothing_or_tomorrows(mode: Mode) -> None:
    def lines(**facts: Any) -> list[str]:
        pad = entry(plays("p", 600), mode, until_ms=parse_time_of_day("07:00"), **facts)
        return on_air(loop(entry(plays("a", 120)), pad), 26)[0]

    assert lines()[:3] == ["06:00 a0", "08:00 a0", "10:00 a0"]
    assert lines(tomorrow=True)[-1] == "07:00 a0"


def test_a_deck_deals_every_card_once_a_cycle_and_none_twice_running() -> None:
    cards = [entry(plays(name, 60)) for name in "abcd"]
    lines, _ = on_air(loop(*cards, shuffle_items=True), 40)
    dealt = [line.split()[1] for line in lines]
    assert {tuple(sorted(dealt[at : at + 4])) for at in range(0, 40, 4)} == {("a0", "b0", "c0", "d0")}
    assert all(one != other for one, other in pairwise(dealt))
    assert len({tuple(dealt[at : at + 4]) for at in range(0, 40, 4)}) > 1


@pytest.mark.parametrize(
    ("overrun", "expected"),
    [
        (Overrun.STOP, ["06:00 a0", "16:00 a0", "02:00 -", "06:00 b0"]),
        (Overrun.TRIM, ["06:00 a0", "16:00 a0", "02:00 a0", "06:00 b0"]),
        (Overrun.FINISH, ["06:00 a0", "16:00 a0", "02:00 a0", "12:00 b0"]),
    ],
)
def test_the_outgoing_entrys_overrun_decides_at_a_days_edge(overrun: Overrun, expected: list[str]) -> None:
    own: Schedule = loop(entry(plays("a", 600), Mode.FLOOD, overrun=overrun))
    saturday = loop(entry(plays("b", 600), Mode.FLOOD), name="saturday")
    rule = CalendarRule(DayRule(days=frozenset({5})), saturday, 0, origin(1, "calendar"))
    assert on_air(channel(own, calendar=(rule,)), 31)[0] == expected
