"""What is built and installed: the contents of the wheel, the pins of the lock, and a ban on uploads."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("exstv", "compiler", "runtime")

PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?: ; (.+?))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: dict[str, Any] = tomllib.load(file)["project"]
    return found


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from the checkout as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {name for name in tops if not name.endswith(".dist-info")} == set(PACKAGES)
    assert len(tops) == len(PACKAGES) + 1


def test_the_wheel_holds_every_file_that_is_not_made_by_running(wheel: zipfile.ZipFile) -> None:
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True
    )
    committed = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}

    assert len(committed) > 100
    assert committed <= set(wheel.namelist())


def test_the_wheel_holds_the_data_that_the_code_loads(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()

    assert {"exstv/timeline/schema.sql", "runtime/tuner/xmltv.sql"} <= set(names)
    assert {"templates/page.html.j2", "static/page.css", "static/live.js"} <= {
        name.removeprefix("runtime/") for name in names
    }
    assert sum(name.startswith("exstv/explanations/EXS") for name in names) == len(
        list((ROOT / "exstv/explanations").glob("EXS*.md"))
    )
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


def test_the_player_of_the_preview_is_the_one_that_the_tests_play_with(wheel: zipfile.ZipFile) -> None:
    package = ROOT / "tests/browser/node_modules/hls.js"
    if not package.exists():
        pytest.skip("no hls.js: run `make players`")
    shipped = wheel.read("runtime/static/hls.js").decode()

    # All of it but the address of a map that is not shipped.
    assert (package / "dist/hls.light.min.js").read_text(encoding="utf-8").startswith(shipped.rstrip())
    assert wheel.read("runtime/static/hls.js.LICENSE.txt") == (package / "LICENSE").read_bytes()


def test_the_wheel_refuses_to_be_uploaded(wheel: zipfile.ZipFile) -> None:
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))

    assert "Classifier: Private :: Do Not Upload\n" in wheel.read(metadata).decode()


def test_the_lock_holds_versions_and_hashes_and_nothing_else() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not PIN.match(line) and not HASH.match(line)] == []
    assert all(HASH.match(after) for before, after in pairwise(lines) if PIN.match(before))
    pins = [(normal(found[1]), found[3]) for line in lines if (found := PIN.match(line))]
    # Twice only where the marker says which of them counts.
    assert len(pins) == len(set(pins)) > 30
    assert all(marker for name, marker in pins if [other for other, _ in pins].count(name) > 1)


def test_the_lock_pins_every_dependency() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {normal(found[1]) for line in text.splitlines() if (found := PIN.match(line))}
    declared = project()
    wanted = [*declared["dependencies"], *declared["optional-dependencies"]["dev"]]

    assert {normal(re.split(r"[ ;<>=\[]", each)[0]) for each in wanted} <= pinned
