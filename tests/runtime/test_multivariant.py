from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from decoding import ffmpeg
from stations import HD

from exstv.timeline.model import Presentation, Profile
from runtime.mpegts.packet import CLOCK
from runtime.mpegts.segment import MediaSegment
from runtime.multivariant import Rendition, Variant, multivariant

EMBED = Presentation(subtitle_mode="any", subtitle_render="embed")


def variant(profile: Profile = HD, data: bytes = b"", seconds: int = 2) -> Variant:
    return Variant(profile, MediaSegment(1, 0, data, seconds * CLOCK, 0, b""))


def test_the_one_stream_and_the_subtitles_beside_it() -> None:
    text = multivariant(variant(), Rendition("nl", forced=False), "4.2", "?at=start")
    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:6",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="Subtitles",LANGUAGE="nl",DEFAULT=YES,'
        'AUTOSELECT=YES,URI="4.2/subtitles.m3u8?at=start"',
        "#EXT-X-STREAM-INF:BANDWIDTH=6468000,AVERAGE-BANDWIDTH=3318000,RESOLUTION=1280x720,FRAME-RATE=30.000,"
        'SUBTITLES="subtitles"',
        "4.2/video.m3u8?at=start",
    ]


def test_pictures_that_are_copied_have_the_bit_rate_that_they_have() -> None:
    text = multivariant(variant(data=b"x" * 2_500_000), Rendition(None, forced=True), "1", "")
    assert "BANDWIDTH=10000000,AVERAGE-BANDWIDTH=10000000," in text
    assert "LANGUAGE" not in text and "AUTOSELECT=YES,FORCED=YES," in text


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("codec", "encoder", "sound", "names"),
    [
        ("h264", ("libx264", "-profile:v", "high", "-level", "3.1"), "aac", "avc1.64001F,mp4a.40.2"),
        ("hevc", ("libx265", "-x265-params", "log-level=error"), "ac3", "hvc1.1.6.L60.90,ac-3"),
        ("mpeg2", ("mpeg2video",), "aac", None),
        ("h264", ("libx264",), "mp2", None),
    ],
)
def test_codecs_are_named_as_the_stream_has_them(
    codec: str, encoder: tuple[str, ...], sound: str, names: str | None, tmp_path: Path
) -> None:
    argv = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=0.2", "-pix_fmt", "yuv420p", "-c:v", *encoder)
    data = ffmpeg(*argv, "-f", "mpegts", "pipe:1")
    profile = msgspec.structs.replace(HD, video_codec=codec, audio_codec=sound)
    text = multivariant(variant(profile, data), Rendition("nl", forced=False), "1", "")
    assert f'CODECS="{names}"' in text if names else "CODECS" not in text


@pytest.mark.parametrize(
    ("worn", "rendition"),
    [
        ([], None),
        ([Presentation(subtitle_mode="any")], None),
        ([Presentation(subtitle_render="embed")], None),
        ([Presentation(), EMBED], Rendition(None, forced=False)),
        ([msgspec.structs.replace(EMBED, subtitle_languages=("dut", "en"))], Rendition("nl", forced=False)),
        ([msgspec.structs.replace(EMBED, subtitle_mode="forced")], Rendition(None, forced=True)),
        ([msgspec.structs.replace(EMBED, subtitle_mode="forced"), EMBED], Rendition(None, forced=False)),
    ],
)
def test_a_channel_has_one_rendition_for_all_that_it_shows(
    worn: list[Presentation], rendition: Rendition | None
) -> None:
    assert Rendition.of(worn) == rendition
