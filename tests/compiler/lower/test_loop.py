"""Lowering a loop: sequences are written out, and what cannot be kept is refused."""

from __future__ import annotations

from typing import Any

from compiler.lower.loop import MAX_BLOCKS, lower_loop
from compiler.station import PLAIN as PLAIN_LOOK
from compiler.station import Entry, LoopSchedule, Mode, Origin, Overrun, SequenceUse, StartBehaviour
from exstv.diagnostics import Span
from exstv.units import HOUR_MS

ORIGIN = Origin(Span("station.yaml", 3), "here")


def entry(name: str, **how: Any) -> Entry:
    mode = how.pop("mode", Mode.ONE)
    return Entry(name, None, mode, PLAIN_LOOK, ORIGIN, **how)


def sequence(name: str, *items: Entry | SequenceUse, repeat: int = 1) -> SequenceUse:
    return SequenceUse(name, LoopSchedule(name, items, ORIGIN), repeat, ORIGIN)


def found(*items: Entry | SequenceUse, **how: Any) -> list[str]:
    _, diagnostics = lower_loop(LoopSchedule("day", items, ORIGIN, **how))
    return [each.code for each in diagnostics]


def test_a_sequence_is_written_out_as_often_as_it_repeats() -> None:
    inner = sequence("evening", entry("a"), sequence("late", entry("b"), repeat=2))
    loop, _ = lower_loop(LoopSchedule("day", (entry("news"), inner), ORIGIN))
    assert [block.identity for block in loop.blocks] == [
        "news", "evening/1/a", "evening/1/late/1/b", "evening/1/late/2/b",
    ]  # fmt: skip


def test_a_shuffled_list_deals_a_sequence_as_one_card() -> None:
    items = (entry("a"), sequence("s", entry("b"), entry("c"), repeat=2), entry("d"))
    loop, _ = lower_loop(LoopSchedule("day", items, ORIGIN, shuffle_items=True))
    assert loop.cards == ((0, 1), (1, 5), (5, 6))
    ordered, _ = lower_loop(LoopSchedule("day", items, ORIGIN))
    assert ordered.cards == ()


def test_a_sequence_that_is_repeated_without_end_is_refused() -> None:
    assert found(sequence("s", entry("a"), entry("b"), repeat=MAX_BLOCKS // 2)) == []
    assert found(sequence("s", entry("a"), entry("b"), repeat=MAX_BLOCKS)) == ["EXS4015"]


def test_a_repeat_inside_repeats_is_refused_before_it_is_written_out() -> None:
    inner = sequence("s", entry("a"), repeat=1000)
    for name in ("t", "u", "v"):
        inner = sequence(name, inner, repeat=1000)
    assert found(inner) == ["EXS4015"]


def test_an_entry_s_room_ends_at_the_strict_start_after_it_round_the_end_of_the_list() -> None:
    strict = {"start_behaviour": StartBehaviour.STRICT}
    items = (
        entry("a"),
        entry("b", start_ms=6 * HOUR_MS, **strict),
        entry("c"),
        entry("d", start_ms=20 * HOUR_MS, **strict),
        entry("e"),
    )
    loop, _ = lower_loop(LoopSchedule("day", items, ORIGIN))
    assert [block.next_fixed for block in loop.blocks] == [1, 3, 3, 1, 1]
    assert [block.room_ms for block in loop.blocks] == [hours * HOUR_MS for hours in (10, 14, 14, 10, 10)]


def test_the_only_fixed_start_ends_its_own_day() -> None:
    items = (entry("a", start_ms=6 * HOUR_MS, start_behaviour=StartBehaviour.STRICT),)
    loop, _ = lower_loop(LoopSchedule("day", items, ORIGIN))
    assert [(block.next_fixed, block.room_ms) for block in loop.blocks] == [(0, 24 * HOUR_MS)]


def test_finish_directly_before_a_strict_start_is_refused() -> None:
    strict = entry("news", start_ms=20 * HOUR_MS)
    flexible = entry("news", start_ms=20 * HOUR_MS, start_behaviour=StartBehaviour.FLEXIBLE)
    over = entry("films", mode=Mode.FLOOD, overrun=Overrun.FINISH)
    assert found(over, strict) == ["EXS4016"]
    assert found(strict, over) == ["EXS4016"]
    assert found(over, flexible) == []
    assert found(over, entry("between"), strict) == []


def test_a_fixed_start_has_no_place_in_a_deck() -> None:
    assert found(entry("a"), sequence("s", entry("b", start_ms=HOUR_MS)), shuffle_items=True) == ["EXS4017"]


def test_the_room_of_an_entry_ends_at_the_next_strict_start() -> None:
    items = (entry("a", start_ms=6 * HOUR_MS), entry("b"), entry("c", start_ms=9 * HOUR_MS))
    loop, _ = lower_loop(LoopSchedule("day", items, ORIGIN))
    assert [block.room_ms for block in loop.blocks] == [3 * HOUR_MS, 3 * HOUR_MS, 21 * HOUR_MS]
    assert [block.next_fixed for block in loop.blocks] == [2, 2, 0]
