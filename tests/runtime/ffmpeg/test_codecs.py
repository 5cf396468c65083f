"""What each encoder is told, and that what it gives splices with the slate and with more of itself."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import av
import msgspec
import pytest
from stations import HD
from watching import check_decoding, check_packets

from exstv.sources.base import GraphInput
from exstv.sources.probe import probe
from exstv.sources.probed import Probed
from exstv.timeline.model import Profile
from runtime.ffmpeg.binary import find_ffmpeg
from runtime.ffmpeg.codecs import (
    SOFTWARE,
    Encoder,
    Hardware,
    audio_args,
    codec_level,
    codec_profile,
    device_args,
    encoder_name,
    frame_rate,
    gop_frames,
    last_filters,
    stream_format,
    video_args,
)
from runtime.ffmpeg.command import EncodeSpec, encode_argv
from runtime.mpegts.slate import Slate, first_audio_frame
from runtime.mpegts.splice import Splicer

SMALL = msgspec.structs.replace(
    HD, width=192, height=108, frame_rate_num=25, video_bitrate=300_000, preset="ultrafast", gop_ms=1000
)
RATE = "-b:v 3000000 -maxrate 3000000 -bufsize 6000000 -g 60 -bf 0"
COLOUR = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"
ARGUMENTS = {
    ("h264", "none"): "libx264 -preset veryfast -profile:v high -level 3.1 -pix_fmt yuv420p -keyint_min 60"
    " -sc_threshold 0",
    ("hevc", "none"): "libx265 -preset veryfast -x265-params keyint=60:min-keyint=60:scenecut=0:open-gop=0"
    ":bframes=0:repeat-headers=1:log-level=error -pix_fmt yuv420p",
    ("mpeg2", "none"): "mpeg2video -flags +cgop -sc_threshold 1000000000 -pix_fmt yuv420p",
    ("h264", "nvenc"): "h264_nvenc -preset p2 -profile:v high -rc vbr -rc-lookahead 0 -no-scenecut 1"
    " -forced-idr 1 -pix_fmt yuv420p",
    ("hevc", "nvenc"): "hevc_nvenc -preset p2 -profile:v main -rc vbr -rc-lookahead 0 -no-scenecut 1"
    " -forced-idr 1 -pix_fmt yuv420p",
    ("h264", "qsv"): "h264_qsv -preset veryfast -profile:v high -idr_interval 0 -pix_fmt nv12",
    ("hevc", "qsv"): "hevc_qsv -preset veryfast -profile:v main -idr_interval 0 -pix_fmt nv12",
    ("mpeg2", "qsv"): "mpeg2_qsv -preset veryfast -profile:v main -pix_fmt nv12",
    ("h264", "vaapi"): "h264_vaapi -profile:v high -rc_mode VBR -idr_interval 0",
    ("hevc", "vaapi"): "hevc_vaapi -profile:v main -rc_mode VBR -idr_interval 0",
    ("mpeg2", "vaapi"): "mpeg2_vaapi -profile:v main -rc_mode VBR -idr_interval 0",
    ("h264", "videotoolbox"): "h264_videotoolbox -profile:v high -allow_sw 0 -prio_speed 1 -pix_fmt nv12",
    ("hevc", "videotoolbox"): "hevc_videotoolbox -profile:v main -allow_sw 0 -prio_speed 1 -pix_fmt nv12",
    ("h264", "amf"): "h264_amf -usage transcoding -quality speed -rc vbr_peak -profile:v high"
    " -header_spacing 60 -pix_fmt nv12",
    ("hevc", "amf"): "hevc_amf -usage transcoding -quality speed -rc vbr_peak -profile:v main"
    " -gops_per_idr 1 -header_insertion_mode idr -pix_fmt nv12",
}
ENCODERS = [(codec, Hardware(hardware)) for codec, hardware in ARGUMENTS]


def of(codec: str, **changes: object) -> Profile:
    return msgspec.structs.replace(HD, video_codec=codec, **changes)


@pytest.mark.parametrize(("codec", "hardware"), ENCODERS)
def test_the_arguments_of_each_encoder(codec: str, hardware: Hardware) -> None:
    args = shlex.join(video_args(of(codec), Encoder(hardware)))
    assert args == f"-c:v {ARGUMENTS[codec, hardware.value]} {RATE} {COLOUR}"


@pytest.mark.parametrize(
    ("preset", "prompt"),
    [
        ("veryfast", ["-rc-lookahead", "4", "-x264-params", "sliced-threads=1", "-force_key_frames", "1"]),
        ("superfast", ["-x264-params", "sliced-threads=1", "-force_key_frames", "1"]),
    ],
)
def test_x264_hurries_where_somebody_waits_for_the_first_picture(preset: str, prompt: list[str]) -> None:
    profile = of("h264", preset=preset)
    usual = video_args(profile)
    place = usual.index("-b:v")
    assert video_args(profile, prompt=True) == [*usual[:place], *prompt, *usual[place:]]


@pytest.mark.ffmpeg
@pytest.mark.parametrize(("prompt", "keyframes"), [(False, [0, 2, 4]), (True, [0, 1, 3, 5])])
def test_the_first_group_is_short_where_somebody_waits(
    prompt: bool, keyframes: list[int], tmp_path: Path
) -> None:
    picture, path = f"testsrc2=s=320x180:r={frame_rate(HD)}:d=6", tmp_path / "coded.mkv"
    argv = [find_ffmpeg(None), "-v", "error", "-f", "lavfi", "-i", picture]
    subprocess.run([*argv, *video_args(HD, prompt=prompt), path], check=True)
    with av.open(path) as container:
        found = [packet.pts * packet.time_base for packet in container.demux() if packet.is_keyframe]
    assert found == pytest.approx(keyframes, abs=0.05)


@pytest.mark.parametrize(
    ("codec", "hardware"), [each for each in ENCODERS if each != ("h264", Hardware.NONE)]
)
def test_no_other_encoder_is_told_to_hurry(codec: str, hardware: Hardware) -> None:
    assert video_args(of(codec), Encoder(hardware), prompt=True) == video_args(of(codec), Encoder(hardware))


def test_every_encoder_that_there_is_was_looked_at() -> None:
    every = {(codec, kind) for codec in ("h264", "hevc", "mpeg2") for kind in Hardware}
    assert {pair for pair in every if encoder_name(*pair)} == set(ENCODERS)


@pytest.mark.parametrize(("codec", "hardware"), ENCODERS)
@pytest.mark.ffmpeg
def test_ffmpeg_knows_every_option_of_every_encoder_that_it_has(codec: str, hardware: Hardware) -> None:
    name = encoder_name(codec, hardware) or ""
    asked = [find_ffmpeg(None), "-hide_banner", "-h", f"encoder={name}"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    if "is not recognized" in told or f"Encoder {name}" not in told:
        pytest.skip(f"this ffmpeg has no {name}")
    common = {"-c:v", "-b:v", "-maxrate", "-bufsize", "-g", "-bf", "-pix_fmt", "-sc_threshold", "-flags"}
    common |= {"-keyint_min", "-colorspace", "-color_primaries", "-color_trc", "-color_range"}
    for option in re.findall(r"(?<!\S)-[a-z][\w:-]*", shlex.join(video_args(of(codec), Encoder(hardware)))):
        assert option in common or re.search(rf"^ +{option.removesuffix(':v')} ", told, re.MULTILINE), option


def test_only_va_api_needs_the_pictures_brought_to_a_device() -> None:
    named = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    device = Encoder(Hardware.VAAPI, "/dev/dri/renderD128")
    assert device_args(device) == ["-vaapi_device", "/dev/dri/renderD128"]
    assert last_filters(device) == [named, "format=nv12", "hwupload"]
    assert device_args(Encoder(Hardware.NVENC)) == []
    assert last_filters(Encoder(Hardware.NVENC)) == last_filters(SOFTWARE) == [named]


def test_the_device_stands_before_the_inputs_and_the_upload_ends_the_chain() -> None:
    source = GraphInput(video="testsrc", audio=None)
    argv = encode_argv(EncodeSpec("ffmpeg", HD, source, 0, 50, encoder=Encoder(Hardware.VAAPI, "/dev/dri/a")))
    assert argv.index("-vaapi_device") < argv.index("-i")
    assert argv[argv.index("-filter_complex") + 1].endswith(",format=nv12,hwupload[v]")


@pytest.mark.parametrize(
    ("codec", "args"),
    [
        ("aac", "-c:a aac -b:a 160000 -ac 2 -ar 48000"),
        ("ac3", "-c:a ac3 -b:a 160000 -ac 2 -ar 48000"),
        ("mp2", "-c:a mp2 -b:a 160000 -ac 2 -ar 48000"),
    ],
)
def test_the_arguments_of_sound(codec: str, args: str) -> None:
    assert shlex.join(audio_args(msgspec.structs.replace(HD, audio_codec=codec))) == args


@pytest.mark.parametrize(
    ("codec", "changes", "level"),
    [
        ("h264", {}, 31),
        ("h264", {"frame_rate_num": 60}, 32),
        ("h264", {"width": 1920, "height": 1080}, 40),
        ("h264", {"width": 1920, "height": 1080, "frame_rate_num": 60}, 42),
        ("h264", {"video_bitrate": 60_000_000}, 50),
        ("hevc", {}, 93),
        ("hevc", {"width": 3840, "height": 2160}, 150),
        ("mpeg2", {"width": 720, "height": 576}, 8),
        ("mpeg2", {}, 6),
    ],
)
def test_the_level_is_the_lowest_that_holds_the_profile(
    codec: str, changes: dict[str, int], level: int
) -> None:
    assert codec_level(of(codec, **changes)) == level


PAIRS = [("h264", "aac"), ("h264", "mp2"), ("hevc", "ac3"), ("mpeg2", "mp2"), ("mpeg2", "ac3")]


@pytest.mark.parametrize(("video", "audio"), PAIRS)
@pytest.mark.ffmpeg
def test_items_and_slate_of_each_codec_become_one_stream(video: str, audio: str, tmp_path: Path) -> None:
    profile = msgspec.structs.replace(SMALL, video_codec=video, audio_codec=audio, audio_bitrate=128_000)
    slate = encoded(profile, "color=c=navy:s=192x108:r=25", None, frames=25)
    first = encoded(profile, "testsrc=s=192x108:r=25", "sine=f=440", frames=60)
    second = encoded(profile, "testsrc2=s=90x160:r=30000/1001", None, frames=31)
    form = stream_format(profile, "Test", first_audio_frame(slate))
    splicer, units = Splicer(form), []
    for data, frames in ((first, 60), (second, 31), (first, 20)):
        splicer.begin(frames)
        units += splicer.feed(data) + splicer.end()
    units += Slate(form, slate).play(splicer, 10)
    assert splicer.frames == 121
    judged(tmp_path, b"".join(unit.data for unit in units), frames=121, profile=profile)


@pytest.mark.parametrize("video", ["h264", "hevc", "mpeg2"])
@pytest.mark.parametrize("preset", ["ultrafast", "superfast"])
@pytest.mark.ffmpeg
def test_pictures_are_what_the_profile_says_they_are(video: str, preset: str, tmp_path: Path) -> None:
    profile = msgspec.structs.replace(SMALL, video_codec=video, preset=preset)
    path = tmp_path / "out.ts"
    path.write_bytes(encoded(profile, "testsrc=s=192x108:r=25", None, frames=60))
    answer = probe(str(path))
    assert isinstance(answer, Probed)
    found = answer.streams[0]
    assert (found.profile, found.level) == (codec_profile(profile), codec_level(profile))
    assert (found.colour, found.pixel_format, found.shape) == ("1/1/1/1", "yuv420p", "1:1")
    assert (found.frames, found.closed_gop) == (60, gop_frames(profile))


def encoded(profile: Profile, video: str, audio: str | None, frames: int) -> bytes:
    source = GraphInput(video=video, audio=audio)
    argv = encode_argv(EncodeSpec(find_ffmpeg(None), profile, source, 0, frames))
    done = subprocess.run(argv, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def judged(folder: Path, data: bytes, frames: int, profile: Profile) -> None:
    """The independent checker, ffmpeg and libav find nothing amiss, and every picture."""
    path = folder / "spliced.ts"
    path.write_bytes(data)
    check_packets(path, frame_ms=40)
    check_decoding(path, "-xerror")
    with av.open(str(path)) as container:
        names = [stream.codec_context.codec.canonical_name for stream in container.streams]
        assert sum(1 for _ in container.decode(video=0)) == frames
    assert names == [profile.video_codec.replace("mpeg2", "mpeg2video"), profile.audio_codec]
