"""Direct links as sources: probed where they are, and played with what the environment adds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from serving import Shelf, dripping, shelved

from exstv import codes
from exstv.catalog.lock import encode, seal
from exstv.catalog.model import MediaItem
from exstv.errors import ExstvError
from exstv.sources.base import Place, ScanContext, ScanResult, UrlInput, as_media
from exstv.sources.probing import ProbeSpec
from exstv.sources.url import UrlSource

KEY = "k3y-of-the-house"
PLACE = Place(media_root=Path("/"), channel_name="One", title="One", start_ms=0)
MakeClip = Callable[..., Path]


def source(
    *items: Mapping[str, Any], environ: Mapping[str, str] | None = None, limit_s: float = 30
) -> UrlSource:
    probing = ProbeSpec(workers=1, limit_s=limit_s)
    return UrlSource("direct", json.dumps({"items": items}), environ or {}, probing)


def scan(source: UrlSource, *known: MediaItem) -> ScanResult:
    return source.scan(
        ScanContext(media_root=Path("/"), known=known, progress=lambda done, total, what: None)
    )


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, make_clip: MakeClip) -> bytes:
    return make_clip(tmp_path_factory.mktemp("film") / "film.mp4", 3, metadata={"title": "Tag"}).read_bytes()


@pytest.mark.ffmpeg
def test_a_film_is_probed_where_it_is_and_what_is_written_goes_before(film: bytes) -> None:
    with shelved(Shelf({"/film.mp4": film}, query=f"k={KEY}", required={"X-Key": KEY})) as shelf:
        url = f"{shelf.address}/film.mp4"
        asked = {"title": "Film", "url": f"{url}?k=${{KEY}}", "headers": {"X-Key": "${KEY}"}, "year": 1961}
        short = {**asked, "id": "short", "duration_ms": 1000, "genres": ["Noir"]}
        links = source(asked, short, environ={"KEY": KEY})
        result = scan(links)
        assert result.diagnostics == ()
        whole, cut = result.items
        assert KEY not in encode(seal(result.items, {})).decode()
        assert links.resolve(as_media(whole), PLACE) == UrlInput(
            url=f"{url}?k={KEY}", headers=(("X-Key", KEY),)
        )
    assert (whole.id, whole.locator, whole.title, whole.year) == (f"direct:{url}", url, "Film", 1961)
    assert whole.duration_ms and abs(whole.duration_ms - 3000) < 100
    assert [(stream.type, stream.codec) for stream in whole.streams] == [("video", "h264"), ("audio", "aac")]
    assert (cut.id, cut.duration_ms, cut.genres) == ("direct:short", 1000, ("Noir",))


@pytest.mark.ffmpeg
def test_an_hls_film_is_probed_and_a_live_stream_is_not(ffmpeg: str, film: bytes, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(film)
    pieces = ["-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", str(tmp_path / "list.m3u8")]
    subprocess.run([ffmpeg, "-loglevel", "error", "-i", str(tmp_path / "film.mp4"), *pieces], check=True)
    bodies = {f"/{path.name}": path.read_bytes() for path in tmp_path.glob("list*")}
    bodies["/live.m3u8"] = bodies["/list.m3u8"].replace(b"#EXT-X-ENDLIST", b"")
    with shelved(Shelf(bodies)) as shelf:
        names = ("list", "live")
        written = [{"id": name, "title": name, "url": f"{shelf.address}/{name}.m3u8"} for name in names]
        links = source(*written, {**written[1], "id": "cam", "kind": "live"})
        result = scan(links)
    vod, cam = result.items
    assert vod.id == "direct:list" and vod.duration_ms and abs(vod.duration_ms - 3000) < 200
    assert (cam.id, cam.kind, cam.duration_ms, cam.streams) == ("direct:cam", "live", None, ())
    assert links.resolve(as_media(cam), PLACE).live
    (found,) = result.diagnostics
    assert found.message == "`direct:live` is left out: it has no duration"


@pytest.mark.ffmpeg
def test_what_cannot_be_probed_is_one_diagnostic_and_what_was_known_stays(film: bytes) -> None:
    bodies = {"/film.mp4": film, "/text.mp4": b"<html>nothing</html>", "/mean.mp4": b"#EXTM3U\n/etc/passwd\n"}
    with shelved(Shelf(bodies)) as shelf, dripping(film, fast=10) as (slow, _):
        urls = [f"{shelf.address}/{name}.mp4" for name in ("film", "gone", "text", "mean")]
        urls += [f"{slow}/slow.mp4", "file:///etc/passwd", "http://127.0.0.1:9/nobody.mp4"]
        written = [{"title": f"{n}", "id": f"{n}", "url": url} for n, url in enumerate(urls)]
        result = scan(source(*written, limit_s=5))
        before = result.items[0]
        del shelf.bodies["/film.mp4"]
        again = scan(source(written[0]), before)
    assert [item.id for item in result.items] == ["direct:0"]
    assert [(found.code, found.span.file) for found in result.diagnostics] == [
        (codes.MEDIA_LEFT_OUT.id, f"direct:{n}") for n in range(1, len(urls))
    ]
    said = {found.span.file[-1]: found.message.partition("left out: ")[2] for found in result.diagnostics}
    assert said["1"] == said["6"] == "its server does not give it"
    assert said["2"] == "it is no media file that can be read"
    assert said["4"] == "reading it took more than 5 s"
    assert said["5"] == "the address of `direct:5` does not begin with http or https"
    assert again.items == (before,) and len(again.diagnostics) == 1


def test_what_the_environment_lacks_is_told_and_an_item_that_is_gone_does_not_play() -> None:
    links = source({"title": "A", "id": "a", "url": "http://tv.example/${NOT_SET}"})
    (found,) = scan(links).diagnostics
    assert found.message == "`direct:a` is left out: the environment variable `NOT_SET` is not set"
    gone = MediaItem(id="direct:b", source="direct", kind="clip", title="B", locator="", duration_ms=1)
    with pytest.raises(ExstvError, match="`direct:b` is not written in its source any more"):
        links.resolve(as_media(gone), PLACE)


def test_a_date_that_is_none_is_reported() -> None:
    live = {"title": "A", "id": "a", "url": "http://tv.example/a", "kind": "live", "released": "soon"}
    result = scan(source(live))
    assert [found.code for found in result.diagnostics] == [codes.BAD_FACT.id] and len(result.items) == 1
