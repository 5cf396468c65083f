"""What is unknown is parsed beside the loading of the compiler, and gives what parsing gives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler import ahead, workers
from compiler.cache import ParseCache
from compiler.load import load
from compiler.parse import parse

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="workers are forked where that is safe"
)

STATION = "station: {name: Harbour, timezone: UTC}\n"
CHANNEL = "channels:\n  one: {number: 1, name: One}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A station of two files; this process has not loaded the compiler, has two cores and no threads."""
    monkeypatch.delitem(sys.modules, "compiler.pipeline", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(workers, "may_fork", lambda: True)
    (tmp_path / "station").mkdir()
    (tmp_path / "station" / "a.yaml").write_text(STATION)
    (tmp_path / "station" / "b.yaml").write_text(CHANNEL)
    yield tmp_path / "station"
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_files_are_found_as_they_would_be_parsed(root: Path) -> None:
    sources, _ = load(root)
    with ahead.parsed_ahead(root, root.parent / "cache") as entries:
        cache = ParseCache(root.parent / "cache", entries)
        assert all(cache.get(file.path, file.raw)[0] for file in sources.files)
        assert parse(sources, cache) == parse(sources)
    cache.save()
    assert all(ParseCache(root.parent / "cache").knows(file.path, file.raw) for file in sources.files)


def test_what_the_cache_knows_is_not_parsed_again(root: Path) -> None:
    cache = ParseCache(root.parent / "cache")
    parse(load(root)[0], cache)
    cache.save()
    (root / "b.yaml").write_text(CHANNEL.replace("One", "Two"))
    with ahead.parsed_ahead(root, root.parent / "cache") as entries:
        assert len(entries()) == 1


def test_a_broken_file_and_one_that_was_edited_since_are_parsed_as_ever(root: Path) -> None:
    (root / "a.yaml").write_text("station: {name: [\n")
    with ahead.parsed_ahead(root, root.parent / "cache") as entries:
        (root / "b.yaml").write_text(CHANNEL.replace("One", "Two"))
        sources, _ = load(root)
        found = parse(sources, ParseCache(root.parent / "cache", entries))
    assert found == parse(sources)
    assert [each.code for each in found[1]] == [each.code for each in parse(sources)[1]] != []


def test_where_the_other_process_fails_all_is_parsed_as_ever(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(ahead, "parse", fail)
    sources, _ = load(root)
    with ahead.parsed_ahead(root, root.parent / "cache") as entries:
        assert parse(sources, ParseCache(root.parent / "cache", entries)) == parse(sources)


def test_nothing_is_done_where_the_compiler_is_loaded_already(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "compiler.pipeline", sys.modules[__name__])
    with ahead.parsed_ahead(root, root.parent / "cache") as entries:
        assert entries() == {}


COLD = """
import os, sys
os.cpu_count = lambda: 2
from exstv.cli import main
print(main.main(["compile", sys.argv[1], "--check"]), "ruamel.yaml" in sys.modules)
"""


def test_a_cold_compile_never_loads_the_parser_itself(root: Path) -> None:
    (root / "b.yaml").write_text("")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("EXSTREAMTV_")}
    argv = [sys.executable, "-c", COLD, str(root)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True, env=environ)
    assert done.stdout.splitlines()[-1] == "0 False", done.stderr
