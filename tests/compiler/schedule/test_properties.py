"""What holds on any channel that the language can say: every kind nested, in zones whose clocks change."""

from __future__ import annotations

from itertools import pairwise

from generated import NOWS, ZONES, channels, examples
from hypothesis import given
from hypothesis import strategies as st
from promises import build

from exstv.timeline.progress import decode, fold
from exstv.units import DAY_MS, HOUR_MS


@examples(60)
@given(st.data(), ZONES, st.integers(0, 1))
def test_every_channel_is_whole(data: st.DataObject, zone: str, change: int) -> None:
    start = NOWS[zone][change]
    rows, _ = build(data.draw(channels(zone)), start, 2)
    assert rows.items[0].start_ms <= start
    assert rows.items[-1].finish_ms >= start + 2 * DAY_MS
    for before, after in pairwise(rows.items):
        assert before.finish_ms == after.start_ms
    for item in rows.items:
        assert 0 <= item.in_point_ms < item.out_point_ms
        assert item.out_point_ms - item.in_point_ms == item.finish_ms - item.start_ms
    assert [one.seq for one in rows.items] == list(range(len(rows.items)))
    for earlier, later in pairwise(rows.programmes):
        assert earlier.finish_ms == later.start_ms
    assert len({one.id for one in rows.programmes}) == len(rows.programmes)


@examples(60)
@given(st.data(), ZONES, st.integers(0, 1))
def test_compiling_bit_by_bit_gives_what_compiling_at_once_gives(
    data: st.DataObject, zone: str, change: int
) -> None:
    channel = data.draw(channels(zone))
    now = NOWS[zone][change]
    at_once, _ = build(channel, now, 4)
    steps = data.draw(st.lists(st.integers(0, 6 * HOUR_MS), min_size=1, max_size=6))
    freeze = data.draw(st.sampled_from((0, 2 * HOUR_MS)))
    rows, _ = build(channel, now, 1)
    for step in steps:
        now += step
        rows, _ = build(channel, now, 1, rows, freeze)
    same = len(rows.items)
    plays = [(item.start_ms, item.media_id, item.in_point_ms, item.out_point_ms) for item in rows.items]
    assert plays == [
        (item.start_ms, item.media_id, item.in_point_ms, item.out_point_ms) for item in at_once.items[:same]
    ]
    assert [item.advance for item in rows.items] == [item.advance for item in at_once.items[:same]]
    assert list(rows.anchors) == list(at_once.anchors[: len(rows.anchors)])
    assert len(rows.anchors) >= 2


@examples(60)
@given(st.data(), ZONES)
def test_the_state_at_a_junction_is_an_anchor_and_the_rows_since(data: st.DataObject, zone: str) -> None:
    rows, _ = build(data.draw(channels(zone)), NOWS[zone][0], 3)
    first, *_, last = rows.anchors
    state = decode(first.state)
    fold(state, (item.advance for item in rows.items if first.at_ms <= item.start_ms < last.at_ms))
    assert state == decode(last.state)
