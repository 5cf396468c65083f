"""Calendars, events, looks and cursors of a channel, from YAML to station."""

from __future__ import annotations

import pytest
from resolving import ONE, entries, found_in, run, slots, station

from compiler.station import DateRange, DayRule, FillerSet, Mode, Overrun, StartBehaviour
from exstv.timeline.model import Presentation

HOUR = 3_600_000


def test_what_a_calendar_says_arrives() -> None:
    text = """\
channels:
  one:
    number: 1
    name: One
    schedule: day
    throttle: burst
    apply: now
    calendar:
      - {schedule: other, dates: 12-24..12-26, priority: 10}
      - {schedule: day, days: weekends}
    events:
      - {date: 2026-12-25, start: "20:00", play: m, mode: multiple, count: 2, overrun: trim,
         guide: {title: Christmas Film}}
      - {date: 12-31, start: "23:00", play: m, name: eve}
schedules:
  day: {kind: loop, items: [{play: m}]}
  other: {kind: loop, items: [{play: n}]}
"""
    (channel,) = station(text).channels
    assert (channel.throttle, channel.apply) == ("burst", "now")
    first, second = channel.calendar
    assert (first.schedule.name, first.priority) == ("other", 10)
    assert first.rule == DayRule(dates=(DateRange((0, 12, 24), (0, 12, 26)),))
    assert second.rule == DayRule(days=frozenset({5, 6}))
    assert second.schedule is channel.schedule
    christmas, eve = channel.events
    assert (christmas.date, christmas.entry.start_ms) == ((2026, 12, 25), 20 * HOUR)
    assert (christmas.entry.mode, christmas.entry.count) == (Mode.MULTIPLE, 2)
    assert (christmas.entry.overrun, christmas.entry.start_behaviour) == (Overrun.TRIM, StartBehaviour.STRICT)
    assert (christmas.entry.look.title, christmas.entry.identity) == ("Christmas Film", "m/chronological#1")
    assert (eve.date, eve.entry.identity, eve.entry.mode) == ((0, 12, 31), "eve", Mode.ONE)


def test_a_calendar_names_schedules_that_exist() -> None:
    text = """\
channels:
  one: {number: 1, name: One, schedule: day, calendar: [{schedule: dya, days: sat}]}
schedules: {day: {kind: loop, items: [{play: m}]}}
"""
    _, (found,) = run(text)
    assert (found.code, found.help) == ("EXS3002", "did you mean `day`?")


def test_a_disabled_channel_is_absent_and_its_schedule_is_still_looked_at() -> None:
    text = """\
channels:
  one: {number: 1, name: One, schedule: day}
  two: {number: 2, name: Two, schedule: off, enabled: false}
schedules:
  day: {kind: loop, items: [{play: m}]}
  off: {kind: loop, items: [{play: nx}]}
"""
    made, found = run(text)
    assert made is not None
    assert (made.absent, [each.code for each in found]) == ({"two"}, ["EXS3001"])


LOOKS = """\
channels:
  one:
    number: 1
    name: One
    schedule: day
    audio: {languages: [nl, en]}
    subtitles: {mode: forced, languages: nl, render: embed}
    watermark: {image: bug.png, position: center, width: 10%, opacity: 0.5, during_filler: true}
schedules:
  day:
    kind: loop
    items:
      - {play: m}
      - {play: m, audio: {languages: fr}, watermark: {image: other.png}}
      - {play: m, subtitles: null, watermark: null}
      - {play: m, audio: {languages: [nl, en]}}
"""


def test_the_nearest_presentation_replaces_a_word_as_a_whole_and_null_turns_it_off() -> None:
    (channel,) = station(LOOKS).channels
    assert channel.presentation == Presentation(
        audio_languages=("nl", "en"),
        subtitle_mode="forced",
        subtitle_languages=("nl",),
        subtitle_render="embed",
        watermark_image="bug.png",
        watermark_position="center",
        watermark_width="10%",
        watermark_opacity=0.5,
        watermark_during_filler=True,
    )
    plain, changed, off, same = (entry.look.presentation for entry in entries(LOOKS))
    assert plain is None
    assert changed == Presentation(
        audio_languages=("fr",),
        subtitle_mode="forced",
        subtitle_languages=("nl",),
        subtitle_render="embed",
        watermark_image="other.png",
    )
    assert off == Presentation(audio_languages=("nl", "en"))
    assert same is None


def test_a_schedule_presents_what_it_plays_unless_an_entry_does() -> None:
    text = """\
schedules:
  day:
    kind: loop
    audio: {languages: en}
    items: [{play: m}, {play: m, audio: {languages: nl}}, {wait_until: "06:00"}]
"""
    assert station(ONE + text).channels[0].presentation is None
    looks = [entry.look.presentation for entry in entries(ONE + text)]
    assert [look.audio_languages if look else None for look in looks] == [("en",), ("nl",), ("en",)]


