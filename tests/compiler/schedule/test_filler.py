"""Filler goes around and into an item, ends a pad on its mark, and leaves the rest to the fallback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from compiler.lower.wall import WallClock
from compiler.schedule.airings import Airings, Rest
from compiler.schedule.cursor import Cursor, make_cursor
from compiler.schedule.filler import FillerDesk
from compiler.schedule.findings import Findings
from compiler.schedule.placed import Part, total
from compiler.schedule.state import State
from compiler.station import BreakAt, Content, FillerMode, FillerPreset, FillerSet, Fit, Order
from exstv.catalog.model import Chapter, MediaItem
from exstv.clock import from_iso
from exstv.timeline.model import FillerKind
from exstv.units import HOUR_MS, MINUTE_MS, SECOND_MS

TV = Any
NOON = from_iso("2026-03-02T12:00Z")
NEVER = 2**60
WALL = WallClock("UTC", 6 * HOUR_MS)


@dataclass
class Channel:
    """A desk with its channel's state, and the clock at which it is."""

    desk: FillerDesk
    state: State
    findings: Findings
    airings: Airings
    now_ms: int = NOON

    def dress(self, filler: FillerSet, item: Part, edge_ms: int = NEVER) -> tuple[Part, ...]:
        """Dresses an item and places it, as the scheduler does."""
        parts, length_ms = self.desk.dress(filler, item, self.now_ms, edge_ms)
        assert length_ms == total(parts)
        self.place(parts)
        return parts

    def tail(self, filler: FillerSet, start_ms: int, room_ms: int) -> list[Part]:
        """The tail filler of a stretch."""
        parts, left_ms = self.desk.tail(filler, start_ms, room_ms)
        assert left_ms == room_ms - total(parts)
        return list(parts)

    def place(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if part.item is not None:
                self.airings.note(part.item.id, self.now_ms, self.now_ms + part.length_ms)
            self.now_ms += part.length_ms


def channel(*fillers: FillerSet, seed: str = "seed") -> Channel:
    """A channel that uses these fillers."""
    state, findings = State({}), Findings()
    uses = [
        (preset.content, Rest(preset.content.no_repeat_ms, preset.cooldown_ms))
        for filler in fillers
        for preset in (filler.pre_roll, filler.mid_roll, filler.post_roll, filler.tail, filler.fallback)
        if preset is not None
    ]
    airings = Airings(state, uses)
    cursors: dict[str, Cursor] = {}

    def cursor_of(content: Content) -> Cursor:
        if content.cursor not in cursors:
            cursors[content.cursor] = make_cursor(content, seed, state, airings)
        return cursors[content.cursor]

    return Channel(FillerDesk(WALL, cursor_of, findings), state, findings, airings)


def feature(tv: TV, length_ms: int, *chapters_ms: int, in_point_ms: int = 0) -> Part:
    """Content of that length, from `in_point_ms` on."""
    chapters = tuple(Chapter(start_ms=mark) for mark in chapters_ms)
    item = msgspec.structs.replace(tv.clips("film", in_point_ms + length_ms)[0], chapters=chapters)
    return Part(item, in_point_ms, length_ms, None, tv.content("film", ()).origin)


def listed(tv: TV, name: str, lengths: Sequence[str | int], mode: FillerMode, **how: Any) -> FillerPreset:
    preset: FillerPreset = tv.filler(name, (), mode)
    return replace(preset, content=tv.content(name, tv.clips(name, *lengths)), **how)


def shown(parts: Sequence[Part]) -> list[str]:
    """`media in+length` in seconds for each part, and for filler its place."""
    return [
        f"{part.item.id if part.item else 'slate'} {part.in_point_ms / 1000:g}+{part.length_ms / 1000:g}"
        + (f" {part.filler}" if part.filler else "")
        for part in parts
    ]


def test_rolls_go_around_an_item_and_breaks_into_it(tv: TV) -> None:
    filler = FillerSet(
        pre_roll=listed(tv, "ident", ["5s", "6s"], FillerMode.COUNT),
        mid_roll=listed(tv, "ad", ["30s", "20s"], FillerMode.COUNT, count=2),
        post_roll=listed(tv, "promo", ["15s", "15s"], FillerMode.DURATION, duration_ms=40_000),
    )
    parts = channel().dress(filler, feature(tv, 600_000, 0, 200_000, 500_000))
    assert shown(parts) == [
        "ident:00 0+5 pre_roll",
        "film:00 0+200", "ad:00 0+30 mid_roll", "ad:01 0+20 mid_roll",
        "film:00 200+300", "ad:00 0+30 mid_roll", "ad:01 0+20 mid_roll",
        "film:00 500+100",
        "promo:00 0+15 post_roll", "promo:01 0+15 post_roll",
    ]  # fmt: skip


def test_a_duration_is_for_each_break(tv: TV) -> None:
    ads = listed(tv, "ad", ["30s"] * 9, FillerMode.DURATION, duration_ms=60_000, at=BreakAt.EVERY)
    parts = channel().dress(
        FillerSet(mid_roll=replace(ads, every_ms=10 * MINUTE_MS)), feature(tv, 30 * MINUTE_MS)
    )
    assert shown(parts) == [
        "film:00 0+600", "ad:00 0+30 mid_roll", "ad:01 0+30 mid_roll",
        "film:00 600+600", "ad:02 0+30 mid_roll", "ad:03 0+30 mid_roll", "film:00 1200+600",
    ]  # fmt: skip


def test_a_pad_is_computed_last_wherever_it_plays(tv: TV) -> None:
    half = listed(tv, "half", ["1m", "2m", "7m"], FillerMode.PAD, pad_to_ms=30 * MINUTE_MS)
    one = listed(tv, "one", ["1m"], FillerMode.COUNT)
    film = feature(tv, 20 * MINUTE_MS)
    after = channel().dress(FillerSet(pre_roll=one, post_roll=half), film)
    assert shown(after) == [
        "one:00 0+60 pre_roll", "film:00 0+1200", "half:01 0+120 post_roll", "half:02 0+420 post_roll",
    ]  # fmt: skip
    before = channel().dress(FillerSet(pre_roll=half, post_roll=one), film)
    assert shown(before) == [
        "half:01 0+120 pre_roll", "half:02 0+420 pre_roll", "film:00 0+1200", "one:00 0+60 post_roll",
    ]  # fmt: skip


def test_a_pad_ends_at_the_edge_where_that_comes_first(tv: TV) -> None:
    half = listed(tv, "half", ["1m"], FillerMode.PAD, pad_to_ms=30 * MINUTE_MS)
    parts = channel().dress(FillerSet(post_roll=half), feature(tv, 20 * MINUTE_MS), NOON + 22 * MINUTE_MS)
    assert shown(parts) == ["film:00 0+1200", "half:00 0+60 post_roll", "half:00 0+60 post_roll"]


def test_a_pad_on_its_mark_adds_nothing(tv: TV) -> None:
    half = listed(tv, "half", ["1m"], FillerMode.PAD, pad_to_ms=30 * MINUTE_MS)
    assert len(channel().dress(FillerSet(post_roll=half), feature(tv, 30 * MINUTE_MS))) == 1


def test_what_a_pad_leaves_is_the_fallbacks_to_the_millisecond(tv: TV) -> None:
    half = listed(tv, "half", ["4m"], FillerMode.PAD, pad_to_ms=10 * MINUTE_MS)
    slate = listed(tv, "slate", ["1m30s"], FillerMode.LOOP)
    studio = channel()
    parts = studio.dress(FillerSet(post_roll=half, fallback=slate), feature(tv, 3 * MINUTE_MS + 7))
    assert shown(parts)[1:] == [
        "half:00 0+240 post_roll", "slate:00 0+90 fallback", "slate:00 0+89.993 fallback",
    ]  # fmt: skip
    assert [one.code for one in studio.findings.diagnostics] == ["EXS5021"]
    assert studio.findings.diagnostics[0].note == "no clip is that short"


def test_without_a_fallback_the_built_in_slate_fills_a_pad(tv: TV) -> None:
    half = listed(tv, "half", ["9m"], FillerMode.PAD, pad_to_ms=HOUR_MS)
    parts = channel().dress(FillerSet(post_roll=half), feature(tv, 38 * MINUTE_MS))
    assert shown(parts)[1:] == ["half:00 0+540 post_roll", "half:00 0+540 post_roll", "slate 0+240 fallback"]


def test_greedy_takes_clips_in_order_while_they_fit(tv: TV) -> None:
    lengths = ["10m", "2m", "1m", "3m", "1m"]
    exact = listed(tv, "t", lengths, FillerMode.DURATION, duration_ms=5 * MINUTE_MS)
    greedy = replace(exact, fit=Fit.GREEDY)
    assert shown(channel().tail(FillerSet(tail=exact), NOON, HOUR_MS)) == [
        "t:01 0+120 tail", "t:03 0+180 tail",
    ]  # fmt: skip
    studio = channel()
    # The one longer than the whole room is passed over; the one that does not fit the rest stays next.
    assert shown(studio.tail(FillerSet(tail=greedy), NOON, HOUR_MS)) == [
        "t:01 0+120 tail",
        "t:02 0+60 tail",
    ]
    assert shown(studio.tail(FillerSet(tail=greedy), NOON, HOUR_MS)) == [
        "t:03 0+180 tail",
        "t:04 0+60 tail",
    ]


def test_a_tail_of_some_clips_plays_those_that_fit(tv: TV) -> None:
    tail = listed(tv, "t", ["6m", "7m", "3m", "1m"], FillerMode.COUNT, count=2)
    assert shown(channel().tail(FillerSet(tail=tail), NOON, 8 * MINUTE_MS)) == [
        "t:00 0+360 tail",
        "t:03 0+60 tail",
    ]
    assert channel().tail(FillerSet(tail=tail), NOON, 30_000) == []
    assert channel().tail(FillerSet(), NOON, HOUR_MS) == []


def test_a_tail_that_pads_ends_on_its_mark_and_leaves_the_rest(tv: TV) -> None:
    tail = listed(tv, "t", ["1m"], FillerMode.PAD, pad_to_ms=5 * MINUTE_MS)
    parts = channel().tail(FillerSet(tail=tail), NOON + 2 * MINUTE_MS, HOUR_MS)
    assert total(parts) == 3 * MINUTE_MS


def test_a_clip_that_rests_gives_its_time_to_the_fallback(tv: TV) -> None:
    half = listed(
        tv, "half", ["1m", "1m"], FillerMode.PAD, pad_to_ms=5 * MINUTE_MS, cooldown_ms=6 * MINUTE_MS
    )
    filler, film = FillerSet(post_roll=half), feature(tv, MINUTE_MS)
    studio = channel(filler)
    assert shown(studio.dress(filler, film))[1:] == [
        "half:00 0+60 post_roll", "half:01 0+60 post_roll", "slate 0+120 fallback",
    ]  # fmt: skip
    # It is 12:06: the first ended at 12:02, and may play again from 12:08 on.
    assert shown(studio.dress(filler, film))[1:] == ["slate 0+240 fallback"]
    assert shown(studio.dress(filler, film))[1:3] == [
        "half:00 0+60 post_roll", "half:01 0+60 post_roll",
    ]  # fmt: skip
    assert studio.findings.diagnostics[0].note == "clips that would fit rest, by `cooldown` or `no_repeat`"


def test_no_clip_to_play_is_no_break(tv: TV) -> None:
    ads = listed(tv, "ad", ["30s"], FillerMode.COUNT, cooldown_ms=HOUR_MS)
    filler = FillerSet(mid_roll=ads)
    parts = channel(filler).dress(filler, feature(tv, 600_000, 200_000, 500_000))
    assert shown(parts) == ["film:00 0+200", "ad:00 0+30 mid_roll", "film:00 200+400"]


def test_the_fallback_is_never_held_back(tv: TV) -> None:
    slate = listed(tv, "slate", ["4m"], FillerMode.LOOP, cooldown_ms=HOUR_MS)
    filler = FillerSet(fallback=slate)
    desk = channel(filler).desk
    parts = [desk.fallback(filler, slate.origin, NOON, 10 * MINUTE_MS) for _ in range(2)]
    assert shown(parts) == ["slate:00 0+240 fallback"] * 2


def test_an_item_without_chapters_is_told_once(tv: TV) -> None:
    ads = listed(tv, "ad", ["30s"], FillerMode.COUNT)
    studio = channel()
    for _ in range(2):
        assert len(studio.dress(FillerSet(mid_roll=ads), feature(tv, 600_000, 0))) == 1
    assert [one.code for one in studio.findings.diagnostics] == ["EXS5020"]
    studio = channel()
    studio.dress(FillerSet(mid_roll=replace(ads, at=BreakAt.AUTO)), feature(tv, 600_000))
    studio.dress(FillerSet(mid_roll=ads), feature(tv, 600_000, 300_000))
    assert studio.findings.diagnostics == []


def test_two_presets_with_one_cursor_go_on_where_the_other_stopped(tv: TV) -> None:
    before = listed(tv, "c", ["1m", "2m", "3m"], FillerMode.COUNT)
    after = replace(before, count=1)
    parts = channel().dress(FillerSet(pre_roll=before, post_roll=after), feature(tv, MINUTE_MS))
    assert shown(parts)[::2] == ["c:00 0+60 pre_roll", "c:01 0+120 post_roll"]


def test_a_pad_before_an_item_takes_no_clip_that_must_rest_before_it_plays_after_it(tv: TV) -> None:
    pad = listed(tv, "c", ["1m", "1m"], FillerMode.PAD, pad_to_ms=10 * MINUTE_MS)
    after = replace(pad, mode=FillerMode.COUNT, cooldown_ms=HOUR_MS)
    filler = FillerSet(pre_roll=pad, post_roll=after)
    parts = channel(filler).dress(filler, feature(tv, 7 * MINUTE_MS))
    assert shown(parts) == [
        "c:01 0+60 pre_roll",
        "c:01 0+60 pre_roll",
        "film:00 0+420",
        "c:00 0+60 post_roll",
    ]


def test_a_decision_taken_back_leaves_no_trace(tv: TV) -> None:
    ads = tv.filler(
        "ad", tv.clips("ad", *range(15_000, 60_000, 1_700)), FillerMode.PAD, pad_to_ms=10 * MINUTE_MS
    )
    filler, film = FillerSet(post_roll=replace(ads, cooldown_ms=20 * MINUTE_MS)), feature(tv, 6 * MINUTE_MS)
    plain, tried = channel(filler), channel(filler)
    for _ in range(20):
        mark = tried.state.mark()
        tried.desk.dress(filler, film, tried.now_ms, tried.now_ms + 8 * MINUTE_MS)
        tried.state.rollback(mark)
        assert tried.dress(filler, film) == plain.dress(filler, film)


def test_thousands_of_short_clips_fill_hours_in_order(tv: TV) -> None:
    lengths = [1_000 + 7 * place for place in range(900)]
    tail = listed(tv, "t", lengths, FillerMode.DURATION, duration_ms=2 * HOUR_MS)
    parts = channel().tail(FillerSet(tail=tail), NOON, 3 * HOUR_MS)
    assert 2 * HOUR_MS - 5 * SECOND_MS < total(parts) <= 2 * HOUR_MS
    ids = [part.item.id for part in parts if part.item]
    assert ids[:900] == [item.id for item in tail.content.items]


presets: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    mode=st.sampled_from([FillerMode.COUNT, FillerMode.DURATION]),
    count=st.integers(1, 4),
    duration_ms=st.integers(1_000, 200_000),
    fit=st.sampled_from(Fit),
    at=st.sampled_from(BreakAt),
    every_ms=st.integers(0, 900_000),
    max_breaks=st.none() | st.integers(1, 3),
    cooldown_ms=st.sampled_from([0, 0, 300_000, 2_000_000]),
    name=st.sampled_from(["x", "y"]),
)
decks = st.lists(st.integers(1_000, 90_000), min_size=1, max_size=30)


