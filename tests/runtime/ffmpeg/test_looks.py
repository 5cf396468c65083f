"""What presentation, interlacing and HDR do to the pictures and the sound, by a real ffmpeg's output."""

from __future__ import annotations

import io
import subprocess
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from decoding import FFMPEG, bitmap_subtitles, encoded, ffmpeg, pictures, probed, tone, vobsub
from hypothesis import given, settings
from hypothesis import strategies as st
from stations import HD

from exstv.catalog.model import MediaItem, Stream
from exstv.sources.base import FileInput, GraphInput
from exstv.sources.deep import look
from exstv.sources.looked import Looked, deepened
from exstv.timeline.model import Presentation
from runtime.ffmpeg.binary import filters_argv, read_filters
from runtime.ffmpeg.command import EncodeSpec
from runtime.ffmpeg.pickers import Picks, pick
from runtime.ffmpeg.picture_files import merge_argv
from runtime.ffmpeg.subtitles import PictureSubtitles, TextSubtitles, extract_argv, text_filters
from runtime.ffmpeg.watermark import Watermark, width_px

pytestmark = pytest.mark.ffmpeg
SCREEN = msgspec.structs.replace(
    HD,
    name="screen",
    width=320,
    height=180,
    frame_rate_num=25,
    video_bitrate=2_000_000,
    preset="ultrafast",
    gop_ms=1000,
)
BLACK = GraphInput(video="color=black:s=320x180:r=25", audio=None)


