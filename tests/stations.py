"""Small stations that ffmpeg draws, for tests that put one on air."""

from __future__ import annotations

from pathlib import Path

from exstv.timeline.model import Profile

HD = Profile(
    name="hd",
    width=1280,
    height=720,
    scaling="pad",
    frame_rate_num=30,
    frame_rate_den=1,
    video_codec="h264",
    video_bitrate=3_000_000,
    preset="veryfast",
    gop_ms=2000,
    audio_codec="aac",
    audio_bitrate=160_000,
    audio_channels=2,
    sample_rate=48_000,
    deinterlace="auto",
)

STATION = """
station:
  name: Test Card
  timezone: UTC
  broadcast_day: "06:00"
  horizon: 2h
  defaults: {profile: small, fallback: slate}
profiles:
  small:
    resolution: 320x180
    frame_rate: 30
    video: {codec: h264, bitrate: 400k, preset: ultrafast, gop: 1s}
    audio: {codec: aac, bitrate: 96k, channels: 2, sample_rate: 48000}
filler:
  slate: {play: standby, mode: loop}
  ident: {play: idents, mode: count, count: 1}
"""
ITEM = (
    '{{id: {id}, title: "{title}", video: "{video}", audio: "sine=f={tone}:r=48000", duration: {seconds}s}}'
)
LONG = (3600, 3700, 3800)
"""Items so long that their ffmpeg is held back by its pipe, and that no junction comes near by chance."""
VIDEO = "testsrc2=s=320x180:r=30,drawtext=fontfile={font}:text={title}:fontsize=20:x=10:y=80"


def sources(prefix: str, seconds: tuple[int, ...], video: str) -> str:
    """The items of one channel's source."""
    rows = [
        ITEM.format(id=f"p{n}", title=f"{prefix} {n}", video=video, tone=300 + 40 * n, seconds=length)
        for n, length in enumerate(seconds)
    ]
    return "".join(f"      - {row}\n" for row in rows)


def write_station(
    folder: Path,
    channels: dict[str, tuple[int, ...]],
    *,
    video: str = VIDEO,
    fallback: str = "slate",
    more: str = "",
) -> Path:
    """A station of loops: each channel plays programmes of so many seconds, each after an ident.

    `video` draws the programmes, `fallback` is the station's, `more` stands in every channel.
    """
    folder.mkdir()
    (folder / "station.yaml").write_text(STATION.replace("fallback: slate", f"fallback: {fallback}"))
    (folder / "cards.yaml").write_text(
        "sources:\n  cards:\n    type: lavfi\n    items:\n"
        f"      - {ITEM.format(id='ident', title='Ident', video=VIDEO, tone=800, seconds=2)}\n"
        f"      - {ITEM.format(id='standby', title='Stand by', video=VIDEO, tone=200, seconds=5)}\n"
        "collections:\n  idents: {items: ['cards:ident']}\n  standby: {items: ['cards:standby']}\n"
    )
    for number, (key, seconds) in enumerate(channels.items(), start=1):
        (folder / f"{key}.yaml").write_text(
            f"sources:\n  {key}:\n    type: lavfi\n    items:\n{sources(key.title(), seconds, video)}"
            f"channels:\n  {key}: {{number: {number}, name: {key.title()}, schedule: {key}_loop, "
            f"filler: {{pre_roll: ident}}{more}}}\n"
            f"schedules:\n  {key}_loop:\n    kind: loop\n"
            f"    items: [{{play: {key}, order: listed, mode: flood}}]\n"
        )
    return folder
