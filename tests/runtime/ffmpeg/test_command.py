import shlex
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import font_lato
import msgspec
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from stations import HD

from exstv.catalog.model import Stream
from exstv.errors import CannotStart
from exstv.sources.base import DEMUXERS, FileInput, GraphInput, Openable, RelayedInput
from exstv.sources.graph import escaped
from exstv.timeline.model import Profile
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.ffmpeg.filters import TONE_MAPPING
from runtime.ffmpeg.pickers import Picks
from runtime.ffmpeg.subtitles import PictureSubtitles, TextSubtitles
from runtime.ffmpeg.watermark import Watermark

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

SOUND = Stream(index=2, type="audio", codec="aac")


def graph(video: str, audio: str | None) -> GraphInput:
    return GraphInput(video=video, audio=audio)


def file(path: str) -> FileInput:
    return FileInput(path=path)


def argv_of(source: Openable, **changes: object) -> list[str]:
    given: dict[str, object] = {"in_point_ms": 0, "frames": 50, "profile": SMALL, **changes}
    return encode_argv(EncodeSpec(ffmpeg="ffmpeg", input=source, **given))  # type: ignore[arg-type]


def test_the_whole_command_of_a_film_joined_in_the_middle() -> None:
    argv = argv_of(file("/films/It's -y.mkv"), in_point_ms=61_500)
    assert shlex.join(argv) == " ".join(
        [
            "ffmpeg -hide_banner -nostdin -loglevel warning -ss 61.500 -protocol_whitelist file",
            "-format_whitelist matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mpegts,mpeg,mpegvideo,avi,asf,flv,"
            "ogg,m4v,h264,hevc,mp3,aac,flac,wav",
            "-i 'file:/films/It'\"'\"'s -y.mkv' -filter_complex",
            "'[0:v:0]bwdif=mode=send_frame:deint=interlaced,scale=w=trunc(iw*sar/2)*2:h=ih,"
            "scale=160:90:force_original_aspect_ratio=decrease:out_color_matrix=bt709:out_range=tv,"
            "pad=160:90:-1:-1,fps=25/1:start_time=0,tpad=stop=-1:stop_mode=clone,format=yuv420p,setsar=1,"
            "trim=end_frame=50,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709[v]'",
            "-map '[v]'",
            "-c:v libx264 -preset ultrafast -profile:v high -level 1.2 -pix_fmt yuv420p -keyint_min 25",
            "-sc_threshold 0 -b:v 200000 -maxrate 200000 -bufsize 400000 -g 25 -bf 0",
            "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv",
            "-filter_complex",
            "'[0:a:0]aresample=48000:async=1:first_pts=0,aformat=channel_layouts=2c,apad[a]'",
            "-map '[a]' -c:a aac -b:a 64000 -ac 2 -ar 48000 -t 2.000000 -sn -dn",
            "-map_metadata -1 -map_chapters -1",
            "-f mpegts -pes_payload_size 0 -muxdelay 0.02 pipe:1",
        ]
    )


def test_what_an_input_lacks_is_made_up() -> None:
    silent = argv_of(graph("testsrc", None))
    assert "anullsrc=r=48000:cl=stereo" in silent and graphs(silent)[1].startswith("[1:a:0]aresample")
    radio = argv_of(file("/a.mp3"), picks=Picks(None, SOUND, None))
    assert "color=c=black:s=160x90:r=25/1" in radio
    assert graphs(radio)[0].startswith("[1:v:0]bwdif") and graphs(radio)[1].startswith("[0:2]aresample")


def test_the_graphs_of_a_film_that_wears_everything() -> None:
    picks = Picks(Stream(index=0, type="video", codec="hevc", transfer="smpte2084"), SOUND, None)
    argv = argv_of(
        file("/a.mkv"),
        in_point_ms=2_000,
        picks=picks,
        subtitles=TextSubtitles("/state/it's.mks", styled=False),
        watermark=Watermark("/state/bug.png", "bottom_left", "10%", 0.6),
        loudness=-23.0,
        filters=TONE_MAPPING,
    )
    assert argv[argv.index("png_pipe") - 1 :][:4] == ["-f", "png_pipe", "-i", "file:/state/bug.png"]
    pictures, sound = graphs(argv)
    assert pictures.replace(escaped(font_lato.font_directory), "FONTS") == (
        "[0:0]bwdif=mode=send_frame:deint=interlaced,scale=w=trunc(iw*sar/2)*2:h=ih,"
        "scale=160:90:force_original_aspect_ratio=decrease,pad=160:90:-1:-1,"
        "zscale=tin=smpte2084:pin=2020:min=2020_ncl:rin=limited:t=linear:npl=203,format=gbrpf32le,"
        "zscale=p=709,tonemap=hable:desat=0,zscale=t=709:m=709:r=limited,format=yuv420p,"
        "setpts=PTS+2.000/TB,"
        "subtitles=filename=/state/it\\\\\\'s.mks:fontsdir=FONTS:force_style=FontName=Lato,setpts=PTS-2.000/TB[v0];"
        "[1:v:0]format=rgba,colorchannelmixer=aa=0.6,"
        "scale=w=16:h=90:force_original_aspect_ratio=decrease:out_color_matrix=bt709:out_range=tv,"
        "format=yuva420p[v1];"
        "[v0][v1]overlay=x=W*0.05:y=H-h-H*0.05,"
        "fps=25/1:start_time=0,tpad=stop=-1:stop_mode=clone,format=yuv420p,setsar=1,trim=end_frame=50,"
        "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709[v]"
    )
    assert sound == (
        "[0:2]aresample=48000:async=1:first_pts=0,aformat=channel_layouts=2c,"
        "loudnorm=I=-23:TP=-2:LRA=11,aresample=48000,apad[a]"
    )


