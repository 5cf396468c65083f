"""Subtitle pictures in a file of their own (`.sup`, `.idx`): how ffmpeg lays them over a film. Pure.

Of another input ffmpeg waits for the next picture, and holds the film's until it comes: a minute without
words would be a minute of film in memory. So the pictures are put into one file with a stream that beats
time: by what was read of that, ffmpeg knows that no picture has come.
"""

from __future__ import annotations

from exstv.catalog.model import Stream
from exstv.sources.folders import files_of

LARGEST_BYTES = 56 * 1024 * 1024
"""Of what is read; a Blu-ray's subtitles are half of this, a DVD's a fifth."""
LONGEST_SECONDS = 5 * 3600
"""How long time is beaten, and pictures are read: longer than any film."""
_BEAT = "color=c=black:s=2x2:r=1,format=gray"
"""Once a second: what is held so long of a film at 720p takes 40 MB, and it is made in less than a second."""
_FORMATS = {"hdmv_pgs_subtitle": "sup", "dvd_subtitle": "vobsub"}


def merge_argv(ffmpeg: str, path: str, stream: Stream) -> list[str]:
    """The command that writes a file's pictures to standard output, with the beat as the second stream."""
    return [
        ffmpeg,
        *("-hide_banner", "-nostdin", "-loglevel", "error"),
        *pictures_input(path, stream),
        *("-f", "lavfi", "-i", _BEAT, "-map", f"0:{stream.index}", "-map", "1:0"),
        *("-c:s", "copy", "-c:v", "rawvideo", "-t", str(LONGEST_SECONDS), "-f", "matroska", "pipe:1"),
    ]


def pictures_input(path: str, stream: Stream) -> list[str]:
    """The input of such a command: the first picture may come late, its time is the film's."""
    format_ = _FORMATS[stream.codec]
    index = ["-sub_name", f"file:{files_of(path)[-1]}"] if format_ == "vobsub" else []
    return ["-copyts", "-protocol_whitelist", "file", "-f", format_, *index, "-i", f"file:{path}"]
