"""A recompile keeps what is on air, goes on where it was, and gives what one compile would have given."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from compiler.schedule.horizon import Rows
from compiler.station import (
    FillerMode,
    FillerSet,
    Mode,
    Order,
    StationChannel,
)
from exstv.clock import from_iso
from exstv.timeline.model import FillerKind, ItemKind, Presentation, ProgrammeKind
from exstv.timeline.structs import columns_of
from exstv.units import HOUR_MS, MINUTE_MS

TV = Any


def loop(tv: TV, *, title: str = "", seed_items: int = 40) -> StationChannel:
    """Half-hour films with idents and a padded hour: junctions everywhere."""
    films = tuple(
        msgspec.structs.replace(item, title=title or item.title)
        for item in tv.clips("f", *["23m"] * seed_items)
    )
    filler = FillerSet(
        pre_roll=tv.filler("ident", tv.clips("i", "10s", "15s"), FillerMode.COUNT, count=1),
        post_roll=tv.filler(
            "promo", tv.clips("p", "40s", "50s", "70s"), FillerMode.PAD, pad_to_ms=30 * MINUTE_MS
        ),
        fallback=tv.filler("slate", tv.clips("s", "20s"), FillerMode.LOOP),
    )
    return tv.channel(tv.entry(tv.content("f", films, Order.SHUFFLE), Mode.FLOOD), filler=filler)  # type: ignore[no-any-return]


def test_what_is_on_air_stays_as_it_was_until_the_next_programme(tv: TV) -> None:
    old, _ = tv.build(loop(tv), now="2026-03-02T06:00Z")
    new, _ = tv.build(loop(tv, title="New"), now="2026-03-02T08:07Z", old=old)
    junction = from_iso("2026-03-02T08:30Z")
    assert [one for one in new.items if one.start_ms < junction] == [
        one for one in old.items if one.start_ms < junction
    ]
    assert {one.title == "New" for one in new.programmes if one.start_ms < junction} == {False}
    assert {one.title == "New" for one in new.programmes if one.start_ms >= junction} == {True}
    # The same films in the same order: progress did not notice the edit.
    assert tv.plays(new)[: len(old.items)] == tv.plays(old)


def test_freeze_leaves_more_as_it_was(tv: TV) -> None:
    old, _ = tv.build(loop(tv), now="2026-03-02T06:00Z")
    new, _ = tv.build(loop(tv, title="New"), now="2026-03-02T08:07Z", old=old, freeze_ms=HOUR_MS)
    changed = [one.start_ms for one in new.programmes if one.title == "New"]
    assert changed[0] == from_iso("2026-03-02T09:30Z")


def test_a_new_file_changes_nothing_before_its_turn(tv: TV) -> None:
    old, _ = tv.build(loop(tv), now="2026-03-02T06:00Z")
    new, _ = tv.build(loop(tv, seed_items=41), now="2026-03-02T08:07Z", old=old)
    films = [one.media_id for one in new.items if one.kind is ItemKind.CONTENT]
    before = [one.media_id for one in old.items if one.kind is ItemKind.CONTENT]
    cycle = [name for name in films[:41] if name != "f:40"]
    assert cycle == before[:40]
    assert films[:41].count("f:40") <= 1


def test_an_entry_that_is_gone_hands_over_to_the_one_that_followed(tv: TV) -> None:
    entries = [
        tv.entry(tv.content(name, tv.clips(name, "1h")), Mode.MULTIPLE, count=5) for name in ("a", "b", "c")
    ]
    old, _ = tv.build(tv.channel(*entries), now="2026-03-02T06:00Z")
    new, _ = tv.build(tv.channel(entries[0], entries[2]), now="2026-03-02T13:00Z", old=old)
    # 06–11 a, 11–16 b; at 13:00 b is gone.
    assert tv.shown(new)[5:9] == ["11:00:00 b:00", "12:00:00 b:00", "13:00:00 c:00", "14:00:00 c:00"]


def test_the_items_left_of_multiple_are_remembered(tv: TV) -> None:
    a = tv.entry(tv.content("a", tv.clips("a", *["1h"] * 9)), Mode.MULTIPLE, count=4)
    b = tv.entry(tv.content("b", tv.clips("b", "1h")))
    old, _ = tv.build(tv.channel(a, b), now="2026-03-02T06:00Z")
    new, _ = tv.build(tv.channel(b, replace(a, origin=b.origin)), now="2026-03-02T08:30Z", old=old)
    assert tv.shown(new)[:6] == [
        "06:00:00 a:00", "07:00:00 a:01", "08:00:00 a:02", "09:00:00 a:03", "10:00:00 b:00", "11:00:00 a:04",
    ]  # fmt: skip


def test_history_is_kept_from_the_start_of_a_broadcast_day(tv: TV) -> None:
    rows, _ = tv.build(loop(tv), now="2026-03-02T06:00Z")
    for date in range(3, 9):
        rows, _ = tv.build(loop(tv), now=f"2026-03-0{date}T09:00Z", old=rows, history=2)
    assert rows.items[0].start_ms == from_iso("2026-03-06T06:00Z")
    assert rows.anchors[0].at_ms == from_iso("2026-03-06T06:00Z")
    assert rows.items[0].seq > 0


def test_after_days_off_progress_goes_on_and_the_days_are_not_made_up(tv: TV) -> None:
    old, _ = tv.build(loop(tv), now="2026-03-02T06:00Z")
    new, _ = tv.build(loop(tv), now="2026-04-02T09:00Z", old=old)
    assert new.items[0].start_ms == from_iso("2026-04-02T06:00Z")
    aired = [one.media_id for one in old.items if one.kind is ItemKind.CONTENT]
    goes_on = [one.media_id for one in new.items if one.kind is ItemKind.CONTENT]
    straight, _ = tv.build(loop(tv), now="2026-03-02T06:00Z", days=2)
    both = [one.media_id for one in straight.items if one.kind is ItemKind.CONTENT]
    assert (aired + goes_on)[: len(both)] == both


def test_a_clock_that_went_back_starts_cold(tv: TV) -> None:
    old, _ = tv.build(loop(tv), now="2026-03-02T06:00Z")
    new, _ = tv.build(loop(tv), now="2026-01-02T09:00Z", old=old)
    cold, _ = tv.build(loop(tv), now="2026-01-02T09:00Z")
    assert tv.plays(new) == tv.plays(cold)
    assert new.anchors == cold.anchors


def test_any_two_cold_compiles_of_a_day_agree(tv: TV) -> None:
    morning, _ = tv.build(loop(tv), now="2026-03-02T06:00Z")
    night, _ = tv.build(loop(tv), now="2026-03-03T05:59Z")
    assert tv.plays(night)[: len(morning.items)] == tv.plays(morning)


def test_a_channel_that_only_had_its_slate_takes_an_edit_within_minutes(tv: TV) -> None:
    empty = tv.channel(tv.entry(tv.content("f", ()), Mode.FLOOD))
    old, _ = tv.build(empty, now="2026-03-02T06:00Z", days=2)
    new, _ = tv.build(loop(tv), now="2026-03-02T12:01Z", old=old)
    first = next(one for one in new.programmes if one.kind is ProgrammeKind.PROGRAMME)
    assert first.start_ms == from_iso("2026-03-02T12:10Z")
    assert [one.kind for one in new.programmes[:2]] == [ProgrammeKind.FILLER, ProgrammeKind.PROGRAMME]


def digest_of(rows: Rows) -> str:
    return columns_of("one", rows).digest()


def test_the_digest_covers_what_plays_and_not_where_it_is_written(tv: TV) -> None:
    rows, _ = tv.build(loop(tv), now="2026-03-02T06:00Z")
    moved = [msgspec.structs.replace(one, rule="x", file="y.yaml", line=9) for one in rows.items]
    retitled = [msgspec.structs.replace(one, title="x") for one in rows.programmes]
    digest = digest_of(rows)
    assert digest_of(Rows(moved, rows.programmes, rows.anchors)) == digest
    assert digest_of(Rows(rows.items, retitled, rows.anchors)) != digest
    assert digest_of(Rows(rows.items[:-1], rows.programmes, rows.anchors)) != digest
    assert digest_of(Rows(rows.items, rows.programmes, rows.anchors[:-1])) != digest
    dressed = {0: Presentation(watermark_image="bug.png")}
    assert digest_of(Rows(rows.items, rows.programmes, rows.anchors, dressed)) != digest


def test_short_filler_belongs_to_its_programme_and_long_filler_is_listed(tv: TV) -> None:
    entries = (
        tv.entry(tv.content("a", tv.clips("a", "51m")), start="06:00"),
        tv.entry(tv.content("b", tv.clips("b", "50m")), start="07:00"),
        tv.entry(tv.content("c", tv.clips("c", "22h")), start="08:00"),
    )
    rows, _ = tv.build(tv.channel(*entries))
    listed = [(one.title, (one.finish_ms - one.start_ms) // MINUTE_MS) for one in rows.programmes[:4]]
    assert listed == [("a 0", 60), ("b 0", 50), ("Channel One", 10), ("c 0", 1320)]
    fallback = [one for one in rows.items if one.filler_kind is FillerKind.FALLBACK]
    assert fallback[0].programme_id == rows.programmes[0].id
    assert fallback[1].programme_id == rows.programmes[2].id


def test_an_episode_is_listed_by_its_show_and_a_title_can_be_overridden(tv: TV) -> None:
    item = msgspec.structs.replace(
        tv.clips("a", "24h")[0], kind="episode", show="The Show", title="The One", season=2, episode=3,
        genres=("Drama",), plot="It happens.", rating="PG",
    )  # fmt: skip
    entry = tv.entry(tv.content("a", (item,)), Mode.FLOOD)
    rows, _ = tv.build(tv.channel(entry))
    one = rows.programmes[0]
    assert (one.title, one.sub_title, one.season, one.episode) == ("The Show", "The One", 2, 3)
    assert (one.description, one.categories, one.rating) == ("It happens.", ("Drama",), "PG")
    renamed, _ = tv.build(tv.channel(replace(entry, look=replace(entry.look, title="Matinee"))))
    assert (renamed.programmes[0].title, renamed.programmes[0].id) == ("Matinee", one.id)
