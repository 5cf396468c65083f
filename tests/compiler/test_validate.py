from __future__ import annotations

from pathlib import Path

import pytest

from compiler.documents.declared import Documents
from compiler.load import SourceFile, SourceSet
from compiler.parse import parse
from compiler.resolve import resolve
from compiler.validate import declared_sources, validate
from exstv.catalog.lock import definition_digest, seal
from exstv.catalog.model import MediaItem, ScannedSource
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic

STATION = "station: {name: Harbour TV, timezone: Europe/Amsterdam}\n"
NOW_MS = from_iso("2026-03-06T12:00Z")

TEN = {
    "bomb.yaml": """\
filler:
  a: &a {play: cards, mode: count}
  b: {play: *a, mode: *a}
""",
    "broken.yaml": """\
collections:
  late: {from: cards, where: "year < 1960"
schedules:
  night:
    kind: loop
""",
    "channels.yaml": """\
channels:
  one: {number: 1, name: One, schedule: day, fallbakc: a}
  two: {number: 2, name: [Two], schedule: day}
  three: {number: 3, name: Three, schedule: night}
  four: {number: 3, name: Four, schedule: day, filler: {tail: b}}
""",
    "more.yaml": """\
collections:
  noir: {from: cards, where: "year <"}
schedules:
  day: {kind: loop, items: {play: cards}}
  evening:
    kind: loop
    items:
      - {play: card}
      - {play: late, start: "8pm"}
      - {play: noir, mode: duration, duration: soon}
""",
    "station.yaml": """\
station: {name: Harbour TV, timezone: Europe/Amsterdam}
sources:
  cards: {type: lavfi, items: [{id: bars, title: Bars, video: smptehdbars, duration: 30s}]}
""",
    "twice.yaml": """\
schedules:
  day: {kind: loop, items: {play: cards}}
""",
}


def check(files: dict[str, str | bytes]) -> tuple[Documents, list[Diagnostic]]:
    """Documents and all findings up to resolve, with every lavfi source scanned."""
    sources = tuple(
        SourceFile(name, text if isinstance(text, bytes) else text.encode())
        for name, text in sorted(files.items())
    )
    trees, found = parse(SourceSet(Path(), sources))
    documents, more = validate(trees)
    declared = declared_sources(documents)
    item = MediaItem(
        id="cards:bars", source="cards", kind="clip", title="Bars", locator="{}", duration_ms=30_000
    )
    scanned = {each.name: ScannedSource(items=0, definition=definition_digest(each)) for each in declared}
    catalog = seal([item] if scanned else [], scanned)
    _, rest = resolve(documents, catalog, NOW_MS)
    return documents, [*found, *more, *rest]


def places(files: dict[str, str | bytes]) -> list[tuple[str, str, int, int]]:
    _, found = check(files)
    return sorted((each.span.file, each.code, each.span.line, each.span.column) for each in found)


def codes_of(*texts: str) -> list[str]:
    files: dict[str, str | bytes] = {f"{number}.yaml": text for number, text in enumerate(texts)}
    return [each.code for each in check(files)[1]]


def test_ten_mistakes_are_ten_diagnostics_each_at_its_place() -> None:
    assert places(dict(TEN)) == [
        ("bomb.yaml", "EXS1005", 2, 6),  # alias bomb
        ("broken.yaml", "EXS1003", 2, 9),  # not YAML
        ("channels.yaml", "EXS2001", 2, 46),  # unknown key
        ("channels.yaml", "EXS2003", 3, 26),  # wrong type
        ("channels.yaml", "EXS2019", 5, 18),  # number used twice
        ("more.yaml", "EXS2006", 10, 48),  # bad duration
        ("more.yaml", "EXS2007", 9, 29),  # bad time
        ("more.yaml", "EXS3001", 8, 16),  # unknown collection
        ("more.yaml", "EXS3013", 2, 30),  # a `where` that is not SQL
        ("twice.yaml", "EXS2005", 2, 3),  # duplicate name
    ]


def test_the_order_of_files_changes_nothing_but_the_order() -> None:
    renamed: dict[str, str | bytes] = {f"{9 - n}-{name}": text for n, (name, text) in enumerate(TEN.items())}
    assert len(places(renamed)) == 10


def test_a_document_that_fails_still_declares_its_name() -> None:
    wrong = "filler: {slate: {paly: cards, mode: loop}}\n"
    user = "channels: {a: {number: 1, name: A, schedule: day, fallback: slate}}\n"
    assert codes_of(STATION, wrong, user, "schedules: {day: {kind: slots}}\n") == ["EXS2002", "EXS2001"]


@pytest.mark.parametrize(
    "broken",
    [
        b"schedules:\n  day:\n    kind: [loop\n",
        b"schedules:\n  'day': {kind: loop}\n  x: \xff\n",
        "schedules:\n  day: {kind: loop}\n".encode("utf-16"),
        b"schedules:\n  day: " + b"[" * 100,
        b"schedules:\n\n  # a comment\n  day: 'x\n",
    ],
)
def test_a_file_that_is_not_yaml_still_declares_its_names(broken: bytes) -> None:
    user = "channels: {a: {number: 1, name: A, schedule: day}}\n"
    _, found = check({"a.yaml": STATION, "b.yaml": broken, "c.yaml": user})
    assert [each.span.file for each in found] == ["b.yaml"]


