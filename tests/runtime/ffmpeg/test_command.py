import shlex
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import pytest
from stations import HD

from exstv.errors import CannotStart
from exstv.sources.base import FileInput, GraphInput, PlayableInput
from exstv.timeline.model import Profile
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.ffmpeg.command import EncodeSpec, encode_argv

SMALL = msgspec.structs.replace(
    HD,
    name="small",
    width=160,
    height=90,
    frame_rate_num=25,
    video_bitrate=200_000,
    preset="ultrafast",
    gop_ms=1000,
    audio_bitrate=64_000,
)


def graph(video: str, audio: str | None) -> GraphInput:
    return GraphInput(video=video, audio=audio)


def file(path: str) -> FileInput:
    return FileInput(path=path)


def argv_of(source: PlayableInput, **changes: object) -> list[str]:
    given: dict[str, object] = {"in_point_ms": 0, "frames": 50, "profile": SMALL, **changes}
    return encode_argv(EncodeSpec(ffmpeg="ffmpeg", input=source, **given))  # type: ignore[arg-type]


def test_the_whole_command_of_a_film_joined_in_the_middle() -> None:
    argv = argv_of(file("/films/It's -y.mkv"), in_point_ms=61_500)
    assert shlex.join(argv) == " ".join(
        [
            "ffmpeg -hide_banner -nostdin -loglevel warning -ss 61.500 -protocol_whitelist file",
            "-format_whitelist matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mpegts,mpeg,mpegvideo,avi,asf,flv,"
            "ogg,m4v,h264,hevc,mp3,aac,flac,wav",
            "-i 'file:/films/It'\"'\"'s -y.mkv' -map 0:v:0 -map 0:a:0",
            "-vf 'bwdif=mode=send_frame:deint=interlaced,scale=w=trunc(iw*sar/2)*2:h=ih,"
            "scale=160:90:force_original_aspect_ratio=decrease:out_color_matrix=bt709:out_range=tv,"
            "pad=160:90:-1:-1,fps=25/1:start_time=0,tpad=stop=-1:stop_mode=clone,format=yuv420p,setsar=1,"
            "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709' -frames:v 50",
            "-c:v libx264 -preset ultrafast -profile:v high -level 1.2 -pix_fmt yuv420p -keyint_min 25",
            "-sc_threshold 0 -b:v 200000 -maxrate 200000 -bufsize 400000 -g 25 -bf 0",
            "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv",
            "-af aresample=48000:async=1:first_pts=0,apad -c:a aac -b:a 64000 -ac 2 -ar 48000",
            "-t 2.000000 -sn -dn -map_metadata -1 -map_chapters -1",
            "-f mpegts -pes_payload_size 0 -muxdelay 0.7 pipe:1",
        ]
    )


def test_what_an_input_lacks_is_made_up() -> None:
    silent = argv_of(graph("testsrc", None))
    assert "anullsrc=r=48000:cl=stereo" in silent and silent[silent.index("-map") + 3] == "1:a:0"
    radio = argv_of(file("/a.mp3"), has_video=False)
    assert "color=c=black:s=160x90:r=25/1" in radio and radio[radio.index("-map") + 1] == "1:v:0"


@pytest.mark.parametrize("scaling", ["pad", "crop", "stretch"])
@pytest.mark.parametrize("size", ["320x100", "90x160"])
@pytest.mark.ffmpeg
def test_every_picture_leaves_in_the_profiles_shape(scaling: str, size: str, tmp_path: Path) -> None:
    profile = msgspec.structs.replace(SMALL, scaling=scaling)
    streams = encoded(tmp_path, graph(f"testsrc=s={size}:r=10", "sine"), profile, frames=5)
    assert (streams.width, streams.height, streams.frames) == (160, 90, 5)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(50)])
@pytest.mark.ffmpeg
def test_a_source_too_short_is_held_to_exactly_the_frames_asked_for(rate: Fraction, tmp_path: Path) -> None:
    profile = msgspec.structs.replace(SMALL, frame_rate_num=rate.numerator, frame_rate_den=rate.denominator)
    source = graph("testsrc=s=160x90:r=12:d=0.4", "sine=d=0.3")
    streams = encoded(tmp_path, source, profile, frames=61)
    assert streams.frames == 61
    assert abs(streams.sound_seconds - 61 / rate) < 0.06


@pytest.mark.ffmpeg
def test_a_source_too_long_is_cut_to_exactly_the_frames_asked_for(tmp_path: Path) -> None:
    streams = encoded(tmp_path, graph("testsrc=s=160x90:r=60", "sine"), SMALL, frames=33)
    assert streams.frames == 33
    assert abs(streams.sound_seconds - 33 / 25) < 0.06


@pytest.mark.ffmpeg
def test_a_playlist_in_a_films_clothes_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ts"
    encoded(tmp_path, graph("testsrc=s=160x90", "sine"), SMALL, frames=25).path.rename(secret)
    evil = tmp_path / "film.mkv"
    evil.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n")
    argv = encode_argv(EncodeSpec(find_ffmpeg(None), SMALL, file(str(evil)), 0, 25))
    done = subprocess.run(argv, capture_output=True, timeout=60)
    assert done.returncode != 0 and done.stdout == b""


def test_a_configured_ffmpeg_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"ffmpeg\.path"):
        find_ffmpeg(str(tmp_path / "ffmpeg"))


def test_a_configured_ffmpeg_comes_before_the_one_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "path").mkdir()
    configured, on_path = tmp_path / "mine", tmp_path / "path" / "ffmpeg"
    for program in (configured, on_path):
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_ffmpeg(str(configured)) == str(configured)
    assert find_ffmpeg(None) == str(on_path)
    on_path.unlink()
    assert "imageio_ffmpeg" in find_ffmpeg(None)


class Encoded(msgspec.Struct):
    """What came out."""

    path: Path
    width: int
    height: int
    frames: int
    sound_seconds: float


def encoded(tmp_path: Path, source: PlayableInput, profile: Profile, frames: int) -> Encoded:
    argv = encode_argv(EncodeSpec(find_ffmpeg(None), profile, source, 0, frames))
    done = subprocess.run(argv, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    path = tmp_path / "out.ts"
    path.write_bytes(done.stdout)
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        count = sum(1 for _ in container.decode(video))
        width, height = video.width, video.height
    with av.open(str(path)) as container:
        sound = sum(frame.samples for frame in container.decode(audio=0))
    return Encoded(path, width, height, count, sound / profile.sample_rate)
