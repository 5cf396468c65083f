"""Subtitle pictures as ffmpeg makes DVB subtitles of them, and where on a channel's screen they lie."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest
from decoding import FFMPEG, bitmap_subtitles, ffmpeg, probed, vobsub
from stations import HD

from exstv.catalog.model import Stream
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.ffmpeg.display_sets import plane_of, sets_argv
from runtime.mpegts.display import Plane, Region
from runtime.mpegts.display_file import DisplayFile
from runtime.mpegts.packet import CLOCK

BOX = (480, 810, 960, 120)
PGS = Stream(index=1, type="subtitle", codec="hdmv_pgs_subtitle")
DVD = Stream(index=1, type="subtitle", codec="dvd_subtitle")
CHANNEL = msgspec.structs.replace(HD, width=1280, height=720)


def made(path: Path, stream: Stream, program: str = FFMPEG) -> DisplayFile:
    done = subprocess.run(sets_argv(program, str(path), stream), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return DisplayFile(done.stdout)


def shown(file: DisplayFile, second: float) -> tuple[Region, ...]:
    number = file.at(round(second * CLOCK))
    return () if number is None else file.read(number).regions


def film(path: Path, codec: str, *spans: tuple[int, int]) -> Path:
    """A film of ten seconds with a white box in some spans, in ms."""
    pictures = path.with_suffix(".sup")
    pictures.write_bytes(bitmap_subtitles((1920, 1080), BOX, *spans))
    ffmpeg(
        # Else the first picture would begin the film.
        "-copyts",
        *("-f", "lavfi", "-i", "color=black:s=64x36:r=5:d=10", "-i", pictures, "-map", 0, "-map", 1),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:s", codec, f"file:{path}"),
    )
    return path


@pytest.mark.ffmpeg
@pytest.mark.parametrize("program", sorted({FFMPEG, find_ffmpeg(None)}))
def test_the_pictures_of_a_film_stand_at_its_times(program: str, tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv", "copy", (2_000, 3_000), (3_000, 4_500), (8_000, 9_000))
    (stream,) = (each for each in probed(path).streams if each.type == "subtitle")
    file = made(path, stream, program)
    assert file.size == (1920, 1080)
    seconds = (1.9, 2.05, 2.95, 3.05, 4.45, 4.55, 7.9, 8.1, 9.1)
    assert [bool(shown(file, second)) for second in seconds] == [
        False,
        *[True] * 4,
        *[False] * 2,
        True,
        False,
    ]
    assert shown(file, 2.5) == (Region(0, *BOX[:2]),)
    # Whatever the version, each line ends as the standard says.
    assert file.read(0).parts.count(b"\x01\x00\x00\xf0") == BOX[3]


@pytest.mark.ffmpeg
def test_the_pictures_of_a_dvd_stand_until_the_next_ones(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv", "dvdsub", (2_000, 3_000), (5_000, 6_000))
    (stream,) = (each for each in probed(path).streams if each.type == "subtitle")
    file = made(path, stream)
    # How long is the index's to say: what ffmpeg writes for a DVD has no end.
    assert not shown(file, 1.9) and shown(file, 2.5) and shown(file, 5.5)


@pytest.mark.ffmpeg
def test_pictures_beside_a_film_stand_at_its_times(tmp_path: Path) -> None:
    pictures = tmp_path / "it's [a] film.sup"
    pictures.write_bytes(bitmap_subtitles((720, 576), (180, 432, 360, 72), (3_000, 4_000), (6_000, 7_000)))
    sup = made(pictures, Stream(index=0, type="subtitle", codec="hdmv_pgs_subtitle", file=pictures.name))
    assert sup.size == (720, 576)
    assert [bool(shown(sup, second)) for second in (0.5, 2.9, 3.1, 3.9, 4.1, 6.5)] == [
        *(False, False, True, True, False, True)
    ]
    early = tmp_path / "early.sup"
    early.write_bytes(bitmap_subtitles((720, 576), (180, 432, 360, 72), (0, 1_000)))
    index = vobsub(tmp_path, "film", early)
    dvd = made(index, Stream(index=0, type="subtitle", codec="dvd_subtitle", file=index.name))
    assert shown(dvd, 0.5) and dvd.size in (None, (720, 576))


@pytest.mark.ffmpeg
def test_the_pictures_of_a_recording_stand_at_its_times(tmp_path: Path) -> None:
    blu_ray = film(tmp_path / "film.mkv", "copy", (2_000, 3_000), (6_000, 7_000))
    path = tmp_path / "recording.ts"
    path.write_bytes(
        ffmpeg("-fix_sub_duration", "-i", blu_ray, *("-map", 0, "-c:s", "dvbsub", "-f", "mpegts", "-"))
    )
    (stream,) = (each for each in probed(path).streams if each.type == "subtitle")
    assert stream.codec == "dvb_subtitle"
    file = made(path, stream)
    assert file.size == (1920, 1080)
    assert [bool(shown(file, second)) for second in (1.8, 2.5, 3.2, 6.5)] == [False, True, False, True]


def film_of(width: int, height: int, shape: str | None = None) -> Stream:
    return Stream(index=0, type="video", codec="h264", width=width, height=height, shape=shape)


@pytest.mark.parametrize(
    ("size", "stream", "film", "profile", "plane"),
    [
        ((1920, 1080), PGS, film_of(1920, 800), CHANNEL, Plane(1920, 1080)),
        # A film that does not say what its pictures are drawn for, and one of which nothing is known.
        (None, PGS, film_of(1920, 800), CHANNEL, Plane(1920, 1080)),
        (None, DVD, None, CHANNEL, Plane(720, 576)),
        # On a screen of another shape there are bars around the whole of a Blu-ray's.
        (
            (1920, 1080),
            PGS,
            None,
            msgspec.structs.replace(HD, width=640, height=480),
            Plane(1920, 1440, 0, 180),
        ),
        # A DVD's go with the film: 16:9 fills the screen, 4:3 has bars beside it, and wide ones above.
        ((720, 576), DVD, film_of(720, 576, "64:45"), CHANNEL, Plane(720, 576)),
        ((720, 576), DVD, film_of(720, 576, "16:15"), CHANNEL, Plane(960, 576, 120, 0)),
        ((720, 480), DVD, film_of(1920, 800), CHANNEL, Plane(720, 648, 0, 84)),
        ((720, 576), DVD, film_of(720, 576, "not: known"), CHANNEL, Plane(1024, 576, 152, 0)),
        # A file of the channel's own size fills it, whatever shape its pixels have.
        ((720, 576), DVD, film_of(1280, 720, "4:3"), CHANNEL, Plane(720, 576)),
        (
            *((720, 576), DVD, film_of(720, 576, "16:15")),
            *(msgspec.structs.replace(CHANNEL, scaling="stretch"), Plane(720, 576)),
        ),
        (
            *((720, 576), DVD, film_of(720, 576, "16:15")),
            *(msgspec.structs.replace(CHANNEL, scaling="crop"), Plane(720, 432, 0, -72)),
        ),
    ],
)
def test_the_plane_puts_pictures_where_the_film_is(
    size: tuple[int, int] | None, stream: Stream, film: Stream | None, profile: object, plane: Plane
) -> None:
    assert plane_of(size, stream, film, profile) == plane  # type: ignore[arg-type]
