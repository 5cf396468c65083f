"""Each kind of schedule from YAML to what is lowered: every word arrives, every name is found."""

from __future__ import annotations

import pytest
from resolving import ONE, balance, blocks, entries, found_in, loop, run, slots

from compiler.station import (
    AT_FIRST,
    DateRange,
    DayRule,
    Entry,
    Flex,
    GroupBy,
    LoopSchedule,
    Mode,
    Order,
    Overrun,
    Padding,
    Seek,
    SequenceUse,
    Show,
    StartAt,
    StartBehaviour,
    Stop,
    Tail,
)

HOUR = 3_600_000


def test_every_word_of_playing_content_arrives() -> None:
    (entry,) = entries(
        ONE
        + """\
schedules:
  day:
    kind: loop
    items:
      - play: m
        order: rotation
        group_by: director
        batch: all
        start_at: {season: 2, episode: 3}
        seek: {season: 3, id: 2026-11}
        keep_multi_part: false
        no_repeat: 2h
        guide: {title: T, show: hidden}
"""
    )
    content = entry.content
    assert content is not None
    assert (content.order, content.group_by, content.batch) == (Order.ROTATION, GroupBy.DIRECTOR, None)
    assert content.start_at == StartAt(season=2, episode=3)
    assert content.seek == Seek("2026-11", 3, None)
    assert (content.keep_multi_part, content.no_repeat_ms) == (False, 2 * HOUR)
    assert content.cursor == "m/rotation/by director/batch all/parts apart/from 2x3"
    assert (entry.look.title, entry.look.show) == ("T", Show.HIDDEN)


def test_every_kind_of_loop_entry_arrives() -> None:
    text = """\
schedules:
  day:
    kind: loop
    shuffle_items: false
    restart: daily
    items:
      - {play: m, mode: multiple, count: 3, overrun: finish, max_late: 5m}
      - {play: m, start: "06:00", start_behaviour: flexible}
      - {pad_to: 30m, play: n, overrun: trim}
      - {pad_until: "20:00", play: n, tomorrow: true}
      - {wait_until: "21:00", tomorrow: true}
      - {sequence: evening, repeat: 2, name: night}
      - {play: m, mode: duration, duration: 2h, tail: none}
      - {play: m, mode: flood}
  evening: {kind: loop, items: [{play: n}]}
"""
    made = loop(ONE + text)
    assert (made.shuffle_items, made.restart_daily) == (False, True)
    some, fixed, to, until, wait, sequence, lasting, flood = made.items
    assert isinstance(some, Entry)
    assert (some.mode, some.count, some.overrun, some.max_late_ms) == (
        Mode.MULTIPLE,
        3,
        Overrun.FINISH,
        300_000,
    )
    assert isinstance(fixed, Entry)
    assert (fixed.start_ms, fixed.start_behaviour) == (6 * HOUR, StartBehaviour.FLEXIBLE)
    assert isinstance(to, Entry)
    assert (to.mode, to.duration_ms, to.overrun) == (Mode.PAD_TO, 1_800_000, Overrun.TRIM)
    assert isinstance(until, Entry)
    assert (until.mode, until.until_ms, until.tomorrow) == (Mode.PAD_UNTIL, 20 * HOUR, True)
    assert isinstance(wait, Entry)
    assert (wait.mode, wait.content, wait.until_ms, wait.tomorrow) == (Mode.WAIT_UNTIL, None, 21 * HOUR, True)
    assert isinstance(sequence, SequenceUse)
    assert (sequence.identity, sequence.repeat, sequence.schedule.name) == ("night", 2, "evening")
    assert isinstance(lasting, Entry)
    assert (lasting.mode, lasting.duration_ms, lasting.tail) == (Mode.DURATION, 2 * HOUR, Tail.NONE)
    assert isinstance(flood, Entry)
    assert flood.mode is Mode.FLOOD


def test_entries_without_a_name_are_known_by_what_they_do() -> None:
    text = """\
schedules:
  day:
    kind: loop
    items:
      - {wait_until: "06:00"}
      - {pad_to: 30m, play: m}
      - {pad_until: "20:00", play: m}
      - {play: m, cursor: own}
      - {wait_until: "21:00"}
"""
    assert [entry.identity for entry in entries(ONE + text)] == [
        "wait_until#1",
        "pad_to/m/chronological#1",
        "pad_until/m/chronological#1",
        "own#1",
        "wait_until#2",
    ]


def test_a_shuffled_list_arrives() -> None:
    made = loop(ONE + "schedules: {day: {kind: loop, shuffle_items: true, items: [{play: m}, {play: n}]}}\n")
    assert (made.shuffle_items, made.restart_daily) == (True, False)


