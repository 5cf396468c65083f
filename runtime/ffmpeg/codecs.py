"""Profile + what encodes -> the arguments of the encoders, and what the splicer is to expect of them. Pure.

Whatever encodes, the pictures come in closed groups of one length, the first of which may be shorter, without
B-frames, in 8 bits 4:2:0, with their headers at each keyframe: the stream may be cut after any picture. Which
encoders work here is hardware.py's to find out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from exstv.catalog.streams import MOST_REORDERED
from exstv.timeline.model import Profile
from runtime.mpegts.stream import StreamFormat


class Hardware(StrEnum):
    """The kinds of encoders, by the words of the station language."""

    NONE = "none"
    NVENC = "nvenc"
    QSV = "qsv"
    VAAPI = "vaapi"
    VIDEOTOOLBOX = "videotoolbox"
    AMF = "amf"


@dataclass(frozen=True)
class Encoder:
    """What encodes pictures; `device` is the node that VA-API and Quick Sync open."""

    hardware: Hardware = Hardware.NONE
    device: str = ""


SOFTWARE = Encoder()

_SOFTWARE_NAMES = {"h264": "libx264", "hevc": "libx265", "mpeg2": "mpeg2video"}
_NO_MPEG2 = {Hardware.NVENC, Hardware.VIDEOTOOLBOX, Hardware.AMF}

_PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
)  # fmt: skip
_NVENC_PRESETS = ("p1", "p1", "p2", "p3", "p3", "p4", "p5", "p6", "p7")
_QSV_PRESETS = ("veryfast", "veryfast", *_PRESETS[2:])
_AMF_QUALITIES = ("speed",) * 5 + ("balanced",) + ("quality",) * 3

PROMPT_LOOKAHEAD = 4
"""Pictures that x264 looks ahead where somebody waits for its first one, instead of 10 or more.

Its threads then also share a picture, instead of holding one each. At 720p `veryfast` on two cores the first
keyframe was whole after 140 ms instead of 196. It costs 0.2 to 0.4 dB (0.001 SSIM) at 0.5 to 4 Mb/s, which
only a channel's first item pays. `-tune zerolatency` took 112 ms but cost up to 1.9 dB (0.008 SSIM): it does
not weigh macroblocks by what becomes of them (mbtree). Looking ahead at none cost as much and took 161 ms.
"""

PROMPT_GROUP_SECONDS = 1
"""Length of the first group where somebody waits: of HLS nothing comes before a whole group of pictures."""

_VIDEO_TYPES = {"h264": 0x1B, "hevc": 0x24, "mpeg2": 0x02}
_AUDIO_TYPES = {"aac": (0x0F, 1024), "ac3": (0x81, 1536), "mp2": (0x03, 1152)}
"""Of the PMT (ISO/IEC 13818-1, table 2-34; ATSC A/53), and the samples of a frame."""

_H264_LEVELS = (
    (10, 99, 1485, 64, 175), (11, 396, 3000, 192, 500), (12, 396, 6000, 384, 1000),
    (13, 396, 11_880, 768, 2000), (20, 396, 11_880, 2000, 2000), (21, 792, 19_800, 4000, 4000),
    (22, 1620, 20_250, 4000, 4000), (30, 1620, 40_500, 10_000, 10_000), (31, 3600, 108_000, 14_000, 14_000),
    (32, 5120, 216_000, 20_000, 20_000), (40, 8192, 245_760, 20_000, 25_000),
    (41, 8192, 245_760, 50_000, 62_500), (42, 8704, 522_240, 50_000, 62_500),
    (50, 22_080, 589_824, 135_000, 135_000), (51, 36_864, 983_040, 240_000, 240_000),
    (52, 36_864, 2_073_600, 240_000, 240_000), (60, 139_264, 4_177_920, 240_000, 240_000),
    (61, 139_264, 8_355_840, 480_000, 480_000), (62, 139_264, 16_711_680, 800_000, 800_000),
)  # fmt: skip
"""level_idc, macroblocks a picture and a second, kilobits a second and in the buffer (H.264, table A-1)."""

_HEVC_LEVELS = (
    (30, 36_864, 552_960, 128), (60, 122_880, 3_686_400, 1500), (63, 245_760, 7_372_800, 3000),
    (90, 552_960, 16_588_800, 6000), (93, 983_040, 33_177_600, 10_000), (120, 2_228_224, 66_846_720, 12_000),
    (123, 2_228_224, 133_693_440, 20_000), (150, 8_912_896, 267_386_880, 25_000),
    (153, 8_912_896, 534_773_760, 40_000), (156, 8_912_896, 1_069_547_520, 60_000),
    (180, 35_651_584, 1_069_547_520, 60_000), (183, 35_651_584, 2_139_095_040, 120_000),
    (186, 35_651_584, 4_278_190_080, 240_000),
)  # fmt: skip
"""level_idc, samples a picture and a second, kilobits a second and in the buffer (H.265, A.8 and A.9)."""


def frame_rate(profile: Profile) -> Fraction:
    """The profile's frames a second."""
    return Fraction(profile.frame_rate_num, profile.frame_rate_den)


