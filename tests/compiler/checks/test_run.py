"""Policies and tests on timelines that were written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from line_ups import START, timeline

from compiler.checks import tables
from compiler.checks.model import (
    Checks,
    DeadAir,
    Expected,
    FillerLoad,
    Policy,
    Query,
    Repeat,
    StationTest,
)
from compiler.checks.run import MAX_FINDINGS, run_checks
from exstv.days import parse_moment
from exstv.diagnostics import Diagnostic, Severity, Span
from exstv.nodes import Scalar
from exstv.timeline import store
from exstv.timeline.model import FillerKind, ItemKind, Media, PlayoutItem, Programme, Timeline
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS

POLICY, LIMIT = Span("policies.yaml", 2, 3, 2, 9), Span("policies.yaml", 2, 20, 2, 23)
Check = Callable[..., list[Diagnostic]]


def policy(rule: DeadAir | Query | Repeat | FillerLoad, severity: Severity = Severity.ERROR) -> Checks:
    return Checks((Policy("rule", severity, POLICY, LIMIT, rule),))


def with_media(one: Timeline) -> Timeline:
    """The same with a row for each media."""
    ids = sorted({item.media_id for item in one.items if item.media_id})
    media = tuple(
        Media(id=id_, source="films", kind="movie", title=id_.partition(":")[2], duration_ms=1, locator="x")
        for id_ in ids
    )
    return msgspec.structs.replace(one, media=media)


def turned(one: Timeline, at: int, **facts: object) -> Timeline:
    """The same with one item changed; `at` counts from 0."""
    items = list(one.items)
    items[at] = msgspec.structs.replace(items[at], **facts)
    return msgspec.structs.replace(one, items=tuple(items))


def fallback(one: Timeline, *numbers: int, rule: str = "a › day › News › slate") -> Timeline:
    for number in numbers:
        one = turned(
            one, number, kind=ItemKind.FILLER, filler_kind=FillerKind.FALLBACK, rule=rule, line=number + 10
        )
    return one


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs checks on a timeline, as `--check` does."""

    def run(one: Timeline, checks: Checks) -> list[Diagnostic]:
        path = tmp_path / "it's.duckdb"
        store.write(with_media(one), path)
        return run_checks(checks, path)

    return run


def test_nothing_to_check_opens_nothing(tmp_path: Path) -> None:
    assert run_checks(Checks(), tmp_path / "missing.duckdb") == []


def test_dead_air_is_told_once_a_stretch_where_it_begins(check: Check) -> None:
    one = fallback(timeline([("News", 30), ("-", 1), ("-", 1), ("Canal", 30), ("-", 1)]), 1, 2, 4)
    (found,) = check(one, policy(DeadAir(90_000, frozenset())))
    assert found.message == "2m of fallback on `a` from 2026-01-01 08:30, and `rule` allows 1m30s"
    assert (found.code, found.span.file, found.span.line) == ("EXS5043", "a.yaml", 11)
    assert [(label.span, label.text) for label in found.labels if not label.primary] == [
        (POLICY, "this policy")
    ]


def test_the_slate_is_dead_air_and_off_air_is_not(check: Check) -> None:
    one = timeline([("News", 30), ("X", 5), ("Canal", 30), ("Y", 5)])
    one = turned(one, 1, kind=ItemKind.FILLER, filler_kind=FillerKind.FALLBACK, media_id=None)
    one = turned(one, 3, kind=ItemKind.OFF_AIR, media_id=None)
    (found,) = check(one, policy(DeadAir(0, frozenset())))
    assert found.message.startswith("5m of slate on `a` from 2026-01-01 08:30")


def test_dead_air_that_is_declared_does_not_count(check: Check) -> None:
    one = fallback(timeline([("News", 30), ("-", 20)]), 1, rule="a › week › prime › slate")
    assert check(one, policy(DeadAir(0, frozenset([("week", "prime")])))) == []
    assert check(one, policy(DeadAir(0, frozenset([("prime",)])))) == []
    assert len(check(one, policy(DeadAir(0, frozenset([("prime", "week")]))))) == 1