def test_sound_that_was_measured_gets_one_gain_with_a_limiter_only_where_it_needs_one() -> None:
    def sound(**measured: float) -> str:
        audio = Stream(index=1, type="audio", codec="aac", **measured)  # type: ignore[arg-type]
        picks = Picks(video=None, audio=audio, subtitle=None)
        return graphs(argv_of(file("/a.mkv"), picks=picks, loudness=-23.0))[1]

    head = "[0:1]aresample=48000:async=1:first_pts=0,aformat=channel_layouts=2c,"
    assert sound(loudness=-20.0, peak=-3.0) == f"{head}volume=-3.0dB,apad[a]"
    limiter = "alimiter=limit=0.7943:level=disabled:latency=1"
    assert sound(loudness=-30.0, peak=-8.0) == f"{head}volume=7.0dB,{limiter},apad[a]"
    assert "loudnorm=I=-23" in sound()


def test_pictures_that_are_interlaced_in_secret_are_all_made_progressive() -> None:
    video = Stream(index=0, type="video", codec="h264", frame_rate="25", interlaced=True, combed=True)
    picks = Picks(video=video, audio=None, subtitle=None)
    assert "bwdif=mode=send_frame:deint=all" in graphs(argv_of(file("/a.mkv"), picks=picks))[0]


def test_subtitle_pictures_lie_on_the_film_or_on_the_screen() -> None:
    video = Stream(index=0, type="video", codec="mpeg2video", width=720, height=576)
    disc, screen = (
        graphs(
            argv_of(
                file("/a.mkv"),
                picks=Picks(video, SOUND, None),
                subtitles=PictureSubtitles(Stream(index=3, type="subtitle", codec=codec)),
            )
        )[0]
        for codec in ("dvd_subtitle", "hdmv_pgs_subtitle")
    )
    assert "[v0];[0:3]scale=720:576[v1];[v0][v1]overlay=x=0:y=0,scale=w=trunc" in disc
    on_screen = (
        "[0:3]scale=160:90:force_original_aspect_ratio=decrease[v1];[v0][v1]overlay=x=(W-w)/2:y=(H-h)/2"
    )
    assert f"pad=160:90:-1:-1[v0];{on_screen},fps" in screen


def test_a_servers_file_is_sought_and_fetched_again_and_a_live_stream_is_not_sought() -> None:
    film = argv_of(RelayedInput(address="http://127.0.0.1:9/key/0/media.mkv"), in_point_ms=61_500)
    assert film[: film.index("-filter_complex")][5:] == [
        *("-ss", "61.500", "-protocol_whitelist", "http,tcp,crypto", "-http_proxy", ""),
        *("-format_whitelist", f"{DEMUXERS},hls,webvtt", "-rw_timeout", "10000000"),
        *("-reconnect", "1", "-reconnect_on_network_error", "1", "-reconnect_on_http_error", "502,503"),
        *("-reconnect_delay_max", "4", "-i", "http://127.0.0.1:9/key/0/media.mkv"),
    ]
    live = argv_of(RelayedInput(address="http://127.0.0.1:9/key/0/media.m3u8", live=True), in_point_ms=61_500)
    assert "-ss" not in live and "-reconnect_streamed" in live
    # Where a film ends too soon its last picture stays; a live stream that ends is connected to again.
    assert "tpad" in str(film) and "apad" in str(film)
    assert "tpad" not in str(live) and "apad" not in str(live)


@pytest.mark.ffmpeg
def test_no_address_opens_a_file(tmp_path: Path) -> None:
    film = encoded(tmp_path, graph("testsrc=s=160x90", "sine"), SMALL, frames=25).path
    for address in (f"file:{film}", str(film), f"concat:{film}"):
        argv = argv_of(RelayedInput(address=address))
        argv[0] = find_ffmpeg(None)
        done = subprocess.run(argv, capture_output=True, timeout=60)
        assert done.returncode != 0 and done.stdout == b""


def graphs(argv: list[str]) -> list[str]:
    """The graph of the pictures, and that of the sound."""
    return [after for before, after in pairwise(argv) if before == "-filter_complex"]


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
@pytest.mark.parametrize("ffmpeg", [find_ffmpeg(None), get_ffmpeg_exe()], ids=["found", "bundled"])
def test_a_source_too_long_is_cut_to_exactly_the_frames_asked_for(ffmpeg: str, tmp_path: Path) -> None:
    streams = encoded(tmp_path, graph("testsrc=s=160x90:r=60", "sine"), SMALL, frames=33, ffmpeg=ffmpeg)
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


def encoded(
    tmp_path: Path, source: Openable, profile: Profile, frames: int, ffmpeg: str | None = None
) -> Encoded:
    argv = encode_argv(EncodeSpec(ffmpeg or find_ffmpeg(None), profile, source, 0, frames))
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
