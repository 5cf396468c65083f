"""A weighted mix on air: shares, rests, turns in a row, and where none may play."""

from __future__ import annotations

from typing import Any

from grids import origin
from on_air import channel, event, on_air, plays

from compiler.station import PLAIN, BalanceSchedule, BalanceSource, Content
from exstv.units import MINUTE_MS


def source(content: Content, weight: float = 1, **facts: Any) -> BalanceSource:
    name = content.collection
    return BalanceSource(name, content, weight, PLAIN, origin(1, name), **facts)


def mix(*sources: BalanceSource, **facts: Any) -> BalanceSchedule:
    return BalanceSchedule("mix", sources, origin(1, "mix"), **facts)


def names(lines: list[str]) -> str:
    return " ".join(line.split()[1] for line in lines)


def test_where_every_source_is_excluded_the_least_recently_used_one_plays() -> None:
    rests = {"cooldown_ms": 90 * MINUTE_MS}
    lines, found = on_air(mix(source(plays("a", 30), **rests), source(plays("b", 30), **rests)), 3)
    assert names(lines) == "a0 b0 a0 b0 a0 b0"
    assert [one.code for one in found] == ["EXS5005"]


def test_weights_are_shares_of_air_time_unless_they_count_items() -> None:
    sources = source(plays("long", 60), 1), source(plays("short", 20), 1)
    assert names(on_air(mix(*sources), 4)[0]) == "long0 short0 short0 short0 long0 short0 short0 short0"
    assert names(on_air(mix(*sources, by_items=True), 4)[0]) == "long0 short0 long0 short0 long0 short0"


def test_a_source_rests_from_its_end_to_its_next_start() -> None:
    rests = source(plays("a", 30), 9, cooldown_ms=60 * MINUTE_MS)
    assert on_air(mix(rests, source(plays("b", 20), 1)), 3)[0] == [
        "06:00 a0", "06:30 b0", "06:50 b0", "07:10 b0", "07:30 a0", "08:00 b0", "08:20 b0", "08:40 b0",
    ]  # fmt: skip


def test_a_source_has_no_more_turns_in_a_row_than_it_may() -> None:
    often = source(plays("a", 30), 9, max_consecutive=2)
    assert names(on_air(mix(often, source(plays("b", 30), 1)), 3)[0]) == "a0 b0 a0 a0 b0 a0"


def test_a_mix_ends_what_it_plays_before_an_event() -> None:
    both = mix(source(plays("a", 40), 1), source(plays("b", 20), 1))
    lines, _ = on_air(channel(both, events=(event(plays("gala", 30), "07:30"),)), 3)
    assert "07:30 gala0" in lines
