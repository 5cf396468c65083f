"""What opening a media file has told: probe.py's answers, without the library that opens files.

A server knows the sources but opens no media itself: libav's libraries would be 15 MB of it.
"""

from __future__ import annotations

import msgspec

from exstv.catalog.model import Chapter, Stream


class Probed(msgspec.Struct, frozen=True, tag="probed"):
    """What a file contains; `title` is the container's tag."""

    duration_ms: int
    streams: tuple[Stream, ...]
    chapters: tuple[Chapter, ...]
    title: str | None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Why a file cannot be played; `lasting` says that it is so until the file is another one."""

    reason: str
    lasting: bool = False


Answer = Probed | Failed
