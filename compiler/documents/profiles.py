"""`profiles`: how a channel is encoded.

What the codecs demand of the values beside them is compiler/rules/profiles.py's; what `source` and `copy`
come to for a channel is compiler/encoding.py's.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from compiler.codecs import MOST_CHANNELS
from compiler.documents.scalars import (
    BitRate,
    Document,
    Duration,
    Extends,
    Resolution,
    reader,
    scalar,
)
from exstv import codes, units

Preset = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]  # fmt: skip

SOURCE = "source"
"""The frame rate that stands for the media's own."""

OFF = "off"
QUIETEST, LOUDEST = -70, -5
"""What ffmpeg's loudness filter can be asked for, in LUFS (EBU R 128)."""


def _frame_rate(text: str) -> Fraction | None:
    return None if text == SOURCE else units.parse_frame_rate(text)


def _loudness(text: str) -> float | None:
    if text == OFF:
        return None
    lufs = float(text)
    if not QUIETEST <= lufs <= LOUDEST:
        raise ValueError(text)
    return lufs


FrameRate = Annotated[
    Fraction | None,
    BeforeValidator(
        reader(_frame_rate, codes.BAD_FRAME_RATE, "write it like `25` or `30000/1001`, or `source`")
    ),
    scalar(
        rf"^{SOURCE}$|{units.FRAME_RATE_PATTERN}",
        "30",
        "30000/1001",
        SOURCE,
        numbers={"type": "number", "minimum": 1, "maximum": 120},
    ),
]
"""None: the one that the channel's media share."""

Loudness = Annotated[
    float | None,
    BeforeValidator(
        reader(
            _loudness, codes.BAD_LOUDNESS, f"write `off`, or LUFS from {QUIETEST} to {LOUDEST}, like `-23`"
        )
    ),
    scalar(
        r"^off$|^-[0-9]{1,2}(\.[0-9]+)?$",
        OFF,
        "-23",
        numbers={"type": "number", "minimum": QUIETEST, "maximum": LOUDEST},
    ),
]
"""In LUFS; None: as it is."""


class VideoDocument(Document):
    """The pictures."""

    codec: Literal["h264", "hevc", "mpeg2", "copy"] = Field(
        default="h264", description="The codec of the pictures; `copy` sends the media's own."
    )
    bitrate: BitRate = Field(default=3_000_000, description="Bits a second.")
    preset: Preset = Field(default="veryfast", description="The encoder's speed against quality.")
    gop: Annotated[Duration, Field(ge=500, le=10_000)] = Field(
        default=2000, description="Time between keyframes; a viewer joins at one."
    )


class AudioDocument(Document):
    """The sound."""

    codec: Literal["aac", "ac3", "mp2", "copy"] = Field(
        default="aac", description="The codec of the sound; `copy` sends the media's own."
    )
    bitrate: BitRate = Field(default=160_000, description="Bits a second.")
    channels: int = Field(default=2, ge=1, le=max(MOST_CHANNELS.values()), description="How many channels.")
    sample_rate: Literal[32000, 44100, 48000] = Field(default=48000, description="Samples a second.")
    loudness: Loudness = Field(default=None, description="Off, or the loudness that all is brought to.")


class ProfileDocument(Document):
    """An encoding; every key has a default."""

    resolution: Resolution = Field(default=(1280, 720), description="Size of the picture.")
    scaling: Literal["pad", "crop", "stretch"] = Field(
        default="pad", description="How a picture of another shape is fitted."
    )
    frame_rate: FrameRate = Field(
        default=Fraction(30), description="Frames a second, or the one that all media of the channel have."
    )
    video: VideoDocument = Field(default=VideoDocument(), description="The pictures.")
    audio: AudioDocument = Field(default=AudioDocument(), description="The sound.")
    hardware: Literal["auto", "none", "nvenc", "qsv", "vaapi", "videotoolbox", "amf"] = Field(
        default="none", description="What encodes the pictures, if it works; else the processor does."
    )
    deinterlace: Literal["auto", "off"] = Field(
        default="auto", description="Whether interlaced pictures are made progressive."
    )
    copy_when_conformant: bool = Field(
        default=False, description="Whether media that are as the profile wants them are sent unencoded."
    )
    extends: Extends = None
