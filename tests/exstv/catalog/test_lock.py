"""The lock: the same bytes for the same facts, and a damaged line costs that line only."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv.catalog.lock import decode, definition_digest, encode, read_lock, seal, write_lock
from exstv.catalog.model import Catalog, Chapter, MediaItem, ScannedSource, Stream
from exstv.timeline.model import Source

_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
_count = st.one_of(st.none(), st.integers(0, 2**40))


@st.composite
def media_items(draw: st.DrawFn) -> MediaItem:
    return MediaItem(
        id=f"films:{draw(_text)}",
        source="films",
        kind=draw(st.sampled_from(["movie", "episode", "clip"])),
        title=draw(_text),
        locator=draw(_text),
        duration_ms=draw(_count),
        year=draw(_count),
        genres=tuple(draw(st.lists(_text, max_size=2))),
        chapters=tuple(Chapter(start_ms=at, title=draw(_text)) for at in draw(st.lists(st.integers(0, 9)))),
        streams=(Stream(index=0, type="video", codec="h264", interlaced=draw(st.booleans())),),
        state=draw(st.sampled_from(["present", "missing"])),
    )


def catalog_of(*items: MediaItem) -> Catalog:
    return seal(items, {"films": ScannedSource(items=0, definition="d1")})


def movie(key: str, title: str = "Metropolis") -> MediaItem:
    return MediaItem(id=f"films:{key}", source="films", kind="movie", title=title, locator=key)


@given(st.lists(media_items(), unique_by=lambda item: item.id))
def test_what_is_written_is_read_again(items: list[MediaItem]) -> None:
    catalog = catalog_of(*items)

    again, diagnostics = decode(encode(catalog), "catalog.lock")

    assert diagnostics == []
    assert again == catalog


@given(
    st.lists(media_items(), unique_by=lambda item: item.id).flatmap(
        lambda items: st.tuples(st.just(items), st.permutations(items))
    )
)
def test_the_order_of_the_items_does_not_change_the_bytes(
    lists: tuple[list[MediaItem], list[MediaItem]],
) -> None:
    listed, shuffled = lists

    assert encode(catalog_of(*shuffled)) == encode(catalog_of(*listed))


def test_the_lock_is_compact_sorted_and_keeps_unicode() -> None:
    data = encode(catalog_of(movie("b"), movie("a", "Ça ira")))

    assert data.decode().splitlines() == [
        '{"format":1,"sources":{"films":{"items":2,"definition":"d1"}}}',
        '{"id":"films:a","source":"films","kind":"movie","title":"Ça ira","locator":"a"}',
        '{"id":"films:b","source":"films","kind":"movie","title":"Metropolis","locator":"b"}',
    ]


def test_a_damaged_line_is_one_diagnostic_and_the_others_are_kept() -> None:
    lines = encode(catalog_of(movie("a"), movie("b"), movie("c"))).splitlines()
    lines[2] = b"<<<<<<< HEAD"

    catalog, diagnostics = decode(b"\n".join(lines), "catalog.lock")

    assert [(found.span.file, found.span.line) for found in diagnostics] == [("catalog.lock", 3)]
    assert [item.id for item in catalog.items] == ["films:a", "films:c"]


def test_bytes_that_are_not_utf_8_are_a_diagnostic() -> None:
    data = encode(catalog_of(movie("a", "Xaver"))).replace(b"Xaver", b"\xff\xfe")

    _, diagnostics = decode(data, "catalog.lock")

    assert [found.span.line for found in diagnostics] == [2]


def test_a_line_separator_inside_a_title_does_not_break_the_line() -> None:
    catalog = catalog_of(movie("a", "one\u2028two\u0085three\x0bfour"))

    assert decode(encode(catalog), "catalog.lock") == (catalog, [])


@pytest.mark.parametrize("header", [b"", b"not json", b'{"format":99,"sources":{}}', b"[]"])
def test_a_header_that_cannot_be_read_is_a_diagnostic_on_line_one(header: bytes) -> None:
    _, *rest = encode(catalog_of(movie("a"))).splitlines()

    catalog, diagnostics = decode(b"\n".join([header, *rest]), "catalog.lock")

    assert [found.span.line for found in diagnostics] == [1]
    assert len(catalog.items) == 1


def test_an_item_listed_twice_is_a_diagnostic_at_the_second() -> None:
    lines = encode(catalog_of(movie("a"))).splitlines()

    catalog, diagnostics = decode(b"\n".join([*lines, lines[1]]), "catalog.lock")

    assert [found.span.line for found in diagnostics] == [3]
    assert len(catalog.items) == 1


def test_a_lost_line_is_noticed_by_the_headers_count() -> None:
    lines = encode(catalog_of(movie("a"), movie("b"))).splitlines()

    _, diagnostics = decode(b"\n".join(lines[:-1]), "catalog.lock")

    assert [found.span.line for found in diagnostics] == [1]
    assert "`films` should have 2 items" in diagnostics[0].message


def test_a_missing_lock_is_an_empty_catalog(tmp_path: Path) -> None:
    catalog, diagnostics = read_lock(tmp_path / "catalog.lock")

    assert (catalog.items, diagnostics) == ((), [])
    assert catalog.digest


def test_an_unchanged_lock_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "catalog.lock"
    first = write_lock(path, catalog_of(movie("a")))
    before = path.stat()

    second = write_lock(path, catalog_of(movie("a")))

    after = path.stat()
    assert (first, second) == (True, False)
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_the_digest_is_of_the_bytes_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "catalog.lock"
    catalog = catalog_of(movie("a"), movie("b"))
    write_lock(path, catalog)

    assert read_lock(path)[0].digest == catalog.digest
    assert list(tmp_path.iterdir()) == [path]


def test_another_definition_has_another_digest() -> None:
    one = Source(name="films", type="local", definition='{"path":"a"}')
    two = Source(name="films", type="local", definition='{"path":"b"}')

    assert definition_digest(one) != definition_digest(two)
    assert len(definition_digest(one)) == 64
