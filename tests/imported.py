"""The library of the schedules that tests import from other systems, and what they are to play.

What is expected was written by hand, from the other systems' rules, before there was an importer.
"""

from __future__ import annotations

from pathlib import Path

from compiler.load import load
from compiler.parse import parse
from compiler.validate import declared_sources, validate
from exstv.catalog.lock import definition_digest, encode, seal
from exstv.catalog.model import Chapter, MediaItem, ScannedSource
from exstv.sources.base import ScanContext
from exstv.sources.registry import open_source
from exstv.units import MINUTE_MS

HERE = Path(__file__).parent / "exstv" / "importing"
GIVEN, EXPECTED = HERE / "given", HERE / "expected"


def _clip(folder: str, name: str, minutes: int, tag: str) -> MediaItem:
    return MediaItem(
        id=f"media:{folder}/{name}.mkv",
        source="media",
        kind="clip",
        title=name.title(),
        locator=f"{folder}/{name}.mkv",
        duration_ms=minutes * MINUTE_MS,
        tags=(tag,),
    )


def _film(name: str, year: int, chapters: tuple[int, ...] = ()) -> MediaItem:
    return MediaItem(
        id=f"media:films/{name}.mkv",
        source="media",
        kind="movie",
        title=name.title(),
        locator=f"films/{name}.mkv",
        duration_ms=60 * MINUTE_MS,
        year=year,
        released=f"{year}-01-01",
        tags=("Films",),
        chapters=tuple(Chapter(start_ms=minute * MINUTE_MS) for minute in chapters),
    )


def _episode(number: int) -> MediaItem:
    return MediaItem(
        id=f"media:noir/{number}.mkv",
        source="media",
        kind="episode",
        title=f"Night {number}",
        locator=f"noir/{number}.mkv",
        duration_ms=30 * MINUTE_MS,
        show="Noir Hour",
        season=1,
        episode=number,
        guids=("tvdb:4242",),
    )


def _listed(source: str, key: int, minutes: int) -> MediaItem:
    return MediaItem(
        id=f"{source}:{key}",
        source=source,
        kind="movie",
        title=f"Film {key}",
        locator=str(key),
        duration_ms=minutes * MINUTE_MS,
    )


LIBRARY = (
    *(_episode(number) for number in (1, 2, 3, 4)),
    _film("one", 1950),
    _film("two", 1951, chapters=(0, 20, 40)),
    _film("three", 1952),
    _clip("shorts", "buoy", 5, "shorts"),
    _clip("idents", "blue", 1, "Idents"),
    _clip("bumpers", "wave", 1, "Bumpers"),
    _clip("ads", "soap", 1, "Adverts"),
    _clip("house", "jingle", 5, "House"),
    _clip("standby", "clock", 30, "Standby"),
    *(_listed(source, key, 30) for source in ("attic", "plex") for key in (4001, 4002)),
    *(_listed(source, key, 60) for source in ("attic", "plex") for key in (5001, 5002)),
)
"""What a scan would find: of the folder `media`, and of two Plex servers."""


def expected(name: str) -> list[str]:
    """The lines `HH:MM:SS media` that a schedule is to give."""
    lines = (EXPECTED / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def scanned(station: Path) -> None:
    """Writes the lock of a station: M3U lists are read, everything else is of the library."""
    documents, _ = validate(parse(load(station)[0])[0])
    sources = declared_sources(documents)
    items = [item for item in LIBRARY if item.source in {source.name for source in sources}]
    for source in sources:
        if source.type == "m3u":
            context = ScanContext(media_root=station, progress=lambda done, total, what: None)
            items += open_source(source, {}).scan(context).items
    known = {each.name: ScannedSource(items=0, definition=definition_digest(each)) for each in sources}
    (station / "catalog.lock").write_bytes(encode(seal(items, known)))
