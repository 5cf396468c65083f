"""Markdown cases: YAML with the expected diagnostics as comments on the guilty lines.

Cases are the pages of exstv/explanations and tests/compiler/cases. A block of YAML is a station: what every
station needs and the block does not declare is added in a file beside it. `# error: [EXS3001]` expects
exactly that on its line; a block without such a comment compiles clean. A fence may name its file, as in
`yaml config.yaml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from compiler.load import load
from compiler.parse import parse
from compiler.resolve import resolve
from compiler.validate import declared_sources, validate
from exstv import codes
from exstv.catalog.lock import definition_digest, seal
from exstv.catalog.model import Catalog, MediaItem, ScannedSource
from exstv.clock import from_iso
from exstv.codes import CODES
from exstv.diagnostics import Diagnostic
from exstv.files import CONFIG_NAME
from exstv.settings import load_settings
from exstv.sources.base import ScanContext
from exstv.sources.registry import open_source
from exstv.timeline.model import Source

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
PAGES = REPOSITORY / "exstv" / codes.EXPLANATIONS
NOW_MS = from_iso("2026-03-06T12:00Z")

FENCE = re.compile(r"^```yaml(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED = re.compile(r"# (error|warning|note): \[(EXS\d{4})\]")
NOT_SHOWN = re.compile(r"<!-- not shown in YAML: .+; test: (\S+)::(\w+) -->\n")
BASE = {
    r"^station:": "station: {name: Harbour TV, timezone: Europe/Amsterdam}",
    r"^  cards:": """sources:
  cards:
    type: lavfi
    items:
      - {id: bars, title: Bars, video: smptehdbars, duration: 30s}
      - {id: film, title: Film, video: testsrc2, duration: 90m, kind: movie, year: 1950, genres: [Noir]}
      - {id: one, title: One, video: testsrc2, duration: 30m, kind: episode, season: 1, episode: 1}""",
    r"^  day:": "schedules:\n  day: {kind: loop, items: [{play: cards}]}",
}


@dataclass(frozen=True)
class Case:
    """One block of YAML; `name` tells where it stands."""

    name: str
    file: str
    yaml: str

    @property
    def expected(self) -> list[tuple[int, str, str]]:
        """Line, severity and code of everything that is to be found."""
        return sorted(
            (number, severity, code)
            for number, line in enumerate(self.yaml.split("\n"), start=1)
            for severity, code in EXPECTED.findall(line)
        )


def cases_of(page: Path) -> list[Case]:
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [
        Case(f"{page.stem}-{number}", file or "case.yaml", yaml)
        for number, (file, yaml) in enumerate(found, start=1)
    ]


FRONT = [page for page in sorted(PAGES.glob("EXS*.md")) if page.stem[3] in "1238"]
CASES = [case for page in (*FRONT, *sorted((HERE / "cases").glob("*.md"))) for case in cases_of(page)]


def write_station(folder: Path, case: Case) -> None:
    (folder / case.file).write_text(case.yaml, encoding="utf-8")
    base = "\n".join(
        text for pattern, text in BASE.items() if not re.search(pattern, case.yaml, re.MULTILINE)
    )
    (folder / "zz-base.yaml").write_text(base, encoding="utf-8")


def scan_generated(sources: tuple[Source, ...]) -> Catalog:
    """The catalog of all sources but folders, which stay unscanned; a server holds one film."""
    items: list[MediaItem] = []
    scanned: dict[str, ScannedSource] = {}
    for source in sources:
        if source.type == "lavfi":
            context = ScanContext(media_root=Path(), progress=lambda done, total, what: None)
            items += open_source(source, {}).scan(context).items
        elif source.type != "local":
            id_ = f"{source.name}:1"
            items.append(
                MediaItem(
                    id=id_, source=source.name, kind="movie", title="Film", locator="1", duration_ms=60_000
                )
            )
        if source.type != "local":
            scanned[source.name] = ScannedSource(items=0, definition=definition_digest(source))
    return seal(items, scanned)


def compile_front(folder: Path) -> list[Diagnostic]:
    """Every diagnostic of settings and of the stages up to resolve."""
    _, found = load_settings(folder, {})
    files, load_problems = load(folder)
    trees, parse_problems = parse(files)
    documents, validate_problems = validate(trees)
    catalog = scan_generated(declared_sources(documents))
    _, resolve_problems = resolve(documents, catalog, NOW_MS)
    return [*found, *load_problems, *parse_problems, *validate_problems, *resolve_problems]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_finds_what_its_comments_say(case: Case, tmp_path: Path) -> None:
    write_station(tmp_path, case)
    found = compile_front(tmp_path)
    assert sorted((each.span.line, each.severity.value, each.code) for each in found) == case.expected
    assert {Path(each.span.file).name for each in found} <= {case.file}


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_page(code: str) -> None:
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert re.search(rf"^# {code}: \S", text, re.MULTILINE)
    if found := NOT_SHOWN.match(text):
        assert f"def {found[2]}(" in (REPOSITORY / found[1]).read_text(encoding="utf-8")
        assert "```yaml" not in text
        return
    # Here or, for scheduling, in test_pipeline.py: a page with YAML is compiled by one of the two.
    assert code[3] in "123458"
    bad, good = cases_of(PAGES / f"{code}.md")
    assert code in {expected[2] for expected in bad.expected}
    assert good.expected == []


def test_every_page_has_a_code() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == set(CODES)


def test_no_id_is_used_twice() -> None:
    ids = re.findall(
        r"_(?:error|warning|note)\(\s*(\d{4}),", Path(codes.__file__).read_text(encoding="utf-8")
    )
    assert len(ids) == len(set(ids)) == len(CODES)


def test_a_case_that_expects_too_little_or_too_much_fails(tmp_path: Path) -> None:
    silent = Case("silent", "case.yaml", "channels: {a: {nmae: A}}")
    loud = Case("loud", "case.yaml", "channels: {}  # error: [EXS2001]")
    for case in (silent, loud):
        with pytest.raises(AssertionError):
            test_a_case_finds_what_its_comments_say(case, tmp_path)


def test_settings_are_only_read_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / CONFIG_NAME).write_text("serve: 1", encoding="utf-8")
    write_station(tmp_path, Case("x", "case.yaml", ""))
    assert [each.code for each in compile_front(tmp_path)] == ["EXS2001"]
