"""The stations in this repository: their locks are what a scan writes, and their pictures can be drawn."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from exstv.catalog.lock import LOCK_NAME, encode, read_lock
from exstv.catalog.model import Catalog, MediaItem
from exstv.cli.scan import read_sources
from exstv.sources.base import GraphInput, Place
from exstv.sources.registry import open_source
from exstv.sources.scan import ScanSite, scan_station
from exstv.timeline.model import Media

ROOT = Path(__file__).parents[3]
STATIONS = ("channels", "examples/live-and-links", "examples/local-files")
DRAWN = (
    "meridian:world-lisbon",
    "meridian:ident",
    "tideline:harbour-1",
    "tideline:interlude-dusk",
    "ember:last-tram",
    "ember:trailer-noir",
    "house:slate",
)
"""One item of each kind of picture."""


@pytest.mark.parametrize("station", STATIONS)
def test_the_committed_lock_is_what_a_scan_writes(station: str, tmp_path: Path) -> None:
    sources, diagnostics = read_sources(ROOT / station)
    site = ScanSite(media_root=ROOT / station, state_dir=tmp_path, environ={})

    catalog, _, found = scan_station(sources, Catalog(), site)

    assert [*diagnostics, *found] == []
    assert encode(catalog) == (ROOT / station / LOCK_NAME).read_bytes()


@pytest.mark.parametrize("station", STATIONS)
def test_editors_find_the_schema(station: str) -> None:
    for path in (ROOT / station).rglob("*.yaml"):
        first = path.read_text().splitlines()[0]
        relative = first.removeprefix("# yaml-language-server: $schema=")

        assert (path.parent / relative).resolve() == ROOT / "schema" / "station.schema.json"


def test_a_newcomer_sees_a_junction_within_four_minutes() -> None:
    catalog, _ = read_lock(ROOT / "channels" / LOCK_NAME)

    programmes = [item for item in catalog.items if item.kind in ("episode", "movie")]
    assert len(programmes) > 10
    assert all(120_000 <= (item.duration_ms or 0) <= 240_000 for item in programmes)


def play(item: MediaItem) -> GraphInput:
    sources, _ = read_sources(ROOT / "channels")
    source = next(source for source in sources if source.name == item.source)
    media = Media(
        id=item.id,
        source=item.source,
        kind=item.kind,
        title=item.title,
        duration_ms=item.duration_ms,
        locator=item.locator,
    )
    place = Place(
        media_root=ROOT, channel_name="It's on", title="100% [real]; \\o/", start_ms=1_767_225_600_000
    )
    playable = open_source(source, {}).resolve(media, place)
    assert isinstance(playable, GraphInput)
    return playable


@pytest.mark.ffmpeg
@pytest.mark.parametrize("id_", DRAWN)
def test_an_item_of_the_default_station_is_drawn_and_heard(id_: str, ffmpeg: str) -> None:
    catalog, _ = read_lock(ROOT / "channels" / LOCK_NAME)
    playable = play(next(item for item in catalog.items if item.id == id_))
    assert playable.audio is not None

    done = subprocess.run(
        [
            *(ffmpeg, "-hide_banner", "-loglevel", "warning", "-nostdin"),
            *("-f", "lavfi", "-i", playable.video, "-f", "lavfi", "-i", playable.audio, "-t", "0.1"),
            *("-f", "framemd5", "-map", "0:v", "-map", "1:a", "pipe:1"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stderr == ""
    assert "#dimensions 0: 1280x720" in done.stdout
    frames = [line.split(",")[0] for line in done.stdout.splitlines() if not line.startswith("#")]
    assert frames.count("0") == 3
    assert "1" in frames
