"""Unions, exceptions, playlists, withdrawn and live media: from YAML to contents."""

from __future__ import annotations

import pytest
from resolving import ITEMS, LIVE, ONE, entries, found_in, item, run, station, titles

from compiler.station import Order

DAY = ONE + "schedules: {day: {kind: loop, items: [{play: p, order: listed}]}}\n"


@pytest.mark.parametrize(
    ("collection", "expected"),
    [
        ("{of: [n, m]}", ["x", "y", "a", "b", "c"]),
        ("{of: [first, m]}", ["c", "a", "b"]),
        ("{of: [m, n], except: first}", ["a", "b", "x", "y"]),
        ("{from: [n, m], except: [first, n]}", ["a", "b"]),
        ("{from: n}", ["x", "y"]),
    ],
)
def test_a_union_keeps_the_order_of_its_names_and_each_item_once(
    collection: str, expected: list[str]
) -> None:
    text = f'collections: {{first: {{items: "m:c"}}, p: {collection}}}\n'
    (entry,) = entries(DAY + text)
    assert entry.content is not None
    assert titles(entry.content.items) == expected


def test_what_is_shuffled_is_in_order_of_ids() -> None:
    text = "collections: {p: {of: [n, m]}}\n"
    (entry,) = entries(DAY.replace("listed", "shuffle") + text)
    assert entry.content is not None
    assert titles(entry.content.items) == ["a", "b", "c", "x", "y"]


def test_equal_uses_share_one_tuple_of_items() -> None:
    text = ONE + "schedules: {day: {kind: loop, items: [{play: m}, {play: m, order: shuffle}]}}\n"
    first, second = (entry.content for entry in entries(text))
    assert first is not None
    assert second is not None
    assert first.items is second.items


@pytest.mark.parametrize(
    ("collections", "found"),
    [
        ("{a: {of: [m, nx]}}", [("EXS3001", 1)]),
        ("{a: {from: m, except: nx}}", [("EXS3001", 1)]),
        ("{a: {playlist: [{play: nx}]}}", [("EXS3001", 1)]),
        ("{a: {of: [b]}, b: {of: [a]}}", [("EXS3019", 1)]),
        ("{a: {playlist: [{play: a}]}}", [("EXS3019", 1)]),
        ("{a: {from: m, except: m}}", [("EXS3009", 1)]),
    ],
)
def test_a_name_that_is_wrong_is_found_where_it_stands(
    collections: str, found: list[tuple[str, int]]
) -> None:
    assert found_in(f"collections: {collections}\n") == found


PLAYLIST = """\
collections:
  p:
    playlist:
      - {play: m, count: 2, order: shuffle}
      - {play: n, all: true}
      - {play: m, order: shuffle}
      - {play: n, cursor: news}
"""


def test_a_playlist_has_a_progress_for_each_of_its_entries() -> None:
    (entry,) = entries(DAY.replace(", order: listed", "") + PLAYLIST)
    content = entry.content
    assert content is not None
    assert (content.order, content.cursor) == (Order.LISTED, "p/listed")
    assert titles(content.items) == ["a", "b", "c", "x", "y"]
    assert [(each.count, each.content.cursor) for each in content.playlist] == [
        (2, "p/listed>m/shuffle#1"),
        (None, "p/listed>n/chronological#1"),
        (1, "p/listed>m/shuffle#2"),
        (1, "news"),
    ]
    assert [titles(each.content.items) for each in content.playlist[:2]] == [["a", "b", "c"], ["x", "y"]]


def test_a_playlist_may_hold_a_playlist_and_leaves_out_what_is_empty() -> None:
    text = """\
collections:
  none: {from: m, where: "false"}
  inner: {playlist: [{play: n}]}
  p: {playlist: [{play: none}, {play: inner, count: 2}]}
"""
    made, found = run(DAY.replace(", order: listed", "") + text)
    assert [each.code for each in found] == ["EXS3009"]
    assert made is not None
    (outer,) = made.channels[0].schedule.items[0].content.playlist
    assert (outer.content.collection, outer.count) == ("inner", 2)
    (inner,) = outer.content.playlist
    assert inner.content.cursor == "p/listed>inner/chronological#1>n/chronological#1"


def test_no_repeat_of_a_playlist_is_that_of_its_entries() -> None:
    (entry,) = entries(DAY.replace("order: listed", "no_repeat: 2h") + PLAYLIST)
    assert entry.content is not None
    assert {each.content.no_repeat_ms for each in entry.content.playlist} == {7_200_000}


