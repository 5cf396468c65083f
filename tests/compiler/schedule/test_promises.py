"""What the language promises on any channel: starts, marks, rests, shares, lateness, told by the model."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from drawn import BYTES, Choices
from generated import NOWS, ZONES, Draws, channel_of, examples
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from promises import (
    build,
    due,
    dues,
    inlined,
    is_strict,
    loops_of,
    next_fixed,
    of_loop,
    on_mark,
    runs_of,
    stays,
)

from compiler.station import (
    BalanceSchedule,
    FillerMode,
    FillerSet,
    Flex,
    LoopSchedule,
    Mode,
    Order,
    Overrun,
    Padding,
    StationChannel,
)
from exstv.timeline.model import FillerKind
from exstv.timeline.progress import next_junction
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS

CHANGE = st.integers(0, 1)


def everything(channel: StationChannel) -> list[Any]:
    return [channel.schedule, *(rule.schedule for rule in channel.calendar)]


@examples(60)
@given(BYTES, ZONES, CHANGE)
def test_a_strict_start_is_never_late(data: bytes, zone: str, change: int) -> None:
    draws = Draws(Choices(data))
    channel = draws.channel(zone, draws.loop() if draws.choices.yes() else None)
    runs, _ = runs_of(channel, NOWS[zone][change], 3)
    for loop in {each.name: each for each in loops_of(*everything(channel))}.values():
        following = next_fixed(loop)
        times = {
            entry.identity: dues(zone, entry.start_ms or 0, runs)
            for entry in inlined(loop)
            if is_strict(entry)
        }
        before = None
        ones = {entry.origin.name for entry in inlined(loop) if entry.mode is Mode.ONE}
        for name, run in of_loop(runs, loop):
            fixed = following.get(name)
            if run.feature is None:
                # Filler in an entry: it has begun, or the one after it has not.
                before = name
                continue
            if fixed is not None and is_strict(fixed):
                # Nothing that is played before it in the list runs over its next time.
                at = bisect_right(times[fixed.identity], run.start_ms)
                assert run.finish_ms <= times[fixed.identity][at]
            if name in times and (before != name or name in ones):
                assert run.start_ms in times[name]
            before = name


@examples(60)
@given(BYTES, ZONES, CHANGE)
def test_an_event_starts_exactly_at_its_time(data: bytes, zone: str, change: int) -> None:
    channel = channel_of(data, zone)
    runs, _ = runs_of(channel, NOWS[zone][change], 3)
    year = datetime.fromtimestamp(runs[0].start_ms / 1000, UTC).year
    starts = {run.start_ms: run for run in runs}
    for event in channel.events:
        _, month, day = event.date
        start = event.entry.start_ms or 0
        # Broadcast days begin at six.
        on = date(year, month, day).toordinal() + (start < 6 * HOUR_MS)
        at = due(zone, date.fromordinal(on), start)
        if runs[0].start_ms <= at < runs[-1].finish_ms:
            assert at in starts
            if len(channel.events) == 1 and event.entry.mode is not Mode.DURATION:
                assert starts[at].chain.split(" › ")[1:3] == ["events", event.entry.identity]


@examples(60)
@given(BYTES, ZONES, CHANGE)
def test_a_slot_starts_no_later_than_the_one_before_it_may_end(data: bytes, zone: str, change: int) -> None:
    draws = Draws(Choices(data))
    grid = draws.slots(draws.choices.number(0, 1))
    # A slot that begins early is another slot's time.
    slots = tuple(
        replace(slot, padding=Padding.LOOP if slot.padding is Padding.NEXT else slot.padding)
        for slot in grid.slots
    )
    channel = replace(draws.channel(zone, replace(grid, slots=slots)), calendar=(), events=())
    runs, _ = runs_of(channel, NOWS[zone][change], 3)
    starts = [
        (due(zone, date.fromordinal(day + (slot.start_ms < 6 * HOUR_MS)), slot.start_ms), slot)
        for slot in slots
        for day in range(_day(runs[0].start_ms) - 9, _day(runs[-1].finish_ms) + 9)
        if date.fromordinal(day).weekday() in slot.days
    ]
    starts.sort(key=lambda start: start[0])
    ends: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for (start, slot), (finish, _) in pairwise(starts):
        if start < finish:
            late = slot.max_late_ms or 0 if slot.flex is Flex.EXTEND else 0
            ends[slot.identity].append((start, finish + late))
    for run in runs:
        slot_name = run.chain.split(" › ")[2]
        assert any(start <= run.start_ms and run.finish_ms <= end for start, end in ends[slot_name])


def _day(at_ms: int) -> int:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().toordinal()


FLOWING = (Mode.ONE, Mode.MULTIPLE, Mode.FLOOD, Mode.PAD_TO)


@examples(60)
@given(BYTES, ZONES, CHANGE)
def test_a_pad_ends_on_its_mark_or_at_a_start(data: bytes, zone: str, change: int) -> None:
    draws = Draws(Choices(data))
    entries = tuple(draws.entry(*FLOWING) for _ in range(draws.choices.number(1, 4)))
    entries = tuple(
        replace(entry, overrun=draws.choices.one_of(Overrun.STOP, Overrun.TRIM)) for entry in entries
    )
    if draws.choices.yes():
        entries = (
            replace(entries[0], start_ms=draws.choices.number(0, 23) * HOUR_MS + 420_000),
            *entries[1:],
        )
    loop = LoopSchedule("loop", entries, entries[0].origin)
    channel = replace(draws.channel(zone, loop), calendar=(), events=())
    runs, _ = runs_of(channel, NOWS[zone][change], 2)
    by_name = {entry.identity: entry for entry in entries}
    edges = {at for one in entries if one.start_ms is not None for at in dues(zone, one.start_ms, runs)}
    for run in runs:
        entry = by_name.get(run.chain.split(" › ")[-1])
        if entry is None or run.feature is None or entry.mode is Mode.PAD_TO:
            continue
        filler = entry.look.filler
        for pad in (filler.pre_roll, filler.post_roll):
            # One before an item makes the item end on the mark.
            if pad is not None and pad.mode is FillerMode.PAD:
                assert on_mark(zone, run.finish_ms, pad.pad_to_ms) or run.finish_ms in edges
    for stay in stays(runs):
        entry = by_name.get(stay.name)
        if entry is not None and entry.mode is Mode.PAD_TO:
            assert on_mark(zone, stay.finish_ms, entry.duration_ms) or stay.finish_ms in edges


@examples(60)
@given(BYTES, ZONES, CHANGE)
def test_clips_of_a_filler_rest_as_long_as_they_should(data: bytes, zone: str, change: int) -> None:
    cooldown = 10 * MINUTE_MS
    channel = resting(channel_of(data, zone), cooldown)
    runs, _ = runs_of(channel, NOWS[zone][change], 2)
    aired: dict[str, int] = {}
    for run in runs:
        at = run.start_ms
        for part in run.parts:
            if part.item is not None:
                if part.filler not in (None, FillerKind.FALLBACK) and part.item.id in aired:
                    assert aired[part.item.id] + cooldown <= at, (run, at)
                aired[part.item.id] = at + part.length_ms
            at += part.length_ms


def resting(value: Any, cooldown_ms: int) -> Any:
    """A model in which every filler rests so long."""
    if isinstance(value, tuple):
        return tuple(resting(each, cooldown_ms) for each in value)
    if isinstance(value, FillerSet):
        kinds = ("pre_roll", "mid_roll", "post_roll", "tail", "fallback")
        presets = {kind: getattr(value, kind) for kind in kinds}
        return FillerSet(**{k: p and replace(p, cooldown_ms=cooldown_ms) for k, p in presets.items()})
    nested = (
        "schedule",
        "filler",
        "look",
        "calendar",
        "events",
        "items",
        "slots",
        "sources",
        "days",
        "template",
        "block",
        "entries",
        "entry",
    )
    changed = {
        name: resting(found, cooldown_ms)
        for name in nested
        if (found := getattr(value, name, None)) is not None and not isinstance(found, frozenset)
    }
    return replace(value, **changed) if changed else value


@examples(40)
@given(BYTES, ZONES)
def test_no_item_repeats_while_another_may_play(data: bytes, zone: str) -> None:
    draws = Draws(Choices(data))
    rest = draws.choices.one_of(2, 3, 9) * HOUR_MS
    entries = []
    for _ in range(draws.choices.number(1, 3)):
        entry = draws.entry(Mode.ONE, Mode.MULTIPLE, Mode.FLOOD)
        assert entry.content is not None
        content = replace(entry.content, no_repeat_ms=rest, keep_multi_part=False)
        entries.append(replace(entry, content=content))
    loop = LoopSchedule("loop", tuple(entries), entries[0].origin)
    channel = replace(draws.channel(zone, loop), calendar=(), events=())
    runs, _ = runs_of(channel, NOWS[zone][0], 3)
    by_name = {entry.identity: entry for entry in entries}
    started: dict[str, int] = {}
    for run in runs:
        if run.feature is None or run.feature.item is None:
            continue
        used = by_name[run.chain.split(" › ")[-1]].content
        assert used is not None
        item = run.feature.item
        if not used.playlist and run.start_ms < started.get(item.id, 0) + rest and item.id in started:
            others = [each.id for each in used.items if each.id != item.id]
            assert all(run.start_ms < started.get(each, -rest) + rest for each in others)
        at = run.start_ms
        for part in run.parts:
            if part.filler is None and part.in_point_ms == 0:
                started[item.id] = at
            at += part.length_ms


@examples(12)
@given(BYTES, st.booleans())
def test_a_mix_keeps_its_shares(data: bytes, by_items: bool) -> None:
    draws = Draws(Choices(data))
    sources = []
    for number in range(draws.choices.number(2, 4)):
        source = draws.balance().sources[0]
        items = tuple(
            replace_item(source.content.items[0], f"s{number}:{n}", draws.choices.number(60_000, 600_000))
            for n in range(draws.choices.number(1, 9))
        )
        order = draws.choices.one_of(Order.SHUFFLE, Order.LISTED, Order.RANDOM)
        content = replace(
            source.content, items=items, cursor=f"s{number}", order=order, playlist=(), no_repeat_ms=0
        )
        sources.append(
            replace(
                source,
                identity=f"s{number}",
                content=content,
                weight=draws.choices.number(1, 20),
                cooldown_ms=0,
                max_consecutive=None,
            )
        )
    mix = BalanceSchedule("mix", tuple(sources), sources[0].origin, FillerSet(), by_items)
    channel = replace(draws.channel("UTC", mix), calendar=(), events=())
    runs, _ = runs_of(channel, NOWS["UTC"][0], 7)
    had: dict[str, int] = defaultdict(int)
    for run in runs:
        if run.feature is not None and run.feature.item is not None:
            length = sum(part.length_ms for part in run.parts if part.filler is None)
            had[run.feature.item.id.split(":")[0]] += 1 if by_items else length
    whole = sum(source.weight for source in sources)
    for source in sources:
        assert had[source.identity] / sum(had.values()) == pytest.approx(source.weight / whole, abs=0.05)


def replace_item(item: Any, name: str, length_ms: int) -> Any:
    return msgspec.structs.replace(item, id=name, title=name, duration_ms=length_ms, chapters=())


@examples(60)
@given(BYTES, BYTES, ZONES, CHANGE)
def test_an_edit_changes_nothing_before_the_junction(
    before: bytes, after: bytes, zone: str, change: int
) -> None:
    start = NOWS[zone][change]
    old, _ = build(channel_of(before, zone), start, 2)
    now = start + int.from_bytes(before[:2]) * 1000
    kept = {item.media_id: 100 * DAY_MS for item in old.items if item.media_id}
    new, _ = build(channel_of(after, zone), now, 1, old, media=kept)
    junction = next_junction(old, now)
    assert list(new.items[:junction]) == list(old.items[:junction])
    for one, other in pairwise(new.items):
        assert one.finish_ms == other.start_ms
    for earlier, later in pairwise(new.programmes):
        assert earlier.finish_ms == later.start_ms
    assert new.items[-1].finish_ms >= now + DAY_MS
