from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from compiler.lineup import default_id
from compiler.load import SourceFile, SourceSet
from compiler.parse import parse
from compiler.resolve import resolve
from compiler.station import FillerMode, Mode, Order, Station, Tail
from compiler.validate import declared_sources, validate
from exstv.catalog.lock import definition_digest, seal
from exstv.catalog.model import Catalog, MediaItem, ScannedSource
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic, Severity

NOW_MS = from_iso("2026-03-06T12:00Z")
HEAD = """\
station: {name: Harbour TV, timezone: Europe/Amsterdam}
sources: {m: {type: local, path: media}}
"""
DAY = "schedules: {day: {kind: loop, items: [{play: m}]}}\n"
ONE = "channels: {one: {number: 1, name: One, schedule: day}}\n"


def item(key: str, **facts: object) -> MediaItem:
    made = MediaItem(id=f"m:{key}", source="m", kind="movie", title=key, locator=key, duration_ms=60_000)
    return msgspec.structs.replace(made, **facts)


ITEMS = (item("b", year=1950), item("a", year=1999, released="2026-03-06"), item("c", year=1950))


def run(
    text: str, items: tuple[MediaItem, ...] = ITEMS, now_ms: int = NOW_MS, scanned: str | None = None
) -> tuple[Station | None, list[Diagnostic]]:
    trees, parsed = parse(SourceSet(Path(), (SourceFile("a.yaml", text.encode()),)))
    documents, found = validate(trees)
    assert [*parsed, *found] == []
    sources = {
        each.name: ScannedSource(items=0, definition=scanned or definition_digest(each))
        for each in declared_sources(documents)
    }
    return resolve(documents, seal(items, sources), now_ms)


def station(text: str, items: tuple[MediaItem, ...] = ITEMS, now_ms: int = NOW_MS) -> Station:
    made, found = run(text, items, now_ms)
    assert found == []
    assert made is not None
    return made


def codes_of(text: str, items: tuple[MediaItem, ...] = ITEMS) -> list[str]:
    return [each.code for each in run(text, items)[1]]


def played(text: str, items: tuple[MediaItem, ...] = ITEMS) -> list[str]:
    """The titles of the first entry of the only channel, in order."""
    content = station(HEAD + ONE + text, items).channels[0].schedule.items[0].content
    return [each.title for each in content.items]


def test_every_default_is_filled_in() -> None:
    made = station(HEAD + DAY + ONE)
    assert (made.name, made.seed) == ("Harbour TV", "exstv")
    assert (made.broadcast_day_ms, made.horizon_ms) == (6 * 3_600_000, 7 * 86_400_000)
    assert (made.history_ms, made.freeze_ms) == (3 * 86_400_000, 0)
    (channel,) = made.channels
    assert (channel.key, channel.number, channel.xmltv_id) == ("one", "1", "one.harbour-tv")
    assert (channel.timezone, channel.profile, channel.streaming_mode) == ("Europe/Amsterdam", "hd", "both")
    (entry,) = channel.schedule.items
    assert (entry.mode, entry.count, entry.tail, entry.start_ms) == (Mode.ONE, 1, Tail.FILLER, None)
    assert (entry.content.order, entry.content.cursor) == (Order.CHRONOLOGICAL, "m/chronological")
    assert entry.look.filler == channel.filler
    hd = made.profiles["hd"]
    assert (hd.width, hd.height, hd.frame_rate_num, hd.frame_rate_den, hd.video_bitrate, hd.gop_ms) == (
        1280, 720, 30, 1, 3_000_000, 2000,
    )  # fmt: skip


def test_everything_that_is_written_arrives() -> None:
    made = station("""\
station:
  {name: H, timezone: UTC, broadcast_day: "05:00", horizon: 2d, history: 1d, freeze: 10m, seed: s}
sources: {m: {type: local, path: media}}
profiles:
  small:
    {resolution: 640x360, scaling: crop, frame_rate: 29.97, deinterlace: off,
     video: {bitrate: 1M, preset: fast, gop: 1s}, audio: {bitrate: 96k, channels: 1, sample_rate: 44100}}
channels:
  one:
    {number: 7.1, name: One, id: one.tv, group: G, logo: l.png, schedule: day, streaming_mode: iptv,
     profile: small, timezone: Asia/Tokyo, always_on: true}
schedules:
  day:
    kind: loop
    items:
      - {play: m, order: random, cursor: c, name: late, mode: multiple, count: all, start: "20:00",
         guide: {title: T}}
      - {play: m, mode: duration, duration: 2h, tail: offline}
""")
    assert (made.broadcast_day_ms, made.horizon_ms, made.freeze_ms, made.seed) == (
        18_000_000,
        172_800_000,
        600_000,
        "s",
    )
    (channel,) = made.channels
    assert (channel.number, channel.xmltv_id, channel.group, channel.logo) == ("7.1", "one.tv", "G", "l.png")
    assert (channel.streaming_mode, channel.profile, channel.timezone, channel.always_on) == (
        "iptv", "small", "Asia/Tokyo", True,
    )  # fmt: skip
    first, second = channel.schedule.items
    assert (first.identity, first.content.order, first.content.cursor) == ("late", Order.RANDOM, "c")
    assert (first.mode, first.count, first.start_ms, first.look.title) == (
        Mode.MULTIPLE,
        None,
        72_000_000,
        "T",
    )
    assert (second.mode, second.duration_ms, second.tail) == (Mode.DURATION, 7_200_000, Tail.OFFLINE)
    small = made.profiles["small"]
    assert (small.width, small.scaling, small.frame_rate_num, small.frame_rate_den) == (
        640,
        "crop",
        30000,
        1001,
    )
    assert (small.preset, small.gop_ms, small.audio_channels, small.sample_rate) == ("fast", 1000, 1, 44100)
    assert small.deinterlace == "off"


