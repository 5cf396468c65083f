"""Text subtitles in a file of their own: what they are written in, and how ffmpeg is given them. Pure.

A film's own subtitles are UTF-8; files beside it are what some program of their country wrote at the time,
and do not say which code that is. Of text that is no UTF-8 the language tells Windows' code page for it.
"""

from __future__ import annotations

import codecs

from exstv.catalog.model import Stream
from runtime.ffmpeg.languages import shortest
from runtime.ffmpeg.subtitles import Form, written_as

LARGEST_BYTES = 16 * 1024 * 1024
"""Of a file; the longest film's fully styled text takes a quarter of this."""
FORMATS = {"subrip": "srt", "ass": "ass", "webvtt": "webvtt"}
"""The codecs of text files, and what libavformat calls their formats."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PAGES = {
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl", "sq", "bs"), "cp1250"),
    **dict.fromkeys(("be", "bg", "mk", "ru", "sr", "uk"), "cp1251"),
    **dict.fromkeys(("et", "lt", "lv"), "cp1257"),
    "el": "cp1253",
    "tr": "cp1254",
    "he": "cp1255",
    "ar": "cp1256",
    "fa": "cp1256",
    "vi": "cp1258",
    "ja": "cp932",
    "zh": "gb18030",
    "ko": "cp949",
    "th": "cp874",
}
_WESTERN = "cp1252"


def as_utf8(data: bytes, language: str | None) -> bytes:
    """The text in UTF-8; what cannot be read in the code page is a question mark."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace").encode()
    try:
        data.decode()
    except UnicodeDecodeError:
        page = _PAGES.get(shortest(language), _WESTERN) if language else _WESTERN
        return data.decode(page, "replace").encode()
    return data


def convert_argv(ffmpeg: str, path: str, stream: Stream, form: Form = Form.DRAWN) -> list[str]:
    """The command that writes a file's text to standard output, as extract_argv does with a film's."""
    return [
        ffmpeg,
        *("-hide_banner", "-nostdin", "-loglevel", "error"),
        # Its format is said: a playlist that is called `.srt` is read as text.
        *("-protocol_whitelist", "file", "-f", FORMATS[stream.codec], "-i", f"file:{path}"),
        *("-map", f"0:{stream.index}", *written_as(form)),
    ]
