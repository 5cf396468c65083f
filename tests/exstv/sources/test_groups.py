"""What the probe tells of groups of pictures, and that it says nothing where it cannot be sure."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from exstv.catalog.model import Stream
from exstv.sources import groups
from exstv.sources.probe import probe
from exstv.sources.probed import Probed
from runtime.ffmpeg.binary import find_ffmpeg

pytestmark = pytest.mark.ffmpeg


def made(path: Path, *options: str, rate: str = "25", source: str = "testsrc2=s=96x64") -> Stream:
    argv = [find_ffmpeg(None), "-v", "error", "-f", "lavfi", "-i", f"{source}:r={rate}", "-frames:v", "70"]
    subprocess.run([*argv, *options, path], check=True, timeout=60)
    answer = probe(str(path))
    assert isinstance(answer, Probed)
    return answer.streams[0]


def seen(stream: Stream) -> tuple[int | None, int | None, bool]:
    return stream.frames, stream.closed_gop, stream.even_gop


@pytest.mark.parametrize("rate", ["24000/1001", "30"])
@pytest.mark.parametrize("b_frames", ["0", "3"])
def test_even_closed_groups_are_known(rate: str, b_frames: str, tmp_path: Path) -> None:
    options = ("-c:v", "libx264", "-g", "20", "-sc_threshold", "0", "-bf", b_frames)
    assert seen(made(tmp_path / "a.mp4", *options, rate=rate)) == (70, 20, True)
    # Only an index finds a keyframe again, and this format has none that is exact.
    assert seen(made(tmp_path / "a.mkv", *options, rate=rate)) == (70, 20, False)


def test_the_index_of_a_long_file_tells_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("-c:v", "libx264", "-g", "20", "-sc_threshold", "0", "-bf", "3")
    whole = made(tmp_path / "a.mp4", *options)
    monkeypatch.setattr(groups, "WHOLE_FILE", 0)
    assert made(tmp_path / "a.mp4", "-y", *options) == whole
    assert seen(made(tmp_path / "a.mkv", *options)) == (None, None, False)


def test_groups_of_different_lengths_have_a_longest(tmp_path: Path) -> None:
    forced = ("-c:v", "libx264", "-g", "40", "-sc_threshold", "0", "-force_key_frames", "0.4,0.8")
    assert seen(made(tmp_path / "a.mp4", *forced)) == (70, 40, False)


@pytest.mark.parametrize(
    "options",
    [
        ("-c:v", "libx265", "-x265-params", "log-level=error:open-gop=1:keyint=20:bframes=3"),
        ("-c:v", "mpeg2video", "-g", "20", "-bf", "2"),
        ("-c:v", "libx264", "-x264-params", "open-gop=1:keyint=20:bframes=3:scenecut=0"),
    ],
)
def test_of_open_groups_nothing_is_known(options: tuple[str, ...], tmp_path: Path) -> None:
    assert seen(made(tmp_path / "a.mkv", *options)) == (None, None, False)


def test_of_pictures_of_different_lengths_nothing_is_known(tmp_path: Path) -> None:
    options = ("-vf", "setpts=PTS+mod(N\\,7)*0.02/TB", "-fps_mode", "vfr", "-c:v", "libx264", "-bf", "0")
    assert seen(made(tmp_path / "a.mp4", *options)) == (None, None, False)


def test_what_a_decoder_is_set_up_for_is_known(tmp_path: Path) -> None:
    stream = made(tmp_path / "a.mp4", "-vf", "setsar=16/15,format=yuv422p10le", "-c:v", "libx264")
    assert (stream.profile, stream.pixel_format, stream.shape) == ("High 4:2:2", "yuv422p10le", "16:15")
    assert stream.colour is None