def test_channels_are_in_order_of_their_numbers_and_disabled_ones_are_left_out() -> None:
    channels = """\
channels:
  a: {number: 10, name: A, schedule: day}
  b: {number: 9.10, name: B, schedule: day}
  c: {number: 9.2, name: C, schedule: day}
  d: {number: 10, name: D, schedule: day, enabled: false}
"""
    assert [each.key for each in station(HEAD + DAY + channels).channels] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("collection", "order", "titles"),
    [
        ("{from: m}", "shuffle", ["a", "b", "c"]),
        ("{from: m, where: year < 1960}", "chronological", ["b", "c"]),
        ("{from: m, order_by: year desc, limit: 2}", "listed", ["a", "b"]),
        ("{from: m, order_by: year desc, limit: 2}", "episode", ["a", "b"]),
        ("{from: [m, x], where: released = today}", "listed", ["a"]),
        ('{items: ["m:c", "m:a"]}', "listed", ["c", "a"]),
        ('{items: ["m:c", "m:a"]}', "shuffle", ["a", "c"]),
    ],
)
def test_a_collection_holds_what_it_says(collection: str, order: str, titles: list[str]) -> None:
    text = f"""\
collections: {{p: {collection}, x: {{items: "m:a"}}}}
schedules: {{day: {{kind: loop, items: [{{play: p, order: {order}}}]}}}}
"""
    assert played(text) == titles


@pytest.mark.parametrize(
    ("now", "matches"),
    [("2026-03-06T04:59Z", False), ("2026-03-06T05:00Z", True), ("2026-03-07T04:59Z", True)],
)
def test_today_is_the_broadcast_day_in_the_stations_zone(now: str, matches: bool) -> None:
    text = HEAD + "collections: {p: {from: m, where: released = today}}\n"
    _, found = run(text, now_ms=from_iso(now))
    assert ([each.code for each in found] == []) is matches


def test_missing_items_are_left_out_of_collections() -> None:
    items = (*ITEMS, item("d", state="missing"))
    text = "collections: {p: {from: m}}\nschedules: {day: {kind: loop, items: [{play: p}]}}\n"
    assert played(text, items) == ["a", "b", "c"]


def test_a_missing_item_is_a_warning_where_it_is_listed() -> None:
    text = HEAD + 'collections:\n  p: {items: ["m:a", "m:d"]}\n'
    _, (found,) = run(text, (*ITEMS, item("d", state="missing")))
    assert (found.code, found.severity) == ("EXS3008", Severity.WARNING)
    assert (found.span.line, found.span.column) == (4, 22)


def test_an_item_without_an_end_is_refused_where_it_is_played() -> None:
    items = (*ITEMS, item("live", duration_ms=None, kind="live"), item("more", duration_ms=None))
    _, (found,) = run(HEAD + DAY + ONE, items)
    assert (found.code, found.span.line, found.note) == ("EXS3011", 3, "1 more like it in `m`")


def test_a_source_changed_since_its_scan_is_a_warning() -> None:
    made, (found,) = run(HEAD + DAY + ONE, scanned=hashlib.sha256(b"other").hexdigest())
    assert (found.code, found.severity, found.span.line, found.span.column) == (
        "EXS3007", Severity.WARNING, 2, 11,
    )  # fmt: skip
    assert made is not None
    assert len(made.channels[0].schedule.items[0].content.items) == 3


def test_a_source_that_was_never_scanned_is_said_once() -> None:
    trees, _ = parse(SourceSet(Path(), (SourceFile("a.yaml", (HEAD + DAY + ONE).encode()),)))
    documents, _ = validate(trees)
    picks = 'collections: {p: {items: ["m:a"]}}\n'
    _, found = resolve(documents, Catalog(), NOW_MS)
    assert [each.code for each in found] == ["EXS3006"]
    trees, _ = parse(SourceSet(Path(), (SourceFile("a.yaml", (HEAD + picks).encode()),)))
    _, found = resolve(validate(trees)[0], Catalog(), NOW_MS)
    assert [each.code for each in found] == ["EXS3006"]