def spec(source: FileInput | GraphInput, frames: int = 5, **more: object) -> EncodeSpec:
    given: dict[str, object] = {"in_point_ms": 0, "profile": SCREEN, **more}
    return EncodeSpec(ffmpeg=FFMPEG, input=source, frames=frames, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def filters() -> frozenset[str]:
    listed = subprocess.run(filters_argv(FFMPEG), capture_output=True, check=True).stdout
    return read_filters(listed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("looks")


@pytest.fixture(scope="module")
def bug(folder: Path) -> str:
    """A red square."""
    path = folder / "bug.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", 1, f"file:{path}")
    return str(path)


@pytest.fixture(scope="module")
def film(folder: Path) -> Path:
    """Eight black seconds: English is 440 Hz, Dutch 1000 Hz, and Dutch text stands from 1 s to 3 s."""
    text = folder / "film.srt"
    text.write_text("1\n00:00:01,000 --> 00:00:03,000\nHallo, wereld!\n", encoding="utf-8")
    path = folder / "film.mkv"
    ffmpeg(
        *("-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=8"),
        *("-f", "lavfi", "-i", "sine=f=440:d=8", "-f", "lavfi", "-i", "sine=f=1000:d=8", "-i", text),
        *("-map", 0, "-map", 1, "-map", 2, "-map", 3, "-c:v", "libx264", "-preset", "ultrafast"),
        *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=dut"),
        *("-metadata:s:s:0", "language=dut", "-c:a", "aac", "-c:s", "srt", f"file:{path}"),
    )
    return path


def lit(picture: np.ndarray) -> tuple[float, float] | None:
    """Where what is not black lies: its middle, from 0 to 1 across and down."""
    rows, columns = np.nonzero(picture.sum(axis=2) > 90)
    if not len(rows):
        return None
    height, width, _ = picture.shape
    return float(columns.mean() / width), float(rows.mean() / height)


@pytest.mark.parametrize(
    ("position", "across", "down"),
    [
        ("top_left", 0.10, 0.14),
        ("top_right", 0.90, 0.14),
        ("bottom_left", 0.10, 0.86),
        ("bottom_right", 0.90, 0.86),
        ("center", 0.5, 0.5),
    ],
)
def test_a_watermark_stands_where_it_must_to_the_last_picture(
    position: str, across: float, down: float, bug: str
) -> None:
    shown = pictures(encoded(spec(BLACK, watermark=Watermark(bug, position, "10%", 1.0), frames=30)))
    assert len(shown) == 30
    for picture in (shown[0], shown[-1]):
        assert lit(picture) == pytest.approx((across, down), abs=0.02)


def test_a_watermark_is_as_large_and_as_faint_as_it_must_be(bug: str) -> None:
    solid, faint = (
        pictures(encoded(spec(BLACK, watermark=Watermark(bug, "center", "80", opacity), frames=1)))[0]
        for opacity in (1.0, 0.5)
    )
    assert np.count_nonzero(solid[:, :, 0] > 90) == pytest.approx(80 * 80, rel=0.1)
    assert solid[90, 160, 0] > 200 and 90 < faint[90, 160, 0] < 160


@pytest.mark.parametrize(("width", "pixels"), [("8%", 26), ("160", 160), ("9999", 320), ("1", 2)])
def test_a_width_is_in_per_cent_or_pixels_and_no_more_than_the_screens(width: str, pixels: int) -> None:
    assert width_px(width, SCREEN) == pixels


def test_the_dutch_sound_is_the_one_heard(film: Path) -> None:
    streams = probed(film).streams
    source = FileInput(path=str(film))
    for languages, frequency in (((), 440), (("nl", "en"), 1000), (("de", "eng"), 440)):
        picks = pick(streams, Presentation(audio_languages=languages))
        assert tone(encoded(spec(source, 25, picks=picks))) == pytest.approx(frequency, abs=20)


def test_text_is_drawn_at_its_time_wherever_the_item_is_joined(film: Path, folder: Path) -> None:
    stream = next(each for each in probed(film).streams if each.type == "subtitle")
    text = folder / "it's [a]: 100%, text.mks"
    text.write_bytes(ffmpeg(*extract_argv(FFMPEG, str(film), stream)[1:]))
    subtitles = TextSubtitles(str(text), styled=False)
    source = FileInput(path=str(film))
    # From 0.5 s on: nothing until 1 s.
    early = pictures(encoded(spec(source, 25, in_point_ms=500, subtitles=subtitles)))
    assert lit(early[5]) is None and lit(early[20]) == pytest.approx((0.5, 0.9), abs=0.1)
    late = pictures(encoded(spec(source, 25, in_point_ms=2_500, subtitles=subtitles)))
    assert lit(late[5]) is not None and lit(late[20]) is None


@pytest.mark.parametrize(("codec", "screen"), [("copy", (1920, 1080)), ("dvdsub", (720, 576))])
def test_subtitle_pictures_are_laid_over_at_their_place(
    codec: str, screen: tuple[int, int], folder: Path
) -> None:
    width, height = screen
    subtitles = folder / f"{codec}.sup"
    box = (width // 4, height * 3 // 4, width // 2, height // 8)
    subtitles.write_bytes(bitmap_subtitles(screen, box, until_ms=1_000))
    path = folder / f"{codec}.mkv"
    # A film that is 16:9 on the screen: wide pixels on the disc.
    film = f"color=black:s={width}x{height}:r=25:d=2,setdar=16/9"
    ffmpeg(
        *("-f", "lavfi", "-i", film, "-i", subtitles, "-map", 0, "-map", 1),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:s", codec, f"file:{path}"),
    )
    video, text = probed(path).streams
    picks = Picks(video, None, None)
    given = {"picks": picks, "subtitles": PictureSubtitles(text), "frames": 50}
    shown = pictures(encoded(spec(FileInput(path=str(path)), **given)))
    assert lit(shown[12]) == pytest.approx((0.5, 0.81), abs=0.02)
    # ffmpeg's DVD encoder writes no end.
    assert codec == "dvdsub" or lit(shown[40]) is None
    assert np.count_nonzero(shown[12].sum(axis=2) > 300) == pytest.approx(320 * 180 / 16, rel=0.15)


@pytest.mark.parametrize("codec", ["hdmv_pgs_subtitle", "dvd_subtitle"])
def test_subtitle_pictures_of_another_file_are_laid_over_at_their_time(
    codec: str, film: Path, tmp_path: Path
) -> None:
    beside = tmp_path / "it's [a] film.sup"
    beside.write_bytes(bitmap_subtitles((720, 576), (180, 432, 360, 72), until_ms=1_000))
    if codec == "dvd_subtitle":
        beside = vobsub(tmp_path, "it's [a] film", beside)
    merged = tmp_path / "merged.mks"
    text = Stream(index=0, type="subtitle", codec=codec, file=beside.name)
    merged.write_bytes(ffmpeg(*merge_argv(FFMPEG, str(beside), text)[1:]))
    video, sound, *_ = probed(film).streams
    given = {"picks": Picks(video, sound, None), "subtitles": PictureSubtitles(text, str(merged))}
    # Nothing comes any more for six seconds, and nothing waits for it.
    shown = pictures(encoded(spec(FileInput(path=str(film)), 150, **given)))
    assert len(shown) == 150 and lit(shown[12]) == pytest.approx((0.5, 0.81), abs=0.02)
    if codec == "hdmv_pgs_subtitle":
        late = pictures(encoded(spec(FileInput(path=str(film)), 25, in_point_ms=2_500, **given)))
        assert lit(shown[40]) is None and lit(late[5]) is None


def test_interlaced_pictures_leave_progressive(folder: Path) -> None:
    path = folder / "interlaced.ts"
    # Two fields of different times: a bar that moves, woven into combed frames.
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=50:d=1,tinterlace=interleave_top,setfield=tff"),
        *("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-b:v", "4M", f"file:{path}"),
    )
    video = probed(path).streams[0]
    assert video.interlaced
    picks = Picks(video, None, None)
    source = FileInput(path=str(path))
    combed = combing(encoded(spec(source, 20, picks=picks, profile=replaced(deinterlace="off"))))
    assert combing(encoded(spec(source, 20, picks=picks))) < combed * 0.7


def test_every_field_becomes_a_picture_where_the_profile_has_time_for_it(folder: Path) -> None:
    path = folder / "fields.ts"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=50:d=1,tinterlace=interleave_top,setfield=tff"),
        *("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-b:v", "4M", f"file:{path}"),
    )
    picks = Picks(probed(path).streams[0], None, None)
    profile = replaced(frame_rate_num=50, deinterlace="auto")
    shown = pictures(encoded(spec(FileInput(path=str(path)), 40, picks=picks, profile=profile)))
    changed = [bool(np.abs(one - two).mean() > 0.5) for one, two in pairwise(shown)]
    assert sum(changed[5:]) > 30


