"""The cases: Markdown with a station, what it claims, and what a viewer sees of it.

A case is a heading, a block of YAML, a line of claims and a block of text. What the station does not declare
is added from BASE. A block `yaml before` is the station as it was, compiled first; a block `json NAME` is a
file beside it, or what an address gave; a block `media` lists media files (media.py). The words after `text`
say what is shown: views (`items` if none is named), `now=`, `then=` (when the one before was compiled),
`from=` and `for=`. A block `yaml config.yaml` is a machine's settings instead of a station (machine.py).
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

from pictures import put_pictures

from compiler.checks.run import run_checks
from compiler.load import SourceFile, SourceSet
from compiler.onair import OnAirMemory
from compiler.parse import parse
from compiler.pipeline import CompileRequest, CompileResult, compile_station
from conformance.machine import shown_machine
from conformance.media import catalog, write_media
from conformance.show import diagnostic_lines, see
from conformance.words import FILE, MACHINE
from exstv import codes
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic
from exstv.files import CONFIG_NAME
from exstv.nodes import to_data
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
    """One case. `root` is the model of its YAML, `data` its plain values; `files` are by name or address."""

    page: Path
    title: str
    root: str
    yaml: str
    before: str
    files: dict[str, str]
    media: str
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
    ((written, yaml),) = (
        (words, text) for kind, words, text in fences if kind == "yaml" and words in ("", CONFIG_NAME)
    )
    ((shows, expected),) = ((words, text) for kind, words, text in fences if kind == "text")
    claims, fails = _CLAIMS.search(body), _FAILS.search(body)
    return Case(
        page=page,
        title=title,
        root=MACHINE if written else FILE,
        yaml=yaml,
        before=next((text for kind, words, text in fences if (kind, words) == ("yaml", "before")), ""),
        files={words: text for kind, words, text in fences if kind == "json"},
        media=next((text for kind, _, text in fences if kind == "media"), ""),
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
    if case.root == MACHINE:
        return shown_machine(case.views, case.yaml if yaml is None else yaml)
    options = case.options
    now, then = options.get("now", NOW), options.get("then", options.get("now", NOW))
    old: OnAirMemory | None = None
    with tempfile.TemporaryDirectory(prefix="exstv-conformance-") as name:
        folder = Path(name).resolve()
        if case.before:
            result = compiled(replace(case, data=read(case.before)), case.before, then, None, folder)
            assert result.timeline is not None, result.diagnostics[0].message
            old = OnAirMemory(result.timeline)
        result = compiled(case, case.yaml if yaml is None else yaml, now, old, folder)
        found = [*result.diagnostics, *(_checked(result, folder) if "checks" in case.views else ())]
        # A mistake of ours is no difference that a viewer sees, whatever was changed.
        assert codes.INTERNAL.id not in {each.code for each in found}, found[0].message
        write_media(folder, case.media)
        lines: list[str] = []
        if result.timeline is not None:
            from_ms = from_iso(options.get("from", now))
            until_ms = from_ms + parse_duration(options.get("for", "6h"))
            window = (from_ms, until_ms, folder)
            lines = [line for view in case.views for line in see(result.timeline, view, *window)]
    return "".join(f"{line}\n" for line in (*lines, *diagnostic_lines(found)))


def compiled(case: Case, yaml: str, now: str, old: OnAirMemory | None, folder: Path) -> CompileResult:
    """A station and all that it does not declare, compiled in memory."""
    for name, text in case.files.items():
        if "://" not in name:
            (folder / name).write_text(text, encoding="utf-8")
    (folder / _FILE).write_text(yaml, encoding="utf-8")
    base = "\n".join(text for key, text in BASE.items() if key not in case.data)
    named = " ".join((case.yaml, case.before, base, *case.files.values()))
    sources = _base_sources(frozenset(re.findall(r"\w+", named)))
    (folder / "zz-base.yaml").write_text(f"{base}\n{sources}", encoding="utf-8")
    if "image" in yaml or "logo" in yaml:
        put_pictures(folder)
    schedules = (case.data.get("schedules") or {}).items()
    urls = {each.get("url"): name for name, each in schedules}
    lists = {(urls[url], url): text for url, text in case.files.items() if "://" in url}
    # What was changed in its sources is scanned anew, or the compile would only tell that they were changed.
    own = json.dumps({"sources": read(yaml).get("sources") or {}})
    known = catalog((own, sources), case.media, tuple(lists.items()))
    return compile_station(CompileRequest(folder, known, from_iso(now), from_iso(now), old))


@cache
def _base_sources(words: frozenset[str]) -> str:
    """Those of the sources of all cases that a case names: the others would only take time."""
    known = read((CASES / "media.yaml").read_text(encoding="utf-8"))["sources"]
    return f"sources: {json.dumps({name: each for name, each in known.items() if name in words})}"


def _checked(result: CompileResult, folder: Path) -> list[Diagnostic]:
    if result.timeline is None:
        return []
    path = folder / "timeline.duckdb"
    store.write(result.timeline, path)
    return run_checks(result.checks, path)