def test_what_is_over_is_not_reported(check: Check) -> None:
    one = fallback(timeline([("-", 20), ("News", 30), ("-", 20)]), 0, 2)
    later = msgspec.structs.replace(one.header, compiled_for_ms=START + 30 * MINUTE_MS)
    now = msgspec.structs.replace(one, header=later)
    (found,) = check(now, policy(DeadAir(0, frozenset())))
    assert "from 2026-01-01 08:50" in found.message
    sql = "select channel, start_time from programme order by start_time"
    assert [each.message for each in check(now, policy(Query(sql)))] == [
        "`rule` finds `a` at 2026-01-01 08:20",
        "`rule` finds `a` at 2026-01-01 08:50",
    ]


def test_a_repeat_too_soon_is_told_at_the_second_airing(check: Check) -> None:
    one = timeline([("A", 60), ("B", 60), ("A", 60), ("B", 60)], [("A", 60), ("C", 600), ("A", 60)])
    one = turned(one, 2, line=7)
    (found,) = check(one, policy(Repeat(3 * HOUR_MS, frozenset(["films:A"])), Severity.WARNING))
    assert found.message == "`films:A` on `a` at 2026-01-01 10:00, 2h after the last; `rule` asks for 3h"
    assert (found.severity, found.span.line) == (Severity.WARNING, 7)


def test_what_comes_after_a_break_is_no_repeat(check: Check) -> None:
    one = timeline([("A", 30), ("-", 5), ("A", 30)])
    whole = [msgspec.structs.replace(item, programme_id="p") for item in one.items]
    broken = msgspec.structs.replace(one, items=tuple(whole))
    assert check(broken, policy(Repeat(DAY_MS, frozenset(["films:A"])))) == []
    assert len(check(one, policy(Repeat(DAY_MS, frozenset(["films:A"]))))) == 1


def test_too_much_filler_is_told_once_an_hour_of_the_clock(check: Check) -> None:
    one = timeline([("News", 40), ("-", 30), ("Canal", 40), ("-", 15), ("Late", 30)])
    one = turned(turned(one, 1, line=4), 3, line=6)
    # 08:40 to 09:10 and 09:50 to 10:05 are filler: 20 minutes each in the hours of 8 and 9.
    found = check(one, policy(FillerLoad(15 * MINUTE_MS)))
    assert [(each.message, each.span.line) for each in found] == [
        ("20m of filler on `a` in the hour of 2026-01-01 08:00, and `rule` allows 15m", 4),
        ("20m of filler on `a` in the hour of 2026-01-01 09:00, and `rule` allows 15m", 6),
    ]
    assert check(one, policy(FillerLoad(20 * MINUTE_MS))) == []


def test_an_hour_is_one_of_the_channels_clock(check: Check) -> None:
    one = timeline([("News", 15), ("-", 30), ("Canal", 60)])
    half = msgspec.structs.replace(one.channels[0], timezone="Asia/Kolkata")
    # 08:15 to 08:45 UTC is 13:45 to 14:15 there: a quarter of an hour on each side.
    assert check(msgspec.structs.replace(one, channels=(half,)), policy(FillerLoad(15 * MINUTE_MS))) == []
    assert len(check(one, policy(FillerLoad(15 * MINUTE_MS)))) == 1


def test_each_row_of_a_query_points_at_what_scheduled_it(check: Check) -> None:
    one = turned(timeline([("News", 30), ("Canal", 60)]), 1, line=9)
    sql = "select channel, start_time, title, season from programme where title = 'Canal'"
    (found,) = check(one, policy(Query(sql)))
    assert found.message == "`rule` finds `a` at 2026-01-01 08:30, title `Canal`, season None"
    assert (found.code, found.span.file, found.span.line) == ("EXS5044", "a.yaml", 9)


def test_a_programme_is_its_content_and_not_its_pre_roll(check: Check) -> None:
    one = timeline([("-", 1), ("News", 29)])
    items = [msgspec.structs.replace(item, programme_id="p", line=n + 3) for n, item in enumerate(one.items)]
    whole = msgspec.structs.replace(
        one.programmes[1], id="p", start_ms=START, finish_ms=one.programmes[1].finish_ms
    )
    one = msgspec.structs.replace(one, items=tuple(items), programmes=(whole,))
    (found,) = check(one, policy(Query("select channel, start_time from programme")))
    assert found.span.line == 4


def test_a_row_without_channel_and_time_points_at_the_policy(check: Check) -> None:
    one = timeline([("News", 30)])
    (found,) = check(one, policy(Query("select count(*) as n from programme")))
    assert (found.span, found.message) == (LIMIT, "`rule` finds n 1")


