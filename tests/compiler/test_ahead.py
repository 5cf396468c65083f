"""A station is read beside the loading of the compiler, and is what reading it here gives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from compiler import ahead, workers
from compiler.ahead import Order, read_ahead
from compiler.cache import ParseCache
from compiler.front import read_station
from compiler.load import load
from exstv.catalog.lock import LOCK_NAME, read_lock
from exstv.catalog.model import Catalog
from exstv.clock import from_iso

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="workers are forked where that is safe"
)

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW_MS = from_iso("2026-03-06T12:00Z")
STATION = "station: {name: Harbour, timezone: UTC}\n"
CHANNEL = "channels:\n  one: {number: 1, name: One}\n"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """This process has not loaded what reads, has two cores and no threads; it is left without a child."""
    monkeypatch.delitem(sys.modules, "compiler.front")
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(workers, "may_fork", lambda: True)
    yield tmp_path
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.fixture
def root(state: Path) -> Path:
    """A station of two files."""
    (state / "station").mkdir()
    (state / "station" / "a.yaml").write_text(STATION)
    (state / "station" / "b.yaml").write_text(CHANNEL)
    return state / "station"


def order(root: Path, state: Path) -> Order:
    return Order(root, root / LOCK_NAME, NOW_MS, lambda: ("these", "facts"), state / "cache")


@pytest.mark.parametrize("name", ["language", "external-list", "policies-and-tests", "weekly-slots"])
def test_a_station_is_what_it_is_when_read_here(name: str, state: Path) -> None:
    root = EXAMPLES / name
    catalog, _ = read_lock(root / LOCK_NAME)
    with read_ahead(order(root, state)) as read:
        found = read.station(catalog)
    here = read_station(root, catalog, NOW_MS, ("these", "facts"))
    assert found is not None and here.station is not None
    # Compared piece by piece, a failure tells which one.
    assert {key: getattr(found, key) for key in found.__struct_fields__} == msgspec.structs.asdict(here)


def test_its_media_are_those_of_the_catalog(state: Path) -> None:
    catalog, _ = read_lock(EXAMPLES / "shuffled-loop" / LOCK_NAME)
    with read_ahead(order(EXAMPLES / "shuffled-loop", state)) as read:
        found = read.station(catalog)
    assert found is not None and found.station is not None
    played = found.station.channels[0].schedule.items[0].content.items  # type: ignore[union-attr]
    assert played
    assert {id(item) for item in played} <= {id(item) for item in catalog.items}


def test_what_was_read_with_another_catalog_is_not_taken(root: Path) -> None:
    with read_ahead(order(root, root.parent)) as read:
        assert read.station(Catalog(digest="of another one")) is None


def test_mistakes_are_told_as_they_would_be_here(root: Path) -> None:
    (root / "a.yaml").write_text("station: {name: [\n")
    (root / "b.yaml").write_text(CHANNEL.replace("number", "numbr"))
    catalog, _ = read_lock(root / LOCK_NAME)
    with read_ahead(order(root, root.parent)) as read:
        found = read.station(catalog)
    assert found is not None
    assert found.diagnostics == read_station(root, catalog, NOW_MS).diagnostics
    assert {each.span.file for each in found.diagnostics} == {str(root / "a.yaml"), str(root / "b.yaml")}


def test_all_files_are_known_from_then_on(root: Path) -> None:
    with read_ahead(order(root, root.parent)) as read:
        read.cache.save()
    (root / "b.yaml").write_text(CHANNEL.replace("One", "Two"))
    known = ParseCache(root.parent / "cache")
    assert [known.knows(file.path, file.raw) for file in load(root)[0].files] == [True, False]
    with read_ahead(order(root, root.parent)) as read:
        read.cache.save()
    known = ParseCache(root.parent / "cache")
    assert [known.knows(file.path, file.raw) for file in load(root)[0].files] == [True, True]


def test_where_the_other_process_fails_there_is_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(ahead, "read_lock", fail)
    with read_ahead(order(root, root.parent)) as read:
        assert read.station(Catalog()) is None


def test_nothing_is_done_where_what_reads_is_loaded_already(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "compiler.front", sys.modules[__name__])
    with read_ahead(order(root, root.parent)) as read:
        assert read.station(Catalog()) is None


COLD = """
import os, sys
os.cpu_count = lambda: 2
from exstv.cli import main
print(main.main(["compile", sys.argv[1], "--check"]), "pydantic" in sys.modules)
"""


def test_a_compile_never_loads_the_documents_itself(root: Path) -> None:
    (root / "b.yaml").write_text("")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("EXSTREAMTV_")}
    argv = [sys.executable, "-c", COLD, str(root)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True, env=environ)
    assert done.stdout.splitlines()[-1] == "0 False", done.stderr
