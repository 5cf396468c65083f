"""The parse cache gives the trees that parsing gives, and is never believed where it could be wrong."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.cache import ParseCache
from compiler.load import SourceFile, SourceSet
from compiler.parse import parse

TEXT = """\
station: {name: "Harbour", timezone: Europe/Amsterdam, seed: 007, empty:}
channels:
  one: {number: 42.10, enabled: yes, nothing: ~, list: [a, [b, 'c'], {d: 1.5}]}
  two:
    - text: >
        folded
        text
    - 12
    - true
"""


def sources(**files: str) -> SourceSet:
    return SourceSet(
        Path("s"), tuple(SourceFile(f"s/{name}.yaml", text.encode()) for name, text in files.items())
    )


def twice(path: Path, first: SourceSet, second: SourceSet) -> tuple[ParseCache, object]:
    """Parses one set and then another with the cache that the first left."""
    cache = ParseCache(path)
    parse(first, cache)
    cache.save()
    cache = ParseCache(path)
    return cache, parse(second, cache)


def test_a_known_file_has_the_same_tree(tmp_path: Path) -> None:
    station = sources(a=TEXT, b="", c="# nothing\n")
    cache, found = twice(tmp_path / "cache", station, station)
    assert found == parse(station)
    assert cache.get("s/a.yaml", TEXT.encode())[0]


WORDS = st.text("ab: -#'\"é", max_size=8)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS
NAMES = st.text("abc", min_size=1, max_size=3)
VALUES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below), max_leaves=12
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_any_tree_comes_back(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    text = f"key: {msgspec.json.encode(value).decode()}\n"
    station = sources(a=text)
    folder = tmp_path_factory.mktemp("cache")
    _, found = twice(folder / "cache", station, station)
    assert found == parse(station)


def test_another_text_another_name_and_another_version_are_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, _ = twice(tmp_path / "cache", sources(a=TEXT), sources(a=TEXT))
    assert cache.get("s/a.yaml", TEXT.encode())[0]
    assert not cache.get("s/a.yaml", TEXT.encode() + b"\n")[0]
    assert not cache.get("s/b.yaml", TEXT.encode())[0]
    monkeypatch.setattr("exstv.__version__", "99")
    assert not cache.get("s/a.yaml", TEXT.encode())[0]


def test_a_file_with_a_mistake_is_not_remembered(tmp_path: Path) -> None:
    for text in ("a: 1\na: 2\n", "a: [", "a: !tag x\n", "[]\n", "a: &x 1\n"):
        broken = sources(a=text)
        cache, (_, diagnostics) = twice(tmp_path / "cache", broken, broken)
        assert diagnostics == parse(broken)[1] != []
        assert not cache.get("s/a.yaml", text.encode())[0]


def test_what_a_station_no_longer_has_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    cache, _ = twice(path, sources(a=TEXT), sources(b=TEXT))
    cache.save()
    assert not ParseCache(path).get("s/a.yaml", TEXT.encode())[0]
    assert ParseCache(path).get("s/b.yaml", TEXT.encode())[0]


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xc1", b"\x80", b"junk" * 100, msgspec.msgpack.encode({"a": "text"})],
)
def test_a_damaged_cache_is_no_cache(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "cache"
    path.write_bytes(damage)
    station = sources(a=TEXT)
    assert parse(station, ParseCache(path)) == parse(station)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_damaged_byte_is_never_read_as_a_tree(
    tmp_path_factory: pytest.TempPathFactory, place: int, flip: int
) -> None:
    path = tmp_path_factory.mktemp("cache") / "cache"
    station = sources(a=TEXT, b="station:\n")
    twice(path, station, station)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= flip
    path.write_bytes(data)
    assert parse(station, ParseCache(path)) == parse(station)


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    station = sources(a=TEXT)
    _, found = twice(tmp_path / "file" / "cache", station, station)
    assert found == parse(station)
