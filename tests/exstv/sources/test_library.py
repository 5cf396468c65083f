"""2,000 files as people keep them: what a scan reads from their names, and what the next one does again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from libraries import library, recall, shelve
from shelf import NO_WORKER, Shelf

from exstv.catalog.lock import encode, seal
from exstv.catalog.model import MediaItem
from exstv.sources.seen import FOLDER

FILES = 2_000
_listening: list[list[str]] = []


def _hear(event: str, args: tuple[object, ...]) -> None:
    if event in ("open", "subprocess.Popen"):
        for heard in _listening:
            heard.append(str(args[0]))


@contextmanager
def everything_opened() -> Iterator[list[str]]:
    """The paths of all files that this process opens, and the programs that it starts."""
    heard: list[str] = []
    _listening.append(heard)
    try:
        yield heard
    finally:
        _listening.remove(heard)


def lock(items: tuple[MediaItem, ...]) -> bytes:
    return encode(seal(items, {}))


@pytest.fixture(scope="module", autouse=True)
def _audit() -> None:
    # Cannot be taken away again; it costs nothing while nobody listens.
    sys.addaudithook(_hear)


@pytest.mark.ffmpeg
def test_a_library_is_read_right_and_not_read_again(tiny_seeds: list[Path], tmp_path: Path) -> None:
    files = library(FILES)
    shelf = Shelf(tmp_path, tiny_seeds[0])
    shelve(files, shelf.media, tiny_seeds)

    first = shelf.scan()

    assert first.diagnostics == ()
    assert len(first.items) == FILES
    found = recall(files, first.items)
    for sort, (right, total) in sorted(found.items()):
        print(f"{sort:<30} {right:>4} of {total:>4}  {right / total:.1%}")  # noqa: T201 - asked for
    assert all(right / total >= 0.85 for right, total in found.values()), found
    assert sum(right for right, _ in found.values()) >= 0.95 * sum(total for _, total in found.values())

    state = tmp_path / "state" / FOLDER / "lib.json"
    written = state.stat().st_mtime_ns
    with everything_opened() as opened:
        again = shelf.scan(first.items, NO_WORKER)

    # Its own state, to know what it saw, and no more: no media file, no NFO, no worker.
    assert set(opened) == {str(state)}
    assert state.stat().st_mtime_ns == written
    assert lock(again.items) == lock(first.items)


@pytest.mark.ffmpeg
def test_one_new_file_is_all_that_is_read(tiny_seeds: list[Path], tmp_path: Path) -> None:
    files = library(60)
    shelf = Shelf(tmp_path, tiny_seeds[0])
    shelve(files, shelf.media, tiny_seeds)
    first = shelf.scan()
    shelf.put("Films 0/New (2020)/New (2020).mkv")
    shelf.write("Shelf 0/note.txt", "nothing of ours")

    with everything_opened() as opened:
        again = shelf.scan(first.items)

    assert not [path for path in opened if path.startswith(str(shelf.media))]
    assert {item.locator for item in again.items} - {item.locator for item in first.items} == {
        "Films 0/New (2020)/New (2020).mkv"
    }
    before, after = (lock(result.items).splitlines() for result in (first, again))
    # One line more, and the header's count.
    assert len(set(after) - set(before)) <= 2
