"""README and docs say what the code does: YAML compiles, links lead somewhere, tables agree.

The YAML blocks of a page, put together, are one station; a block whose fence names `config.yaml` is settings.
Tables with a column `key` document one model each, the one that the heading above them stands for.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pictures import put_pictures

from compiler.collect import KINDS
from compiler.load import load
from compiler.parse import parse
from compiler.pipeline import CompileRequest, compile_station
from compiler.sql_words import FUNCTIONS
from compiler.validate import declared_sources, validate
from exstv.catalog.lock import definition_digest, seal
from exstv.catalog.model import Catalog, MediaItem, ScannedSource
from exstv.catalog.view import COLUMNS
from exstv.cli.main import COMMANDS
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic
from exstv.files import CONFIG_NAME
from exstv.settings import Config, load_settings, variables
from exstv.sources.base import ScanContext
from exstv.sources.registry import open_source
from exstv.timeline.model import Source
from exstv.units import DAY_MS, format_duration

ROOT = Path(__file__).parents[1]
README, LANGUAGE, CONFIG = ROOT / "README.md", ROOT / "docs/language.md", ROOT / "docs/config.md"
PAGES = (README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
NOW_MS = from_iso("2026-03-06T12:00Z")

FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"\bexstv ([a-z]+)\b")
PLAYING = "Playing content"
SECTIONS = {
    "station": ("StationDocument",),
    "station.defaults": ("Defaults",),
    "type: local": ("LocalDocument",),
    "Media servers": ("JellyfinDocument", "EmbyDocument", "PlexDocument"),
    "Databases": ("EnricherDocument",),
    "type: lavfi": ("LavfiDocument",),
    "An item of lavfi": ("LavfiItemDocument",),
    "type: m3u": ("M3uDocument",),
    "type: url": ("UrlDocument",),
    "An item of url": ("UrlItemDocument",),
    "type: archive_org": ("ArchiveOrgDocument",),
    "type: youtube": ("YoutubeDocument",),
    "collections": ("CollectionDocument",),
    "An entry of a playlist": ("PlaylistItemDocument",),
    "start_at": ("StartAtDocument",),
    "seek": ("SeekDocument",),
    "guide": ("GuideDocument",),
    "watermark": ("WatermarkDocument",),
    "Preferred sound": ("AudioChoiceDocument",),
    "subtitles": ("SubtitlesDocument",),
    "channels": ("ChannelDocument",),
    "A rule of the calendar": ("CalendarRuleDocument",),
    "An event": ("EventDocument",),
    "kind: loop": ("LoopDocument",),
    "An entry of a loop": ("LoopItemDocument",),
    "Pads, waits and sequences": (
        "PadToDocument",
        "PadUntilDocument",
        "WaitUntilDocument",
        "SequenceDocument",
    ),
    "kind: slots": ("SlotsDocument",),
    "A slot": ("SlotDocument",),
    "kind: balance": ("BalanceDocument",),
    "A source of a balance": ("BalanceSourceDocument",),
    "kind: blocks": ("BlocksDocument",),
    "A block": ("BlockDocument",),
    "An entry of a block": ("BlockItemDocument",),
    "A line of a template": ("PlacementDocument",),
    "A template's days": ("TemplateDayDocument",),
    "kind: external": ("ExternalDocument",),
    "filler": ("FillerDocument",),
    "Places": ("FillerSlots",),
    "profiles": ("ProfileDocument",),
    "video": ("VideoDocument",),
    "audio": ("AudioDocument",),
    "policies": (
        "DeadAirPolicyDocument",
        "SqlPolicyDocument",
        "RepeatPolicyDocument",
        "FillerPolicyDocument",
    ),
    "tests": ("TestDocument",),
    "expect": ("ExpectDocument",),
}
"""Headings of docs/language.md, and the models in the schema whose keys the table below each lists."""
SHARED = {
    "A rule of the calendar": "Days",
    "A template's days": "Days",
    "An event": PLAYING,
    "An entry of a loop": PLAYING,
    "Pads, waits and sequences": PLAYING,
    "A slot": PLAYING,
    "A source of a balance": PLAYING,
    "An entry of a block": PLAYING,
    **dict.fromkeys(
        ("kind: loop", "kind: slots", "kind: balance", "kind: blocks", "kind: external"), "schedules"
    ),
}
"""Where the other keys of a section's models are listed: words that hold in several places."""