def replaced(**changes: object) -> object:
    return msgspec.structs.replace(SCREEN, **changes)


def combing(stream: bytes) -> float:
    """How much neighbouring lines differ against lines two apart: the mark of two woven fields."""
    lines = np.stack([picture[:, :, 1] for picture in pictures(stream)[3:]])
    return float(np.abs(lines[:, 1:-1] * 2 - lines[:, :-2] - lines[:, 2:]).mean())


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_plays_in_sdrs_colours(transfer: str, folder: Path, filters: frozenset[str]) -> None:
    path = folder / f"{transfer}.mkv"
    tags = f"setparams=color_trc={transfer}:color_primaries=bt2020:colorspace=bt2020nc:range=tv"
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25:d=1,format=yuv420p10le,{tags}"),
        *("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"),
        f"file:{path}",
    )
    video = probed(path).streams[0]
    assert video.transfer == transfer
    given = {"picks": Picks(video, None, None), "frames": 10}
    mapped = pictures(encoded(spec(FileInput(path=str(path)), filters=filters, **given)))
    plain = pictures(encoded(spec(FileInput(path=str(path)), **given)))
    assert len(mapped) == len(plain) == 10
    assert np.abs(mapped[5] - plain[5]).mean() > 5


NAMES = st.text(" '\":;,[]\\%=@|$`~#*?{}()!&<>abcZé\t\n-0d", min_size=1, max_size=30)


@given(names=st.lists(NAMES, min_size=1, max_size=8))
@settings(max_examples=5, deadline=None)
def test_no_name_of_a_file_is_read_as_something_else(
    names: list[str], folder: Path, film: Path, bug: str
) -> None:
    drawn = []
    for name in names:
        path = folder / f"{name}.srt"
        path.write_text("1\n00:00:00,000 --> 00:00:09,000\nx\n")
        drawn += text_filters(TextSubtitles(str(path), styled=False), 0)
    graph = ",".join(["color=black:s=64x64:d=0.1", *drawn])
    ffmpeg("-filter_complex", f"{graph}[v]", "-map", "[v]", "-f", "null", "-")
    path, mark = folder / f"{names[0]}.mkv", folder / f"{names[0]}.png"
    path.write_bytes(film.read_bytes())
    mark.write_bytes(Path(bug).read_bytes())
    watermark = Watermark(str(mark), "center", "10%", 1.0)
    assert lit(pictures(encoded(spec(FileInput(path=str(path)), 1, watermark=watermark)))[0])


def test_a_loud_and_a_quiet_item_are_heard_alike() -> None:
    def level(volume: float) -> float:
        source = GraphInput(video=BLACK.video, audio=f"sine=f=440:r=48000,volume={volume}")
        return loudness(encoded(spec(source, 150, loudness=-23.0)))

    assert level(0.1) == pytest.approx(level(3.0), abs=2)


def test_sound_that_was_measured_gets_one_gain_and_its_peaks_are_held(tmp_path: Path) -> None:
    # Loud for a third of the time: what is quiet stays quieter by as much.
    level = "volume='if(lt(mod(t,3),1),0.5,0.05)':eval=frame"
    path = tmp_path / "tone.mkv"
    ffmpeg("-f", "lavfi", "-i", f"sine=f=440:r=48000,{level}", "-t", 6, "-c:a", "pcm_s16le", f"file:{path}")
    looked = look(str(path))
    assert isinstance(looked, Looked)
    item = MediaItem(id="a:a", source="a", kind="clip", title="a", locator="a", streams=probed(path).streams)
    streams = deepened(item, looked).streams
    (sound,) = (each for each in streams if each.type == "audio")

    def heard(wanted: float) -> tuple[float, float, float]:
        stream = encoded(
            spec(FileInput(path=str(path)), 150, picks=pick(streams, Presentation()), loudness=wanted)
        )
        (tmp_path / "out.ts").write_bytes(stream)
        found = look(str(tmp_path / "out.ts"))
        assert isinstance(found, Looked)
        with av.open(io.BytesIO(stream)) as container:
            samples = np.concatenate([each.to_ndarray().mean(axis=0) for each in container.decode(audio=0)])
        loud, quiet = (np.sqrt((samples[int(at * 48000) :][:24000] ** 2).mean()) for at in (3.25, 4.5))
        return found.sounds[0].loudness, found.sounds[0].peak, float(20 * np.log10(loud / quiet))

    assert sound.loudness is not None and sound.peak is not None
    loudness_, _, span = heard(-30)
    assert loudness_ == pytest.approx(-30, abs=1) and span == pytest.approx(20, abs=0.5)
    _, peak, _ = heard(-5)
    assert peak <= -1


def loudness(stream: bytes) -> float:
    with av.open(io.BytesIO(stream)) as container:
        sound = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)])
    # The middle: loudnorm begins by listening.
    part = sound[len(sound) // 2 : -len(sound) // 8]
    return float(20 * np.log10(np.sqrt((part**2).mean())))
