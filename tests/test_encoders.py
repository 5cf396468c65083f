"""What the compiler takes ffmpeg encodes, and what the compiler refuses for ffmpeg's sake it does refuse.

From YAML to a few frames of the bundled ffmpeg: a sample of a grid, which has each bound of
compiler/codecs.py and each codec, preset and number of channels at least once.
"""

from __future__ import annotations

import subprocess
from typing import Any

import msgspec
import pytest
from resolving import ONE, station
from stations import HD

from compiler.codecs import MOST_CHANNELS, VIDEO_BIT_RATES
from exstv.sources.base import GraphInput
from exstv.timeline.model import Profile
from runtime.ffmpeg.command import EncodeSpec, encode_argv

pytestmark = pytest.mark.ffmpeg
DAY = "schedules: {day: {kind: loop, items: [{play: m}]}}\n"
PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
)  # fmt: skip
LEAST, MOST = VIDEO_BIT_RATES
PICTURES = (
    *(f"resolution: 64x36, video: {{codec: h264, preset: {preset}}}" for preset in PRESETS),
    *(f"resolution: 64x36, video: {{codec: hevc, preset: {preset}}}" for preset in PRESETS[::2]),
    f"resolution: 10x10, scaling: crop, frame_rate: 1, video: {{bitrate: {LEAST}, gop: 10s}}",
    f"resolution: 10x640, scaling: stretch, frame_rate: 120, video: {{bitrate: {MOST}}}",
    "resolution: 640x10, frame_rate: 23.976, deinterlace: off, video: {gop: '00:00:00.500'}",
    f"resolution: 32x32, frame_rate: 1, video: {{codec: hevc, bitrate: {LEAST}}}",
    f"resolution: 640x32, frame_rate: 999999/9999, video: {{codec: hevc, bitrate: {MOST}, gop: 10s}}",
    f"resolution: 32x32, frame_rate: 30, video: {{codec: hevc, bitrate: {MOST}}}",
    f"resolution: 10x10, frame_rate: 60, video: {{codec: mpeg2, bitrate: {LEAST}, gop: 10s}}",
    f"resolution: 4098x64, frame_rate: 29.97, video: {{codec: mpeg2, bitrate: {MOST}}}",
    "resolution: 64x36, frame_rate: 24, video: {codec: mpeg2}",
)
SOUND = (
    *(f"codec: aac, channels: {n}, bitrate: {rate}" for n, rate in enumerate((100, 6000, "64k", "1M"), 1)),
    *(f"codec: aac, channels: {n}, loudness: -23" for n in range(5, MOST_CHANNELS["aac"] + 1)),
    # The least that each number of channels may have: the sound below asks for as much as any can.
    *(f"codec: ac3, channels: {n}, bitrate: {16 * (n + 1)}k" for n in range(1, MOST_CHANNELS["ac3"] + 1)),
    "codec: ac3, channels: 6, bitrate: 640k, loudness: -70",
    "codec: mp2, channels: 1, bitrate: 32k",
    "codec: mp2, channels: 1, bitrate: 192k",
    "codec: mp2, channels: 2, bitrate: 64k, loudness: -5",
    "codec: mp2, channels: 2, bitrate: 384k",
)
SAMPLE_RATES = (32000, 44100, 48000)
GRID = [
    f"{PICTURES[n % len(PICTURES)]}, audio: {{{sound}, sample_rate: {SAMPLE_RATES[n % 3]}}}"
    for n, sound in enumerate((*SOUND, *SOUND)[: max(len(SOUND), len(PICTURES))])
]
REFUSED = (
    {"audio_channels": MOST_CHANNELS["aac"] + 1},
    {"audio_codec": "ac3", "audio_channels": MOST_CHANNELS["ac3"] + 1, "audio_bitrate": 640_000},
    {"audio_codec": "ac3", "audio_channels": 6, "audio_bitrate": 48_000},
    {"audio_codec": "mp2", "audio_channels": MOST_CHANNELS["mp2"] + 1},
    {"audio_codec": "mp2", "audio_bitrate": 100_000},
    {"video_bitrate": LEAST - 1},
    {"video_bitrate": MOST + 1_000_000},
    {"video_codec": "hevc", "height": 30, "video_bitrate": MOST},
    {"video_codec": "hevc", "height": 14},
    {"video_codec": "mpeg2", "width": 4096},
)


def encoded(ffmpeg: str, profile: Profile) -> subprocess.CompletedProcess[bytes]:
    """A few frames: pictures that move, and sound of which no block is like the one before."""
    parts = "|".join(
        f"(random({channel})*2-1)*if(mod(floor(n/512)+{channel},3),0.001,1)"
        for channel in range(profile.audio_channels)
    )
    layouts = ("mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1")
    sound = f"aevalsrc='{parts}':c={layouts[profile.audio_channels - 1]}:s={profile.sample_rate}"
    source = GraphInput(video="testsrc2=s=64x36:r=25", audio=sound)
    rate = profile.frame_rate_num / profile.frame_rate_den
    argv = encode_argv(EncodeSpec(ffmpeg, profile, source, 0, max(2, round(rate / 4))))
    return subprocess.run(argv, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("text", GRID)
def test_what_the_compiler_takes_ffmpeg_encodes(ffmpeg: str, text: str) -> None:
    profile = station(f"profiles: {{own: {{{text}}}}}\n{ONE}{DAY}").profiles["own"]
    done = encoded(ffmpeg, profile)
    assert done.returncode == 0, done.stderr.decode()
    assert len(done.stdout) > 188


@pytest.mark.parametrize("parts", REFUSED, ids=str)
def test_what_is_refused_for_ffmpegs_sake_ffmpeg_does_refuse(ffmpeg: str, parts: dict[str, Any]) -> None:
    small = msgspec.structs.replace(HD, width=64, height=36)
    assert encoded(ffmpeg, small).returncode == 0
    assert encoded(ffmpeg, msgspec.structs.replace(small, **parts)).returncode != 0