def definitions() -> dict[str, Any]:
    schema = json.loads((ROOT / "schema/station.schema.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = schema["$defs"]
    return found


def prose(text: str) -> str:
    return FENCE.sub("", text)


def tables(text: str, first: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Each table whose first column is called so: the heading above it, and its rows of cells."""
    text = prose(text)
    for match in re.finditer(rf"^\| {first} \|.*\n\|[ |-]+\n((?:\|.*\n)+)", text, re.MULTILINE):
        heading = HEADING.findall(text[: match.start()])[-1]
        yield heading, [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in match[1].splitlines()]


def code(cell: str) -> str:
    """What stands in backticks in a cell that holds nothing else; empty for words."""
    found = re.fullmatch(r"`([^`]+)`", cell.strip())
    return found[1] if found else ""


def documented(heading: str) -> list[list[str]]:
    found = [rows for name, rows in tables(LANGUAGE.read_text(encoding="utf-8"), "key") if name == heading]
    assert len(found) == 1, heading
    return found[0]


def shelf(source: Source) -> list[MediaItem]:
    """What a folder might hold: films old and new, and the episodes of a show."""
    names = [("Metropolis (1927)", 1927), ("Two Bridges (1963)", 1963), ("Lighthouse (1949)", 1949)]
    names += [("Canal (2022)", 2022)]
    films = [
        MediaItem(
            id=f"{source.name}:{name}.mkv",
            source=source.name,
            kind="movie",
            title=name,
            locator=f"{name}.mkv",
            duration_ms=5_000_000,
            year=year,
        )
        for name, year in names
    ]
    episodes = [
        MediaItem(
            id=f"{source.name}:Tales S01E{number:02}.mkv",
            source=source.name,
            kind="episode",
            title=f"Part {number}",
            show="Harbour Tales",
            season=1,
            episode=number,
            locator=f"Tales S01E{number:02}.mkv",
            duration_ms=600_000,
        )
        for number in (1, 2, 3)
    ]
    return [*films, *episodes]


def catalog_of(folder: Path) -> Catalog:
    documents, _ = validate(parse(load(folder)[0])[0])
    items: list[MediaItem] = []
    scanned: dict[str, ScannedSource] = {}
    for source in declared_sources(documents):
        context = ScanContext(media_root=folder, progress=lambda done, total, what: None)
        found = open_source(source, {}).scan(context).items if source.type == "lavfi" else shelf(source)
        items += found
        scanned[source.name] = ScannedSource(items=len(found), definition=definition_digest(source))
    return seal(items, scanned)


def compile_page(text: str, folder: Path) -> list[Diagnostic]:
    """Every diagnostic of the station that a page's blocks make, and of its settings."""
    blocks = [(name, body) for language, name, body in FENCE.findall(text) if language == "yaml"]
    for number, (name, body) in enumerate(blocks):
        (folder / (name or f"block-{number:02}.yaml")).write_text(body, encoding="utf-8")
    put_pictures(folder)
    _, found = load_settings(folder, {})
    if all(name for name, _ in blocks):
        return found
    request = CompileRequest(folder, catalog_of(folder), NOW_MS, NOW_MS, horizon_ms=DAY_MS)
    result = compile_station(request)
    assert result.timeline is None or result.timeline.items
    return [*found, *result.diagnostics]


@pytest.mark.parametrize("page", [README, LANGUAGE, CONFIG], ids=lambda page: page.name)
def test_the_yaml_of_a_page_compiles_without_a_word(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "```yaml" in text

    assert compile_page(text, tmp_path) == []


def test_a_page_whose_yaml_is_wrong_is_found(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8").replace("order: shuffle, mode: flood", "order: shufle")

    assert "EXS2004" in {each.code for each in compile_page(text, tmp_path)}


def test_settings_that_are_wrong_are_found(tmp_path: Path) -> None:
    text = CONFIG.read_text(encoding="utf-8").replace("port: 8411", "prt: 8411")

    assert [each.code for each in compile_page(text, tmp_path)] == ["EXS2001"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in LINK.findall(prose(text)):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = (page.parent / path) if path else page
        assert target.is_relative_to(ROOT) and target.exists(), link
        if anchor:
            headings = HEADING.findall(prose(target.read_text(encoding="utf-8")))
            assert anchor in {re.sub(r"[^\w -]", "", name).lower().replace(" ", "-") for name in headings}, (
                link
            )


def test_the_language_page_begins_with_every_kind() -> None:
    ((_, rows),) = tables(LANGUAGE.read_text(encoding="utf-8"), "kind")

    assert {code(row[0]) for row in rows} == set(KINDS)


def test_every_model_of_the_schema_has_a_section() -> None:
    assert {model for models in SECTIONS.values() for model in models} == set(definitions())


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_section_lists_the_keys_of_its_models_with_their_defaults(heading: str) -> None:
    models = [definitions()[name] for name in SECTIONS[heading]]
    own = documented(heading)
    shared = documented(SHARED[heading]) if heading in SHARED else []
    keys = {code(row[0]) for row in own}
    known = {key for model in models for key in model["properties"]}

    assert len(keys) == len(own) and keys <= known
    assert known <= keys | {code(row[0]) for row in shared}
    for model in models:
        for key, _, default in (*own, *(row for row in shared if code(row[0]) not in keys)):
            agrees(model, code(key), default)


def agrees(model: dict[str, Any], key: str, default: str) -> None:
    """A row says what is required, and every default that is a value."""
    if key not in model["properties"]:
        return
    written = model["properties"][key].get("default")
    if written is not None:
        assert code(default) == json.dumps(written).strip('"'), key
    required = {*model.get("required", []), *(model.get("anyOf") or [{}])[0].get("required", [])}
    assert default.startswith("required") or key not in required, key
    assert default != "required" or key in required, key


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_section_names_every_word_that_a_key_takes(heading: str) -> None:
    text = LANGUAGE.read_text(encoding="utf-8")
    for model in SECTIONS[heading]:
        for key, schema in definitions()[model]["properties"].items():
            # x264's presets are x264's to explain: the page names the first and the last.
            for word in words_of(schema) if key != "preset" else ():
                assert f"`{word}`" in text, f"{key}: {word}"


def words_of(schema: Any) -> Iterator[str]:
    """Every word that a key's schema lists, in whatever branch."""
    if isinstance(schema, dict):
        yield from (word for word in schema.get("enum", []) if isinstance(word, str))
        for below in schema.values():
            yield from words_of(below)
    if isinstance(schema, list):
        for below in schema:
            yield from words_of(below)


def test_every_column_and_function_of_where_is_listed() -> None:
    text = LANGUAGE.read_text(encoding="utf-8")
    ((_, rows),) = tables(text, "column")

    assert {code(row[0]): row[1] for row in rows} == COLUMNS
    words = sorted(name for name in FUNCTIONS if name[0].isalpha())
    assert f"```text\n{textwrap.fill(' '.join(words), 110)}\n```" in text


def test_every_setting_is_listed_with_its_variable_and_default() -> None:
    ((_, rows),) = tables(CONFIG.read_text(encoding="utf-8"), "setting")
    known = variables()

    assert {code(row[3]): code(row[0]) for row in rows} == {
        name: ".".join(path) for name, path in known.items()
    }
    for row in rows:
        value: Any = Config()
        for name in known[code(row[3])]:
            value = getattr(value, name)
        if value is not None:
            written = value if isinstance(value, str) else json.dumps(value)
            if known[code(row[3])][-1].endswith(("_timeout", "every", "interval")):
                written = format_duration(value)
            assert code(row[2]) == written, row[0]
        else:
            assert not code(row[2]), row[0]


def test_readme_names_every_command_and_no_other() -> None:
    text = README.read_text(encoding="utf-8")
    ((_, rows),) = tables(text, "command")

    assert [code(row[0]).split()[1] for row in rows] == list(COMMANDS)
    spans = "\n".join(re.findall(r"`([^`\n]+)`", prose(text)))
    assert set(COMMAND.findall(spans)) == set(COMMANDS)


def test_the_pages_are_read_with_the_name_of_the_settings_file() -> None:
    assert f"```yaml {CONFIG_NAME}\n" in CONFIG.read_text(encoding="utf-8")


def test_the_picture_is_small() -> None:
    assert (ROOT / "docs/status.png").stat().st_size < 200_000