@dataclass(frozen=True)
class Set:
    """A generated filler set and what it was made of."""

    filler: FillerSet
    pad: FillerPreset | None


@st.composite
def filler_sets(draw: st.DrawFn, tv: TV) -> Set:
    """Fillers that share two decks of clips, with a pad before or after, or none."""
    contents = {
        name: tv.content(
            name, tv.clips(name, *draw(decks)), draw(st.sampled_from([Order.SHUFFLE, Order.LISTED]))
        )
        for name in "xy"
    }
    made = {}
    for place in ("pre_roll", "mid_roll", "post_roll"):
        how = draw(st.none() | presets)
        if how is not None:
            mode = how.pop("mode")
            made[place] = replace(tv.filler("f", (), mode), content=contents[how["name"]], **how)
    where = draw(st.sampled_from([None, "pre_roll", "post_roll"]))
    if where:
        how = draw(presets) | {
            "mode": FillerMode.PAD,
            "pad_to_ms": draw(st.sampled_from([5, 10, 30])) * MINUTE_MS,
        }
        made[where] = replace(tv.filler("f", (), FillerMode.PAD), content=contents[how["name"]], **how)
    slate = tv.filler("slate", tv.clips("slate", draw(st.integers(1_000, 90_000))), FillerMode.LOOP)
    return Set(FillerSet(**made, fallback=slate), made[where] if where else None)


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_dressing_keeps_every_promise(tv: TV, data: st.DataObject) -> None:
    made = data.draw(filler_sets(tv))
    studio = channel(made.filler, seed=data.draw(st.text(max_size=3)))
    airings: list[tuple[int, Part]] = []
    for _ in range(data.draw(st.integers(1, 6))):
        length = data.draw(st.integers(1_000, 3_000_000))
        marks = data.draw(st.lists(st.integers(0, 3_000_000), max_size=6))
        item = feature(tv, length, *marks, in_point_ms=data.draw(st.sampled_from([0, 0, 77_777])))
        start = studio.now_ms
        edge = data.draw(st.sampled_from([NEVER, start + length + 400_000]))
        parts = studio.dress(made.filler, item, edge)
        airings += placed(start, parts)
        check_pieces(parts, item)
        check_places(parts)
        if made.pad is not None:
            mark = WALL.next_mark(studio.now_ms, made.pad.pad_to_ms)
            # Only what is not the pad's can run over the edge.
            assert studio.now_ms == min(mark, edge) or studio.now_ms > edge
    check_rests(airings, made.filler)


