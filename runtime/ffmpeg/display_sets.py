"""Subtitle pictures as DVB subtitles: how ffmpeg makes them, and where on the screen they lie. Pure.

ffmpeg turns pictures into pictures and keeps their size, so that they are for the screen that they were drawn
for. A set says for which screen it is, and receivers scale that to theirs: so the one that is told has the
shape of the channel's, and as much more room as the film's bars need.
"""

from __future__ import annotations

import re
from fractions import Fraction

from exstv.catalog.model import Stream
from exstv.catalog.streams import SQUARE
from exstv.sources.base import DEMUXERS
from exstv.timeline.model import Profile
from runtime.ffmpeg.picture_files import pictures_input
from runtime.ffmpeg.subtitles import draws_on_screen
from runtime.mpegts.display import PLAIN, Plane

_ENDLESS = "hdmv_pgs_subtitle"
"""They stand until the next ones come: else ffmpeg would write an end of its own, in seven weeks."""
_BLU_RAY = (1920, 1080)
_Rect = tuple[Fraction, Fraction, Fraction, Fraction]


def sets_argv(ffmpeg: str, path: str, stream: Stream) -> list[str]:
    """The command that writes the pictures of a film, or of a file beside it, to standard output."""
    film = ["-protocol_whitelist", "file", "-format_whitelist", DEMUXERS, "-i", f"file:{path}"]
    # A recording begins with the first stream of those that are read, and is played with these two.
    beginning = ["-map", "0:v:0?", "-map", "0:a:0?", "-c", "copy", "-f", "null", "-"]
    source = f"0:{stream.index}"
    return [
        ffmpeg,
        *("-hide_banner", "-nostdin", "-loglevel", "error"),
        *(["-fix_sub_duration"] if stream.codec == _ENDLESS else []),
        *(film if stream.file is None else pictures_input(path, stream)),
        *("-map", source, "-c:s", "dvbsub"),
        # ffmpeg does not hand on for which screen they are: they are written beside, as they came.
        *(["-map", source, "-c:s:1", "copy"] if stream.codec == "dvb_subtitle" else []),
        *("-muxdelay", "0", "-f", "mpegts", "pipe:1"),
        *(beginning if stream.file is None else []),
    ]


def plane_of(size: tuple[int, int] | None, stream: Stream, film: Stream | None, profile: Profile) -> Plane:
    """The screen to tell, for pictures of a stream that say for which size they were drawn."""
    on_screen = draws_on_screen(stream)
    size = size or (_BLU_RAY if on_screen else PLAIN)
    shown = Fraction(*size) if on_screen else _shape(film)
    left, top, width, height = _place(shown, film, profile, kept=on_screen)
    across, down = size[0] / width, size[1] / height
    return Plane(
        width=round(profile.width * across),
        height=round(profile.height * down),
        left=round(left * across),
        top=round(top * down),
    )


def _shape(film: Stream | None) -> Fraction | None:
    """Width by height, as the film's pictures are shown; None where it is not known."""
    if film is None or not film.width or not film.height:
        return None
    square = Fraction(film.width, film.height)
    shape = re.fullmatch(r"([1-9]\d*):([1-9]\d*)", film.shape or SQUARE)
    return square * Fraction(int(shape[1]), int(shape[2])) if shape else square


def _place(shape: Fraction | None, film: Stream | None, profile: Profile, *, kept: bool) -> _Rect:
    """Where on the channel's screen something of a shape lies: left, top, width, height.

    `kept`: all of it, whatever becomes of the film's pictures; else it goes with these.
    """
    width, height = Fraction(profile.width), Fraction(profile.height)
    same = film is not None and (film.width, film.height) == (profile.width, profile.height)
    if shape is None or (not kept and (same or profile.video_copy or profile.scaling == "stretch")):
        return Fraction(0), Fraction(0), width, height
    fitted, filling = sorted((width, height * shape))
    across = filling if profile.scaling == "crop" and not kept else fitted
    down = across / shape
    return (width - across) / 2, (height - down) / 2, across, down
