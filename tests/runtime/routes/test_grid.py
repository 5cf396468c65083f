"""The guide's table as values: cells fill the window, and each programme stands in one of them."""

from __future__ import annotations

from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv.clock import from_iso, to_iso
from exstv.timeline.model import Channel, Programme, ProgrammeKind
from exstv.units import HOUR_MS, MINUTE_MS, SECOND_MS
from runtime.routes import grid

UTC = ZoneInfo("UTC")
NOW_MS = from_iso("2026-11-21T12:20Z")
SHOWN = grid.window("2026-11-21T12:00", NOW_MS, UTC)
CHANNEL = Channel(key="a", number="1", name="A", xmltv_id="a.b", timezone="UTC", profile="hd")


def programmes(starts: list[int]) -> list[Programme]:
    """One from each instant to the next."""
    return [
        Programme(
            channel="a",
            id=str(start),
            kind=ProgrammeKind.PROGRAMME,
            start_ms=start,
            finish_ms=finish,
            title=to_iso(start),
        )
        for start, finish in pairwise(starts)
    ]


def cells(rows: list[Programme]) -> tuple[grid.Cell, ...]:
    (row,) = grid.rows([CHANNEL], rows, SHOWN)
    return row.cells


@given(
    st.integers(0, 3 * HOUR_MS // SECOND_MS),
    st.lists(st.integers(1, 2 * HOUR_MS // SECOND_MS), min_size=1, max_size=60),
)
def test_cells_fill_the_window_and_hold_each_of_its_programmes_once(early: int, lengths: list[int]) -> None:
    starts = [SHOWN.start_ms - early * SECOND_MS + at * SECOND_MS for at in accumulate([0, *lengths])]
    starts.append(SHOWN.finish_ms + HOUR_MS * 3)
    seen = [row for row in programmes(sorted(set(starts))) if row.finish_ms > SHOWN.start_ms]
    seen = [row for row in seen if row.start_ms < SHOWN.finish_ms]
    found = cells(seen)
    assert sum(cell.span for cell in found) == grid.UNITS
    assert [entry.at for cell in found for entry in cell.entries] == [row.title for row in seen]
    least = grid.LEAST_MS // grid.UNIT_MS - 1
    assert all(cell.span >= least for cell in found)


def test_a_cell_is_as_wide_as_what_is_in_it_is_long() -> None:
    starts = [SHOWN.start_ms + at * MINUTE_MS for at in (-20, 10, 15, 45, 145, 240)]
    found = cells(programmes(starts))
    # The rest of the first is too short for a cell of its own, and so is the second.
    assert [(cell.span, len(cell.entries)) for cell in found] == [(9, 3), (20, 1), (19, 1)]


def test_where_nothing_is_planned_a_cell_says_so() -> None:
    rows = programmes([SHOWN.start_ms + at * HOUR_MS for at in (1, 2, 3)])
    found = cells([rows[0]])
    assert [(cell.span, len(cell.entries)) for cell in found] == [(12, 0), (12, 1), (24, 0)]
    assert [(cell.span, cell.entries) for cell in cells([])] == [(48, ())]
    (short,) = programmes([SHOWN.start_ms + HOUR_MS, SHOWN.start_ms + HOUR_MS + MINUTE_MS])
    assert [(cell.span, len(cell.entries)) for cell in cells([short])] == [(12, 0), (1, 1), (35, 0)]


@pytest.mark.parametrize(
    ("zone", "at", "start"),
    [
        ("Asia/Kathmandu", "2026-11-21T20:00", "2026-11-21T14:15Z"),
        ("Asia/Kathmandu", "2026-11-21T20:44", "2026-11-21T14:45Z"),
        ("Europe/Amsterdam", "2026-11-21T20:00", "2026-11-21T19:00Z"),
        ("Europe/Amsterdam", "2026-11-21T20:00Z", "2026-11-21T20:00Z"),
        # The clock goes back that night: 02:30 comes twice, and the first one is meant.
        ("Europe/Amsterdam", "2026-10-25T02:30", "2026-10-25T00:30Z"),
        ("America/St_Johns", None, "2026-11-21T12:00Z"),
    ],
)
def test_a_window_begins_at_a_half_hour_of_its_own_clock(zone: str, at: str | None, start: str) -> None:
    assert to_iso(grid.window(at, NOW_MS, ZoneInfo(zone)).start_ms) == to_iso(from_iso(start))


def test_of_a_timeline_of_a_year_the_days_around_are_offered() -> None:
    day_ms = 24 * HOUR_MS
    offered = grid.days(SHOWN, NOW_MS - 200 * day_ms, NOW_MS + 200 * day_ms)
    assert len(offered) == grid.MOST_DAYS
    assert [day.name for day in offered if day.shown] == ["Today"]
    assert offered[15].at == "2026-11-21T12:00" and offered[-1].name == "Sun 6 Dec"