FILLER = """\
filler:
  outer: {play: m, mode: count, count: 2}
  inner: {play: m, mode: duration, duration: 5m, order: listed, cursor: in}
  pad: {play: m, mode: pad, to: 30m}
  slate: {play: m, mode: loop}
  waves: {play: m, mode: loop}
  rain: {play: m, mode: loop}
"""


def test_the_nearest_filler_wins_and_null_turns_it_off() -> None:
    made = station(f"""\
station:
  name: H
  timezone: UTC
  defaults: {{fallback: slate, filler: {{post_roll: outer, tail: outer, pre_roll: outer}}}}
sources: {{m: {{type: local, path: media}}}}
{FILLER}
channels: {{one: {{number: 1, name: One, schedule: day, filler: {{tail: pad}}}}}}
schedules:
  day:
    kind: loop
    filler: {{pre_roll: {{play: m, mode: count}}}}
    items:
      - {{play: m}}
      - {{play: m, filler: {{pre_roll: inner, post_roll: null, fallback: null}}}}
""")
    (channel,) = made.channels
    plain, changed = (entry.look.filler for entry in channel.schedule.items)
    names = [
        [slot.name if slot else None for slot in (each.pre_roll, each.post_roll, each.tail, each.fallback)]
        for each in (channel.filler, plain, changed)
    ]
    assert names == [
        ["outer", "outer", "pad", "slate"],
        ["pre_roll", "outer", "pad", "slate"],
        ["inner", None, "pad", None],
    ]
    inner, pad = changed.pre_roll, changed.tail
    assert inner is not None
    assert pad is not None
    assert (inner.mode, inner.duration_ms, inner.content.cursor) == (FillerMode.DURATION, 300_000, "in")
    assert (pad.mode, pad.pad_to_ms, pad.content.cursor) == (FillerMode.PAD, 1_800_000, "m/shuffle")


def test_a_channels_fallback_wins_over_the_stations() -> None:
    made = station(f"""\
station: {{name: H, timezone: UTC, defaults: {{fallback: slate}}}}
sources: {{m: {{type: local, path: media}}}}
{FILLER}{DAY}channels:
  one: {{number: 1, name: One, schedule: day, fallback: waves}}
  two: {{number: 2, name: Two, schedule: day, fallback: null}}
  three: {{number: 3, name: Three, schedule: day, filler: {{fallback: rain}}}}
""")
    fallbacks = [each.filler.fallback for each in made.channels]
    assert [each.name if each else None for each in fallbacks] == ["waves", None, "rain"]


def test_entries_without_a_name_are_told_apart_by_content_and_ordinal() -> None:
    items = "{play: m}, {play: m, name: x}, {play: m}, {play: m, order: random}"
    text = f"schedules: {{day: {{kind: loop, items: [{items}]}}}}\n"
    entries = station(HEAD + ONE + text).channels[0].schedule.items
    assert [each.identity for each in entries] == [
        "m/chronological#1",
        "x",
        "m/chronological#2",
        "m/random#1",
    ]


def test_an_entry_with_nothing_to_play_is_left_out_with_a_warning() -> None:
    text = """\
collections: {none: {from: m, where: "false"}}
schedules: {day: {kind: loop, items: [{play: none}, {play: m}]}}
"""
    made, found = run(HEAD + ONE + text)
    assert [each.code for each in found] == ["EXS3009"]
    assert made is not None
    assert [each.content.collection for each in made.channels[0].schedule.items] == ["m"]


def test_origins_are_where_things_are_written() -> None:
    (channel,) = station(HEAD + DAY + ONE).channels
    (entry,) = channel.schedule.items
    assert (channel.origin.name, channel.origin.span.line, channel.origin.span.column) == ("one", 4, 12)
    assert (entry.origin.name, entry.origin.span.line, entry.origin.span.column) == ("m", 3, 46)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("collections: {a: {from: a}}\n", ["EXS3019"]),
        ("collections: {a: {from: b}, b: {from: c}, c: {from: a}}\n", ["EXS3019"]),
        ("collections: {a: {from: x}}\n", ["EXS3001"]),
        ("collections: {a: {from: m, where: yaer = 1, order_by: random()}}\n", ["EXS3015", "EXS3014"]),
        ("schedules: {s: {kind: loop, items: [{play: x}, {play: x}]}}\n", ["EXS3001", "EXS3001"]),
        ("filler: {f: {play: x, mode: loop}}\n", ["EXS3001"]),
        (ONE + DAY + "filler: {f: {play: x, mode: loop}}\n", ["EXS3001"]),
        (
            "channels: {one: {number: 1, name: One, schedule: x, profile: y, fallback: z}}\n",
            ["EXS3004", "EXS3003", "EXS3002"],
        ),
    ],
)
def test_each_mistake_is_found_once(text: str, expected: list[str]) -> None:
    assert codes_of(HEAD + text) == expected


