from fractions import Fraction

from stations import HD

from exstv.timeline.model import ItemKind, Media, PlayoutItem
from runtime.playhead import Window
from runtime.segment import Hold, key_of, segment_at
from runtime.status import Step
from runtime.throttle import PlanClock

NOON_MS = 1_800_000_000_000
RATE = Fraction(30)
PROFILE = HD


def item(seq: int, start_s: float, finish_s: float, media_id: str | None = "films:a") -> PlayoutItem:
    start_ms, finish_ms = NOON_MS + round(start_s * 1000), NOON_MS + round(finish_s * 1000)
    return PlayoutItem(
        channel="c",
        seq=seq,
        start_ms=start_ms,
        finish_ms=finish_ms,
        in_point_ms=5000,
        out_point_ms=5000 + finish_ms - start_ms,
        media_id=media_id,
        kind=ItemKind.CONTENT,
        rule="",
        file="",
        line=1,
    )


def window(*items: PlayoutItem, fallbacks: tuple[str, ...] = ()) -> Window:
    media = {
        name: Media(id=name, source="films", kind="clip", title=name, duration_ms=4000, locator="")
        for name in ("films:a", *fallbacks)
    }
    return Window(
        channel="c",
        channel_name="C",
        start_ms=NOON_MS,
        finish_ms=NOON_MS + 3_600_000,
        profile=PROFILE,
        items=items,
        media=media,
        sources={},
        programmes={},
        fallbacks=fallbacks,
    )


CLOCK = PlanClock(RATE, 0, NOON_MS, 0.0)


def test_an_item_is_joined_where_the_plan_is() -> None:
    got = segment_at(window(item(0, -10, 20)), CLOCK, 0, Hold())
    assert (got.step, got.first, got.last, got.in_point_ms) == (Step.ITEM, 0, 600, 15_000)


def test_rounding_to_a_frame_does_not_cut_into_the_next_item() -> None:
    rows = window(item(0, 0, 9.99), item(1, 9.99, 20))
    first = segment_at(rows, CLOCK, 0, Hold())
    second = segment_at(rows, CLOCK, first.last, Hold())
    assert (second.first, second.item, second.in_point_ms) == (300, rows.items[1], 5000)


def test_items_shorter_than_a_frame_are_passed_over() -> None:
    rows = window(item(0, 0, 1), item(1, 1, 1.005), item(2, 1.005, 5))
    assert segment_at(rows, CLOCK, 30, Hold()).item == rows.items[2]


def test_twenty_items_of_three_and_a_bit_seconds_lose_no_frame() -> None:
    rows = window(*(item(n, n * 3.0111, (n + 1) * 3.0111) for n in range(20)))
    frame = 0
    for n in range(20):
        got = segment_at(rows, CLOCK, frame, Hold())
        assert got.item == rows.items[n] and got.first == frame
        frame = got.last
    assert frame == round(20 * 3.0111 * 30)


def test_what_only_the_slate_can_fill_is_the_slates() -> None:
    got = segment_at(window(item(0, 0, 10, media_id=None)), CLOCK, 0, Hold())
    assert (got.step, got.last) == (Step.SLATE, 300)


def test_outside_the_timeline_the_slate_plays_and_the_plan_is_looked_at_again() -> None:
    got = segment_at(window(), CLOCK, 90, Hold())
    assert (got.step, got.item, got.last - got.first) == (Step.SLATE, None, 150)


def test_the_ladder_bridges_with_slate_then_falls_back_then_returns_to_the_item() -> None:
    rows = window(item(0, 0, 60), fallbacks=("films:f", "films:g"))
    hold = Hold(until=600, bridge=60, step=Step.FALLBACK, fallback=1)
    bridge = segment_at(rows, CLOCK, 0, hold)
    assert (bridge.step, bridge.last) == (Step.SLATE, 60)
    fallback = segment_at(rows, CLOCK, 60, hold)
    assert (fallback.step, fallback.media_id, fallback.last) == (Step.FALLBACK, "films:g", 60 + 120)
    assert segment_at(rows, CLOCK, 540, hold).last == 600
    back = segment_at(rows, CLOCK, 600, hold)
    assert (back.step, back.in_point_ms) == (Step.ITEM, 5000 + 20_000)


def test_without_a_fallback_the_slate_plays_until_the_item_may_be_tried_again() -> None:
    got = segment_at(window(item(0, 0, 60)), CLOCK, 30, Hold(until=300))
    assert (got.step, got.last) == (Step.SLATE, 300)


def test_only_the_item_that_failed_is_held_back() -> None:
    rows = window(item(0, 0, 10), item(1, 10, 20), fallbacks=("films:f",))
    hold = Hold(until=600, item=key_of(rows.items[0]))
    held = segment_at(rows, CLOCK, 0, hold)
    assert (held.step, held.last) == (Step.FALLBACK, 120)
    assert segment_at(rows, CLOCK, 299, hold).last == 300
    assert segment_at(rows, CLOCK, 300, hold).step is Step.ITEM
    assert segment_at(rows, CLOCK, 300, Hold(until=600)).step is Step.FALLBACK


def test_what_begins_while_hardware_is_left_alone_is_encoded_in_software_to_its_end() -> None:
    rows = window(item(0, 0, 60))
    first = segment_at(rows, CLOCK, 30, Hold(software=31))
    assert (first.step, first.last, first.media_id) == (Step.SOFTWARE, 1800, "films:a")
    assert segment_at(rows, CLOCK, 31, Hold(software=31)).step is Step.ITEM


def test_the_slate_stands_in_for_an_item_and_for_nothing_that_is_off_air() -> None:
    planned = segment_at(window(item(0, 0, 10)), CLOCK, 0, Hold(bridge=60))
    assert (planned.step, planned.stands_in) == (Step.SLATE, True)
    off_air = segment_at(window(item(0, 0, 10, None)), CLOCK, 0, Hold())
    assert (off_air.step, off_air.stands_in) == (Step.SLATE, False)
    assert not segment_at(window(), CLOCK, 0, Hold()).stands_in
    assert not segment_at(window(item(0, 0, 10)), CLOCK, 0, Hold()).stands_in
