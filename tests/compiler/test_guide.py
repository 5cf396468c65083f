"""What the guide lists of what was placed, and what rows carry: LANGUAGE.md, "The guide"."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import msgspec
import pytest

from compiler.guide import Guide
from compiler.lower.wall import WallClock
from compiler.rows import join
from compiler.schedule.placed import Feature, Part, Run
from compiler.station import FillerSet, LoopSchedule, Origin, Show, StationChannel
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Span
from exstv.timeline.columns import ChannelRows
from exstv.timeline.model import FillerKind, ItemKind, Presentation, ProgrammeKind, StoredRows
from exstv.timeline.structs import columns_of, structs_of
from exstv.units import HOUR_MS, MINUTE_MS

ORIGIN = Origin(Span("a.yaml", 3), "day")
CLIPS = Origin(Span("b.yaml", 7), "clips")
OWN = Presentation(watermark_image="bug.png")
CHANNEL = StationChannel(
    key="a",
    number="1",
    name="Channel A",
    xmltv_id="a.test",
    timezone="Europe/Amsterdam",
    schedule=LoopSchedule("day", (), ORIGIN),
    filler=FillerSet(),
    profile="hd",
    origin=ORIGIN,
    presentation=OWN,
)
WALL = WallClock("Europe/Amsterdam", 6 * HOUR_MS)
NOTHING = StoredRows()


def item(name: str, **facts: object) -> MediaItem:
    made = MediaItem(id=f"lib:{name}", source="lib", kind="movie", title=name.title(), locator=name)
    return msgspec.structs.replace(made, **facts)


def show(
    name: str, show: Show = Show.PROGRAMME, group: str | None = None, title: str | None = None
) -> Feature:
    return Feature(item(name), title=title, show=show, group=group)


def run(feature: Feature | None, *minutes: int, presentation: Presentation | None = None) -> Run:
    """A feature with a clip after it, or clips alone, each so long."""
    parts = [Part(item("clip"), 0, each * MINUTE_MS, FillerKind.TAIL, CLIPS) for each in minutes]
    if feature is not None:
        parts[0] = Part(feature.item, 0, minutes[0] * MINUTE_MS, None, ORIGIN)
    return Run(0, tuple(parts), feature, "a › day", presentation, {"day": 1})


def placed(*runs: Run, start_ms: int = 0) -> list[Run]:
    lengths = (sum(part.length_ms for part in each.parts) for each in runs)
    starts = accumulate(lengths, initial=start_ms)
    return [msgspec.structs.replace(each, start_ms=start) for each, start in zip(runs, starts, strict=False)]


def rows(
    runs: list[Run],
    kept: StoredRows = NOTHING,
    channel: StationChannel = CHANNEL,
    group: str | None = None,
) -> ChannelRows:
    before = columns_of(channel.key, kept, channel.presentation)
    next_seq = kept.items[-1].seq + 1 if kept.items else 0
    return join(before, next_seq, runs, Guide(channel, WALL, before, group).listed(runs), kept.anchors)


def listed(*runs: Run) -> list[tuple[str, int]]:
    """Titles and minutes of the programmes."""
    found = structs_of(rows(placed(*runs))).programmes
    return [(each.title, (each.finish_ms - each.start_ms) // MINUTE_MS) for each in found]


def test_a_feature_and_short_filler_after_it_are_one_programme() -> None:
    assert listed(run(show("one"), 20, 2), run(None, 4, 5), run(show("two"), 30)) == [
        ("One", 31),
        ("Two", 30),
    ]


def test_filler_of_ten_minutes_is_listed_with_the_channels_name() -> None:
    assert listed(run(show("one"), 20), run(None, 4), run(None, 6), run(show("two"), 30)) == [
        ("One", 20),
        ("Channel A", 10),
        ("Two", 30),
    ]


def test_a_feature_in_several_runs_is_one_programme() -> None:
    feature = show("one")
    assert listed(run(feature, 20), run(feature, 5), run(show("one"), 5)) == [("One", 25), ("One", 5)]


def test_a_block_is_one_programme_under_its_title() -> None:
    a, b, c = (show(name, Show.BLOCK, "toons", "Toons") for name in "abc")
    assert listed(run(a, 20), run(None, 3), run(b, 10), run(c, 7), run(show("film"), 90)) == [
        ("Toons", 40),
        ("Film", 90),
    ]


def test_another_block_and_one_after_listed_filler_are_programmes_of_their_own() -> None:
    first, again = (show(name, Show.BLOCK, "toons", "Toons") for name in "ab")
    other = show("c", Show.BLOCK, "late", "Toons")
    named = show("d", Show.BLOCK, "late", "Later")
    assert listed(run(first, 20), run(None, 10), run(again, 20), run(other, 5), run(named, 5)) == [
        ("Toons", 20),
        ("Channel A", 10),
        ("Toons", 20),
        ("Toons", 5),
        ("Later", 5),
    ]


def test_what_is_hidden_adds_to_the_programme_before() -> None:
    hidden = show("jingle", Show.HIDDEN)
    assert listed(run(show("one"), 20), run(hidden, 15), run(show("two"), 5)) == [("One", 35), ("Two", 5)]
    assert listed(run(hidden, 15), run(show("two"), 5)) == [("Channel A", 15), ("Two", 5)]


def test_off_air_is_listed() -> None:
    dark = Run(0, (Part(None, 0, HOUR_MS, None, ORIGIN),), Feature(None), "a › day", None, {})
    found = structs_of(rows(placed(run(show("one"), 20), dark)))
    assert [(each.title, each.kind) for each in found.programmes][1] == ("Off air", ProgrammeKind.OFF_AIR)
    assert found.items[1].kind is ItemKind.OFF_AIR


def test_an_episode_is_listed_under_its_show_with_all_that_is_known() -> None:
    episode = item(
        "pilot", kind="episode", show="Harbour", season=1, episode=2, rating="PG", genres=("Drama",)
    )
    (found,) = structs_of(rows(placed(run(Feature(episode), 20)))).programmes
    assert (found.title, found.sub_title, found.season, found.episode) == ("Harbour", "Pilot", 1, 2)
    assert (found.media_id, found.rating, found.categories) == ("lib:pilot", "PG", ("Drama",))
    assert found.local_hour == 1
    (named,) = structs_of(rows(placed(run(Feature(episode, "Matinee"), 20)))).programmes
    assert (named.title, named.sub_title) == ("Matinee", "Pilot")


def test_ids_are_made_of_channel_start_and_media() -> None:
    def id_of(name: str = "one", start_ms: int = 0, channel: StationChannel = CHANNEL) -> str:
        runs = placed(run(show(name), 20), start_ms=start_ms)
        return structs_of(rows(runs, channel=channel)).programmes[0].id

    assert id_of() == id_of()
    others = {id_of("two"), id_of(start_ms=1), id_of(channel=msgspec.structs.replace(CHANNEL, key="b"))}
    assert len(others | {id_of()}) == 4


def test_items_say_where_they_come_from() -> None:
    found = structs_of(rows(placed(run(show("one"), 20, 2), run(None, 3)))).items
    assert [(each.rule, each.file, each.line) for each in found] == [
        ("a › day", "a.yaml", 3),
        ("a › day › clips", "b.yaml", 7),
        ("a › day › clips", "b.yaml", 7),
    ]
    assert [each.advance for each in found] == ['{"day":1}', "", '{"day":1}']
    assert [each.seq for each in found] == [0, 1, 2]


def test_presentations_count_in_order_of_use_and_the_channels_own_is_none() -> None:
    burnt, dutch = Presentation(subtitle_mode="forced"), Presentation(audio_languages=("nl",))
    runs = placed(
        run(show("a"), 1, presentation=dutch),
        run(show("b"), 1),
        run(show("c"), 1, presentation=burnt),
        run(show("d"), 1, presentation=msgspec.structs.replace(dutch)),
        run(show("e"), 1, presentation=OWN),
    )
    found = rows(runs)
    assert found.presentations == (OWN, dutch, burnt)
    assert [each.presentation for each in structs_of(found).items] == [1, None, 2, 1, None]


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_rows_that_were_kept_and_continued_are_those_made_at_once(cut: int) -> None:
    runs = placed(
        run(show("one"), 20, 2),
        run(show("a", Show.BLOCK, "toons", "Toons"), 10, presentation=Presentation(subtitle_mode="any")),
        run(show("b", Show.BLOCK, "toons", "Toons"), 10),
        run(None, 12),
        run(show("one"), 20, 2),
    )
    at_once = rows(runs)
    continued = rows(runs[cut:], structs_of(rows(runs[:cut])), group="toons")
    assert structs_of(continued) == structs_of(at_once)
    assert continued.digest() == at_once.digest()


def test_a_take_over_between_two_blocks_of_one_name_keeps_them_apart() -> None:
    runs = placed(
        run(show("a", Show.BLOCK, "early", "Toons"), 10), run(show("b", Show.BLOCK, "late", "Toons"), 10)
    )
    continued = rows(runs[1:], structs_of(rows(runs[:1])), group="early")
    assert structs_of(continued) == structs_of(rows(runs))


def test_kept_rows_stay_dressed_as_they_were() -> None:
    runs = placed(run(show("one"), 20), run(show("two"), 20))
    edited = msgspec.structs.replace(CHANNEL, presentation=Presentation(watermark_image="new.png"))
    found = rows(runs[1:], structs_of(rows(runs[:1])), edited)
    assert [each.presentation for each in structs_of(found).items] == [1, None]
    assert found.presentations == (edited.presentation, OWN)


def test_the_digest_is_of_values_and_not_of_codes() -> None:
    runs = placed(run(show("one"), 20), run(show("two"), 20), run(show("one"), 20))
    found = rows(runs)
    more = replace(
        found, media=("lib:unused", *found.media), items=replace(found.items, media=found.items.media + 1)
    )
    assert more.digest() == found.digest()
    assert replace(found, media=("lib:three", *found.media[1:])).digest() != found.digest()
    assert replace(found, presentations=(Presentation(),)).digest() != found.digest()
    later = placed(*runs, start_ms=1)
    assert rows(later).digest() != found.digest()