@pytest.mark.parametrize(
    "word",
    [
        "order: shuffle",
        "start_at: random",
        "seek: {id: x, season: 1}",
        "keep_multi_part: false",
    ],
)
def test_how_a_playlist_is_walked_is_said_by_its_entries(word: str) -> None:
    assert found_in(DAY.replace("order: listed", word) + PLAYLIST) == [("EXS2016", 2)]


def test_withdrawn_media_are_in_no_content() -> None:
    text = """\
withdraw: ["m:b", "n:x"]
collections: {p: {of: [m, n, listed]}, listed: {items: ["m:b", "m:c"]}}
"""
    (entry,) = entries(DAY + text)
    assert entry.content is not None
    assert titles(entry.content.items) == ["a", "c", "y"]
    assert station(DAY + text).withdrawn == {"m:b", "n:x"}


def test_a_withdrawn_id_that_nothing_has_is_found_with_a_suggestion() -> None:
    made, (found,) = run('withdraw: ["m:bb"]\n')
    assert made is not None
    assert (found.code, found.help, made.withdrawn) == ("EXS3005", "did you mean `m:b`?", set())


def test_a_source_whose_media_are_all_withdrawn_is_empty() -> None:
    assert found_in('withdraw: ["n:x", "n:y"]\n') == [("EXS3009", 0)]


LIVE_PLACES = {
    "{play: m, mode: duration, duration: 2h}": [],
    "{play: m, mode: flood}, {play: n, start: '20:00'}": [],
    "{play: m, mode: flood}": ["EXS3011"],
    "{play: m}": ["EXS3011"],
    "{play: m, mode: multiple, count: 2}": ["EXS3011"],
    "{play: m, pad_to: 30m}": ["EXS3011"],
    "{play: m, pad_until: '20:00'}": ["EXS3011"],
}


@pytest.mark.parametrize(("items", "codes"), LIVE_PLACES.items())
def test_a_live_item_needs_a_place_that_ends(items: str, codes: list[str]) -> None:
    found = found_in(ONE + f"schedules:\n  day: {{kind: loop, items: [{items}]}}\n", LIVE)
    assert found == [(code, 3) for code in codes]


def test_a_live_flood_may_end_at_a_start_of_the_loop_around_it() -> None:
    text = """\
schedules:
  day: {kind: loop, items: [{sequence: inner}, {play: n, start: "20:00"}]}
  inner: {kind: loop, items: [{play: m, mode: flood}]}
"""
    assert found_in(ONE + text, LIVE) == []


@pytest.mark.parametrize(
    ("schedule", "codes"),
    [
        ("{kind: slots, slots: [{start: '06:00', play: m}]}", []),
        ("{kind: balance, sources: [{play: m, weight: 1}]}", ["EXS3011"]),
        ("{kind: loop, filler: {tail: {play: m, mode: count}}, items: [{play: n}]}", ["EXS3011"]),
        ("{kind: loop, filler: {fallback: {play: m, mode: loop}}, items: [{play: n}]}", ["EXS3011"]),
    ],
)
def test_a_live_item_may_have_a_slot_but_is_no_part_of_a_mix_and_no_filler(
    schedule: str, codes: list[str]
) -> None:
    assert [code for code, _ in found_in(ONE + f"schedules: {{day: {schedule}}}\n", LIVE)] == codes


@pytest.mark.parametrize(
    ("items", "codes"),
    [
        ("[{play: m}]", []),
        ("[{play: m}, {play: n}]", ["EXS3011"]),
        ("[{play: m, mode: duration, duration: 1h}, {play: n}]", []),
    ],
)
def test_a_live_item_may_have_a_block_of_its_own(items: str, codes: list[str]) -> None:
    text = f"""\
schedules:
  day:
    kind: blocks
    blocks: {{b: {{duration: 2h, items: {items}}}}}
    templates: {{t: [{{at: "08:00", block: b}}]}}
    days: [{{template: t}}]
"""
    assert [code for code, _ in found_in(ONE + text, LIVE)] == codes


def test_a_live_event_needs_a_duration() -> None:
    event = "{date: 12-25, start: '20:00', play: m}"
    text = f"channels: {{one: {{number: 1, name: One, schedule: day, events: [{event}]}}}}\n"
    day = "schedules: {day: {kind: loop, items: [{play: n}]}}\n"
    assert found_in(text + day, LIVE) == [("EXS3011", 1)]
    assert found_in(text.replace("play: m", "play: m, mode: duration, duration: 1h") + day, LIVE) == []


def test_missing_media_are_in_no_union() -> None:
    items = (*ITEMS, item("n:z", state="missing"))
    (entry,) = entries(DAY + "collections: {p: {of: [n]}}\n", items)
    assert entry.content is not None
    assert titles(entry.content.items) == ["x", "y"]