def test_local_times_are_the_channels(check: Check) -> None:
    one = timeline([("News", 30)], [("News", 30)])
    there = msgspec.structs.replace(one.channels[1], timezone="Asia/Kolkata")
    one = msgspec.structs.replace(one, channels=(one.channels[0], there))
    sql = (
        "select p.channel as c, local_hour, local_date, local_time from programme p"
        " where local_time = '13:30' or local_hour = 8 order by c"
    )
    assert [each.message for each in check(one, policy(Query(sql)))] == [
        "`rule` finds c `a`, local_hour 8, local_date 2026-01-01, local_time 08:00:00",
        "`rule` finds c `b`, local_hour 13, local_date 2026-01-01, local_time 13:30:00",
    ]


def test_local_times_follow_the_clock_over_its_change(check: Check) -> None:
    # Amsterdam goes from 01:59:59 to 03:00 on 29 March 2026, at 01:00 UTC.
    start = 1_774_742_400_000
    one = timeline([("A", 30), ("B", 30), ("C", 30)], start_ms=start)
    there = msgspec.structs.replace(one.channels[0], timezone="Europe/Amsterdam")
    one = msgspec.structs.replace(one, channels=(there,))
    sql = "select title, local_time from programme order by start_time"
    assert [each.message.rpartition(" ")[2] for each in check(one, policy(Query(sql)))] == [
        "01:00:00",
        "01:30:00",
        "03:00:00",
    ]


def test_many_findings_are_counted(check: Check) -> None:
    one = timeline([("A", 1), ("B", 1)] * 50)
    found = check(one, policy(Query("select channel, start_time from programme order by start_time")))
    assert len(found) == MAX_FINDINGS
    assert [each.note for each in found] == [*[""] * (MAX_FINDINGS - 1), "and 90 more of this policy"]


def test_what_is_found_behind_a_long_past_is_told(check: Check) -> None:
    one = timeline([("A", 1), ("B", 1)] * 6000)
    late = one.items[-2].start_ms
    one = msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, compiled_for_ms=late))
    found = check(one, policy(Query("select channel, start_time from programme order by start_time")))
    assert len(found) == 2


def test_a_query_that_fails_on_the_rows_is_told(check: Check) -> None:
    one = timeline([("News", 30)])
    (found,) = check(one, policy(Query("select title::integer from programme")))
    assert (found.code, found.span) == ("EXS5042", LIMIT)
    assert "could not convert string 'news' to int32" in found.message.lower()


def test_a_query_without_an_end_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "t.duckdb"
    store.write(timeline([("A", 1), ("B", 1)] * 500), path)
    endless = "select count(*) from programme a, programme b, programme c where a.id || b.id < c.id || a.id"
    with tables.written_tables(path) as connection:
        with pytest.raises(tables.TooSlow, match="it takes longer than"):
            tables.ask(connection, endless, time_limit_s=0.05)
        assert list(tables.ask(connection, "select 1")[1]) == [(1,)]


def test_a_finding_shows_what_stands_on_its_line(check: Check) -> None:
    span = Span("a.yaml", 1, 9, 1, 33)
    one = timeline([("News", 30)])
    checks = policy(Query("select channel, start_time from programme"))
    checks = Checks(checks.policies, nodes=(Scalar(span, span, "x", "x"),))
    assert check(one, checks)[0].span == span


EXPECT = Span("tests.yaml", 1, 30, 1, 40)


def expecting(at: str, on: str = "a", **wanted: str | bool) -> Checks:
    members = frozenset(["films:Canal", "films:Film"])
    expected = tuple(Expected(key, value, EXPECT, members) for key, value in wanted.items())
    shows = (("films:Canal", "Canals of the World"),)
    return Checks(tests=(StationTest(on, parse_moment(at), EXPECT, expected),), shows=shows)


AT_NINE = timeline([("News", 60), ("Canal", 60), ("-", 30), ("Film", 60)])


