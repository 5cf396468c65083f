"""Small changes change little, and a timeline made bit by bit is the one made at once: from YAML."""

from __future__ import annotations

import json
import random
from itertools import takewhile
from pathlib import Path

import pytest

from compiler.load import load
from compiler.onair import OnAirMemory
from compiler.parse import parse
from compiler.pipeline import CompileRequest, compile_station
from compiler.resolve import resolve
from compiler.schedule.cursor import make_cursor
from compiler.schedule.draw import WINDOW
from compiler.schedule.state import State
from compiler.schedule.transmission import Deal
from compiler.station import LoopSchedule
from compiler.validate import declared_sources, validate
from exstv.catalog.lock import definition_digest, seal
from exstv.catalog.model import Catalog, MediaItem, ScannedSource
from exstv.clock import from_iso
from exstv.timeline.model import ItemKind, PlayoutItem, Timeline
from exstv.units import DAY_MS, HOUR_MS

NOW = from_iso("2026-03-26T12:00Z")  # Amsterdam loses an hour three days later
HEAD = """
station: {name: Test, timezone: Europe/Amsterdam, seed: SEED, history: 30d}
sources: {lib: {type: local, path: media}}
collections:
  deck: {from: lib, where: "list_contains(tags, 'deck')"}
  shows: {from: lib, where: "kind = 'episode'"}
  films: {from: lib, where: "kind = 'movie'"}
"""
OTHER = """
  two: {number: 2, name: Two, schedule: other}
schedules:
  other: {kind: loop, items: [{play: shows, order: shuffle, mode: flood}]}
"""
DECKS = {
    "loop": "{kind: loop, items: [{play: deck, order: shuffle, mode: flood}]}",
    "slots": '{kind: slots, slots: [{start: "06:00", play: deck, order: shuffle},'
    ' {start: "18:00", play: shows, order: shuffle}]}',
    "balance": "{kind: balance, sources: [{play: deck, order: shuffle, weight: 60},"
    " {play: shows, weight: 40}]}",
    "blocks": "{kind: blocks, blocks: {b: {duration: 6h, items: [{play: deck, order: shuffle}]}},"
    ' templates: {t: [{at: "06:00", block: b}, {at: "14:00", block: b}]},'
    " days: [{days: daily, template: t}]}",
}
PADDED = "{kind: loop, items: [{play: shows, mode: flood, filler: {post_roll: pad}}]}"


def media(name: str, kind: str, seconds: int, *tags: str) -> MediaItem:
    return MediaItem(
        id=f"lib:{name}",
        source="lib",
        kind=kind,
        title=name,
        locator=name,
        duration_ms=seconds * 1000,
        tags=tags,
    )


def deck_of(dice: random.Random, low: int, high: int) -> list[MediaItem]:
    return [media(f"deck {n:03}", "clip", dice.randint(low, high), "deck") for n in range(500)]


def shelf(dice: random.Random) -> list[MediaItem]:
    shows = [media(f"show {n:02}", "episode", dice.randint(1000, 1500)) for n in range(40)]
    return [*shows, *(media(f"film {n}", "movie", dice.randint(4000, 7000)) for n in range(9))]


def catalog_of(folder: Path, items: list[MediaItem]) -> Catalog:
    documents, _ = validate(parse(load(folder)[0])[0])
    scanned = {
        source.name: ScannedSource(items=0, definition=definition_digest(source))
        for source in declared_sources(documents)
    }
    return seal(items, scanned)


def compiled(
    folder: Path, items: list[MediaItem], now_ms: int = NOW, days: int = 2, old: Timeline | None = None
) -> Timeline:
    on_air = OnAirMemory(old) if old else None
    request = CompileRequest(folder, catalog_of(folder, items), now_ms, now_ms, on_air, days * DAY_MS)
    result = compile_station(request)
    assert result.timeline is not None, result.diagnostics
    return result.timeline


def one(timeline: Timeline) -> list[PlayoutItem]:
    return [item for item in timeline.items if item.channel == "one"]


def plays(items: list[PlayoutItem]) -> list[tuple[object, ...]]:
    """What a viewer sees: media, start, in and out point of each item."""
    return [(item.media_id, item.start_ms, item.in_point_ms, item.out_point_ms) for item in items]


def digests(timeline: Timeline) -> dict[str, str]:
    return {channel.key: channel.digest for channel in timeline.channels}


def write(folder: Path, seed: int, schedule: str, filler: str = "") -> None:
    folder.mkdir()
    channels = f"channels:\n  one: {{number: 1, name: One, schedule: mine}}{OTHER}  mine: {schedule}\n"
    (folder / "station.yaml").write_text(HEAD.replace("SEED", f"s{seed}") + channels + filler)


