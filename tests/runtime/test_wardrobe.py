"""What is laid over pictures, made ready by real processes: and whatever cannot be is told, in time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from decoding import FFMPEG, bitmap_subtitles, ffmpeg, probed, vobsub
from shelf import Shelf
from stations import HD

from exstv.catalog.model import Stream
from exstv.clock import SystemClock
from exstv.pictures import LARGEST_BYTES, NoPicture
from exstv.sources.base import FileInput, GraphInput, PlayableInput, UrlInput, as_media
from exstv.timeline.model import Media, Presentation, Profile
from runtime import wardrobe as module
from runtime.captions import Caption
from runtime.dressing import Dressing, Played, Wearer, dress
from runtime.ffmpeg.subtitles import Form, PictureSubtitles, TextSubtitles
from runtime.mpegts import display_file
from runtime.mpegts.display import Plane, Region
from runtime.mpegts.packet import CLOCK
from runtime.process.guards import PoolLimits
from runtime.process.pool import ProcessPool
from runtime.wardrobe import Film, NotReady, Reading, Wardrobe

pytestmark = pytest.mark.ffmpeg
PNG = b"\x89PNG\r\n\x1a\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


@contextlib.asynccontextmanager
async def opened(station: Path) -> AsyncIterator[Wardrobe]:
    clock = SystemClock()
    pool = ProcessPool(PoolLimits(), clock)
    wardrobe = Wardrobe(pool, FFMPEG, clock, lambda: station, station / "state")
    try:
        yield wardrobe
    finally:
        await wardrobe.close()
        await pool.close()


@pytest.fixture
async def wardrobe(tmp_path: Path) -> AsyncIterator[Wardrobe]:
    async with opened(tmp_path) as made:
        yield made


def draw(path: Path, size: str = "64x32") -> Path:
    ffmpeg("-f", "lavfi", "-i", f"color=red:s={size}", "-frames:v", 1, f"file:{path}")
    return path


@pytest.fixture
def serve() -> Iterator[Callable[[bytes | None], str]]:
    """A server that gives one body, 404 for None, or nothing ever for an empty one."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []
    over = threading.Event()

    def start(body: bytes | None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if body == b"":
                    over.wait()
                    return
                self.send_response(404 if body is None else 200)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/bug"

    yield start
    over.set()
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


async def why(wardrobe: Wardrobe, image: str) -> str:
    with pytest.raises((NotReady, NoPicture)) as raised:
        await wardrobe.watermark(image, due=0.0)
    return str(raised.value)


@pytest.mark.parametrize("name", ["bug.png", "bug.jpg", "bug.webp", "bug.gif", "bug.bmp", "50%d [o'x].png"])
async def test_a_picture_of_any_format_becomes_a_png(name: str, tmp_path: Path, wardrobe: Wardrobe) -> None:
    plain = draw(tmp_path / f"plain{Path(name).suffix}")
    plain.rename(tmp_path / name)
    path = Path(await wardrobe.watermark(name, due=0.0))
    assert path.read_bytes().startswith(PNG)
    assert list(path.parent.iterdir()) == [path]


async def test_a_picture_that_was_replaced_is_made_anew_and_else_kept(
    tmp_path: Path, wardrobe: Wardrobe
) -> None:
    draw(tmp_path / "bug.png")
    first = await wardrobe.watermark("bug.png", due=0.0)
    made = Path(first).stat().st_ino
    async with opened(tmp_path) as another:
        assert await another.watermark("bug.png", due=0.0) == first and Path(first).stat().st_ino == made
    draw(tmp_path / "bug.png", "32x32")
    assert await wardrobe.watermark("bug.png", due=0.0) != first


async def test_what_is_no_picture_says_so(tmp_path: Path, wardrobe: Wardrobe) -> None:
    (tmp_path / "notes.png").write_text("a red square, please")
    (tmp_path / "broken.png").write_bytes(PNG + b"and nothing more")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "huge.png").write_bytes(PNG + bytes(LARGEST_BYTES))
    assert "no such file" in await why(wardrobe, "gone.png")
    assert "it is no picture" in await why(wardrobe, "notes.png")
    assert await why(wardrobe, "broken.png")
    assert "not a file" in await why(wardrobe, "folder.png")
    assert "larger than 4 MB" in await why(wardrobe, "huge.png")


async def test_nothing_outside_of_the_station_is_shown(tmp_path: Path) -> None:
    draw(tmp_path / "private.png")
    (tmp_path / "station").mkdir()
    async with opened(tmp_path / "station") as wardrobe:
        assert "outside of the station" in await why(wardrobe, "../private.png")
        assert "outside of the station" in await why(wardrobe, str(tmp_path / "private.png"))


