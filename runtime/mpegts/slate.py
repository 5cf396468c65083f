"""Material that is kept whole in memory: the looped slate, and the frame of silence."""

from __future__ import annotations

from runtime.mpegts.demux import Demuxer
from runtime.mpegts.sound import split_frames
from runtime.mpegts.splice import Splicer
from runtime.mpegts.stream import StreamFormat, Unit

_VIDEO_TYPES = {0x01, 0x02, 0x10, 0x1B, 0x24}
_AUDIO_TYPES = {0x03, 0x04, 0x06, 0x0F, 0x11, 0x81, 0x87}


class Slate:
    """A closed GOP with its sound, encoded once, played again and again without a process."""

    def __init__(self, format: StreamFormat, ts: bytes) -> None:
        """Takes the output of one ffmpeg process. Raises ValueError if a round of it holds no frame."""
        self._ts = ts
        trial = Splicer(format)
        self.play(trial, None)
        self.frames = trial.frames
        """Frames of one round."""
        if not self.frames:
            raise ValueError("the slate holds no frame of the stream's format")

    def play(self, splicer: Splicer, frames: int | None) -> list[Unit]:
        """Gives one round as an item of the stream, cut after so many frames."""
        splicer.begin(frames)
        return splicer.feed(self._ts) + splicer.end()


def first_audio_frame(ts: bytes) -> bytes:
    """Takes one encoded frame out of a stream that ffmpeg made from silence.

    It is the middle one, for an encoder's first frames may hold its priming. Raises ValueError without any.
    """
    demuxer = Demuxer(_VIDEO_TYPES, _AUDIO_TYPES)
    sound = [pes.elementary() for pes in demuxer.feed(ts) + demuxer.flush() if not pes.video]
    frames = [frame for data in sound for frame in split_frames(data)]
    if not frames:
        raise ValueError("no frame of sound in the stream")
    return frames[len(frames) // 2]
