"""The fields of a profile, seen at work from outside: each test fails when its field reaches no ffmpeg."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from av.video.frame import PictureType
from stations import LONG, write_station
from watching import Capture, Server, Viewer, check_stream, watch_in_time

from runtime.ffmpeg.binary import find_ffmpeg

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
FILMS = """
sources:
  films: {type: local, path: media, kind: movie}
channels:
  cinema: {number: 9, name: Cinema, schedule: films, profile: kept}
schedules:
  films: {kind: loop, items: [{play: films, mode: flood}]}
profiles:
  kept:
    resolution: 192x108
    frame_rate: source
    copy_when_conformant: true
    video: {bitrate: 300k, preset: superfast, gop: 1s}
"""
FILM_SECONDS = 3
COLOURS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709,format=yuv420p"


def make_film(path: Path) -> None:
    """Three seconds as the profile `kept` wants them, but with B-frames, which no encode of ours has."""
    path.parent.mkdir()
    argv = [
        find_ffmpeg(None),
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        f"testsrc2=s=192x108:r=25:d={FILM_SECONDS}",
    ]
    argv += ["-f", "lavfi", "-i", "sine=f=300:r=48000:d=2.9", "-vf", COLOURS, "-ac", "2", "-c:a", "aac"]
    argv += ["-c:v", "libx264", "-profile:v", "high", "-level", "1.2", "-g", "25", "-bf", "2"]
    subprocess.run([*argv, path], check=True, timeout=60)


def has_b_frames(capture: Capture, path: Path) -> bool:
    path.write_bytes(capture.data)
    with av.open(str(path)) as container:
        return any(frame.pict_type == PictureType.B for frame in container.decode(video=0))


def test_conformant_films_go_out_as_they_are_and_join_what_is_encoded(
    put_on_air: PutOnAir, tmp_path: Path
) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": LONG})
    make_film(folder / "media" / "Harbour (1961).mp4")
    (folder / "films.yaml").write_text(FILMS)
    server = put_on_air(folder)
    # What a slow start leaves of the first film may end between B-frames: its last picture then stays.
    first = Viewer(server, "/iptv/channel/9.ts")
    try:
        first.wait_for_seconds(FILM_SECONDS + 1)
        capture = watch_in_time(server, "/iptv/channel/9.ts", seconds=8)
    finally:
        first.leave()
    check_stream(capture, tmp_path, frame_ms=40)
    assert has_b_frames(capture, tmp_path / "kinds.ts")
    # Nothing fails; a machine that is busy may be late.
    assert server.log.count("off plan") == server.late("cinema"), server.log


def test_the_same_films_are_encoded_where_nothing_is_to_be_copied(
    put_on_air: PutOnAir, tmp_path: Path
) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": LONG})
    make_film(folder / "media" / "Harbour (1961).mp4")
    (folder / "films.yaml").write_text(FILMS.replace("copy_when_conformant: true", "scaling: pad"))
    server = put_on_air(folder)
    capture = watch_in_time(server, "/iptv/channel/9.ts", seconds=7)
    assert not has_b_frames(capture, tmp_path / "kinds.ts")


def test_a_channel_has_the_codecs_of_its_profile(put_on_air: PutOnAir, tmp_path: Path) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": (3, 4)})
    station = folder / "station.yaml"
    text = station.read_text().replace("codec: h264", "codec: hevc").replace("codec: aac", "codec: ac3")
    station.write_text(text)
    server = put_on_air(folder)
    capture = watch_in_time(server, "/iptv/channel/1.ts", seconds=6)
    check_stream(capture, tmp_path, frame_ms=1000 / 30)
    with av.open(str(tmp_path / "capture.ts")) as container:
        names = [stream.codec_context.codec.canonical_name for stream in container.streams]
    assert names == ["hevc", "ac3"]


def test_hardware_is_tried_and_the_page_says_what_came_of_it(put_on_air: PutOnAir, tmp_path: Path) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": LONG})
    station = folder / "station.yaml"
    station.write_text(station.read_text().replace("  small:\n", "  small:\n    hardware: nvenc\n"))
    server = put_on_air(folder)
    viewer = Viewer(server, "/iptv/channel/1.ts")
    viewer.wait_for_seconds(2)
    page = server.until("/", "<code>hardware: nvenc</code>: ", "h264_nvenc")
    assert "libx264" in page or "h264_nvenc</p>" in page
    assert (folder / ".exstv" / "hardware.json").exists()
    viewer.leave()