@pytest.mark.parametrize("seed", range(40))
def test_one_item_more_in_a_shuffle_changes_nothing_before_its_turn(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    folder = tmp_path / "station"
    write(folder, seed, DECKS[sorted(DECKS)[seed % len(DECKS)]])
    items = [*deck_of(dice, 300, 900), *shelf(dice)]
    new = media(f"deck {dice.randint(0, 499):03} new", "clip", dice.randint(300, 900), "deck")
    before, after = compiled(folder, items), compiled(folder, [*items, new])
    assert digests(before)["two"] == digests(after)["two"]
    until_its_turn = list(takewhile(lambda item: item.media_id != new.id, one(after)))
    assert plays(until_its_turn) == plays(one(before)[: len(until_its_turn)])
    if len(until_its_turn) == len(one(after)):
        assert digests(before) == digests(after)


@pytest.mark.parametrize("seed", range(10))
def test_one_clip_more_changes_nothing_before_a_fit_could_choose_it(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    folder = tmp_path / "station"
    write(folder, seed, PADDED, "filler:\n  pad: {play: deck, mode: pad, to: 30m}\n")
    items = [*deck_of(dice, 10, 30), *shelf(dice)]
    new = media(f"deck {dice.randint(0, 499):03} new", "clip", dice.randint(10, 30), "deck")
    before, after = compiled(folder, items), compiled(folder, [*items, new])
    assert digests(before)["two"] == digests(after)["two"]
    place = deal_of(folder, [*items, new]).index(new.id)
    # A fit looks at so many clips from the first that is not used: all before them are used.
    used, same = 0, 0
    for item in one(before):
        if item.kind is ItemKind.CONTENT and used + WINDOW > place:
            break
        used += item.kind is ItemKind.FILLER and item.media_id is not None
        same += 1
    assert plays(one(after)[:same]) == plays(one(before)[:same])
    assert place < WINDOW or same > 1


def deal_of(folder: Path, items: list[MediaItem]) -> list[str]:
    """The first cycle of the padding clips, as the channel deals it."""
    documents, _ = validate(parse(load(folder)[0])[0])
    station, _ = resolve(documents, catalog_of(folder, items), NOW)
    assert station is not None
    schedule = next(channel for channel in station.channels if channel.key == "one").schedule
    assert isinstance(schedule, LoopSchedule)
    (entry,) = schedule.items
    preset = entry.look.filler.post_roll
    cursor = make_cursor(preset.content, Deal(station.seed, "one").text, State({}))
    return [pick.item.id for pick in cursor.upcoming()]


def test_comments_names_of_files_and_their_order_change_no_digest(tmp_path: Path) -> None:
    folder, dice = tmp_path / "station", random.Random(1)
    write(folder, 1, DECKS["loop"])
    items = [*deck_of(dice, 300, 900), *shelf(dice)]
    first = compiled(folder, items)
    text = (folder / "station.yaml").read_text()
    (folder / "station.yaml").write_text(
        "# why\n\n" + text.replace("schedules:", "# when\nschedules:  # what")
    )
    assert digests(compiled(folder, items)) == digests(first)
    head, channels = text.split("channels:")
    (folder / "station.yaml").unlink()
    (folder / "below").mkdir()
    (folder / "zz-station.yaml").write_text(head)
    (folder / "below" / "a.yaml").write_text("channels:" + channels)
    moved = compiled(folder, list(reversed(items)))
    assert moved.header.digest == first.header.digest
    assert moved.header.inputs != first.header.inputs


SLOTS = (
    '{kind: slots, slots: [{start: "06:00", play: shows, flex: extend, max_late: 10m},'
    ' {start: "13:00", play: films, order: shuffle, padding: next, mode: one},'
    ' {start: "20:30", schedule: INNER, flex: compress}]}'
)
BALANCE = (
    "{kind: balance, sources: [{play: films, weight: 40, cooldown: 60m, max_consecutive: 2},"
    " {play: shows, order: rotation, weight: 60}]}"
)
LOOP = (
    "{kind: loop, items: [{play: shows, mode: multiple, count: 3}, {pad_to: 30m, play: deck, order: shuffle},"
    ' {play: films, order: random, start: "21:00"},'
    " {play: deck, order: shuffle, mode: flood, no_repeat: 2h}]}"
)
KINDS = {
    "loop": (LOOP, ""),
    "slots": (SLOTS.replace("INNER", "mix"), f"  mix: {BALANCE}\n"),
    "balance": (BALANCE, ""),
    "blocks": (DECKS["blocks"].replace("{duration: 6h", "{stop: after_end, duration: 6h"), ""),
    "external": ("{kind: external, path: list.json}", ""),
    "nested": (
        SLOTS.replace("INNER", "inner"),
        f"  inner: {SLOTS.replace('INNER', 'mine2')}\n  mine2: {LOOP}\n",
    ),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_seven_days_made_bit_by_bit_are_the_seven_days_made_at_once(kind: str, tmp_path: Path) -> None:
    folder, dice = tmp_path / "station", random.Random(kind)
    schedule, more = KINDS[kind]
    filler = "filler:\n  clips: {play: deck, mode: duration, duration: 5m, cooldown: 1h}\n"
    write(folder, 7, schedule, more + filler)
    text = (folder / "station.yaml").read_text()
    (folder / "station.yaml").write_text(text.replace("name: One,", "name: One, filler: {tail: clips},"))
    items = [*deck_of(dice, 20, 120), *shelf(dice)]
    programmes = [
        {"type": "content", "duration": item.duration_ms, "file": item.locator} for item in items[-30:]
    ]
    listed = {"startTime": "2026-03-20T00:00:00Z", "programs": programmes}
    (folder / "list.json").write_text(json.dumps(listed))
    at_once = one(compiled(folder, items, days=7))
    timeline, now = compiled(folder, items, days=1), NOW
    while now < NOW + 6 * DAY_MS:
        now += dice.randint(5 * HOUR_MS, 7 * HOUR_MS)
        timeline = compiled(folder, items, now, 1, timeline)
    made = one(timeline)
    assert made[-1].finish_ms > NOW + 6 * DAY_MS
    assert plays(made) == plays(at_once[: len(made)])
    assert len({item.media_id for item in made}) > 5
