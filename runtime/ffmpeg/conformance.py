"""Whether a stream may be sent as it is: it is what the profile encodes to, and cut where it can be. Pure.

Pictures and sound are judged each for themselves. What the catalogue does not know of a stream speaks against
it: a copy that does not fit breaks the picture, an encode never does. The rule is LANGUAGE.md's, profiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from exstv.catalog.model import Stream
from exstv.catalog.streams import AUDIO_CODECS, MOST_REORDERED, SQUARE, VIDEO_CODECS, rate_of
from exstv.timeline.model import Profile
from runtime.ffmpeg.codecs import codec_level, codec_profile, frame_rate, gop_frames

BT709 = "1/1/1/1"
"""TV range, and BT.709 in matrix, primaries and transfer, as libavutil numbers them."""
ROUNDED_FRAMES = 2
"""A file ends with its sound or its pictures, whichever is longer: its length in frames is not exact."""
_PIXELS = "yuv420p"
_AAC_PROFILE = "LC"


@dataclass(frozen=True)
class Use:
    """What of a media item is played: the streams that were picked, from `in_point_ms` so many frames.

    `dressed` says that a watermark or subtitles are drawn on the pictures.
    """

    video: Stream | None
    audio: Stream | None
    in_point_ms: int
    frames: int
    dressed: bool = False


@dataclass(frozen=True)
class Copies:
    """Which of an item's streams are sent as they are."""

    video: bool = False
    audio: bool = False
    late_ms: float = 0
    """By how much later than its in point the file is opened, to begin with that keyframe."""


NOTHING_COPIED = Copies()


def copies(profile: Profile, use: Use) -> Copies:
    """Decides for one use of a media item."""
    conformant = profile.copy_when_conformant
    audio = use.audio is not None and (
        profile.audio_copy or (conformant and not audio_obstacle(profile, use))
    )
    video = use.video is not None and (
        profile.video_copy or (conformant and not video_obstacle(profile, use))
    )
    if not video or use.video is None or use.in_point_ms == 0:
        return Copies(video, audio)
    if use.audio is not None and not audio:
        # Sound that is encoded begins where the file is opened, which for copied pictures is too late.
        return Copies(profile.video_copy, audio)
    # In whole ms a keyframe may lie just behind its in point: half a frame later there is no other one.
    return Copies(video, audio, float(500 / frame_rate(profile)))


def video_obstacle(profile: Profile, use: Use) -> str:
    """Says what keeps the pictures from being sent as they are; empty if nothing does."""
    stream = use.video
    if stream is None:
        return "pictures"
    wanted = {
        "codec": (VIDEO_CODECS.get(stream.codec), profile.video_codec),
        "profile": (stream.profile, codec_profile(profile)),
        "level": (stream.level, codec_level(profile)),
        "size": ((stream.width, stream.height), (profile.width, profile.height)),
        "pixel shape": (stream.shape or SQUARE, SQUARE),
        "frame rate": (rate_of(stream), frame_rate(profile)),
        "pixel format": (stream.pixel_format, _PIXELS),
        "colour": (stream.colour, BT709),
        "interlacing": (stream.interlaced, False),
    }
    different = next((what for what, (has, wants) in wanted.items() if has != wants), "")
    return different or _cut_obstacle(stream, profile, use)


def audio_obstacle(profile: Profile, use: Use) -> str:
    """The same of the sound, which may be cut anywhere."""
    stream = use.audio
    if stream is None:
        return "sound"
    wanted = {
        "codec": (AUDIO_CODECS.get(stream.codec), profile.audio_codec),
        "profile": (stream.profile if stream.codec == "aac" else _AAC_PROFILE, _AAC_PROFILE),
        "number of channels": (stream.channels, profile.audio_channels),
        "sample rate": (stream.sample_rate, profile.sample_rate),
        "loudness": (profile.loudness, None),
    }
    return next((what for what, (has, wants) in wanted.items() if has != wants), "")


def _cut_obstacle(stream: Stream, profile: Profile, use: Use) -> str:
    if use.dressed:
        return "watermark or subtitles"
    if stream.reorder is None or stream.reorder > MOST_REORDERED:
        return "order of pictures"
    if stream.closed_gop is None or stream.frames is None:
        return "groups of pictures"
    if stream.closed_gop > gop_frames(profile):
        return "length of groups of pictures"
    first = use.in_point_ms * frame_rate(profile) / 1000
    place = round(first)
    # The timeline counts in ms, so an in point that means a frame misses it by less than one.
    if abs(first - place) > frame_rate(profile) / 1000 or not _begins_group(stream, place):
        return "in point"
    last = place + use.frames
    at_end = abs(last - stream.frames) <= ROUNDED_FRAMES
    return "" if at_end or _begins_group(stream, last) else "out point"


def _begins_group(stream: Stream, frame: int) -> bool:
    """Tells whether a frame is known to be a keyframe; the first one is."""
    if frame == 0:
        return True
    known = stream.even_gop and stream.closed_gop is not None and stream.frames is not None
    return known and frame < (stream.frames or 0) and Fraction(frame, stream.closed_gop or 1).denominator == 1
