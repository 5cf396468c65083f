"""How subtitles get into the picture: what was picked -> pieces of the filter graph. Pure.

Text is drawn by libass from a small file of its own (`extract_argv` makes it ahead of time, wardrobe.py keeps
it): asked for a stream inside of a film, ffmpeg's filter would read the whole film before the first picture.
Pictures are laid over the pictures as they come; those in another file are made ready by picture_files.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import font_lato

from exstv.catalog.model import Stream
from exstv.catalog.streams import PICTURE_SUBTITLES
from exstv.sources.base import DEMUXERS
from exstv.sources.graph import escaped

_WHOLE_SCREEN = "hdmv_pgs_subtitle"
"""Drawn for the whole screen, black bars that the film itself leaves out included."""
_STYLED = frozenset({"ass", "ssa"})
_FONT = "Lato"


class Form(StrEnum):
    """How subtitles are kept, by how their file ends."""

    DRAWN = "mks"
    """For who lays them over pictures; text with the fonts that it comes with."""
    BESIDE = "ass"
    """Text alone, for what it says."""
    CARRIED = "ts"
    """Pictures as DVB subtitles, which the stream carries beside its own."""


@dataclass(frozen=True)
class TextSubtitles:
    """Text to draw: a file with one subtitle stream, in the item's time. `styled`: with looks of its own."""

    path: str
    styled: bool


@dataclass(frozen=True)
class PictureSubtitles:
    """Pictures to lay over: a stream of the item itself, or the first one of the file made at `path`."""

    stream: Stream
    path: str | None = None


Subtitles = TextSubtitles | PictureSubtitles


def is_picture(stream: Stream) -> bool:
    """Tells whether a subtitle stream holds pictures instead of text."""
    return stream.codec in PICTURE_SUBTITLES


def is_styled(stream: Stream) -> bool:
    """Tells whether a text stream says itself how it is drawn."""
    return stream.codec in _STYLED


def draws_on_screen(stream: Stream) -> bool:
    """Tells whether subtitle pictures are as large as the screen; others are as large as the film's."""
    return stream.codec == _WHOLE_SCREEN


def text_filters(text: TextSubtitles, in_point_ms: int) -> list[str]:
    """Draws the text. The pictures' clock begins at the in point, the text's at the item's start."""
    style = "" if text.styled else f":force_style=FontName={_FONT}"
    fonts = escaped(str(Path(font_lato.font_directory)))
    draw = f"subtitles=filename={escaped(text.path)}:fontsdir={fonts}{style}"
    if in_point_ms == 0:
        return [draw]
    seconds = f"{in_point_ms / 1000:.3f}"
    return [f"setpts=PTS+{seconds}/TB", draw, f"setpts=PTS-{seconds}/TB"]


def extract_argv(ffmpeg: str, path: str, stream: Stream, form: Form = Form.DRAWN) -> list[str]:
    """The command that writes one text stream of a file to standard output."""
    fonts = ["-map", "0:t?", "-c:t", "copy"] if form is Form.DRAWN else []
    return [
        ffmpeg,
        *("-hide_banner", "-nostdin", "-loglevel", "error"),
        *("-protocol_whitelist", "file", "-format_whitelist", DEMUXERS, "-i", f"file:{path}"),
        *("-map", f"0:{stream.index}", *fonts, *written_as(form)),
    ]


def written_as(form: Form) -> list[str]:
    """What ends such a command."""
    return ["-c:s", "ass", "-f", "matroska" if form is Form.DRAWN else "ass", "pipe:1"]