def test_a_schedule_of_two_channels_is_complained_of_once() -> None:
    text = """\
channels:
  one: {number: 1, name: One, schedule: day}
  two: {number: 2, name: Two, schedule: day}
schedules: {day: {kind: loop, items: [{play: x}, {play: m, filler: {tail: y}}]}}
"""
    assert codes_of(HEAD + text) == ["EXS3001", "EXS3003"]


def test_a_suggestion_shows_where_the_similar_name_is() -> None:
    _, (found,) = run(HEAD + "collections: {noir: {from: m}}\nfiller: {f: {play: nior, mode: loop}}\n")
    assert found.help == "did you mean `noir`?"
    assert [(label.span.line, label.primary) for label in found.labels] == [(4, True), (3, False)]


def test_shared_cursors_must_agree_across_content_and_filler() -> None:
    text = """\
channels:
  one: {number: 1, name: One, schedule: day, filler: {tail: {play: m, mode: count, cursor: c}}}
schedules: {day: {kind: loop, items: [{play: m, order: shuffle, cursor: c}]}}
"""
    assert codes_of(HEAD + text) == []
    assert codes_of(HEAD + text.replace("order: shuffle", "order: listed")) == ["EXS3012"]


def test_two_channels_may_use_one_cursor_name_differently() -> None:
    text = """\
channels:
  one: {number: 1, name: One, schedule: a}
  two: {number: 2, name: Two, schedule: b}
schedules:
  a: {kind: loop, items: [{play: m, order: shuffle, cursor: c}]}
  b: {kind: loop, items: [{play: m, order: random, cursor: c}]}
"""
    assert codes_of(HEAD + text) == []


@pytest.mark.parametrize(
    ("key", "name", "id_"),
    [
        ("retro", "Harbour TV", "retro.harbour-tv"),
        ("Café_1", "TV Süd!", "cafe-1.tv-sud"),
        ("1", "2", "channel-1.2"),
        ("電視", "X", f"x{hashlib.sha256('電視'.encode()).hexdigest()[:8]}.x"),
    ],
)
def test_a_channel_without_an_id_gets_one_that_stays(key: str, name: str, id_: str) -> None:
    assert default_id(key, name) == id_


@pytest.mark.parametrize(
    ("broken", "uses"),
    [
        ("filler: nope\n", ONE.replace("day}", "day, fallback: x, filler: {tail: y}}") + DAY),
        ("schedules: nope\n", ONE),
        ("collections: nope\n", ONE + DAY.replace("play: m", "play: x")),
        ("profiles: nope\n", ONE.replace("day}", "day, profile: x}") + DAY),
    ],
)
def test_names_of_a_section_that_cannot_be_read_are_taken_for_granted(broken: str, uses: str) -> None:
    trees, _ = parse(SourceSet(Path(), (SourceFile("a.yaml", (HEAD + uses + broken).encode()),)))
    documents, validated = validate(trees)
    sources = {
        each.name: ScannedSource(items=0, definition=definition_digest(each))
        for each in declared_sources(documents)
    }
    _, found = resolve(documents, seal(ITEMS, sources), NOW_MS)
    assert [each.code for each in validated] == ["EXS2003"]
    assert found == []


def test_names_in_documents_that_failed_are_looked_at() -> None:
    text = """\
channels:
  one: {number: x, name: One, schedule: nx, profile: nx, fallback: nx, calendar: [{schedule: nx2, days: sat}]}
schedules:
  grid: {kind: slots, slots: [{start: 99, play: nx3}, {start: "06:00", schedule: nx4, filler: {tail: nx5}}]}
  row: {kind: loop, items: [{sequence: nx6}, {play: nx7, mode: nx}]}
  classic: {kind: blocks, blocks: {b: {items: [{play: nx8}]}}}
"""
    trees, _ = parse(SourceSet(Path(), (SourceFile("a.yaml", (HEAD + text).encode()),)))
    documents, _ = validate(trees)
    sources = {
        each.name: ScannedSource(items=0, definition=definition_digest(each))
        for each in declared_sources(documents)
    }
    _, found = resolve(documents, seal(ITEMS, sources), NOW_MS)
    assert sorted(each.message.split("`")[1] for each in found) == [
        "nx", "nx", "nx", "nx2", "nx3", "nx4", "nx5", "nx6", "nx7", "nx8",
    ]  # fmt: skip
