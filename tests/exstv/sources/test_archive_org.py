"""The Internet Archive as a source, from a server that answers as it does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from serving import Shelf, shelved

from exstv import codes
from exstv.catalog.model import MediaItem
from exstv.errors import ExstvError
from exstv.sources.archive_films import Item, films
from exstv.sources.archive_org import ArchiveOrgSource
from exstv.sources.base import Place, ScanContext, ScanResult, UrlInput, as_media
from exstv.sources.probing import ProbeSpec

PLACE = Place(media_root=Path("/"), channel_name="One", title="One", start_ms=0)
MakeClip = Callable[..., Path]
DUCK = {
    "identifier": "DuckandC1951",
    "title": "Duck and Cover",
    "date": "1951-06-01",
    "creator": "Archer Productions",
    "subject": ["Civil defense", "Cold war; Children"],
    "description": "<p>Bert the turtle &amp; friends.</p>",
    "director": "Anthony Rizzo",
    "mediatype": "movies",
}


def file(name: str, original: str = "", **facts: Any) -> dict[str, Any]:
    made = {"source": "derivative", "original": original} if original else {"source": "original"}
    return {"name": name, **made, **facts}


def source(address: str, **definition: Any) -> ArchiveOrgSource:
    written = json.dumps({"url": address, "limit": 100, **definition})
    return ArchiveOrgSource("attic", written, {}, ProbeSpec(workers=1))


def scan(source: ArchiveOrgSource, *known: MediaItem) -> ScanResult:
    return source.scan(
        ScanContext(media_root=Path("/"), known=known, progress=lambda done, total, what: None)
    )


def archive(shelf: Shelf, **items: dict[str, Any]) -> None:
    """Puts items on a shelf as the archive has them."""
    docs = [{"identifier": identifier} for identifier in sorted(items)]
    found = {"responseHeader": {"status": 0}, "response": {"numFound": len(docs), "start": 0, "docs": docs}}
    shelf.bodies["/advancedsearch.php"] = json.dumps(found).encode()
    for identifier, item in items.items():
        shelf.bodies[f"/metadata/{identifier}"] = json.dumps(item).encode()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, make_clip: MakeClip) -> bytes:
    return make_clip(tmp_path_factory.mktemp("film") / "film.mp4", 3).read_bytes()


@pytest.mark.ffmpeg
def test_what_a_query_finds_is_described_probed_and_plays_from_where_it_lies(clip: bytes) -> None:
    duck = {
        "metadata": DUCK,
        "files": [
            file("DuckandC1951.mpeg", format="MPEG2", size="400000000", length="9:16", height="480"),
            file("DuckandC1951.mp4", "DuckandC1951.mpeg", format="h.264", size=str(len(clip)), length="556"),
            file("DuckandC1951.ogv", "DuckandC1951.mpeg", format="Ogg Video", size="3000", length="556"),
            file("DuckandC1951.thumbs/1.jpg", "DuckandC1951.mpeg", format="Thumbnail"),
        ],
    }
    with shelved(Shelf({"/0/duck.mp4": clip})) as node, shelved(Shelf()) as shelf:
        archive(shelf, DuckandC1951=duck)
        shelf.redirects["/download/DuckandC1951/DuckandC1951.mp4"] = f"{node.address}/0/duck.mp4"
        attic = source(shelf.address, query="collection:prelinger", limit=5)
        (item,) = (result := scan(attic)).items
        assert result.diagnostics == ()
        probed = len(node.asked)
        assert scan(attic, item).items == (item,) and len(node.asked) == probed
        played = attic.resolve(as_media(item), PLACE)
        assert played == UrlInput(url=f"{shelf.address}/download/DuckandC1951/DuckandC1951.mp4")
    asked = parse_qs(urlsplit(shelf.asked[0][0]).query)
    assert asked["q"] == ["collection:prelinger"] and asked["rows"] == ["5"]
    assert (item.id, item.locator) == (
        "attic:DuckandC1951/DuckandC1951.mpeg",
        "DuckandC1951/DuckandC1951.mp4",
    )
    assert (item.kind, item.title, item.year, item.released) == (
        "movie",
        "Duck and Cover",
        1951,
        "1951-06-01",
    )
    assert item.tags == ("Civil defense", "Cold war", "Children")
    assert (item.plot, item.studio, item.directors) == (
        "Bert the turtle & friends.",
        "Archer Productions",
        ("Anthony Rizzo",),
    )
    # What the file says of its length goes before what the archive says.
    assert item.duration_ms and abs(item.duration_ms - 3000) < 100 and len(item.streams) == 2


@pytest.mark.ffmpeg
def test_of_an_item_with_several_films_each_is_one_and_is_called_by_its_own_name(clip: bytes) -> None:
    names = ("Harbour Tales - S01E02 - The Buoy.mp4", "extra_reel.mp4", "secret.mp4")
    listed = [file(name, format="h.264", size=str(len(clip)), length="3") for name in names]
    listed[2]["private"] = "true"
    with shelved(Shelf()) as shelf:
        archive(shelf, tales={"metadata": {"title": "Harbour Tales", "date": "1961"}, "files": listed})
        for name in names:
            shelf.bodies[f"/download/tales/{name.replace(' ', '%20')}"] = clip
        buoy, reel = scan(source(shelf.address, items=["tales"])).items
    assert (buoy.kind, buoy.show, buoy.season, buoy.episode) == ("episode", "Harbour Tales", 1, 2)
    assert (buoy.title, buoy.released, buoy.year) == ("The Buoy", None, 1961)
    assert (reel.kind, reel.title, reel.id) == ("clip", "extra reel", "attic:tales/extra_reel.mp4")


@pytest.mark.ffmpeg
def test_what_fails_is_one_diagnostic_and_what_was_known_of_it_stays(clip: bytes) -> None:
    good = {"metadata": {"title": "Good"}, "files": [file("a.mp4", format="h.264", size="1", length="3")]}
    with shelved(Shelf({"/download/good/a.mp4": clip})) as shelf:
        archive(
            shelf,
            good=good,
            closed={**good, "metadata": {"title": "Closed", "access-restricted-item": "true"}},
            dark={**good, "is_dark": True},
            gone={},
            sound={"metadata": {"title": "Sound"}, "files": [file("a.flac")]},
            dead={**good, "metadata": {"title": "Dead"}},
        )
        shelf.bodies["/metadata/odd"] = b"<html>"
        names = ["good", "closed", "dark", "gone", "sound", "dead", "odd", "away"]
        attic = source(shelf.address, items=names)
        result = scan(attic)
        (item,) = result.items
        del shelf.bodies["/metadata/good"]
        again = scan(attic, item)
    said = {found.span.file: found.message.partition("left out: ")[2] for found in result.diagnostics}
    assert said == {
        "attic:closed": "it is not open to everybody",
        "attic:dark": "it is not open to everybody",
        "attic:gone": "there is no such item",
        "attic:sound": "it holds no film that can be played",
        "attic:dead/a.mp4": "its server does not give it",
        "attic:odd": "it is described by something else than an item",
        "attic:away": "the answer is 404 Not Found",
    }
    assert {found.code for found in result.diagnostics} == {codes.MEDIA_LEFT_OUT.id}
    assert again.items == (item,) and len(again.diagnostics) == len(names)


@pytest.mark.parametrize("body", [b"<html>", b'{"error": "bad query"}', b"\xff"])
def test_a_query_that_is_not_answered_leaves_all_as_it_was(body: bytes) -> None:
    with (
        shelved(Shelf({"/advancedsearch.php": body})) as shelf,
        pytest.raises(ExstvError, match="something else than a list of items"),
    ):
        scan(source(shelf.address, query="a"))


@pytest.mark.parametrize(
    ("files", "best"),
    [
        # H.264 before what is larger, and the larger of two; not what no line carries.
        (["a.mkv 720 5", "a_512kb.mp4 240 1", "a.h264.mp4 480 2"], "a.h264.mp4"),
        (["a.h264.mp4 480 2", "a.hd.h264.mp4 720 4"], "a.hd.h264.mp4"),
        (["a.h264.mp4 2160 30", "a.small.h264.mp4 360 1"], "a.small.h264.mp4"),
        (["a.h264.mp4 720 90", "a.webm 480 2"], "a.webm"),
        # Nothing is easy: the least of them.
        (["a.h264.mp4 2160 90", "a.avi 2880 90"], "a.h264.mp4"),
        (["a.avi 0 1", "a.mpeg 0 1"], "a.mpeg"),
    ],
)
def test_the_best_file_that_a_line_carries_plays(files: list[str], best: str) -> None:
    listed = []
    for row in files:
        name, height, size = row.split()
        kind = "h.264" if "h264" in name else "MPEG4"
        megabytes = int(size) * 10_000_000
        listed.append(file(name, "a.scan", format=kind, size=str(megabytes), length="60", height=height))
    (film,) = films(msgspec.convert({"files": listed}, Item, strict=False))
    assert (film.file, film.original, film.length_ms) == (best, "a.scan", 60_000)