def test_a_random_start_point_is_that_of_entries_that_say_nothing_else() -> None:
    text = """\
schedules:
  day: {kind: loop, random_start_point: true, items: [{play: m}, {play: m, start_at: first}]}
"""
    first, second = (entry.content for entry in entries(ONE + text))
    assert first is not None
    assert second is not None
    assert (first.start_at, second.start_at) == (StartAt(random=True), AT_FIRST)
    assert (first.cursor, second.cursor) == ("m/chronological/from anywhere", "m/chronological")


WEEK = """\
schedules:
  day:
    kind: slots
    slots:
      - {name: prime, days: [mon, sat], start: "20:00", play: m, order: shuffle, duration: 2h,
         mode: multiple, count: all, padding: loop, flex: extend, max_late: 15m, priority: 3,
         guide: {show: block}}
      - {start: "23:00", schedule: mix}
      - {start: "05:00", play: n}
  mix: {kind: balance, sources: [{play: m, weight: 1}]}
"""


def test_every_word_of_a_slot_arrives() -> None:
    prime, night, early = slots(ONE + WEEK).slots
    assert (prime.identity, prime.days, prime.start_ms) == ("prime", {0, 5}, 20 * HOUR)
    assert (prime.duration_ms, prime.mode, prime.count) == (2 * HOUR, Mode.MULTIPLE, None)
    assert (prime.padding, prime.flex, prime.max_late_ms) == (Padding.LOOP, Flex.EXTEND, 900_000)
    assert (prime.priority, prime.look.show) == (3, Show.BLOCK)
    assert prime.content is not None
    assert prime.content.order is Order.SHUFFLE
    assert night.schedule is not None
    assert (night.identity, night.schedule.name, night.content) == ("schedule/mix#1", "mix", None)
    assert (early.mode, early.days, early.padding, early.flex) == (
        Mode.FIT,
        frozenset(range(7)),
        Padding.FILLER,
        Flex.NONE,
    )


def test_a_slot_with_nothing_to_play_keeps_its_time() -> None:
    text = """\
collections: {none: {from: m, where: "false"}}
schedules: {day: {kind: slots, slots: [{start: "06:00", play: m}, {start: "20:00", play: none}]}}
"""
    made, found = run(ONE + text)
    assert [each.code for each in found] == ["EXS3009"]
    assert made is not None
    schedule = made.channels[0].schedule
    assert [len(slot.content.items) for slot in schedule.slots] == [3, 0]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("", (1_800_000, 2)),
        ("enforce_cooldown: false, ", (0, 2)),
        ("enforce_max_consecutive: false, ", (1_800_000, None)),
    ],
)
def test_limits_that_are_not_enforced_are_taken_out(limits: str, expected: tuple[int, int | None]) -> None:
    text = f"""\
schedules:
  day:
    {{kind: balance, {limits}by: items, sources: [
      {{play: m, weight: 60, cooldown: 30m, max_consecutive: 2}}, {{play: n, weight: 0.5}}]}}
"""
    made = balance(ONE + text)
    first, second = made.sources
    assert made.by_items
    assert (first.identity, first.weight) == ("m/chronological#1", 60)
    assert (first.cooldown_ms, first.max_consecutive) == expected
    assert (second.weight, second.cooldown_ms, second.max_consecutive) == (0.5, 0, None)


CLASSIC = """\
schedules:
  day:
    kind: blocks
    blocks:
      toons: {duration: 2h, stop: after_end, max_late: 5m, guide: {show: block},
              items: [{play: m}, {play: n, mode: multiple, count: 2}]}
      news: {duration: 1h, items: {play: n}}
    templates:
      saturday: [{at: "08:00", block: toons}, {at: "10:00", block: news}]
      easter: {at: "09:00", block: toons}
    days:
      - {days: sat, template: saturday}
      - {template: easter, easter: -2..1, months: [mar, apr], days_of_month: [1, -1], nth: last fri,
         weeks: odd, dates: [2026-12-25, 12-24..01-02], priority: 5}
"""