async def test_a_picture_comes_from_a_server(
    wardrobe: Wardrobe, serve: Callable[[bytes | None], str]
) -> None:
    path = await wardrobe.watermark(serve(SVG), due=0.0)
    assert Path(path).read_bytes().startswith(PNG)
    assert "404" in await why(wardrobe, serve(None))
    assert "larger than 4 MB" in await why(wardrobe, serve(bytes(LARGEST_BYTES + 1)))


async def test_a_server_that_does_not_answer_holds_nothing_up(
    wardrobe: Wardrobe, serve: Callable[[bytes | None], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", (0.05, 0.05))
    assert "not ready yet" in await why(wardrobe, serve(b""))


async def test_the_picture_from_before_serves_while_its_server_is_away(
    tmp_path: Path, wardrobe: Wardrobe, serve: Callable[[bytes | None], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = serve(SVG)
    path = await wardrobe.watermark(url, due=0.0)
    monkeypatch.setattr(module, "_fetch", lambda url: failed())
    async with opened(tmp_path) as another:
        assert await another.watermark(url, due=0.0) == path


async def failed() -> bytes:
    raise NotReady("its server is away")


async def test_what_was_longest_unused_goes(
    tmp_path: Path, wardrobe: Wardrobe, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(tmp_path / "one.png")
    draw(tmp_path / "two.png", "32x32")
    first = Path(await wardrobe.watermark("one.png", due=0.0))
    monkeypatch.setattr(module, "KEPT_BYTES", first.stat().st_size)
    second = Path(await wardrobe.watermark("two.png", due=0.0))
    assert second.exists() and not first.exists()


def film(path: Path) -> Media:
    """Two seconds with Dutch text, as a scan knows them."""
    text = path.with_suffix(".srt")
    text.write_text("1\n00:00:00,500 --> 00:00:01,000\nHallo!\n")
    ffmpeg(
        *("-f", "lavfi", "-i", "color=black:s=160x90:r=25:d=2", "-i", text, "-map", 0, "-map", 1),
        *("-metadata:s:s:0", "language=dut", "-c:v", "libx264", "-preset", "ultrafast", f"file:{path}"),
    )
    return media(*probed(path).streams)


def media(*streams: Stream) -> Media:
    listed = msgspec.json.encode(streams).decode()
    return Media(
        id="f:a", source="f", kind="movie", title="A", duration_ms=2_000, locator="a", streams=listed
    )


async def worn(
    wardrobe: Wardrobe,
    media: Media,
    source: PlayableInput,
    filler: bool = False,
    profile: Profile = HD,
    carried: bool = False,
    **words: object,
) -> Dressing:
    wearer = Wearer(Presentation(**words), media, Played.by(source), filler, 0.0, profile, carried)
    return await dress(wardrobe, wearer)  # type: ignore[arg-type]


async def test_the_subtitles_of_a_film_are_taken_out_once(tmp_path: Path, wardrobe: Wardrobe) -> None:
    path = tmp_path / "it's [a] film.mkv"
    known, source = film(path), FileInput(path=str(path))
    first = await worn(wardrobe, known, source, subtitle_mode="any", subtitle_languages=("nl",))
    assert isinstance(first.subtitles, TextSubtitles) and first.lacks is None
    assert b"Hallo!" in Path(first.subtitles.path).read_bytes()
    made = Path(first.subtitles.path).stat().st_ino
    again = await worn(wardrobe, known, source, subtitle_mode="any")
    assert again.subtitles == first.subtitles and Path(first.subtitles.path).stat().st_ino == made
    assert (
        await worn(wardrobe, known, source, subtitle_mode="any", subtitle_languages=("de",))
    ).subtitles is None
    assert (await worn(wardrobe, known, source)).subtitles is None


async def test_subtitles_begun_ahead_are_there_when_they_are_due(tmp_path: Path, wardrobe: Wardrobe) -> None:
    path = tmp_path / "film.mkv"
    known = film(path)
    text = probed(path).streams[1]

    async def found() -> Film:
        return Film.at(str(path))

    wardrobe.foresee_subtitles(known.id, found, Reading(text, Form.DRAWN), due=1e9)
    assert (await worn(wardrobe, known, FileInput(path=str(path)), subtitle_mode="any")).subtitles


async def test_subtitles_beside_a_film_are_found_by_a_scan_and_drawn(
    tmp_path: Path, wardrobe: Wardrobe, tiny_seeds: list[Path]
) -> None:
    shelf = Shelf(tmp_path, tiny_seeds[0])
    shelf.put("Film.mkv")
    text = "1\r\n00:00:00,000 --> 00:00:09,000\r\nПривет!\r\n"
    shelf.write("Film.ru.srt", text.encode("cp1251"))
    shelf.write("Film.en.vtt", "WEBVTT\n\n00:00.000 --> 00:09.000\nHello!\n")
    known = as_media(shelf.item("Film.mkv"))

    async def wears(language: str) -> Dressing:
        source = shelf.resolve(known)
        return await worn(wardrobe, known, source, subtitle_mode="any", subtitle_languages=(language,))

    for language, said in (("ru", "Привет!"), ("en", "Hello!")):
        found = (await wears(language)).subtitles
        assert isinstance(found, TextSubtitles) and not found.styled
        assert said.encode() in Path(found.path).read_bytes()
    # What leads out of the folder is none of the film's.
    (shelf.media / "Film.ru.srt").unlink()
    (tmp_path / "elsewhere.srt").write_bytes(text.encode())
    (shelf.media / "Film.ru.srt").symlink_to(tmp_path / "elsewhere.srt")
    assert (await wears("ru")).lacks == "without subtitles: `Film.ru.srt` is gone: run `exstv scan`"


async def test_subtitle_pictures_beside_a_film_are_found_by_a_scan_and_drawn(
    tmp_path: Path, wardrobe: Wardrobe, tiny_seeds: list[Path]
) -> None:
    shelf = Shelf(tmp_path, tiny_seeds[0])
    shelf.put("Film.mkv")
    shelf.write("Film.en.sup", bitmap_subtitles((1920, 1080), (0, 0, 8, 8), until_ms=1_000))
    vobsub(shelf.media, "Film.nl", shelf.media / "Film.en.sup")
    known = as_media(shelf.item("Film.mkv"))

    async def wears(language: str) -> Dressing:
        source = shelf.resolve(known)
        return await worn(wardrobe, known, source, subtitle_mode="any", subtitle_languages=(language,))

    for language, codec in (("en", "S_HDMV/PGS"), ("nl", "S_VOBSUB")):
        while (dressing := await wears(language)).lacks == "without subtitles: it is not ready yet":
            pass
        found = dressing.subtitles
        assert isinstance(found, PictureSubtitles) and found.path is not None
        assert codec.encode() in Path(found.path).read_bytes()
    (shelf.media / "Film.nl.sub").unlink()
    assert (await wears("nl")).lacks == "without subtitles: `Film.nl.idx` is gone: run `exstv scan`"


async def test_subtitles_that_cannot_be_had_are_left_off_and_told(tmp_path: Path, wardrobe: Wardrobe) -> None:
    text = Stream(index=1, type="subtitle", codec="subrip")
    video = Stream(index=0, type="video", codec="h264")
    (tmp_path / "film.mkv").write_bytes(b"no film at all")
    broken = FileInput(path=str(tmp_path / "film.mkv"))
    remote = UrlInput(url="http://tv.example/film.mkv")
    for source in (broken, remote):
        found = await worn(wardrobe, media(video, text), source, subtitle_mode="any")
        assert found.subtitles is None and found.picks is not None
        assert found.lacks is not None and found.lacks.startswith("without subtitles: ")


async def test_subtitle_pictures_need_nothing_ready(wardrobe: Wardrobe) -> None:
    text = Stream(index=1, type="subtitle", codec="hdmv_pgs_subtitle")
    found = await worn(wardrobe, media(text), FileInput(path=__file__), subtitle_mode="any")
    assert found.subtitles == PictureSubtitles(text) and found.lacks is None


async def test_a_watermark_stays_off_filler_unless_it_may_stay(tmp_path: Path, wardrobe: Wardrobe) -> None:
    draw(tmp_path / "bug.png")
    card = GraphInput(video="color", audio=None)

    async def shows(filler: bool, **words: object) -> bool:
        found = await worn(wardrobe, media(), card, filler, watermark_image="bug.png", **words)
        assert found.lacks is None
        return found.watermark is not None

    assert await shows(filler=False) and not await shows(filler=True)
    assert await shows(filler=True, watermark_during_filler=True)
    assert not await shows(filler=False, watermark_opacity=0.0)
    assert not await shows(filler=False, watermark_width="0%")


async def test_a_broken_watermark_is_left_off_and_told(tmp_path: Path, wardrobe: Wardrobe) -> None:
    (tmp_path / "bug.png").write_text("nothing to see")
    found = await worn(wardrobe, media(), GraphInput(video="color", audio=None), watermark_image="bug.png")
    assert found.watermark is None
    assert found.lacks == "without watermark `bug.png`: it is no picture: PNG, JPEG, WebP, GIF, BMP or SVG"


async def test_what_this_ffmpeg_can_is_known(wardrobe: Wardrobe) -> None:
    assert await wardrobe.filters() >= {"overlay", "scale", "bwdif", "loudnorm", "fps", "tpad"}


async def test_text_that_is_sent_beside_the_pictures_is_read_and_not_drawn(
    tmp_path: Path, wardrobe: Wardrobe
) -> None:
    path = tmp_path / "film.mkv"
    known, source = film(path), FileInput(path=str(path))
    found = await worn(wardrobe, known, source, subtitle_mode="any", subtitle_render="embed")
    assert (found.subtitles, found.lacks) == (None, None)
    assert found.captions.all == (Caption(500, 1000, "Hallo!"),)
    drawn = await worn(wardrobe, known, source, subtitle_mode="any")
    assert isinstance(drawn.subtitles, TextSubtitles) and drawn.captions.all == ()


EMBEDDED = {"subtitle_mode": "any", "subtitle_render": "embed"}


def pictured_film(path: Path) -> Media:
    """Two seconds with a box from 0.5 s on, as a Blu-ray has them."""
    box = path.with_suffix(".sup")
    box.write_bytes(bitmap_subtitles((1920, 1080), (480, 810, 960, 120), (500, 1_500)))
    ffmpeg(
        "-copyts",
        *("-f", "lavfi", "-i", "color=black:s=160x90:r=25:d=2", "-i", box, "-map", 0, "-map", 1),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:s", "copy", f"file:{path}"),
    )
    box.unlink()
    return media(*probed(path).streams)


async def test_subtitle_pictures_are_carried_where_the_stream_does_and_else_drawn(
    tmp_path: Path, wardrobe: Wardrobe
) -> None:
    path = tmp_path / "film.mkv"
    known, source = pictured_film(path), FileInput(path=str(path))
    (picture,) = (stream for stream in probed(path).streams if stream.type == "subtitle")
    while (found := await worn(wardrobe, known, source, carried=True, **EMBEDDED)).lacks is not None:
        # Meanwhile a viewer has them drawn, and the page says so.
        assert found.lacks == "without subtitles to turn off: it is not ready yet"
        assert found.subtitles == PictureSubtitles(picture) and found.overlay is None
    assert found.subtitles is None and found.overlay is not None
    assert found.overlay.plane == Plane(1920, 1080)
    number = found.overlay.file.at(CLOCK)
    assert number is not None and found.overlay.file.read(number).regions == (Region(0, 480, 810),)
    for carried, render in ((False, "embed"), (True, "burn")):
        drawn = await worn(
            wardrobe, known, source, carried=carried, subtitle_mode="any", subtitle_render=render
        )
        assert drawn.subtitles == PictureSubtitles(picture) and drawn.overlay is None


async def test_pictures_that_cannot_be_carried_are_drawn_or_left_off_and_told(
    wardrobe: Wardrobe,
) -> None:
    text = Stream(index=1, type="subtitle", codec="hdmv_pgs_subtitle")
    remote = UrlInput(url="http://tv.example/film.mkv")
    found = await worn(wardrobe, media(text), remote, carried=True, **EMBEDDED)
    assert found.subtitles == PictureSubtitles(text)
    assert found.lacks == "without subtitles to turn off: they are read from local files only"
    # Nothing is drawn on what goes out as it is.
    copied = msgspec.structs.replace(HD, video_copy=True)
    found = await worn(wardrobe, media(text), remote, profile=copied, carried=True, **EMBEDDED)
    assert (found.subtitles, found.overlay) == (None, None)
    assert found.lacks == "without subtitles: they are read from local files only"
    found = await worn(wardrobe, media(text), remote, profile=copied, **EMBEDDED)
    assert found.lacks == "without subtitles: the channel began without a stream for them"
    # A film that is no film.
    found = await worn(wardrobe, media(text), FileInput(path=__file__), carried=True, **EMBEDDED)
    assert found.subtitles == PictureSubtitles(text) and found.lacks is not None


async def test_pictures_too_large_for_dvb_subtitles_are_drawn(
    tmp_path: Path, wardrobe: Wardrobe, tiny_seeds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display_file, "LARGEST_BYTES", 100)
    shelf = Shelf(tmp_path, tiny_seeds[0])
    shelf.put("Film.mkv")
    shelf.write("Film.en.sup", bitmap_subtitles((1920, 1080), (0, 0, 8, 8), until_ms=1_000))
    known = as_media(shelf.item("Film.mkv"))

    async def wears() -> Dressing:
        return await worn(wardrobe, known, shelf.resolve(known), carried=True, **EMBEDDED)

    while "not ready yet" in ((found := await wears()).lacks or ""):
        pass
    assert isinstance(found.subtitles, PictureSubtitles) and found.subtitles.path is not None
    assert found.lacks == "without subtitles to turn off: a picture of it is too large for DVB subtitles"
