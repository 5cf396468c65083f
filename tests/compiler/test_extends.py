from __future__ import annotations

from pathlib import Path

import pytest

from compiler.documents.declared import Documents
from compiler.documents.filler import FillerDocument
from compiler.documents.schedules import LoopDocument
from compiler.load import SourceFile, SourceSet
from compiler.parse import parse
from compiler.validate import validate
from exstv.diagnostics import Diagnostic
from exstv.nodes import at

STATION = "station: {name: Harbour TV, timezone: Europe/Amsterdam}\n"
RETRO = "  retro: {number: 1, name: Retro, id: retro.tv, schedule: day, group: Old, always_on: true}\n"


def check(*texts: str) -> tuple[Documents, list[Diagnostic]]:
    files = tuple(
        SourceFile(f"{number}.yaml", text.encode()) for number, text in enumerate((STATION, *texts))
    )
    trees, found = parse(SourceSet(Path(), files))
    documents, more = validate(trees)
    return documents, [*found, *more]


def places(*texts: str) -> list[tuple[str, str, int, int]]:
    return sorted((each.code, each.span.file, each.span.line, each.span.column) for each in check(*texts)[1])


def test_a_channel_takes_the_keys_of_another_and_overrides_some() -> None:
    documents, found = check(
        f"channels:\n{RETRO}  kids: {{extends: retro, number: 2, name: Kids, group: New}}\n"
    )
    kids = documents.channels["kids"].document
    assert kids is not None and found == []
    assert (kids.number, kids.name, kids.group) == ("2", "Kids", "New")
    assert (kids.schedule, kids.always_on) == ("day", True)
    assert kids.id is None


def test_a_number_is_never_inherited() -> None:
    assert places(f"channels:\n{RETRO}  kids: {{extends: retro}}\n") == [("EXS2002", "1.yaml", 3, 3)]


def test_keys_are_taken_through_several_declarations_of_several_files() -> None:
    documents, found = check(
        "profiles: {a: {extends: b, frame_rate: 25}}\n",
        "profiles: {b: {extends: c, scaling: crop}}\n",
        "profiles: {c: {resolution: 640x480, scaling: stretch, frame_rate: 50}}\n",
    )
    profile = documents.profiles["a"].document
    assert profile is not None and found == []
    assert (profile.resolution, profile.frame_rate.numerator) == ((640, 480), 25)
    assert profile.scaling == "crop"


def test_overriding_is_shallow() -> None:
    documents, _ = check("profiles: {a: {video: {preset: slow}}, b: {extends: a, video: {gop: 1s}}}\n")
    profile = documents.profiles["b"].document
    assert profile is not None
    assert (profile.video.preset, profile.video.gop) == ("veryfast", 1000)


def test_a_schedule_inherits_its_kind() -> None:
    documents, found = check(
        "schedules: {a: {kind: loop, restart: daily, items: {play: x}}, b: {extends: a, items: {play: y}}}\n"
    )
    schedule = documents.schedules["b"].document
    assert isinstance(schedule, LoopDocument) and found == []
    assert schedule.restart == "daily"


def test_a_preset_written_in_its_place_takes_the_keys_of_a_named_one() -> None:
    documents, found = check(
        "filler: {ads: {play: x, mode: duration, duration: 2m}}\n"
        "channels: {a: {number: 1, name: A, schedule: day, filler: {tail: {extends: ads, duration: 5m}}}}\n"
    )
    channel = documents.channels["a"].document
    assert channel is not None and channel.filler is not None and found == []
    assert isinstance(channel.filler.tail, FillerDocument)
    assert (channel.filler.tail.play, channel.filler.tail.duration) == ("x", 300_000)


def test_what_is_inherited_keeps_the_place_where_it_was_written() -> None:
    documents, _ = check(f"channels:\n{RETRO}", "channels: {kids: {extends: retro, number: 2}}\n")
    node = documents.channels["kids"].node
    assert node is not None
    schedule, number = at(node, "schedule").span, at(node, "number").span
    assert (schedule.file, schedule.line, number.file) == ("1.yaml", 2, "2.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("filler: {a: {extends: b, count: 2}}\n", [("EXS2028", "1.yaml", 1, 23)]),
        ("filler: {a: {extends: a}}\n", [("EXS2029", "1.yaml", 1, 23)]),
        (
            "filler: {a: {extends: b}, b: {extends: c}, c: {extends: a}, d: {extends: b}}\n",
            [("EXS2029", "1.yaml", 1, 57)],
        ),
        ("profiles: {a: {extends: 3}}\n", [("EXS2003", "1.yaml", 1, 25)]),
        ("profiles: {a: {extends: ''}}\n", [("EXS2026", "1.yaml", 1, 25)]),
        (
            "schedules: {a: {kind: loop, items: {play: x}}, b: {kind: slots, extends: a, slots: []}}\n",
            [("EXS2024", "1.yaml", 1, 77), ("EXS2030", "1.yaml", 1, 58)],
        ),
        # A mistake of the other one is its own alone, wherever it is inherited.
        (
            "filler: {a: {play: x, mode: duration, duration: soon}, b: {extends: a}, c: {extends: b}}\n",
            [("EXS2006", "1.yaml", 1, 49)],
        ),
        ("filler: {a: {play: x}, b: {extends: a}}\n", [("EXS2002", "1.yaml", 1, 10)]),
        ("filler: {a: {play: x, mode: duration}, b: {extends: a}}\n", [("EXS2017", "1.yaml", 1, 29)]),
        # What is wrong in the one that extends is found all the same.
        (
            "filler: {a: {extends: b, count: many}}\n",
            [("EXS2003", "1.yaml", 1, 33), ("EXS2028", "1.yaml", 1, 23)],
        ),
        (
            "channels: {c: {number: 1, name: C, schedule: s, filler: {tail: {extends: nope, mode: pad}}}}\n",
            [("EXS2028", "1.yaml", 1, 74)],
        ),
    ],
)
def test_each_mistake_is_told_once(text: str, expected: list[tuple[str, str, int, int]]) -> None:
    assert places(text) == expected


def test_a_section_that_is_broken_may_hold_what_is_extended() -> None:
    assert places("filler: nope\n", "filler: {a: {extends: ident, count: 2}}\n") == [
        ("EXS2003", "1.yaml", 1, 1)
    ]


def test_a_parent_in_a_broken_file_is_no_mistake() -> None:
    assert [code for code, *_ in places("filler:\n  ads: [\n", "filler: {a: {extends: ads}}\n")] == [
        "EXS1003"
    ]
