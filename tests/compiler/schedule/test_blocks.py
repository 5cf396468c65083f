"""Named blocks on air: where they end, and what stands between them."""

from __future__ import annotations

from typing import Any

import pytest
from grids import block, entry, origin, place
from msgspec.structs import replace
from on_air import NOW, channel, event, on_air, plays
from promises import runs_of

from compiler.lower.lower import Lowered
from compiler.station import (
    BlocksSchedule,
    DayRule,
    FillerMode,
    FillerPreset,
    FillerSet,
    Mode,
    Placement,
    StationChannel,
    Stop,
    TemplateDays,
)
from exstv.clock import from_iso
from exstv.units import HOUR_MS, MINUTE_MS


def blocks(*placed: Placement, **facts: Any) -> BlocksSchedule:
    days = (TemplateDays(DayRule(), placed, 0, origin(1)),)
    return BlocksSchedule("blocks", days, origin(1, "blocks"), **facts)


def of(name: str, *minutes: float, mode: Mode = Mode.FIT) -> Any:
    return replace(entry(name, mode), content=plays(name, *minutes))


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        (Stop.BEFORE_END, ["06:00 a0", "06:40 -", "07:00 b0", "07:30 -"]),
        (Stop.AFTER_END, ["06:00 a0", "06:40 a0", "07:20 b0", "07:50 b0", "08:20 -"]),
    ],
)
def test_whether_the_last_item_may_pass_the_end(stop: Stop, expected: list[str]) -> None:
    first = block("a", 1, of("a", 40), stop=stop)
    second = block("b", 1, of("b", 30, 45) if stop is Stop.BEFORE_END else of("b", 30), stop=stop)
    assert on_air(blocks(place(1, "06:00", first), place(2, "07:00", second)), 3)[0] == expected


def test_a_block_begins_at_its_first_entry_each_time_and_its_cursors_go_on() -> None:
    news = block("news", 1, of("a", 10, 20, mode=Mode.ONE), of("b", 50, mode=Mode.ONE))
    assert on_air(blocks(place(1, "06:00", news), place(2, "08:00", news)), 3.5)[0] == [
        "06:00 a0", "06:10 b0", "07:00 -", "08:00 a1", "08:20 -",
    ]  # fmt: skip


def test_an_event_takes_its_time_from_a_block_under_way() -> None:
    toons = block("toons", 2, of("a", 25))
    one = channel(blocks(place(1, "06:00", toons)), events=(event(plays("gala", 30), "06:40"),))
    assert on_air(one, 2)[0] == [
        "06:00 a0", "06:25 -", "06:40 gala0", "07:10 a0", "07:35 a0",
    ]  # fmt: skip


def test_clips_that_play_only_between_blocks_rest_too() -> None:
    clips = plays("clip", 1)
    rests = FillerPreset("clips", clips, FillerMode.COUNT, origin(1), count=1, cooldown_ms=150 * MINUTE_MS)
    hours = [block(f"b{n}", 0.5, of(f"b{n}", 30)) for n in range(4)]
    placed = [place(n + 1, f"{6 + n:02}:00", one) for n, one in enumerate(hours)]
    schedule = blocks(*placed, filler=FillerSet(tail=rests))
    one = channel(schedule)
    assert [preset.cooldown_ms for preset in Lowered(one, 6 * HOUR_MS).presets()] == [150 * MINUTE_MS]
    lines, _ = on_air(schedule, 4)
    assert lines == [line for n in range(4) for line in (f"{6 + n:02}:00 b{n}0", f"{6 + n:02}:30 -")]
    # Of the hour's four breaks the first and the last have the clip.
    assert clip_starts(one) == [30 * MINUTE_MS, 210 * MINUTE_MS]


def clip_starts(one: StationChannel) -> list[int]:
    runs, _ = runs_of(one, from_iso(NOW), 1)
    first = runs[0].start_ms
    found = []
    for run in runs:
        at = run.start_ms
        for part in run.parts:
            if part.item is not None and part.item.id == "cards:clip0":
                found.append(at - first)
            at += part.length_ms
    return found[:2]
