"""Programme times that another program made."""

from __future__ import annotations

from typing import Any

from grids import SIX, WALLS, agree, change_day, day, media, origin, tiles
from grids import shown as named
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.lower.external import lower_external
from compiler.lower.rundown import Block, Grid, Over
from compiler.lower.wall import WallClock
from compiler.station import ExternalProgramme, ExternalSchedule, Mode, Order, Tail
from exstv.clock import from_iso
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS

AMSTERDAM = WallClock("Europe/Amsterdam", SIX)
MONDAY = day("2026-03-09")
NOON = from_iso("2026-03-09T12:00+01:00")
FILM, SHORT = media("film"), media("short")


def schedule(*programmes: ExternalProgramme, period_ms: int = 0) -> ExternalSchedule:
    return ExternalSchedule("list", programmes, origin(1, "list"), period_ms=period_ms)


def shown(grid: Grid, day: int) -> list[str]:
    """The segments of a day, the programmes by their places in the list."""
    places = {one.identity: f"list#{place}" for place, one in enumerate(grid.appointments, start=1)}
    segments = named(grid.plan.segments(AMSTERDAM, day), AMSTERDAM)
    return [f"{time} {places.get(name, name)}" for time, name in (each.split(" ") for each in segments)]


def at(hours: float, length: float, **facts: Any) -> ExternalProgramme:
    start = NOON + int(hours * HOUR_MS)
    return ExternalProgramme(start, start + int(length * HOUR_MS), **{"item": FILM, **facts})


def test_programmes_stand_at_their_instants_and_gaps_are_nobody_s() -> None:
    grid = lower_external(schedule(at(-20, 1), at(0, 1), at(1, 0.5), at(2, 1), at(30, 1)))
    assert shown(grid, MONDAY) == [
        "06:00 -",
        "12:00 list#2",
        "13:00 list#3",
        "13:30 -",
        "14:00 list#4",
        "15:00 -",
    ]
    assert shown(grid, MONDAY + 9) == ["06:00 -"]
    assert shown(lower_external(schedule()), MONDAY) == ["06:00 -"]


def test_a_programme_crosses_the_edge_of_the_day() -> None:
    grid = lower_external(schedule(at(17, 2)))
    before = grid.plan.segments(AMSTERDAM, MONDAY)[-1]
    after = grid.plan.segments(AMSTERDAM, MONDAY + 1)[0]
    assert before.occurrence == after.occurrence
    assert after.finish_ms - before.start_ms == 2 * HOUR_MS


def test_a_list_with_a_period_stands_before_and_after() -> None:
    """Every 8 h of real time: in April its local times are an hour later."""
    grid = lower_external(schedule(at(0, 1), at(2, 1), period_ms=8 * HOUR_MS))
    assert shown(grid, MONDAY + 30)[:5] == [
        "06:00 -",
        "07:00 list#2",
        "08:00 -",
        "13:00 list#1",
        "14:00 -",
    ]
    assert shown(grid, MONDAY - 1)[:3] == [
        "06:00 list#2",
        "07:00 -",
        "12:00 list#1",
    ]


def test_a_programme_is_one_item_cut_at_its_end() -> None:
    grid = lower_external(
        schedule(at(0, 1, in_point_ms=MINUTE_MS, title="Tonight"), at(1, 1), at(2, 1, item=SHORT))
    )
    assert grid.appointments[0].identity == "list@2026-03-09T11:00:00.000Z"
    bodies = [one.body for one in grid.appointments if isinstance(one.body, Block)]
    assert [one.over for one in grid.appointments] == [one.over for one in bodies] == [Over.CUT] * 3
    assert [(body.mode, body.count, body.in_point_ms) for body in bodies] == [
        (Mode.ONE, 1, MINUTE_MS),
        (Mode.ONE, 1, 0),
        (Mode.ONE, 1, 0),
    ]
    assert [
        (body.look.title, one.look.title) for body, one in zip(bodies, grid.appointments, strict=True)
    ] == [
        ("Tonight", "Tonight"),
        (None, None),
        (None, None),
    ]
    contents = [body.content for body in bodies if body.content is not None]
    assert [(each.items, each.order) for each in contents] == [
        ((item,), Order.LISTED) for item in (FILM, FILM, SHORT)
    ]
    assert contents[0] is contents[1]
    assert contents[0].cursor != contents[2].cursor


def test_a_programme_without_an_item_is_off_air() -> None:
    (found,) = lower_external(schedule(at(0, 2, item=None))).appointments
    assert isinstance(found.body, Block)
    body = found.body
    assert (body.content, body.mode, body.tail, body.duration_ms) == (
        None,
        Mode.DURATION,
        Tail.OFFLINE,
        2 * HOUR_MS,
    )


LISTS = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 600)), max_size=6)


@settings(max_examples=100, deadline=None)
@given(LISTS, st.integers(0, 600), st.booleans(), WALLS, st.integers(-2000, 2000))
def test_programmes_fill_days_by_the_rule(
    drawn: list[tuple[int, int]], rest: int, repeats: bool, wall: WallClock, off: int
) -> None:
    today = change_day(wall)
    now = first = wall.day_start(today) + off * MINUTE_MS
    programmes: list[ExternalProgramme] = []
    for gap, length in drawn:
        start = now + gap * MINUTE_MS
        now = start + length * MINUTE_MS
        programmes.append(ExternalProgramme(start, now, FILM))
    period = now - first + rest * MINUTE_MS if repeats else 0
    grid = lower_external(schedule(*programmes, period_ms=period))
    segments = tiles(grid, wall, range(today, today + 3))
    agree(segments)
    turns = range(-(8 * DAY_MS // period + 2), 8 * DAY_MS // period + 3) if period else range(1)
    for segment in segments:
        for at_ms in (segment.start_ms, segment.finish_ms - 1):
            on = [
                (one.start_ms + turn * period, one.finish_ms + turn * period)
                for turn in turns
                for one in programmes
                if one.start_ms <= at_ms - turn * period < one.finish_ms
            ]
            assert ([segment.occurrence[1:3]] if segment.occurrence else []) == on
