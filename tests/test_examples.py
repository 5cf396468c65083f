"""Each example is complete: described, checked by an editor, in the cookbook, and as it promises itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from exstv.cli.compile import run

REPOSITORY = Path(__file__).parents[1]
EXAMPLES = sorted(path.parent for path in (REPOSITORY / "examples").glob("*/catalog.lock"))
MODELINE = "# yaml-language-server: $schema=../../schema/station.schema.json\n"
CHECKED = ("language", "no-repeat", "off-air", "policies-and-tests")


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_described_and_an_editor_can_check_it(folder: Path) -> None:
    files = [*folder.glob("*.yaml")]
    assert files
    assert [file.name for file in files if not file.read_text(encoding="utf-8").startswith(MODELINE)] == []
    assert "exstv up" in (folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda path: path.name)
def test_the_cookbook_links_to_an_example(folder: Path) -> None:
    cookbook = (REPOSITORY / "docs/cookbook.md").read_text(encoding="utf-8")
    assert f"](../examples/{folder.name}/" in cookbook


def test_every_example_with_policies_is_checked() -> None:
    with_policies = {
        path.parent.name for path in (REPOSITORY / "examples").glob("*/*.yaml") if promises(path)
    }
    assert with_policies == set(CHECKED)


def promises(path: Path) -> bool:
    return any(line.startswith(("policies:", "tests:")) for line in path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("name", CHECKED)
def test_an_example_keeps_its_policies_and_tests(name: str, tmp_path: Path) -> None:
    station = shutil.copytree(
        REPOSITORY / "examples" / name, tmp_path / name, ignore=shutil.ignore_patterns("media", ".exstv")
    )
    assert run([str(station), "--check", "--now", "2026-03-06T05:00:00Z"]) == 0


def test_the_watershed_of_the_example_finds_a_film_that_is_too_early(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    station = shutil.copytree(REPOSITORY / "examples/policies-and-tests", tmp_path / "station")
    file = station / "station.yaml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "name: between" not in line), encoding="utf-8")

    assert run([str(station), "--check", "--now", "2026-03-06T05:00:00Z", "--format", "concise"]) == 1
    assert "watershed" in "".join(capsys.readouterr())