def placed(start_ms: int, parts: Sequence[Part]) -> list[tuple[int, Part]]:
    found = []
    for part in parts:
        found.append((start_ms, part))
        start_ms += part.length_ms
    return found


def check_pieces(parts: Sequence[Part], item: Part) -> None:
    """The pieces of an item follow each other without a gap, and make all of it."""
    pieces = [part for part in parts if part.filler is None]
    assert all(piece.item is item.item and piece.length_ms > 0 for piece in pieces)
    assert pieces[0].in_point_ms == item.in_point_ms
    assert all(one.in_point_ms + one.length_ms == two.in_point_ms for one, two in pairwise(pieces))
    assert total(pieces) == item.length_ms


def check_places(parts: Sequence[Part]) -> None:
    """Clips are whole, and between two pieces there is nothing but a break."""
    first = next(place for place, part in enumerate(parts) if part.filler is None)
    last = max(place for place, part in enumerate(parts) if part.filler is None)
    assert {part.filler for part in parts[:first]} <= {FillerKind.PRE_ROLL, FillerKind.FALLBACK}
    assert {part.filler for part in parts[first : last + 1]} <= {FillerKind.MID_ROLL, None}
    assert {part.filler for part in parts[last + 1 :]} <= {FillerKind.POST_ROLL, FillerKind.FALLBACK}
    for part in parts:
        if part.filler not in (None, FillerKind.FALLBACK):
            assert part.item is not None
            assert (part.in_point_ms, part.length_ms) == (0, part.item.duration_ms)


