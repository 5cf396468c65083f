"""What lies in a folder beside its media files. Pure.

walk.py lists it, sidecars.py tells what belongs to which.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

SUBTITLE_CODECS = {
    "srt": "subrip",
    "ass": "ass",
    "ssa": "ass",
    "vtt": "webvtt",
    "sup": "hdmv_pgs_subtitle",
    "idx": "dvd_subtitle",
}
"""Of subtitle files, by their extension, as libavcodec names them. Of VobSub's two files the index counts."""
PICTURES = ("jpg", "jpeg", "png", "webp")
SUBTITLE_FOLDERS = frozenset({"subs", "subtitles"})
"""Folders whose files belong to the media in the folder above."""

EXTENSIONS = frozenset({"nfo", "xml", *SUBTITLE_CODECS, *PICTURES})
"""Of all files that may say something of a media file beside them."""
READ = frozenset({"nfo", "xml"})
"""Of those that a scan reads."""


class Companion(msgspec.Struct, frozen=True, kw_only=True):
    """A file beside media files; size and time are known of those that a scan reads."""

    path: str
    size: int = 0
    mtime_ns: int = 0


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder: what lies beside its media, by name in lower case, and the names of these without extension.

    Files of a subtitle folder are listed as `subs/english.srt`.
    """

    path: str
    files: dict[str, Companion]
    stems: tuple[str, ...]
    above: Folder | None

    def first(self, *names: str) -> Companion | None:
        """The first of these names that is there, in any case."""
        return next((self.files[name.lower()] for name in names if name.lower() in self.files), None)

    def upwards(self) -> Iterator[Folder]:
        """This folder and those around it, up to the source's own."""
        folder: Folder | None = self
        while folder is not None:
            yield folder
            folder = folder.above


def files_of(subtitles: str) -> tuple[str, ...]:
    """All files of subtitles: of VobSub the index and, called like it, the one with the pictures."""
    stem, _, ending = subtitles.rpartition(".")
    pixels = {"idx": "sub", "IDX": "SUB"}.get(ending)
    return (subtitles,) if pixels is None else (subtitles, f"{stem}.{pixels}")


def extension(name: str) -> str:
    """What a name ends with, in lower case and without the dot."""
    stem, _, ending = name.rpartition(".")
    return ending.lower() if stem else ""
