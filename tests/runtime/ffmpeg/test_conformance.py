"""When a stream is sent as it is, and that it then joins what is encoded."""

from __future__ import annotations

import io
import subprocess
from itertools import islice, pairwise
from pathlib import Path

import av
import msgspec
import pytest
from stations import HD
from watching import check_decoding, check_packets

from exstv.catalog.model import Stream
from exstv.catalog.streams import first
from exstv.sources.base import FileInput, GraphInput
from exstv.sources.probe import probe
from exstv.sources.probed import Probed
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.ffmpeg.codecs import stream_format
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.ffmpeg.conformance import Copies, Use, audio_obstacle, copies, video_obstacle
from runtime.mpegts.slate import first_audio_frame
from runtime.mpegts.splice import Splicer

PROFILE = msgspec.structs.replace(HD, frame_rate_num=25, copy_when_conformant=True)
PICTURES = Stream(
    index=0,
    type="video",
    codec="h264",
    profile="High",
    level=31,
    width=1280,
    height=720,
    frame_rate="25",
    interlaced=False,
    shape="1:1",
    pixel_format="yuv420p",
    colour="1/1/1/1",
    reorder=2,
    frames=500,
    closed_gop=50,
    even_gop=True,
)
SOUND = Stream(index=1, type="audio", codec="aac", profile="LC", channels=2, sample_rate=48000)


def use(in_point_ms: int = 0, frames: int = 500, *, dressed: bool = False, **changes: object) -> Use:
    return Use(msgspec.structs.replace(PICTURES, **changes), SOUND, in_point_ms, frames, dressed)


def test_what_is_as_the_profile_wants_it_is_copied() -> None:
    assert copies(PROFILE, use()) == Copies(video=True, audio=True)
    assert copies(msgspec.structs.replace(PROFILE, copy_when_conformant=False), use()) == Copies()


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({"codec": "hevc"}, "codec"),
        ({"profile": "Main"}, "profile"),
        ({"level": 40}, "level"),
        ({"level": None}, "level"),
        ({"width": 1920}, "size"),
        ({"shape": "16:15"}, "pixel shape"),
        ({"frame_rate": "24"}, "frame rate"),
        ({"frame_rate": None}, "frame rate"),
        ({"pixel_format": "yuv420p10le"}, "pixel format"),
        ({"colour": None}, "colour"),
        ({"colour": "1/9/9/16"}, "colour"),
        ({"interlaced": True}, "interlacing"),
        ({"interlaced": None}, "interlacing"),
        ({"closed_gop": None}, "groups of pictures"),
        ({"closed_gop": 51}, "length of groups of pictures"),
        ({"reorder": 5}, "order of pictures"),
        ({"reorder": None}, "order of pictures"),
        ({"dressed": True}, "watermark or subtitles"),
    ],
)
def test_pictures_that_differ_are_encoded_and_their_sound_is_not(
    changes: dict[str, object], obstacle: str
) -> None:
    played = use(**changes)  # type: ignore[arg-type]
    assert video_obstacle(PROFILE, played) == obstacle
    assert copies(PROFILE, played) == Copies(audio=True)


@pytest.mark.parametrize(
    ("in_point_ms", "frames", "even", "obstacle"),
    [
        (0, 500, False, ""),
        (0, 499, False, ""),  # a length that was rounded
        (0, 502, False, ""),
        (0, 503, False, "out point"),
        (0, 300, True, ""),
        (0, 300, False, "out point"),
        (0, 301, True, "out point"),
        (2000, 450, True, ""),
        (2000, 450, False, "in point"),
        (2040, 449, True, "in point"),
        (2001, 450, True, ""),
        (20_000, 50, True, "in point"),
    ],
)
def test_a_copy_is_cut_at_keyframes(in_point_ms: int, frames: int, even: bool, obstacle: str) -> None:
    assert video_obstacle(PROFILE, use(in_point_ms, frames, even_gop=even)) == obstacle


def test_a_copy_inside_a_file_is_looked_for_a_little_late() -> None:
    assert copies(PROFILE, use(2000, 450)).late_ms == 20
    assert copies(PROFILE, use()).late_ms == 0


def test_inside_a_file_pictures_are_not_copied_without_their_sound() -> None:
    other = Use(PICTURES, msgspec.structs.replace(SOUND, codec="ac3"), 2000, 450)
    assert video_obstacle(PROFILE, other) == "" and copies(PROFILE, other) == Copies()


def test_a_file_of_unknown_length_is_encoded() -> None:
    unknown = Use(msgspec.structs.replace(PICTURES, frames=None), SOUND, 0, 500)
    assert video_obstacle(PROFILE, unknown) == "groups of pictures"


@pytest.mark.parametrize(
    "changes", [{"codec": "ac3"}, {"profile": "HE-AAC"}, {"channels": 6}, {"sample_rate": None}]
)
def test_sound_that_differs_is_encoded_and_the_pictures_are_not(changes: dict[str, object]) -> None:
    other = Use(PICTURES, msgspec.structs.replace(SOUND, **changes), 0, 500)
    assert copies(PROFILE, other) == Copies(video=True)


def test_loudness_needs_an_encode() -> None:
    loud = msgspec.structs.replace(PROFILE, loudness=-23.0)
    assert audio_obstacle(loud, use()) == "loudness" and not video_obstacle(loud, use())


