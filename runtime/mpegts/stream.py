"""What a channel's stream looks like, and the pieces that it is handed on in."""

from __future__ import annotations

from fractions import Fraction

import msgspec

from runtime.mpegts.packet import CLOCK, Grid


class StreamFormat(msgspec.Struct, frozen=True, kw_only=True):
    """What every item of a channel is encoded to, so that their outputs can be joined."""

    frame_rate: Fraction
    """Constant, in frames a second."""
    sample_rate: int = 48000
    samples_per_frame: int = 1024
    """Of one sound frame: AAC 1024, MP2 1152, AC-3 1536."""
    video_type: int = 0x1B
    """The PMT's stream type (ISO/IEC 13818-1, table 2-34): H.264 0x1B, HEVC 0x24."""
    audio_type: int = 0x0F
    """The PMT's stream type: AAC in ADTS 0x0F, MP2 0x03, AC-3 0x81."""
    service_name: str = "exstv"
    provider_name: str = "exstv"
    reorder_frames: int = 0
    """PTS − DTS of a keyframe in frames, the same for every item: 0 without B-frames."""
    silence: bytes = b""
    """One encoded frame of silence, which stands wherever sound is missing."""
    subtitles: str = ""
    """The language, by ISO 639-2, of the subtitle pictures that it carries; empty: none, ever."""

    def video_grid(self) -> Grid:
        """The slots of the frames."""
        return Grid(CLOCK / self.frame_rate)

    def audio_grid(self) -> Grid:
        """The slots of the sound frames."""
        return Grid(Fraction(self.samples_per_frame * CLOCK, self.sample_rate))


class Unit(msgspec.Struct, frozen=True):
    """One access unit, ready to send."""

    data: bytes
    """Whole packets. A keyframe begins with the tables: a viewer can start here."""
    tick: int
    """90 kHz ticks since the start, never wrapped: where the unit's DTS lies; paces the stream."""
    keyframe: bool
    video: bool