def test_names_in_a_broken_file_can_be_declared_again_elsewhere() -> None:
    good = "schedules: {day: {kind: slots}}\n"
    assert codes_of(STATION, "schedules:\n  day: [\n", good) == ["EXS1003", "EXS2002"]


def test_a_folder_without_a_station_is_one_diagnostic() -> None:
    assert codes_of("channels: {}\n") == ["EXS2018"]


def test_a_broken_station_is_not_a_missing_one() -> None:
    assert codes_of("station: {name: A, timezone: [\n") == ["EXS1003"]
    assert codes_of("station: {name: A}\n") == ["EXS2002"]


def test_the_station_is_declared_once() -> None:
    _, found = check({"a.yaml": STATION, "b.yaml": STATION})
    assert [(each.code, each.span.file, each.labels[1].span.file) for each in found] == [
        ("EXS2005", "b.yaml", "a.yaml")
    ]


def test_a_source_and_a_collection_share_their_names() -> None:
    sources = "sources: {x: {type: lavfi, items: {id: a, title: A, video: v, duration: 1s}}}\n"
    assert "EXS2005" in codes_of(STATION, sources, "collections: {x: {from: x}}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chanels: {}\n", ["EXS2001"]),
        ("channels: [a]\n", ["EXS2003"]),
        ("channels:\n", []),
        ("sources: {a: {path: x}}\n", ["EXS2002"]),
        ("sources: {a: 3}\n", ["EXS2003"]),
        ("sources: {a: {type: tape}}\n", ["EXS2004"]),
        ("sources: {a: {type: [local]}}\n", ["EXS2003"]),
        ("collections: {a: {where: x}}\n", ["EXS2017", "EXS3015"]),
        ("collections: {a: {items: b, where: 'true'}}\n", ["EXS2016", "EXS3005"]),
        ("filler: {a: {play: b, mode: pad, count: 2}}\n", ["EXS2016", "EXS2017", "EXS3001"]),
        ("schedules: {a: {kind: lop, items: []}}\n", ["EXS2004", "EXS2024"]),
        ("schedules: {a: {kind: loop, items: [{play: c, mode: one, tail: none}]}}\n", ["EXS2016", "EXS3001"]),
        ("profiles: {a: {video: {bitrate: 3G, gop: 1h}}}\n", ["EXS2008", "EXS2011"]),
        ("profiles: {a: {audio: {sample_rate: 48}}}\n", ["EXS2004"]),
    ],
)
def test_each_mistake_is_found_once(text: str, expected: list[str]) -> None:
    assert sorted(codes_of(STATION, text)) == expected


def test_a_lavfi_definition_is_the_same_however_it_is_written() -> None:
    short = "sources: {c: {type: lavfi, items: {duration: 90s, id: a, title: A, video: v, genres: X}}}\n"
    long = """\
sources:
  c:
    items:
      - id: "a"
        video: v
        title: 'A'
        genres: [X]
        duration: 00:01:30  # the same
    type: lavfi
"""
    first, second = (declared_sources(check({"a.yaml": STATION + text})[0]) for text in (short, long))
    assert first == second
    assert first[0].definition == (
        '{"items":[{"audio":null,"duration_ms":90000,"genres":["X"],"id":"a","title":"A","video":"v"}]}'
    )


def test_a_local_definition_has_every_key_and_keeps_variables() -> None:
    documents, _ = check({"a.yaml": STATION + "sources: {f: {type: local, path: '${MEDIA}/films'}}\n"})
    (source,) = declared_sources(documents)
    assert (source.name, source.type) == ("f", "local")
    assert source.definition == (
        '{"exclude":[],"follow_symlinks":false,"include":[],"kind":"auto","path":"${MEDIA}/films"}'
    )


def test_three_hundred_mistakes_are_three_hundred_diagnostics() -> None:
    lines = "".join(f"  c{n}: {{number: {n}, nmae: x, schedule: day}}\n" for n in range(1, 301))
    assert (
        codes_of(STATION, "channels:\n" + lines, "schedules: {day: {kind: slots}}\n")[:300]
        == ["EXS2001"] * 300
    )


def test_a_misspelt_mode_is_one_mistake_whatever_stands_beside_it() -> None:
    entry = "schedules: {day: {kind: loop, items: [{play: m, mode: duraton, duration: 1h, tail: none}]}}"
    preset = "filler: {ident: {play: m, mode: coutn, count: 2}}"
    found = codes_of(f"{entry}\n{preset}\n")
    assert found.count("EXS2004") == 2 and "EXS2016" not in found


def test_an_alias_bomb_at_the_top_level_is_one_mistake() -> None:
    found = codes_of("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "station: {name: H, timezone: UTC}\n")
    assert found == ["EXS1005"]