def test_a_profile_that_copies_asks_nothing() -> None:
    forced = msgspec.structs.replace(HD, video_copy=True, audio_copy=True)
    assert copies(forced, use(40, 3, level=None)) == Copies(True, True, pytest.approx(500 / 30))
    assert copies(forced, Use(None, None, 0, 500)) == Copies()


SMALL = msgspec.structs.replace(
    PROFILE, width=192, height=108, video_bitrate=300_000, preset="superfast", gop_ms=1000
)
MAKERS = {
    "h264": "libx264 -profile:v high -level 1.2",
    "hevc": "libx265 -preset ultrafast -b:v 300k -maxrate 300k -bufsize 600k"
    " -x265-params log-level=error:open-gop=0:keyint=25",
    "mpeg2": "mpeg2video -flags +cgop -sc_threshold 1000000000",
}
CASES = [
    ("h264", "mp4", 2),
    ("h264", "mkv", 0),
    ("h264", "ts", 2),
    ("hevc", "mp4", 2),
    ("mpeg2", "ts", 2),
    ("mpeg2", "mkv", 0),
]


def film(folder: Path, codec: str, kind: str, b_frames: int) -> FileInput:
    """Another program's file of 101 pictures, which is as the profile wants it."""
    path = folder / f"film.{kind}"
    colours = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    argv = [find_ffmpeg(None), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=192x108:r=25"]
    argv += ["-f", "lavfi", "-i", "sine=f=300:r=48000", "-vf", f"{colours},format=yuv420p", "-ac", "2"]
    argv += ["-c:v", *MAKERS[codec].split(), "-g", "25", "-bf", str(b_frames), "-frames:v", "101"]
    subprocess.run([*argv, "-c:a", "aac", "-t", "4.04", path], check=True, timeout=60)
    return FileInput(path=str(path))


@pytest.mark.parametrize(("codec", "kind", "b_frames"), CASES)
@pytest.mark.ffmpeg
def test_a_copied_item_stands_between_encoded_ones_without_a_fault(
    codec: str, kind: str, b_frames: int, tmp_path: Path
) -> None:
    profile = msgspec.structs.replace(SMALL, video_codec=codec)
    source = film(tmp_path, codec, kind, b_frames)
    answer = probe(source.path)
    assert isinstance(answer, Probed)
    played = Use(first(answer.streams, "video"), first(answer.streams, "audio"), 0, 101)
    assert video_obstacle(profile, played) == audio_obstacle(profile, played) == ""
    card = GraphInput(video="testsrc=s=192x108:r=25", audio="sine")
    form = stream_format(profile, "Test", first_audio_frame(ran(EncodeSpec("", profile, card, 0, 25))))
    later = Use(played.video, played.audio, 2000, 51)
    specs = (
        EncodeSpec("", profile, card, 0, 40),
        EncodeSpec("", profile, source, 0, 101, copies=copies(profile, played)),
        EncodeSpec("", profile, card, 0, 30),
        EncodeSpec("", profile, source, 2000, 51, copies=copies(profile, later)),
        EncodeSpec("", profile, source, 0, 25, copies=Copies(audio=True)),
        EncodeSpec("", profile, source, 0, 50, copies=Copies(video=True)),
    )
    assert video_obstacle(profile, later) == ("" if kind == "mp4" else "in point")
    if kind == "mp4":
        assert pictures(ran(specs[3]), 1)[0] == pictures(Path(source.path).read_bytes(), 51)[50]
    splicer, data = Splicer(form), b""
    for spec in specs:
        splicer.begin(spec.frames)
        units = splicer.feed(ran(spec)) + splicer.end()
        data += b"".join(unit.data for unit in units)
        assert splicer.item_frames == spec.frames, spec
    judged(tmp_path, data, sum(spec.frames for spec in specs))


@pytest.mark.ffmpeg
def test_a_copy_whose_first_picture_came_without_its_dts_loses_nothing(tmp_path: Path) -> None:
    profile = msgspec.structs.replace(SMALL, video_codec="mpeg2")
    source = film(tmp_path, "mpeg2", "mkv", 0)
    # ffmpeg seeks 130 ms early where pictures may be reordered, and guesses a DTS that is not there.
    data = ran(EncodeSpec("", profile, source, 2000, 51, copies=Copies(True, True, 150)))
    slate = ran(EncodeSpec("", profile, GraphInput(video="testsrc=s=192x108:r=25", audio=None), 0, 25))
    splicer = Splicer(stream_format(profile, "Test", first_audio_frame(slate)))
    splicer.begin(51)
    units = splicer.feed(data) + splicer.end()
    assert splicer.item_frames == 51
    judged(tmp_path, b"".join(unit.data for unit in units), 51)


def pictures(data: bytes, count: int) -> list[bytes]:
    with av.open(io.BytesIO(data)) as container:
        return [bytes(frame.planes[0]) for frame in islice(container.decode(video=0), count)]


def ran(spec: EncodeSpec) -> bytes:
    argv = [find_ffmpeg(None), *encode_argv(spec)[1:]]
    done = subprocess.run(argv, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def judged(folder: Path, data: bytes, frames: int) -> None:
    path = folder / "spliced.ts"
    path.write_bytes(data)
    check_packets(path, frame_ms=40)
    check_decoding(path, "-xerror")
    with av.open(str(path)) as container:
        shown = [frame.pts for frame in container.decode(video=0)]
    assert len(shown) == frames
    assert {after - before for before, after in pairwise(shown)} == {3600}
