"""Events: one-off appointments that everything gives way to."""

from __future__ import annotations

import pytest
from on_air import channel, entry, event, loop, on_air, plays

from compiler.station import Mode, Overrun, Tail
from exstv.units import HOUR_MS


@pytest.mark.parametrize(
    ("mode", "facts", "expected"),
    [
        (Mode.ONE, {}, ["07:00 gala0", "07:40 a0"]),
        (Mode.MULTIPLE, {"count": 2}, ["07:00 gala0", "07:40 gala0", "08:20 a0"]),
        (Mode.DURATION, {"duration_ms": HOUR_MS, "tail": Tail.NONE}, ["07:00 gala0", "07:40 a0"]),
        (Mode.DURATION, {"duration_ms": HOUR_MS}, ["07:00 gala0", "07:40 -", "08:00 a0"]),
    ],
)
def test_an_event_plays_as_its_mode_says_and_the_loop_goes_on(
    mode: Mode, facts: dict[str, object], expected: list[str]
) -> None:
    one = channel(
        loop(entry(plays("a", 60), Mode.FLOOD)), events=(event(plays("gala", 40), "07:00", mode, **facts),)
    )
    assert on_air(one, 3)[0][: 1 + len(expected)] == ["06:00 a0", *expected]


def test_an_item_that_would_run_into_an_event_is_not_begun() -> None:
    one = channel(loop(entry(plays("a", 45), Mode.FLOOD)), events=(event(plays("gala", 30), "07:00"),))
    assert on_air(one, 2)[0] == ["06:00 a0", "06:45 -", "07:00 gala0", "07:30 a0"]


def test_an_item_that_may_be_cut_is_cut_at_the_event() -> None:
    cut = entry(plays("a", 45), Mode.FLOOD, overrun=Overrun.TRIM)
    one = channel(loop(cut), events=(event(plays("gala", 30), "07:00"),))
    assert on_air(one, 2)[0] == ["06:00 a0", "06:45 a0", "07:00 gala0", "07:30 a0"]


def test_a_duration_that_an_event_interrupts_still_ends_at_its_time() -> None:
    lasts = entry(plays("a", 20), Mode.DURATION, duration_ms=2 * HOUR_MS)
    one = channel(loop(lasts, entry(plays("b", 60))), events=(event(plays("gala", 30), "07:00"),))
    assert on_air(one, 2.5)[0] == [
        "06:00 a0", "06:20 a0", "06:40 a0", "07:00 gala0", "07:30 a0", "07:50 -", "08:00 b0",
    ]  # fmt: skip


def test_an_event_that_does_not_end_before_the_next_is_left_out_and_told() -> None:
    one = channel(
        loop(entry(plays("a", 60), Mode.FLOOD)),
        events=(event(plays("gala", 90), "07:00"), event(plays("news", 30), "08:00")),
    )
    lines, found = on_air(one, 3)
    assert lines == ["06:00 a0", "07:00 a0", "08:00 news0", "08:30 a0"]
    assert [each.code for each in found] == ["EXS5006"]
