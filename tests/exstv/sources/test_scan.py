"""A station's scan: each source for itself, and nothing known is lost by a failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exstv.catalog.lock import encode, seal
from exstv.catalog.model import Catalog, MediaItem, ScannedSource
from exstv.catalog.stale import stale_sources
from exstv.sources.scan import ScanSite, SourceSummary, prune, scan_station
from exstv.timeline.model import Source


def cards(*ids: str, name: str = "cards") -> Source:
    items = [{"id": id_, "title": id_, "video": "color", "duration_ms": 1000} for id_ in ids]
    return Source(name=name, type="lavfi", definition=json.dumps({"items": items}))


def films(path: str = "films") -> Source:
    return Source(name="films", type="local", definition=json.dumps({"path": path}))


def film(key: str) -> MediaItem:
    return MediaItem(id=f"films:{key}", source="films", kind="movie", title=key, locator=key)


def with_films(*keys: str) -> Catalog:
    return seal(map(film, keys), {"films": ScannedSource(items=0, definition="old")})


@pytest.fixture
def site(tmp_path: Path) -> ScanSite:
    return ScanSite(media_root=tmp_path, state_dir=tmp_path / "state", environ={})


def test_every_source_is_scanned_in_order_of_its_name(site: ScanSite) -> None:
    catalog, summary, diagnostics = scan_station(
        [cards("x", name="b"), cards("y", name="a")], Catalog(), site
    )

    assert [item.id for item in catalog.items] == ["a:y", "b:x"]
    assert summary.sources == (
        SourceSummary(name="a", found=1, new=1),
        SourceSummary(name="b", found=1, new=1),
    )
    assert (diagnostics, set(catalog.sources)) == ([], {"a", "b"})


def test_a_second_scan_changes_no_byte(site: ScanSite) -> None:
    first, _, _ = scan_station([cards("x", "y")], Catalog(), site)
    second, summary, _ = scan_station([cards("x", "y")], first, site)

    assert encode(second) == encode(first)
    assert summary.sources == (SourceSummary(name="cards", found=2),)


def test_a_source_that_fails_keeps_its_part_and_the_others_go_on(site: ScanSite) -> None:
    before = with_films("a", "b")

    catalog, summary, diagnostics = scan_station([cards("x"), films("nowhere")], before, site)

    assert [item.id for item in catalog.items] == ["cards:x", "films:a", "films:b"]
    assert catalog.sources["films"] == before.sources["films"]
    assert [found.code for found in diagnostics] == ["EXS6002"]
    assert summary.sources[1].error == "the folder `nowhere` cannot be read: no such file or directory"


def test_a_source_that_never_worked_stays_unscanned(site: ScanSite) -> None:
    catalog, _, _ = scan_station([films("nowhere")], Catalog(), site)

    assert catalog.sources == {}
    assert stale_sources([films("nowhere")], catalog) == {"films"}


def test_files_that_vanished_are_missing_until_they_are_pruned(site: ScanSite, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()

    catalog, summary, _ = scan_station([films(), cards("x")], with_films("a"), site)

    assert [(item.id, item.state) for item in catalog.items] == [
        ("cards:x", "present"),
        ("films:a", "missing"),
    ]
    assert summary.sources[1] == SourceSummary(name="films", missing=1)
    assert [item.id for item in prune(catalog, {"cards"}).items] == ["cards:x", "films:a"]
    assert [item.id for item in prune(catalog).items] == ["cards:x"]
    assert prune(catalog).sources["films"].items == 0


def test_an_item_taken_out_of_the_yaml_is_gone_at_once(site: ScanSite) -> None:
    before, _, _ = scan_station([cards("x", "y")], Catalog(), site)

    catalog, summary, _ = scan_station([cards("x")], before, site)

    assert [item.id for item in catalog.items] == ["cards:x"]
    assert summary.sources == (SourceSummary(name="cards", found=1),)


def test_only_the_sources_asked_for_are_scanned(site: ScanSite) -> None:
    before, _, _ = scan_station([cards("x", name="a"), cards("x", name="b")], Catalog(), site)

    catalog, summary, _ = scan_station([cards("y", name="a"), cards("y", name="b")], before, site, only={"b"})

    assert [item.id for item in catalog.items] == ["a:x", "b:y"]
    assert [source.name for source in summary.sources] == ["b"]


def test_a_source_that_is_no_longer_declared_leaves_the_catalog(site: ScanSite) -> None:
    catalog, _, _ = scan_station([cards("x")], with_films("a"), site)

    assert set(catalog.sources) == {"cards"}
    assert [item.id for item in catalog.items] == ["cards:x"]


def test_new_changed_and_failed_items_are_counted(site: ScanSite) -> None:
    before, _, _ = scan_station([cards("x", "y")], Catalog(), site)
    items = [
        {"id": "x", "title": "renamed", "video": "color"},
        {"id": "y", "title": "y", "video": "color", "duration_ms": 1000},
        {"id": "z", "title": "z", "video": "color"},
        {"id": "bad", "title": "bad", "video": "{nope}{never}"},
    ]
    after = Source(name="cards", type="lavfi", definition=json.dumps({"items": items}))

    _, summary, _ = scan_station([after], before, site)

    assert summary.sources == (SourceSummary(name="cards", found=3, new=1, changed=1, failed=1),)


def test_a_source_is_stale_when_it_was_edited_or_never_scanned(site: ScanSite) -> None:
    catalog, _, _ = scan_station([cards("x", name="a"), cards("x", name="b")], Catalog(), site)

    declared = [cards("x", name="a"), cards("y", name="b"), cards("x", name="c")]

    assert stale_sources(declared, catalog) == {"b", "c"}
