"""Breaks come at chapters or at a spacing, never close to each other nor to an item's ends."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from compiler.schedule.breaks import break_points
from compiler.schedule.placed import Part
from compiler.station import BreakAt, FillerMode, FillerPreset
from exstv.catalog.model import Chapter, MediaItem, Pause
from exstv.units import MINUTE_MS

TV = Any


def film(tv: TV, minutes: int, *chapters: float) -> Part:
    item = msgspec.structs.replace(
        tv.clips("film", f"{minutes}m")[0],
        chapters=tuple(Chapter(start_ms=int(mark * MINUTE_MS)) for mark in chapters),
    )
    return Part(item, 0, minutes * MINUTE_MS, None, tv.content("film", ()).origin)


def ads(tv: TV, at: BreakAt, every: int = 0, most: int | None = None) -> FillerPreset:
    preset: FillerPreset = tv.filler("ads", tv.clips("ad", "30s"), FillerMode.COUNT)
    return replace(preset, at=at, every_ms=every * MINUTE_MS, max_breaks=most)


def minutes(part: Part, preset: FillerPreset) -> list[float]:
    return [mark / MINUTE_MS for mark in break_points(part, preset)]


def test_a_film_breaks_at_its_chapters(tv: TV) -> None:
    assert minutes(film(tv, 90, 0, 20, 50, 70), ads(tv, BreakAt.CHAPTERS)) == [20, 50, 70]


def test_chapters_too_close_to_a_break_or_to_an_end_are_left_out(tv: TV) -> None:
    part = film(tv, 90, 0, 5.9, 6, 17, 18, 29, 84, 84.5, 85)
    assert minutes(part, ads(tv, BreakAt.CHAPTERS, every=12)) == [6, 18, 84]


def test_every_is_the_target_where_chapters_do_not_count(tv: TV) -> None:
    part = film(tv, 40, 15)
    assert minutes(part, ads(tv, BreakAt.EVERY, every=12)) == [12, 24]
    assert minutes(film(tv, 42), ads(tv, BreakAt.EVERY, every=12)) == [12, 24, 36]
    assert minutes(film(tv, 17), ads(tv, BreakAt.EVERY, every=12)) == []


def test_auto_takes_chapters_and_without_them_the_spacing(tv: TV) -> None:
    preset = ads(tv, BreakAt.AUTO, every=12)
    assert minutes(film(tv, 40, 0, 15, 30), preset) == [15, 30]
    assert minutes(film(tv, 40, 0), preset) == [12, 24]
    # A chapter for the credits alone is no place for a break.
    assert minutes(film(tv, 40, 0, 38), preset) == [12, 24]


def paused(part: Part, *pauses: tuple[float, bool]) -> Part:
    found = tuple(Pause(at_ms=int(mark * MINUTE_MS), dark=dark) for mark, dark in pauses)
    return msgspec.structs.replace(part, item=msgspec.structs.replace(part.item, pauses=found))


def test_auto_takes_pauses_where_there_are_no_chapters_and_dark_ones_first(tv: TV) -> None:
    preset = ads(tv, BreakAt.AUTO, every=12)
    film_40 = film(tv, 40)
    assert minutes(
        paused(film_40, (5, False), (10, False), (14, False), (23, False), (39, False)), preset
    ) == [10, 23]
    assert minutes(paused(film_40, (8, False), (14, False), (20, True)), preset) == [20]
    assert minutes(paused(film(tv, 40, 15), (20, True)), preset) == [15]
    assert minutes(paused(film_40), preset) == minutes(paused(film_40, (39, True)), preset) == [12, 24]
    assert minutes(paused(film_40, (20, True)), ads(tv, BreakAt.CHAPTERS, every=12)) == []
    assert minutes(paused(film_40, (20, True)), ads(tv, BreakAt.AUTO)) == []


def test_chapters_without_any_are_no_break(tv: TV) -> None:
    assert minutes(film(tv, 40, 0), ads(tv, BreakAt.CHAPTERS, every=12)) == []


def test_fewer_breaks_than_places_are_spread_over_the_item(tv: TV) -> None:
    assert minutes(film(tv, 96), ads(tv, BreakAt.EVERY, every=12, most=2)) == [36, 60]
    assert minutes(film(tv, 96), ads(tv, BreakAt.EVERY, every=12, most=1)) == [48]
    assert minutes(film(tv, 96), ads(tv, BreakAt.EVERY, every=12, most=99)) == [12, 24, 36, 48, 60, 72, 84]


def test_a_part_of_an_item_breaks_within_itself(tv: TV) -> None:
    whole = film(tv, 90, 10, 30, 50, 80)
    part = msgspec.structs.replace(whole, in_point_ms=20 * MINUTE_MS, length_ms=40 * MINUTE_MS)
    assert minutes(part, ads(tv, BreakAt.CHAPTERS)) == [30, 50]
    assert minutes(part, ads(tv, BreakAt.EVERY, every=15)) == [35, 50]


def test_what_has_no_end_is_never_broken(tv: TV) -> None:
    live = MediaItem(id="cam", source="cams", kind="live", title="Cam", locator="{}")
    part = Part(live, 0, 90 * MINUTE_MS, None, tv.content("cam", ()).origin)
    assert break_points(part, ads(tv, BreakAt.EVERY, every=12)) == ()


@settings(max_examples=200, deadline=None)
@given(
    marks=st.lists(st.integers(0, 7_300_000), max_size=40),
    in_point=st.integers(0, 600_000),
    length=st.integers(1_000, 7_200_000),
    at=st.sampled_from(BreakAt),
    every=st.integers(0, 2_000_000),
    most=st.none() | st.integers(1, 6),
)
def test_breaks_keep_their_distance(
    tv: TV, marks: list[int], in_point: int, length: int, at: BreakAt, every: int, most: int | None
) -> None:
    item = msgspec.structs.replace(
        tv.clips("film", 7_800_000)[0], chapters=tuple(Chapter(start_ms=mark) for mark in marks)
    )
    part = Part(item, in_point, length, None, tv.content("film", ()).origin)
    points = break_points(part, replace(ads(tv, at, most=most), every_ms=every))
    finish = in_point + length
    assert all(2 * (point - in_point) >= every and 2 * (finish - point) >= every for point in points)
    assert all(after - before >= max(every, 1_000) for before, after in pairwise(points))
    assert all(in_point + 1_000 <= point <= finish - 1_000 for point in points)
    assert most is None or len(points) <= most
    by_spacing = all((point - in_point) % every == 0 for point in points) if every else not points
    if at is BreakAt.CHAPTERS:
        assert set(points) <= set(marks)
    elif at is BreakAt.EVERY:
        assert by_spacing
        # Nothing but the limit keeps a break away from a place of its own.
        assert most is not None or not every or length < 1.5 * every or points or every < 1_000
    else:
        assert set(points) <= set(marks) or by_spacing