def check_rests(airings: Sequence[tuple[int, Part]], filler: FillerSet) -> None:
    """No clip plays before the cooldown of the filler that plays it is over."""
    by_kind = {
        FillerKind.PRE_ROLL: filler.pre_roll,
        FillerKind.MID_ROLL: filler.mid_roll,
        FillerKind.POST_ROLL: filler.post_roll,
    }
    over: dict[str, int] = {}
    for start, part in airings:
        if part.item is None or part.filler not in by_kind:
            continue
        preset = by_kind[part.filler]
        assert preset is not None
        if part.item.id in over:
            assert start - over[part.item.id] >= preset.cooldown_ms
        over[part.item.id] = start + part.length_ms


@settings(max_examples=80, deadline=None)
@given(
    deck=decks,
    room=st.integers(1, 2_000_000),
    fit=st.sampled_from(Fit),
    mode=st.sampled_from([FillerMode.COUNT, FillerMode.DURATION, FillerMode.PAD]),
    start=st.integers(0, 3_600_000),
)
def test_a_tail_and_its_fallback_fill_a_room_to_the_millisecond(
    tv: TV, deck: list[int], room: int, fit: Fit, mode: FillerMode, start: int
) -> None:
    tail = tv.filler("t", tv.clips("t", *deck), mode, count=3, duration_ms=300_000, pad_to_ms=600_000)
    slate = tv.filler("s", tv.clips("s", 70_001), FillerMode.LOOP)
    filler = FillerSet(tail=replace(tail, fit=fit), fallback=slate)
    studio = channel()
    parts = studio.tail(filler, NOON + start, room)
    assert total(parts) <= min(room, 300_000 if mode is FillerMode.DURATION else room)
    assert all(part.length_ms == (part.item.duration_ms if part.item else None) for part in parts)
    while (left := room - total(parts)) > 0:
        parts.append(studio.desk.fallback(filler, slate.origin, NOON + start + total(parts), left))
    assert total(parts) == room
    assert all(part.length_ms > 0 for part in parts)