@pytest.mark.parametrize(
    "wanted",
    [
        {"collection": "water"},
        {"schedule": "day"},
        {"block": "day"},
        {"kind": "movie"},
        {"media": "films:Canal"},
        {"title": "Canal"},
        {"show": "Canals of the World"},
        {"filler": False},
        {"title": "Canal", "kind": "movie"},
    ],
)
def test_what_is_as_expected_says_nothing(check: Check, wanted: dict[str, Any]) -> None:
    assert check(AT_NINE, expecting("2026-01-01 09:30", **wanted)) == []


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"collection": "water"}, "expected collection `water`, found `News` (films:News), content"),
        ({"schedule": "week"}, "expected schedule `week`, found `News` (films:News), content, put there by"),
        ({"block": "toons"}, "expected block `toons`, found `News` (films:News), content, put there by"),
        ({"kind": "episode"}, "expected kind `episode`, found `movie`"),
        ({"media": "films:X"}, "expected media `films:X`, found `films:News`"),
        ({"title": "X"}, "expected title `X`, found `News`"),
        ({"show": "X"}, "expected show `X`, found `News` (films:News), content"),
        ({"filler": True}, "expected filler `true`, found `News` (films:News), content"),
        ({"filler": "tail"}, "expected filler `tail`, found `News` (films:News), content"),
    ],
)
def test_what_is_not_as_expected_says_what_plays(check: Check, wanted: dict[str, Any], words: str) -> None:
    (found,) = check(AT_NINE, expecting("2026-01-01 08:30", **wanted))
    assert found.message.startswith(words)
    assert (found.code, found.severity, found.span) == ("EXS5047", Severity.ERROR, EXPECT)
    assert [(label.span.file, label.text) for label in found.labels] == [
        ("tests.yaml", "at 2026-01-01 08:30"),
        ("a.yaml", "this is what plays"),
    ]


def test_each_wrong_key_is_one_finding(check: Check) -> None:
    assert (
        len(check(AT_NINE, expecting("2026-01-01 08:30", kind="episode", title="X", media="films:News"))) == 2
    )


def filler_in_programme() -> Timeline:
    """Two parts of a film around a break at 09:00."""
    one = timeline([("Film", 60), ("-", 5), ("Film", 55)])
    items = []
    for item in one.items:
        is_break = item.kind is ItemKind.FILLER
        kind = FillerKind.MID_ROLL if is_break else None
        items.append(msgspec.structs.replace(item, programme_id="p", filler_kind=kind))
    whole = Programme(
        channel="a",
        id="p",
        kind=one.programmes[0].kind,
        start_ms=START,
        finish_ms=items[-1].finish_ms,
        title="Film",
    )
    return msgspec.structs.replace(one, items=tuple(items), programmes=(whole,))


def test_a_break_belongs_to_its_programme_unless_filler_is_asked_for(check: Check) -> None:
    one = filler_in_programme()
    assert check(one, expecting("2026-01-01 09:02", collection="water")) == []
    assert check(one, expecting("2026-01-01 09:02", filler="mid_roll")) == []
    (found,) = check(one, expecting("2026-01-01 09:02", filler=False))
    assert found.message == "expected filler `false`, found `-` (films:-), mid-roll"


def test_a_weekday_is_the_next_from_now_on(check: Check) -> None:
    # 1 January 2026 is a Thursday; compiled for 08:00.
    assert check(AT_NINE, expecting("thu 09:30", title="Canal")) == []
    (note,) = check(AT_NINE, expecting("thu 07:30", title="Canal"))
    assert note.message == "nothing is planned on `a` at 2026-01-08 07:30, so this test was not run"


def test_a_time_is_by_the_channels_clock_or_an_instant(check: Check) -> None:
    there = msgspec.structs.replace(AT_NINE.channels[0], timezone="America/New_York")
    one = msgspec.structs.replace(AT_NINE, channels=(there,))
    assert check(one, expecting("2026-01-01 04:30", title="Canal")) == []
    assert check(one, expecting("2026-01-01T09:30Z", title="Canal")) == []
    assert len(check(one, expecting("2026-01-01 03:30", title="Canal"))) == 1


@pytest.mark.parametrize(("at", "channel"), [("2026-12-25 20:30", "a"), ("2026-01-01 09:30", "off")])
def test_what_is_not_planned_is_a_note(check: Check, at: str, channel: str) -> None:
    (found,) = check(AT_NINE, expecting(at, channel, title="Canal"))
    assert (found.code, found.severity) == ("EXS5048", Severity.NOTE)


def test_an_item_is_one_row(check: Check) -> None:
    """Guards the builder: these tests mean items by their number."""
    assert [type(item) for item in AT_NINE.items] == [PlayoutItem] * 4