def test_every_word_of_blocks_and_their_days_arrives() -> None:
    made = blocks(ONE + CLASSIC)
    saturday, easter = made.days
    assert saturday.rule == DayRule(days=frozenset({5}))
    assert easter.rule == DayRule(
        dates=(DateRange((2026, 12, 25), (2026, 12, 25)), DateRange((0, 12, 24), (0, 1, 2))),
        months=frozenset({3, 4}),
        days_of_month=frozenset({1, -1}),
        nth=((-1, 4),),
        weeks="odd",
        easter=(-2, 1),
    )
    assert (saturday.priority, easter.priority) == (0, 5)
    toons, news = (place.block for place in saturday.template)
    assert [place.at_ms for place in saturday.template] == [8 * HOUR, 10 * HOUR]
    assert (toons.name, toons.duration_ms, toons.stop, toons.max_late_ms) == (
        "toons", 2 * HOUR, Stop.AFTER_END, 300_000,
    )  # fmt: skip
    assert toons.look.show is Show.BLOCK
    assert [(entry.mode, entry.count) for entry in toons.entries] == [(Mode.FIT, 1), (Mode.MULTIPLE, 2)]
    assert news.stop is Stop.BEFORE_END
    assert easter.template[0].block is toons


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("block: news", "block: nws", [("EXS3022", 10)]),
        ("template: easter,", "template: easte,", [("EXS3023", 14)]),
        ("play: n}", "play: nx}", [("EXS3001", 8)]),
    ],
)
def test_a_name_in_blocks_is_found_where_it_stands(old: str, new: str, found: list[tuple[str, int]]) -> None:
    assert found_in(ONE + CLASSIC.replace(old, new)) == found


def test_names_are_unique_in_each_list() -> None:
    text = """\
channels:
  one:
    number: 1
    name: One
    schedule: day
    events:
      - {name: x, date: 12-25, start: "20:00", play: m}
      - {name: x, date: 12-26, start: "20:00", play: m}
schedules:
  day:
    kind: slots
    slots:
      - {name: x, start: "06:00", play: m}
      - {name: x, start: "20:00", play: m}
  mix:
    kind: balance
    sources:
      - {name: x, play: m, weight: 1}
      - {name: x, play: n, weight: 1}
"""
    assert found_in(text) == [("EXS2005", 14), ("EXS2005", 8), ("EXS2005", 19)]


@pytest.mark.parametrize(
    ("schedules", "found"),
    [
        ("day: {kind: slots, slots: [{start: '06:00', schedule: nx}]}", [("EXS3002", 3)]),
        ("day: {kind: loop, items: [{sequence: nx}]}", [("EXS3002", 3)]),
        (
            "day: {kind: loop, items: [{sequence: mix}]}\n"
            "  mix: {kind: balance, sources: [{play: m, weight: 1}]}",
            [("EXS3024", 3)],
        ),
        ("day: {kind: loop, items: [{play: m}, {sequence: day}]}", [("EXS3025", 3)]),
        (
            "day: {kind: slots, slots: [{start: '06:00', schedule: b}]}\n"
            "  b: {kind: slots, slots: [{start: '06:00', schedule: day}]}",
            [("EXS3025", 4)],
        ),
        (
            "day: {kind: loop, items: [{play: m}]}\n"
            "  a: {kind: slots, slots: [{start: '06:00', schedule: b}]}\n"
            "  b: {kind: slots, slots: [{start: '06:00', schedule: a}]}",
            [("EXS3025", 5)],
        ),
    ],
)
def test_a_wrong_reference_to_a_schedule_is_found_once(schedules: str, found: list[tuple[str, int]]) -> None:
    assert found_in(ONE + f"schedules:\n  {schedules}\n") == found


def test_a_cycle_points_at_both_ends_and_tells_the_way() -> None:
    text = """\
schedules:
  day: {kind: slots, slots: [{start: "06:00", schedule: b}]}
  b: {kind: slots, slots: [{start: "06:00", schedule: day}]}
"""
    _, (found,) = run(ONE + text)
    assert [(label.span.line, label.primary) for label in found.labels] == [(6, True), (5, False)]
    assert found.help == "`day` → `b` → `day`"


def test_one_schedule_played_twice_is_no_cycle() -> None:
    text = """\
schedules:
  day: {kind: slots, slots: [{start: "06:00", schedule: b}, {start: "20:00", schedule: b}]}
  b: {kind: loop, items: [{play: m, start: "06:00"}]}
"""
    first, second = slots(ONE + text).slots
    assert first.schedule is second.schedule
    assert isinstance(first.schedule, LoopSchedule)


@pytest.mark.parametrize(
    "schedule",
    [
        "{kind: loop, items: [{play: none}]}",
        '{kind: loop, items: [{wait_until: "06:00"}]}',
        '{kind: slots, slots: [{start: "06:00", play: none}]}',
        "{kind: balance, sources: [{play: none, weight: 1}]}",
        "{kind: blocks, blocks: {b: {duration: 1h, items: [{play: none}]}},"
        ' templates: {t: [{at: "06:00", block: b}]}, days: [{template: t}]}',
    ],
)
def test_a_schedule_with_nothing_at_all_to_play_is_an_error(schedule: str) -> None:
    text = 'collections: {none: {from: m, where: "false"}}\nschedules:\n'
    assert ("EXS3010", 4) in found_in(ONE + text + f"  day: {schedule}\n")
