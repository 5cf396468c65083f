"""YAML in, station out: what the tests of resolving share."""

from __future__ import annotations

from pathlib import Path

import msgspec

from compiler.load import SourceFile, SourceSet
from compiler.parse import parse
from compiler.resolve import resolve
from compiler.station import (
    BalanceSchedule,
    BlocksSchedule,
    Entry,
    ExternalSchedule,
    LoopSchedule,
    SlotsSchedule,
    Station,
)
from compiler.validate import declared_sources, validate
from exstv.catalog.lock import definition_digest, seal
from exstv.catalog.model import Catalog, FetchedList, MediaItem, ScannedSource
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic, has_errors

NOW_MS = from_iso("2026-03-06T12:00Z")
HEAD = """\
station: {name: Harbour TV, timezone: Europe/Amsterdam}
sources: {m: {type: local, path: media}, n: {type: local, path: news}}
"""
ONE = "channels: {one: {number: 1, name: One, schedule: day}}\n"


def item(id_: str, **facts: object) -> MediaItem:
    source, _, key = id_.partition(":")
    made = MediaItem(id=id_, source=source, kind="movie", title=key, locator=key, duration_ms=60_000)
    return msgspec.structs.replace(made, **facts)


ITEMS = (item("m:b"), item("m:a"), item("m:c"), item("n:x"), item("n:y"))
LIVE = (*ITEMS, item("m:live", kind="live", duration_ms=None))


def run(
    text: str,
    items: tuple[MediaItem, ...] = ITEMS,
    *,
    files: dict[str, bytes] | None = None,
    lists: dict[str, FetchedList] | None = None,
) -> tuple[Station | None, list[Diagnostic]]:
    """Resolves a station of this text, with the two sources m and n."""
    trees, parsed = parse(SourceSet(Path(), (SourceFile("a.yaml", (HEAD + text).encode()),)))
    documents, found = validate(trees)
    assert not has_errors([*parsed, *found])
    scanned = {
        each.name: ScannedSource(items=0, definition=definition_digest(each))
        for each in declared_sources(documents)
    }
    catalog: Catalog = seal(items, scanned, lists)
    return resolve(documents, catalog, NOW_MS, files)


def station(text: str, items: tuple[MediaItem, ...] = ITEMS) -> Station:
    """The station of a text without mistakes."""
    made, found = run(text, items)
    assert found == []
    assert made is not None
    return made


def found_in(text: str, items: tuple[MediaItem, ...] = ITEMS) -> list[tuple[str, int]]:
    """The code and the line of everything found; the text's own lines count from 1."""
    return [(each.code, each.span.line - HEAD.count("\n")) for each in run(text, items)[1]]


def loop(text: str, items: tuple[MediaItem, ...] = ITEMS) -> LoopSchedule:
    """The schedule of the first channel, a loop."""
    schedule = station(text, items).channels[0].schedule
    assert isinstance(schedule, LoopSchedule)
    return schedule


def entries(text: str, items: tuple[MediaItem, ...] = ITEMS) -> list[Entry]:
    """The entries of the loop of the first channel."""
    found = [each for each in loop(text, items).items if isinstance(each, Entry)]
    assert len(found) == len(loop(text, items).items)
    return found


def slots(text: str) -> SlotsSchedule:
    """The schedule of the first channel, a grid."""
    schedule = station(text).channels[0].schedule
    assert isinstance(schedule, SlotsSchedule)
    return schedule


def balance(text: str) -> BalanceSchedule:
    """The schedule of the first channel, a mix."""
    schedule = station(text).channels[0].schedule
    assert isinstance(schedule, BalanceSchedule)
    return schedule


def blocks(text: str) -> BlocksSchedule:
    """The schedule of the first channel, placed blocks."""
    schedule = station(text).channels[0].schedule
    assert isinstance(schedule, BlocksSchedule)
    return schedule


def external(made: Station | None) -> ExternalSchedule:
    """The schedule of the first channel, a list."""
    assert made is not None
    schedule = made.channels[0].schedule
    assert isinstance(schedule, ExternalSchedule)
    return schedule


def titles(items: tuple[MediaItem, ...]) -> list[str]:
    """What some items are called."""
    return [each.title for each in items]
