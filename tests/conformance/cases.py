"""The cases: Markdown with a station, what it claims, and what a viewer sees of it.

A case is a heading, a block of YAML, a line of claims and a block of text. What the station does not declare
is added from BASE. A block `yaml before` is the station as it was, compiled first; a block `json NAME` is a
file beside it, or what an address gave. The words after `text` say what is shown: views (`items` if none is
named), `now=`, `then=` (when the one before was compiled), `from=` and `for=`.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from pictures import put_pictures

from compiler.checks.run import run_checks
from compiler.load import SourceFile, SourceSet
from compiler.onair import OnAirMemory
from compiler.parse import parse
from compiler.pipeline import CompileRequest, CompileResult, compile_station
from compiler.validate import declared_sources, validate
from conformance.show import diagnostic_lines, see
from exstv import codes
from exstv.catalog.lock import definition_digest, list_digest, seal
from exstv.catalog.model import Catalog, Chapter, FetchedList, MediaItem, ScannedSource
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic
from exstv.nodes import to_data
from exstv.sources.base import ScanContext
from exstv.sources.registry import open_source
from exstv.timeline import store
from exstv.units import parse_duration

CASES = Path(__file__).parents[1] / "compiler" / "conformance"
NOW = "2026-03-06T06:00Z"
"""A Friday; the broadcast day begins."""
BASE = {
    "station": "station: {name: Harbour TV, timezone: UTC, horizon: 2d}",
    "channels": "channels: {a: {number: 1, name: A, schedule: day}}",
    "schedules": "schedules: {day: {kind: loop, items: [{play: films, mode: flood}]}}",
}
_FILE = "case.yaml"
_FENCE = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CLAIMS = re.compile(r"^Claims: (.*?)(?=\n\n)", re.MULTILINE | re.DOTALL)
_FAILS = re.compile(r"^Fails: (.*?)(?=\n\n)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Case:
    """One case. `data` is its YAML as plain values; `files` are by name or address."""

    page: Path
    title: str
    yaml: str
    before: str
    files: dict[str, str]
    shows: str
    expected: str
    claims: tuple[str, ...]
    fails: str
    data: dict[str, Any] = field(hash=False)

    @property
    def name(self) -> str:
        """The page and the heading, short enough for a table."""
        return f"{self.page.stem}: {self.title}"

    @property
    def options(self) -> dict[str, str]:
        """What stands after `text` as NAME=VALUE."""
        return dict(word.split("=", 1) for word in self.shows.split() if "=" in word)

    @property
    def views(self) -> list[str]:
        """What is shown, in this order."""
        return [word for word in self.shows.split() if "=" not in word] or ["items"]


@cache
def all_cases() -> tuple[Case, ...]:
    return tuple(case for page in sorted(CASES.glob("*.md")) for case in cases_of(page))


def cases_of(page: Path) -> Iterator[Case]:
    for section in re.split("^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        yield _case(page, title, body)


def _case(page: Path, title: str, body: str) -> Case:
    fences = [(kind, words or "", text) for kind, words, text in _FENCE.findall(body)]
    (yaml,) = (text for kind, words, text in fences if (kind, words) == ("yaml", ""))
    ((shows, expected),) = ((words, text) for kind, words, text in fences if kind == "text")
    claims, fails = _CLAIMS.search(body), _FAILS.search(body)
    return Case(
        page=page,
        title=title,
        yaml=yaml,
        before=next((text for kind, words, text in fences if (kind, words) == ("yaml", "before")), ""),
        files={words: text for kind, words, text in fences if kind == "json"},
        shows=shows,
        expected=expected,
        claims=tuple(re.findall("`([^`]+)`", claims[1])) if claims else (),
        fails=fails[1] if fails else "",
        data=read(yaml),
    )


def read(yaml: str) -> dict[str, Any]:
    """A YAML as plain values that can be changed."""
    trees, found = parse(SourceSet(Path(), (SourceFile(_FILE, yaml.encode()),)))
    assert found == [], f"{found[0].message}\n{yaml}"
    root = trees.files[0].root
    data: dict[str, Any] = _plain(to_data(root)) if root else {}
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    # A number that remembers how it was written is a number to JSON.
    return value


def rewrite(case: Case, shown: str) -> None:
    """Puts another expectation into the page of a case."""
    text = case.page.read_text(encoding="utf-8")
    head, heading, rest = text.partition(f"## {case.title}\n")
    old = f"```text{' ' + case.shows if case.shows else ''}\n{case.expected}```"
    assert old in rest, case.name
    new = old.removesuffix(f"{case.expected}```") + f"{shown}```"
    case.page.write_text(head + heading + rest.replace(old, new, 1), encoding="utf-8")


def shown(case: Case, yaml: str | None = None) -> str:
    """What a viewer sees of a case, or of its YAML in another version."""
    options = case.options
    now, then = options.get("now", NOW), options.get("then", options.get("now", NOW))
    old: OnAirMemory | None = None
    with tempfile.TemporaryDirectory(prefix="exstv-conformance-") as folder:
        if case.before:
            result = compiled(replace(case, data=read(case.before)), case.before, then, None, Path(folder))
            assert result.timeline is not None, result.diagnostics[0].message
            old = OnAirMemory(result.timeline)
        result = compiled(case, case.yaml if yaml is None else yaml, now, old, Path(folder))
        found = [*result.diagnostics, *(_checked(result, Path(folder)) if "checks" in case.views else ())]
    # A mistake of ours is no difference that a viewer sees, whatever was changed.
    assert codes.INTERNAL.id not in {each.code for each in found}, found[0].message
    lines: list[str] = []
    if result.timeline is not None:
        from_ms = from_iso(options.get("from", now))
        until_ms = from_ms + parse_duration(options.get("for", "6h"))
        lines = [line for view in case.views for line in see(result.timeline, view, from_ms, until_ms)]
    return "".join(f"{line}\n" for line in (*lines, *diagnostic_lines(found)))


def compiled(case: Case, yaml: str, now: str, old: OnAirMemory | None, folder: Path) -> CompileResult:
    """A station and all that it does not declare, compiled in memory."""
    for name, text in case.files.items():
        if "://" not in name:
            (folder / name).write_text(text, encoding="utf-8")
    (folder / _FILE).write_text(yaml, encoding="utf-8")
    base = "\n".join(text for key, text in BASE.items() if key not in case.data)
    (folder / "zz-base.yaml").write_text(f"{base}\n{_base_sources()}", encoding="utf-8")
    put_pictures(folder)
    schedules = (case.data.get("schedules") or {}).items()
    urls = {each.get("url"): name for name, each in schedules}
    lists = {(urls[url], url): text for url, text in case.files.items() if "://" in url}
    own = json.dumps({"sources": case.data.get("sources") or {}})
    catalog = _catalog(own, tuple(lists.items()))
    return compile_station(CompileRequest(folder, catalog, from_iso(now), from_iso(now), old))


@cache
def _base_sources() -> str:
    return (CASES / "media.yaml").read_text(encoding="utf-8")


@cache
def _catalog(own: str, lists: tuple[tuple[tuple[str, str], str], ...]) -> Catalog:
    """All items of BASE and of a case's own sources."""
    files = tuple(SourceFile(name, text.encode()) for name, text in (("o", own), ("b", _base_sources())))
    documents, _ = validate(parse(SourceSet(Path(), files))[0])
    items: list[MediaItem] = []
    scanned: dict[str, ScannedSource] = {}
    for source in declared_sources(documents):
        context = ScanContext(media_root=Path(), progress=lambda done, total, what: None)
        items += map(_with_chapters, open_source(source, {}).scan(context).items)
        scanned[source.name] = ScannedSource(items=0, definition=definition_digest(source))
    fetched = {
        name: FetchedList(definition=list_digest(url), data=msgspec.Raw(text.encode()))
        for (name, url), text in lists
    }
    return seal(items, scanned, fetched)


def _with_chapters(item: MediaItem) -> MediaItem:
    """A tag like `chapter 12m` stands for a mark: YAML has no word for one."""
    marks = [parse_duration(tag.removeprefix("chapter ")) for tag in item.tags if tag.startswith("chapter ")]
    return msgspec.structs.replace(item, chapters=tuple(Chapter(start_ms=mark) for mark in marks))


def _checked(result: CompileResult, folder: Path) -> list[Diagnostic]:
    if result.timeline is None:
        return []
    path = folder / "timeline.duckdb"
    store.write(result.timeline, path)
    return run_checks(result.checks, path)