def played(tv: TV, lengths: Sequence[int], items: int) -> list[int]:
    """How often each clip played in so many items that were padded to half hours."""
    half = tv.filler("half", tv.clips("c", *lengths), FillerMode.PAD, pad_to_ms=30 * MINUTE_MS)
    filler = FillerSet(post_roll=half)
    studio = channel()
    counts: dict[str, int] = {item.id: 0 for item in half.content.items}
    for place in range(items):
        film = feature(tv, (22 * 60 + place * 37 % 301) * SECOND_MS + place * 7)
        for part in studio.dress(filler, film):
            if part.filler is FillerKind.POST_ROLL and isinstance(part.item, MediaItem):
                counts[part.item.id] += 1
        studio.state.take_changes()
    return list(counts.values())


def test_sixty_clips_are_played_evenly_over_a_week(tv: TV) -> None:
    counts = played(tv, [15_000 + place * 8_123 % 105_000 for place in range(60)], 336)
    assert min(counts) > 10
    assert max(counts) - min(counts) <= 2


def test_two_thousand_clips_are_played_evenly_over_a_week(tv: TV) -> None:
    counts = played(tv, [15_000 + place * 8_123 % 45_000 for place in range(2_000)], 336)
    assert max(counts) - min(counts) <= 2


def test_a_clip_too_long_for_every_room_holds_up_no_other(tv: TV) -> None:
    counts = played(tv, [*(40_000 + place * 1_111 for place in range(30)), 3_600_000], 336)
    assert counts.pop() == 0
    assert max(counts) - min(counts) <= 2