FILLERS = """\
filler:
  a: {play: m, mode: count}
  b: {play: m, mode: count}
  c: {play: m, mode: count}
  ads: {play: n, mode: duration, duration: 2m, at: auto, every: 12m, max_breaks: 4, cooldown: 30m,
        fit: greedy}
"""


def names(filler: FillerSet) -> list[str | None]:
    slots = (filler.pre_roll, filler.mid_roll, filler.post_roll, filler.tail, filler.fallback)
    return [slot.name if slot else None for slot in slots]


def test_every_word_of_a_filler_arrives() -> None:
    (entry,) = entries(
        ONE + "schedules: {day: {kind: loop, filler: {mid_roll: ads}, items: [{play: m}]}}\n" + FILLERS
    )
    ads = entry.look.filler.mid_roll
    assert ads is not None
    assert (ads.duration_ms, ads.at, ads.every_ms, ads.max_breaks) == (120_000, "auto", 720_000, 4)
    assert (ads.cooldown_ms, ads.fit, ads.count) == (1_800_000, "greedy", 1)


def test_a_schedules_own_fillers_are_nearer_than_those_of_the_slot_that_plays_it() -> None:
    text = """\
schedules:
  day:
    kind: slots
    filler: {pre_roll: a}
    slots: [{start: "06:00", schedule: mix, filler: {post_roll: b, tail: b}}]
  mix:
    kind: balance
    filler: {post_roll: c}
    sources: [{play: m, weight: 1}, {play: n, weight: 1, filler: {pre_roll: null}}]
"""
    (slot,) = slots(ONE + text + FILLERS).slots
    assert names(slot.look.filler) == ["a", None, "b", "b", None]
    mix = slot.schedule
    assert mix is not None
    assert names(mix.filler) == ["a", None, "c", "b", None]
    assert [names(source.look.filler) for source in mix.sources] == [
        ["a", None, "c", "b", None],
        [None, None, "c", "b", None],
    ]


def test_equal_fillers_of_two_channels_are_one_object_and_so_is_their_schedule() -> None:
    text = """\
channels:
  one: {number: 1, name: One, schedule: day, filler: {tail: a}}
  two: {number: 2, name: Two, schedule: day, filler: {tail: a}}
  three: {number: 3, name: Three, schedule: day, filler: {tail: b}}
schedules: {day: {kind: loop, items: [{play: m}]}}
"""
    one, two, three = station(text + FILLERS).channels
    assert one.filler is two.filler
    assert one.schedule is two.schedule
    assert three.schedule is not one.schedule
    assert three.schedule.items[0].content is one.schedule.items[0].content


SHARED = """\
schedules:
  day:
    kind: loop
    items:
      - {{play: m, cursor: c}}
      - {{cursor: c, {words}}}
"""


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("play: n", "collection"),
        ("play: m, order: shuffle", "order"),
        ("play: m, start_at: random", "start at"),
        ("play: m, start_at: {season: 2}", "start at"),
        ("play: m, keep_multi_part: false", "keep multi part"),
    ],
)
def test_uses_of_one_cursor_must_agree_in_every_option(words: str, what: str) -> None:
    _, (found,) = run(ONE + SHARED.format(words=words))
    assert found.code == "EXS3012"
    assert found.message == f"the cursor `c` is used with another {what}"
    assert [(label.span.line, label.primary) for label in found.labels] == [(9, True), (8, False)]


@pytest.mark.parametrize("words", ["group_by: season", "batch: 2"])
def test_uses_of_one_grouped_cursor_must_agree_in_its_groups(words: str) -> None:
    text = SHARED.replace("play: m,", "play: m, order: rotation,").format(
        words=f"play: m, order: rotation, {words}"
    )
    assert found_in(ONE + text) == [("EXS3012", 7)]


def test_words_of_a_use_alone_may_differ() -> None:
    assert found_in(ONE + SHARED.format(words="play: m, no_repeat: 1h, seek: {season: 1, id: x}")) == []


def test_a_cursor_is_shared_with_fillers_events_playlists_and_nested_schedules() -> None:
    text = """\
channels:
  one: {number: 1, name: One, schedule: day, calendar: [{days: sat, schedule: other}],
        events: [{date: 12-25, start: "20:00", play: m, cursor: c, order: random}]}
collections: {p: {playlist: [{play: m, cursor: c, order: episode}]}}
schedules:
  day: {kind: slots, slots: [{start: "06:00", schedule: mix}],
        filler: {tail: {play: m, mode: count, cursor: c}}}
  mix: {kind: balance, sources: [{play: m, weight: 1, cursor: c}]}
  other: {kind: loop, items: [{play: p}]}
"""
    # The first that is met is the one that all others are held against.
    assert sorted(found_in(text)) == [("EXS3012", 3), ("EXS3012", 4), ("EXS3012", 7)]