def gop_frames(profile: Profile) -> int:
    """Pictures from one keyframe to the next."""
    return max(1, round(profile.gop_ms * frame_rate(profile) / 1000))


def encoder_name(codec: str, hardware: Hardware) -> str | None:
    """What ffmpeg calls an encoder, `h264_nvenc`; None if no such thing exists."""
    if hardware is Hardware.NONE:
        return _SOFTWARE_NAMES[codec]
    return None if codec == "mpeg2" and hardware in _NO_MPEG2 else f"{codec}_{hardware}"


def device_args(encoder: Encoder) -> list[str]:
    """What stands before the inputs: the device that the encoder works on."""
    if encoder.hardware is Hardware.VAAPI:
        return ["-vaapi_device", encoder.device]
    if encoder.hardware is Hardware.QSV and encoder.device:
        return ["-qsv_device", encoder.device]
    return []


def last_filters(encoder: Encoder) -> list[str]:
    """What ends the chain of filters: the colours' names, and the way of the pictures to the device."""
    # ffmpeg 7 and later believe the pictures, earlier ones the encoder's options: both say the same.
    named = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    return [named, "format=nv12", "hwupload"] if encoder.hardware is Hardware.VAAPI else [named]


def video_args(profile: Profile, encoder: Encoder = SOFTWARE, *, prompt: bool = False) -> list[str]:
    """The encoder of the pictures and all that it is told; `prompt` if somebody waits for the first one."""
    rate, gop = str(profile.video_bitrate), str(gop_frames(profile))
    return [
        *("-c:v", encoder_name(profile.video_codec, encoder.hardware) or ""),
        *_own_args(profile, encoder.hardware),
        *(_prompt_args(profile, encoder) if prompt else []),
        *("-b:v", rate, "-maxrate", rate, "-bufsize", str(2 * profile.video_bitrate)),
        *("-g", gop, "-bf", "0"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
    ]


def audio_args(profile: Profile) -> list[str]:
    """The encoder of the sound and all that it is told."""
    return [
        *("-c:a", profile.audio_codec, "-b:a", str(profile.audio_bitrate)),
        *("-ac", str(profile.audio_channels), "-ar", str(profile.sample_rate)),
    ]


def stream_format(
    profile: Profile, service_name: str, silence: bytes, subtitles: str | None = None
) -> StreamFormat:
    """What the splicer is told of a channel's stream; `subtitles` is the language of carried pictures."""
    audio_type, samples = _AUDIO_TYPES[profile.audio_codec]
    # What is copied may be reordered; what is encoded is not, and then is shown as much later.
    copies = profile.video_copy or profile.copy_when_conformant
    return StreamFormat(
        frame_rate=frame_rate(profile),
        sample_rate=profile.sample_rate,
        samples_per_frame=samples,
        video_type=_VIDEO_TYPES[profile.video_codec],
        audio_type=audio_type,
        service_name=service_name,
        reorder_frames=MOST_REORDERED if copies else 0,
        silence=silence,
        subtitles=subtitles or "",
    )


def codec_profile(profile: Profile) -> str:
    """The codec's profile that is encoded to, as libavcodec names it."""
    if profile.video_codec != "h264":
        return "Main"
    # x264's `ultrafast` uses nothing that the lowest profile lacks, and says so.
    return "Constrained Baseline" if profile.preset == _PRESETS[0] else "High"


def codec_level(profile: Profile) -> int:
    """The lowest level that holds the profile's size, frame rate, bit rate and buffer, as its bits say it."""
    kilobits, rate = Fraction(profile.video_bitrate, 1000), frame_rate(profile)
    if profile.video_codec == "mpeg2":
        # Main, High-1440 and High (ISO/IEC 13818-2, table 8-11), as ffmpeg chooses them.
        return 8 if profile.width <= 720 and profile.height <= 576 else 6 if profile.width <= 1440 else 4
    if profile.video_codec == "hevc":
        size = profile.width * profile.height
        hevc = (
            level
            for level, most, second, bits in _HEVC_LEVELS
            if size <= most and size * rate <= second and 2 * kilobits <= bits
        )
        return next(hevc, _HEVC_LEVELS[-1][0])
    blocks = -(-profile.width // 16) * -(-profile.height // 16)
    # The profiles above Main carry a quarter more (H.264, table A-2).
    scale = Fraction(1) if profile.preset == _PRESETS[0] else Fraction(5, 4)
    h264 = (
        level
        for level, most, second, bits, buffer in _H264_LEVELS
        if blocks <= most
        and blocks * rate <= second
        and kilobits <= bits * scale
        and 2 * kilobits <= buffer * scale
    )
    return next(h264, _H264_LEVELS[-1][0])


def _own_args(profile: Profile, hardware: Hardware) -> list[str]:
    """What each kind of encoder calls the same things: speed, rate control, closed groups, pixels."""
    speed = _PRESETS.index(profile.preset)
    shape = ["-profile:v", "high" if profile.video_codec == "h264" else "main"]
    match hardware:
        case Hardware.NVENC:
            steady = ["-rc", "vbr", "-rc-lookahead", "0", "-no-scenecut", "1", "-forced-idr", "1"]
            return ["-preset", _NVENC_PRESETS[speed], *shape, *steady, "-pix_fmt", "yuv420p"]
        case Hardware.QSV:
            # Quick Sync counts the distance of IDR pictures in further I pictures: each is one.
            closed = ["-idr_interval", "0"] if profile.video_codec != "mpeg2" else []
            return ["-preset", _QSV_PRESETS[speed], *shape, *closed, "-pix_fmt", "nv12"]
        case Hardware.VAAPI:
            return [*shape, "-rc_mode", "VBR", "-idr_interval", "0"]
        case Hardware.VIDEOTOOLBOX:
            quick = ["-prio_speed", "1"] if speed <= _PRESETS.index("fast") else []
            return [*shape, "-allow_sw", "0", *quick, "-pix_fmt", "nv12"]
        case Hardware.AMF:
            steady = ["-usage", "transcoding", "-quality", _AMF_QUALITIES[speed], "-rc", "vbr_peak"]
            closed = ["-gops_per_idr", "1", "-header_insertion_mode", "idr"]
            if profile.video_codec == "h264":
                closed = ["-header_spacing", str(gop_frames(profile))]
            return [*steady, *shape, *closed, "-pix_fmt", "nv12"]
        case _:
            return _software_args(profile)


def _prompt_args(profile: Profile, encoder: Encoder) -> list[str]:
    """What makes the first picture come sooner, at a little cost of quality; nothing if that is not known."""
    if encoder_name(profile.video_codec, encoder.hardware) != "libx264":
        return []
    # `ultrafast` and `superfast` do not look ahead at all.
    looks = _PRESETS.index(profile.preset) >= _PRESETS.index("veryfast")
    return [
        *(["-rc-lookahead", str(PROMPT_LOOKAHEAD)] if looks else []),
        *("-x264-params", "sliced-threads=1"),
        *("-force_key_frames", str(PROMPT_GROUP_SECONDS)),
    ]


def _software_args(profile: Profile) -> list[str]:
    gop = str(gop_frames(profile))
    match profile.video_codec:
        case "hevc":
            steady = f"keyint={gop}:min-keyint={gop}:scenecut=0:open-gop=0:bframes=0:repeat-headers=1"
            quiet = f"{steady}:log-level=error"
            return ["-preset", profile.preset, "-x265-params", quiet, "-pix_fmt", "yuv420p"]
        case "mpeg2":
            # A scene cut scores below this threshold: none begins a group of its own.
            return ["-flags", "+cgop", "-sc_threshold", "1000000000", "-pix_fmt", "yuv420p"]
        case _:
            level = codec_level(profile)
            shape = ["-preset", profile.preset, "-profile:v", "high", "-level", f"{level // 10}.{level % 10}"]
            return [*shape, "-pix_fmt", "yuv420p", "-keyint_min", gop, "-sc_threshold", "0"]
