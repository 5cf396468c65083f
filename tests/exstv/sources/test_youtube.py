"""Videos of sites as sources: yt-dlp's generic extractor against pages and media of the test's own."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from decoding import FFMPEG, encoded, pictures, tone
from serving import Shelf, shelved
from stations import HD

from exstv.catalog.lock import encode, seal
from exstv.catalog.model import MediaItem
from exstv.clock import SystemClock
from exstv.errors import ExstvError
from exstv.sources import video_pages, youtube
from exstv.sources.base import Place, ScanContext, ScanResult, UrlInput, as_media
from exstv.sources.probing import ProbeSpec
from exstv.sources.relay import Relay
from exstv.sources.youtube import MARGIN_MS, YoutubeSource
from runtime.ffmpeg.command import EncodeSpec

PLACE = Place(media_root=Path("/"), channel_name="One", title="One", start_ms=0)
NOW_MS = 1_796_000_000_000
KEY = "k3y-of-the-house"
SMALL = msgspec.structs.replace(HD, width=160, height=90, frame_rate_num=25, preset="ultrafast")
MakeClip = Callable[..., Path]


class SetClock(SystemClock):
    now = NOW_MS

    def now_ms(self) -> int:
        return self.now


def source(url: str, limit: int = 10, clock: SetClock | None = None) -> YoutubeSource:
    definition = json.dumps({"url": url, "limit": limit})
    return YoutubeSource("tube", definition, {"TUBE_KEY": KEY}, ProbeSpec(workers=1), clock or SetClock())


def scan(source: YoutubeSource, *known: MediaItem) -> ScanResult:
    return source.scan(
        ScanContext(media_root=Path("/"), known=known, progress=lambda done, total, what: None)
    )


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, make_clip: MakeClip) -> Path:
    return make_clip(tmp_path_factory.mktemp("film") / "film.mp4", 3)


def page(address: str, *names: str) -> bytes:
    """A page as sites have them, with the videos in it."""
    shown = "".join(f'<video src="{address}/{name}"></video>' for name in names)
    return f"<html><head><title>Harbour Nights</title></head><body>{shown}</body></html>".encode()


@pytest.mark.ffmpeg
def test_a_video_on_a_page_is_scanned_and_plays_from_its_own_address(clip: Path) -> None:
    with shelved(Shelf({"/film.mp4": clip.read_bytes()})) as shelf:
        shelf.bodies["/watch"] = page(shelf.address, "film.mp4")
        tube = source(f"{shelf.address}/watch?key=${{TUBE_KEY}}")
        (item,) = (result := scan(tube)).items
        assert result.diagnostics == () and KEY not in encode(seal(result.items, {})).decode()
        played = tube.resolve(as_media(item), PLACE)
        asked = len(shelf.asked)
        assert scan(tube, item).items == (item,)
    # yt-dlp counts the videos of a page.
    assert item.title == "Harbour Nights (1)" and item.duration_ms and abs(item.duration_ms - 3000) < 100
    assert [stream.codec for stream in item.streams] == ["h264", "aac"]
    assert played.url == f"{shelf.address}/film.mp4" and not played.live
    # What is known is not looked at again: the page alone was asked for.
    assert {path.partition("?")[0] for path, _ in shelf.asked[asked:]} == {"/watch"}


@pytest.mark.ffmpeg
def test_an_hls_stream_and_a_file_alone_are_videos_too(clip: Path, ffmpeg: str, tmp_path: Path) -> None:
    pieces = ["-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", str(tmp_path / "list.m3u8")]
    subprocess.run([ffmpeg, "-loglevel", "error", "-i", str(clip), *pieces], check=True)
    bodies = {f"/{path.name}": path.read_bytes() for path in tmp_path.glob("list*")}
    with shelved(Shelf({**bodies, "/film.mp4": clip.read_bytes()})) as shelf:
        for name in ("list.m3u8", "film.mp4"):
            tube = source(f"{shelf.address}/{name}")
            (item,) = scan(tube).items
            assert tube.resolve(as_media(item), PLACE).url == f"{shelf.address}/{name}"
            assert item.duration_ms and abs(item.duration_ms - 3000) < 200


@pytest.mark.ffmpeg
def test_pictures_and_sound_from_two_addresses_play_together_from_any_place(
    ffmpeg: str, tmp_path: Path
) -> None:
    # A second of 440 Hz, then 1000 Hz: what is heard tells from where on.
    made = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=4"]
    made += ["-f", "lavfi", "-i", "aevalsrc=sin(2*PI*t*if(lt(t\\,1)\\,440\\,1000)):d=4"]
    made += ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-map", "0", "-map", "1"]
    made += ["-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-master_pl_name", "master.m3u8"]
    made += ["-var_stream_map", "v:0,agroup:a a:0,agroup:a", str(tmp_path / "part%v.m3u8")]
    subprocess.run([ffmpeg, "-loglevel", "error", *made], check=True)
    bodies = {f"/{path.name}": path.read_bytes() for path in tmp_path.iterdir()}
    with shelved(Shelf(bodies)) as shelf:
        tube = source(f"{shelf.address}/master.m3u8")
        (item,) = scan(tube).items
        found = tube.resolve(as_media(item), PLACE)
        stream = asyncio.run(played(found, 1_500))
        del shelf.bodies["/part1.m3u8"]
        with pytest.raises(ExstvError, match="answers"):
            tube.resolve(as_media(item), PLACE)
    assert item.duration_ms == pytest.approx(4000, abs=200) and item.streams == ()
    assert found.sound is not None and found.url != found.sound.url
    assert tone(stream) == pytest.approx(1000, abs=20)
    assert len(pictures(stream)) == 25 and pictures(stream)[0].max() > 200


async def played(found: UrlInput, in_point_ms: int) -> bytes:
    async with Relay() as relay:
        opened = relay.open(found)
        try:
            return await asyncio.to_thread(encoded, EncodeSpec(FFMPEG, SMALL, opened.input, in_point_ms, 25))
        finally:
            opened.close()


def test_an_address_is_kept_until_shortly_before_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = SetClock(), []
    with shelved(Shelf({"/a": b"film", "/b": b"film"})) as shelf:

        def described(address: str) -> dict[str, object]:
            asked.append(address)
            expire = (clock.now + 2 * MARGIN_MS) // 1000
            formats = [
                {"url": f"{shelf.address}/{name}?expire={expire}&n={len(asked)}", "height": height}
                for name, height in (("a", 720), ("b", 360))
            ]
            return {"formats": formats}

        # What yt-dlp tells of a page of YouTube's, which no test can ask.
        monkeypatch.setattr(youtube, "described", described)
        tube = source("https://tube.example/", clock=clock)
        item = MediaItem(
            id="tube:x",
            source="tube",
            kind="clip",
            title="X",
            locator="https://tube.example/x",
            duration_ms=9,
        )

        def played() -> str:
            return tube.resolve(as_media(item), PLACE).url.removeprefix(shelf.address).partition("?")[0]

        assert (played(), played(), len(asked)) == ("/a", "/a", 1)
        clock.now += MARGIN_MS
        assert (played(), len(asked)) == ("/a", 2)
        # The best format fails: the next one plays, without another question.
        del shelf.bodies["/a"]
        assert (played(), len(asked)) == ("/b", 2)
        del shelf.bodies["/b"]
        with pytest.raises(ExstvError, match="no address of `tube:x` answers"):
            played()
        assert len(asked) == 3


def test_a_list_is_taken_as_it_tells_of_itself_and_no_video_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flat = [
        {
            "id": "x1",
            "url": "https://tube.example/watch?v=x1",
            "ie_key": "Youtube",
            "title": "One",
            "duration": 61.5,
            "channel": "Harbour TV",
            "upload_date": "20260306",
            "chapters": [{"start_time": 5.0, "title": "Quay"}],
        },
        {"id": "x2", "url": "https://tube.example/watch?v=x2", "title": "Cam", "live_status": "is_live"},
        {"id": "x3", "url": "https://tube.example/watch?v=x3", "title": "Mine", "availability": "private"},
        {"id": "x4", "url": "https://tube.example/watch?v=x4", "title": "Soon", "live_status": "is_upcoming"},
    ]
    monkeypatch.setattr(youtube, "listed", lambda address, limit: flat[:limit])
    result = scan(source("https://tube.example/list"))
    one, cam = result.items
    assert (one.id, one.locator, one.duration_ms, one.studio) == (
        "tube:x1",
        "https://tube.example/watch?v=x1",
        61_500,
        "Harbour TV",
    )
    assert (one.released, one.year, one.guids) == ("2026-03-06", 2026, ("youtube:x1",))
    assert one.chapters[0].start_ms == 5000
    assert (cam.kind, cam.duration_ms) == ("live", None)
    assert [found.message.partition("left out: ")[2] for found in result.diagnostics] == [
        "it is not open to everybody",
        "it has not begun yet",
    ]
    assert [item.id for item in scan(source("https://tube.example/list", limit=1)).items] == ["tube:x1"]


def test_a_channels_lists_are_opened_and_the_limit_holds_over_all_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = {
        "channel": {
            "entries": [
                {"ie_key": "YoutubeTab", "url": "videos"},
                None,
                {"ie_key": "YoutubeTab", "url": "live"},
            ]
        },
        "videos": {"entries": [{"id": "a"}, {"id": "b"}]},
        "live": {"entries": [{"id": "c"}, {"id": "d"}]},
    }
    monkeypatch.setattr(video_pages, "_ask", lambda address, options: pages[address])
    assert [entry["id"] for entry in video_pages.listed("channel", 3)] == ["a", "b", "c"]
    assert video_pages.described("videos") == {"id": "a"}


@pytest.mark.parametrize("path", ["gone", "text"])
def test_a_page_without_a_video_is_told_without_its_address(path: str) -> None:
    nothing = {"/text": b"<html><title>Nothing</title></html>"}
    with shelved(Shelf(nothing)) as shelf, pytest.raises(ExstvError) as caught:
        scan(source(f"{shelf.address}/{path}?key=${{TUBE_KEY}}"))
    said = str(caught.value)
    assert said and KEY not in said and "://" not in said
