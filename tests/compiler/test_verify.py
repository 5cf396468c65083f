"""What verify promises is really looked at: each broken promise is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from compiler.lower.wall import WallClock
from compiler.schedule.horizon import Rows
from compiler.schedule.placed import Feature, Part, Run
from compiler.station import FillerSet, LoopSchedule, Origin, StationChannel
from compiler.verify import verify
from exstv.diagnostics import Span
from exstv.timeline.model import ItemKind, PlayoutItem, Programme, ProgrammeKind
from exstv.timeline.structs import columns_of
from exstv.units import HOUR_MS

ORIGIN = Origin(Span("a.yaml"), "a")
CHANNEL = StationChannel(
    key="a",
    number="1",
    name="A",
    xmltv_id="a.test",
    timezone="UTC",
    schedule=LoopSchedule("day", (), ORIGIN),
    filler=FillerSet(),
    profile="hd",
    origin=ORIGIN,
)
WALL = WallClock("UTC", 6 * HOUR_MS)
Items = list[PlayoutItem]
Programmes = list[Programme]


def items() -> Items:
    return [
        PlayoutItem(
            channel="a",
            seq=n,
            start_ms=n * 1000,
            finish_ms=n * 1000 + 1000,
            in_point_ms=0,
            out_point_ms=1000,
            media_id="m",
            kind=ItemKind.CONTENT,
            programme_id=f"p{n}",
            rule="a",
            file="a.yaml",
            line=1,
        )
        for n in range(3)
    ]


def programmes() -> Programmes:
    return [
        Programme(
            channel="a",
            id=f"p{n}",
            kind=ProgrammeKind.PROGRAMME,
            start_ms=n * 1000,
            finish_ms=n * 1000 + 1000,
            title="T",
        )
        for n in range(3)
    ]


def messages(rows: Rows, placed: tuple[Run, ...] = ()) -> list[str]:
    found = verify(CHANNEL, columns_of("a", rows), placed, {"m": 1000, "live": None}, WALL)
    assert {one.code for one in found} <= {"EXS9000"}
    return [one.message for one in found]


def change(rows: list[Any], index: int, **fields: object) -> None:
    rows[index] = msgspec.structs.replace(rows[index], **fields)


def test_rows_that_keep_every_promise_pass() -> None:
    assert messages(Rows(items(), programmes())) == []


def test_a_live_item_lasts_as_long_as_its_place() -> None:
    rows = items()
    change(rows, 2, media_id="live", finish_ms=9000, out_point_ms=7000)
    listed = programmes()
    change(listed, 2, finish_ms=9000)
    assert messages(Rows(rows, listed)) == []


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        (lambda rows, _: rows.pop(1), "gap between playout items"),
        (lambda rows, _: rows.insert(1, rows[0]), "overlap between playout items"),
        (lambda rows, _: change(rows, 2, finish_ms=2000, out_point_ms=0), "takes no time"),
        (lambda rows, _: change(rows, 2, seq=7), "does not have the next number"),
        (lambda rows, _: change(rows, 0, out_point_ms=900), "do not match the time on air"),
        (lambda rows, _: change(rows, 0, in_point_ms=-5, out_point_ms=995), "do not match the time on air"),
        (lambda rows, _: change(rows, 2, finish_ms=3500, out_point_ms=1500), "plays beyond its end"),
        (lambda rows, _: change(rows, 1, programme_id="p2"), "not in the programme that it names"),
        (lambda rows, _: change(rows, 1, programme_id=None), "not in the programme that it names"),
        (lambda rows, _: change(rows, 2, programme_id="p0"), "goes back to an earlier programme"),
        (lambda _, listed: listed.pop(1), "gap between programmes"),
        (lambda _, listed: change(listed, 1, finish_ms=2500), "overlap between programmes"),
    ],
)
def test_a_broken_promise_is_our_bug(breaks: Callable[[Items, Programmes], object], words: str) -> None:
    rows, listed = items(), programmes()
    breaks(rows, listed)
    assert any(words in message for message in messages(Rows(rows, listed)))


def test_a_fixed_start_that_is_late_is_our_bug() -> None:
    part = Part(None, 0, 1000, None, ORIGIN)

    def placed(start_ms: int) -> tuple[Run, ...]:
        return (Run(start_ms, (part,), Feature(None, None, 8 * HOUR_MS), "a", None, {}),)

    assert messages(Rows(), placed(8 * HOUR_MS)) == []
    assert messages(Rows(), placed(8 * HOUR_MS + 1)) == [
        "exstv itself failed in verify: a fixed start due at 1970-01-01T08:00:00.000Z is at"
        " 1970-01-01T08:00:00.001Z"
    ]
