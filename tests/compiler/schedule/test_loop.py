"""Loop schedules: modes, fixed starts, and what happens when time is short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from compiler.lower.lower import Lowered
from compiler.station import FillerMode, FillerSet, Mode, Order, Tail
from exstv.diagnostics import Diagnostic
from exstv.timeline.model import ItemKind, ProgrammeKind
from exstv.units import HOUR_MS, MINUTE_MS

TV = Any


def codes(found: Sequence[Diagnostic]) -> list[str]:
    return [one.code for one in found]


def test_one_plays_one_item_and_multiple_plays_its_count(tv: TV) -> None:
    news, films = tv.clips("news", "1h", "1h"), tv.clips("film", *["1h"] * 5)
    rows, _ = tv.build(
        tv.channel(
            tv.entry(tv.content("news", news)), tv.entry(tv.content("films", films), Mode.MULTIPLE, count=3)
        )
    )
    assert [item.media_id for item in rows.items[:9]] == [
        "news:00", "film:00", "film:01", "film:02", "news:01", "film:03", "film:04", "film:00", "news:00",
    ]  # fmt: skip


def test_multiple_all_plays_the_whole_collection(tv: TV) -> None:
    films, news = tv.clips("film", "1h", "1h", "1h"), tv.clips("news", "1h")
    entries = (
        tv.entry(tv.content("films", films), Mode.MULTIPLE, count=None),
        tv.entry(tv.content("news", news)),
    )
    rows, _ = tv.build(tv.channel(*entries))
    assert [item.media_id for item in rows.items[:5]] == [
        "film:00",
        "film:01",
        "film:02",
        "news:00",
        "film:00",
    ]


def test_flood_without_a_fixed_start_goes_on_for_ever(tv: TV) -> None:
    films, news = tv.clips("film", "1h", "1h"), tv.clips("news", "1h")
    entries = (tv.entry(tv.content("films", films), Mode.FLOOD), tv.entry(tv.content("news", news)))
    rows, _ = tv.build(tv.channel(*entries), days=3)
    assert {item.media_id for item in rows.items} == {"film:00", "film:01"}


def test_flood_ends_at_the_next_fixed_start_and_what_is_left_is_filled(tv: TV) -> None:
    films, news = tv.clips("film", "50m", "50m"), tv.clips("news", "10m")
    entries = (
        tv.entry(tv.content("news", news), start="06:00"),
        tv.entry(tv.content("films", films), Mode.FLOOD),
        tv.entry(tv.content("late", tv.clips("late", "17h50m")), start="08:00"),
    )
    tail = tv.filler("trailers", tv.clips("trailer", "6m", "7m"), FillerMode.COUNT, count=1)
    slate = tv.filler("slate", tv.clips("slate", "4m"), FillerMode.LOOP)
    rows, found = tv.build(tv.channel(*entries, filler=FillerSet(tail=tail, fallback=slate)))
    shown = tv.shown(rows)
    assert shown[:3] == ["06:00:00 news:00", "06:10:00 film:00", "07:00:00 film:01"]
    # 07:50 to 08:00: the clip, and the slate cut to the rest.
    assert shown[3].endswith("tail")
    fallback = [line for line in shown[4:6] if line.endswith("slate:00 fallback")]
    assert shown[4 + len(fallback)] == "08:00:00 late:00"
    assert "EXS5001" in codes(found)  # 10 min from 01:50 on are no long wait, 4 h 10 min to 06:00 are


def test_a_strict_start_is_reached_to_the_millisecond(tv: TV) -> None:
    odd = tv.clips("odd", 1_234_567, 2_345_678, 777_777)
    entries = (
        tv.entry(tv.content("odd", odd), Mode.FLOOD, start="06:00"),
        tv.entry(tv.content("more", odd, Order.SHUFFLE), Mode.FLOOD, start="13:07:09"),
    )
    slate = tv.filler("slate", tv.clips("slate", 9_999), FillerMode.LOOP)
    rows, _ = tv.build(tv.channel(*entries, filler=FillerSet(fallback=slate)), days=2)
    starts = [line for line in tv.shown(rows) if line.startswith(("06:00:00 odd", "13:07:09 odd"))]
    assert len(starts) == 4


def test_an_item_that_does_not_fit_ends_the_entry_and_stays_next(tv: TV) -> None:
    series = tv.clips("e", "40m", "40m", "10m")
    entries = (
        tv.entry(tv.content("series", series), Mode.FLOOD, start="06:00"),
        tv.entry(tv.content("night", tv.clips("n", "22h")), start="07:00"),
    )
    rows, found = tv.build(tv.channel(*entries), days=2)
    # e:01 does not fit before 07:00, and e:02, which would, does not overtake it.
    assert [item.media_id for item in rows.items if item.kind is ItemKind.CONTENT] == [
        "e:00", "n:00", "e:01", "e:02", "n:00",
    ]  # fmt: skip
    assert "EXS5002" not in codes(found)


def test_an_item_longer_than_the_whole_room_is_passed_over_with_one_warning(tv: TV) -> None:
    series = tv.clips("e", "20m", "3h", "20m")
    entries = (
        tv.entry(tv.content("series", series), Mode.DURATION, duration_ms=HOUR_MS, tail=Tail.NONE),
        tv.entry(tv.content("other", tv.clips("o", "1h"))),
    )
    rows, found = tv.build(tv.channel(*entries))
    assert [item.media_id for item in rows.items[:4]] == ["e:00", "e:02", "e:00", "o:00"]
    assert [one.message for one in found if one.code == "EXS5002"] == [
        "`e:01` takes 3h here, longer than its place, and is passed over"
    ]


def test_an_item_that_blocks_its_entry_twice_running_is_passed_over(tv: TV) -> None:
    entries = (
        tv.entry(tv.content("news", tv.clips("news", "30m")), start="06:00"),
        tv.entry(tv.content("films", tv.clips("f", "55m", "25m"))),
        tv.entry(tv.content("rest", tv.clips("r", "1h")), Mode.FLOOD, start="07:00"),
    )
    rows, found = tv.build(tv.channel(*entries), days=2)
    films = [item for item in rows.items if item.media_id in ("f:00", "f:01")]
    # The first day nothing of it fits between 06:30 and 07:00; the second day the short one has its turn.
    assert [item.media_id for item in films] == ["f:01"]
    assert "EXS5002" in codes(found)


@pytest.mark.parametrize("tail", [Tail.FILLER, Tail.NONE, Tail.OFFLINE])
def test_what_a_duration_leaves_is_its_tails(tv: TV, tail: Tail) -> None:
    entries = (
        tv.entry(tv.content("a", tv.clips("a", "25m")), Mode.DURATION, duration_ms=HOUR_MS, tail=tail),
        tv.entry(tv.content("b", tv.clips("b", "1h"))),
    )
    slate = tv.filler("slate", tv.clips("slate", "7m"), FillerMode.LOOP)
    rows, _ = tv.build(tv.channel(*entries, filler=FillerSet(fallback=slate)))
    expected = {
        Tail.FILLER: ["06:50:00 slate:00 fallback", "06:57:00 slate:00 fallback", "07:00:00 b:00"],
        Tail.NONE: ["06:50:00 b:00", "07:50:00 a:00", "08:15:00 a:00"],
        Tail.OFFLINE: ["06:50:00 off_air", "07:00:00 b:00", "08:00:00 a:00"],
    }[tail]
    assert tv.shown(rows)[2:5] == expected
    off = [one.title for one in rows.programmes if one.kind is ProgrammeKind.OFF_AIR]
    assert bool(off) == (tail is Tail.OFFLINE)
    assert set(off) <= {"Off air"}


def test_a_strict_start_reached_late_waits_for_the_next_day_and_is_told(tv: TV) -> None:
    entries = (
        tv.entry(tv.content("evening", tv.clips("e", "1h")), start="20:00"),
        tv.entry(tv.content("noon", tv.clips("n", "1h")), start="12:00"),
    )
    rows, found = tv.build(tv.channel(*entries), days=3)
    content = [line for line in tv.shown(rows) if "fallback" not in line]
    assert content[:4] == ["20:00:00 e:00", "12:00:00 n:00", "20:00:00 e:00", "12:00:00 n:00"]
    assert codes(found).count("EXS5001") == 2


def test_without_a_fallback_the_built_in_slate_fills(tv: TV) -> None:
    rows, _ = tv.build(tv.channel(tv.entry(tv.content("a", tv.clips("a", "1h")), start="07:00")))
    assert tv.shown(rows)[0] == "06:00:00 filler fallback"
    assert rows.items[0].media_id is None
    assert rows.items[0].rule == "one › day › a › built-in slate"


def test_a_schedule_that_can_play_nothing_leaves_it_to_the_fallback(tv: TV) -> None:
    entries = (
        tv.entry(tv.content("none", ())),
        tv.entry(tv.content("also none", ()), Mode.MULTIPLE, count=3),
    )
    slate = tv.filler("slate", tv.clips("slate", "7m"), FillerMode.LOOP)
    rows, found = tv.build(tv.channel(*entries, filler=FillerSet(fallback=slate)))
    assert {item.media_id for item in rows.items} == {"slate:00"}
    assert codes(found) == ["EXS5003"]
    assert [(one.kind, one.title) for one in rows.programmes] == [(ProgrammeKind.FILLER, "Channel One")]


def test_a_schedule_of_empty_fixed_entries_still_moves_on(tv: TV) -> None:
    rows, _ = tv.build(tv.channel(tv.entry(tv.content("none", ()), start="06:00")), days=2)
    assert {item.media_id for item in rows.items} == {None}


def test_the_same_inputs_give_the_same_rows_and_another_seed_does_not(tv: TV) -> None:
    films = tv.content("films", tv.clips("f", *["37m"] * 30), Order.SHUFFLE)
    channel = tv.channel(tv.entry(films, Mode.FLOOD))
    first, again, other = (tv.build(channel, seed=seed)[0] for seed in ("x", "x", "y"))
    assert first == again
    assert tv.plays(first) != tv.plays(other)


def test_a_fixed_start_that_summer_time_skips_is_at_the_first_instant_after_it(tv: TV) -> None:
    entries = (
        tv.entry(tv.content("day", tv.clips("d", "1h")), Mode.FLOOD, start="06:00"),
        tv.entry(tv.content("night", tv.clips("n", "2h")), start="02:30"),
    )
    rows, found = tv.build(tv.channel(*entries, zone="Europe/Amsterdam"), now="2026-03-28T12:00Z")
    assert "03:00:00 n:00" in tv.shown(rows, zone="Europe/Amsterdam")
    assert [one.message for one in found if one.code == "EXS4003"] == [
        "on 2026-03-29 the clock skips this start; it is at 03:00"
    ]


def test_a_fixed_start_that_the_clock_shows_twice_is_the_first(tv: TV) -> None:
    entries = (
        tv.entry(tv.content("day", tv.clips("d", "1h")), Mode.FLOOD, start="06:00"),
        tv.entry(tv.content("night", tv.clips("n", "1h")), start="02:30"),
    )
    rows, found = tv.build(tv.channel(*entries, zone="Europe/Amsterdam"), now="2026-10-24T12:00Z")
    night = [item.start_ms for item in rows.items if item.media_id == "n:00"]
    assert night[0] == 1_792_888_200_000  # 2026-10-25 02:30 +02:00
    assert night[1] - night[0] == 25 * HOUR_MS
    assert "EXS4004" in codes(found)


def test_pre_roll_and_post_roll_count_when_an_item_must_fit(tv: TV) -> None:
    filler = FillerSet(
        pre_roll=tv.filler("ident", tv.clips("i", "1m"), FillerMode.COUNT, count=1),
        post_roll=tv.filler("promo", tv.clips("p", "1m"), FillerMode.COUNT, count=1),
    )
    entries = (
        tv.entry(tv.content("a", tv.clips("a", "28m")), Mode.FLOOD, start="06:00"),
        tv.entry(tv.content("b", tv.clips("b", "29m", "28m")), Mode.FLOOD, start="06:59"),
    )
    rows, _ = tv.build(tv.channel(*entries, filler=filler))
    assert tv.shown(rows)[:5] == [
        "06:00:00 i:00 pre_roll", "06:01:00 a:00", "06:29:00 p:00 post_roll", "06:30:00 filler fallback",
        "06:40:00 filler fallback",
    ]  # fmt: skip
    assert "06:59:00 i:00 pre_roll" in tv.shown(rows)


def test_a_pad_ends_on_its_mark_and_adds_nothing_on_it(tv: TV) -> None:
    clips = tv.clips("p", "3m", "4m", "11m", "31s")
    filler = FillerSet(post_roll=tv.filler("half", clips, FillerMode.PAD, pad_to_ms=30 * MINUTE_MS))
    entry = tv.entry(tv.content("a", tv.clips("a", "22m", "30m", "61m")), Mode.FLOOD)
    rows, _ = tv.build(tv.channel(entry, filler=filler))
    starts = [line for line in tv.shown(rows) if "a:" in line]
    assert starts[:4] == ["06:00:00 a:00", "06:30:00 a:01", "07:00:00 a:02", "08:30:00 a:00"]
    assert all(item.start_ms % (30 * MINUTE_MS) == 0 for item in rows.items if item.kind is ItemKind.CONTENT)


def test_two_pads_on_one_item_are_refused(tv: TV) -> None:
    pad = tv.filler("half", tv.clips("p", "3m"), FillerMode.PAD, pad_to_ms=MINUTE_MS)
    channel = tv.channel(
        tv.entry(tv.content("a", tv.clips("a", "22m"))), filler=FillerSet(pre_roll=pad, post_roll=pad)
    )
    found = Lowered(channel, 6 * HOUR_MS).diagnostics
    assert codes(found) == ["EXS4001"]


def test_media_shorter_than_a_second_are_left_out_and_told(tv: TV) -> None:
    rows, found = tv.build(tv.channel(tv.entry(tv.content("a", tv.clips("a", 999, "1h")))))
    assert {item.media_id for item in rows.items} == {"a:01"}
    assert codes(found) == ["EXS4002"]
