"""`profiles`: how a channel is encoded."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from compiler.documents.scalars import BitRate, Document, Duration, Extends, FrameRate, Resolution

Preset = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]  # fmt: skip


class VideoDocument(Document):
    """The pictures."""

    codec: Literal["h264"] = Field(default="h264", description="The codec of the pictures.")
    bitrate: BitRate = Field(default=3_000_000, description="Bits a second.")
    preset: Preset = Field(default="veryfast", description="x264's speed against quality.")
    gop: Annotated[Duration, Field(ge=500, le=10_000)] = Field(
        default=2000, description="Time between keyframes; a viewer joins at one."
    )


class AudioDocument(Document):
    """The sound."""

    codec: Literal["aac"] = Field(default="aac", description="The codec of the sound.")
    bitrate: BitRate = Field(default=160_000, description="Bits a second.")
    channels: int = Field(default=2, ge=1, le=8, description="How many channels.")
    sample_rate: Literal[32000, 44100, 48000] = Field(default=48000, description="Samples a second.")


class ProfileDocument(Document):
    """An encoding; every key has a default."""

    resolution: Resolution = Field(default=(1280, 720), description="Size of the picture.")
    scaling: Literal["pad", "crop", "stretch"] = Field(
        default="pad", description="How a picture of another shape is fitted."
    )
    frame_rate: FrameRate = Field(default=Fraction(30), description="Frames a second.")
    video: VideoDocument = Field(default=VideoDocument(), description="The pictures.")
    audio: AudioDocument = Field(default=AudioDocument(), description="The sound.")
    deinterlace: Literal["auto", "off"] = Field(
        default="auto", description="Whether interlaced pictures are made progressive."
    )
    extends: Extends = None
