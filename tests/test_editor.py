"""Editors with the YAML language server: nothing in the examples, and mistakes where `--check` does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from editing import Editor, editor, missing
from networks import skip

from compiler.load import load
from compiler.parse import parse
from compiler.validate import validate
from exstv.cli.new import run as new

REPOSITORY = Path(__file__).parents[1]
STATIONS = sorted(
    path
    for path in (*(REPOSITORY / "examples").glob("*/*.yaml"), *(REPOSITORY / "channels").rglob("*.yaml"))
    if ".exstv" not in path.parts
)
BROKEN = """\
# yaml-language-server: $schema=SCHEMA
station:
  name: Harbour TV
  timezone: Europe/Amsterdam
  broadcast_day: 6 o'clock
  horizn: 7d
channels:
  harbour:
    number: forty
    name: Harbour One
    schedule: day
    throttle: fast
    always_on: "yes"
schedules:
  day:
    kind: loop
    items:
      - {play: films, mode: flod}
      - {play: films, order: shuffle, mode: multiple, count: 0}
sources:
  films: {type: local}
"""


@pytest.fixture(scope="module")
def running() -> Iterator[Editor]:
    if reason := missing():
        skip(reason)
    with editor(REPOSITORY) as found:
        yield found


def test_an_editor_finds_nothing_in_the_stations_of_this_repository(running: Editor) -> None:
    assert len(STATIONS) > 40
    found = {path: running.open(path, path.read_text(encoding="utf-8")) for path in STATIONS}
    assert {path: each for path, each in found.items() if each} == {}


def test_an_editor_finds_nothing_in_a_new_station(running: Editor, tmp_path: Path) -> None:
    assert new([str(tmp_path / "station")]) == 0
    files = [path for path in (tmp_path / "station").rglob("*.yaml") if path.name != "config.yaml"]
    assert len(files) == 3
    assert [running.open(path, path.read_text(encoding="utf-8")) for path in files] == [[], [], []]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.yaml"
    schema = REPOSITORY / "schema" / "station.schema.json"
    path.write_text(BROKEN.replace("SCHEMA", str(schema)), encoding="utf-8")
    return path


def test_an_editor_finds_what_check_finds_in_each_line(running: Editor, broken: Path) -> None:
    shown = {each["range"]["start"]["line"] + 1 for each in running.open(broken, broken.read_text())}
    _, told = validate(parse(load(broken.parent)[0])[0])
    assert shown == {each.span.line for each in told}
    assert len(shown) >= 8


def test_an_editor_explains_and_completes_words(running: Editor, broken: Path) -> None:
    running.open(broken, broken.read_text())
    lines = broken.read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "throttle" in text)
    assert "How fast it is sent" in running.hover(broken, line, 6)
    text = broken.read_text().replace("    throttle: fast\n", "    throttle: \n")
    running.open(broken, text)
    assert {"realtime", "burst", "adaptive", "disabled"} <= set(running.complete(broken, line, 15))
