"""Lowering a mix: weights that the limits cannot allow are told with what is reachable."""

from __future__ import annotations

from compiler.lower.balance import lower_balance
from compiler.station import PLAIN, BalanceSchedule, BalanceSource, Content, Order, Origin
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Span
from exstv.units import MINUTE_MS

ORIGIN = Origin(Span("station.yaml", 3), "mix")


def source(
    name: str, minutes: int, weight: float, cooldown: int = 0, consecutive: int | None = None
) -> BalanceSource:
    item = MediaItem(
        id=f"{name}:1", source=name, kind="clip", title="", locator="", duration_ms=minutes * MINUTE_MS
    )
    content = Content(name, (item,), Order.SHUFFLE, name, ORIGIN)
    return BalanceSource(
        name, content, weight, PLAIN, Origin(ORIGIN.span, name), cooldown * MINUTE_MS, consecutive
    )


def messages(*sources: BalanceSource, by_items: bool = False) -> list[str]:
    _, found = lower_balance(BalanceSchedule("mix", sources, ORIGIN, by_items=by_items))
    return [each.message for each in found]


def test_a_weight_within_its_limits_is_nothing_to_tell() -> None:
    assert messages(source("films", 90, 40), source("shorts", 10, 60)) == []
    assert messages(source("films", 30, 50, cooldown=30), source("shorts", 10, 50)) == []


def test_a_cooldown_bounds_a_share_of_the_time() -> None:
    assert messages(source("films", 30, 80, cooldown=90), source("shorts", 10, 20)) == [
        "`films` has a weight of 80%, and its limits leave it 25% at most"
    ]


def test_a_limit_in_a_row_bounds_a_share_of_the_time_and_of_the_items() -> None:
    sources = (source("films", 20, 90, consecutive=2), source("shorts", 10, 10))
    assert messages(*sources) == ["`films` has a weight of 90%, and its limits leave it 80% at most"]
    assert messages(*sources, by_items=True) == [
        "`films` has a weight of 90%, and its limits leave it 67% at most"
    ]


def test_a_source_alone_can_have_everything() -> None:
    assert messages(source("films", 20, 1, cooldown=60)) == []
