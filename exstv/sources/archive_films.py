"""What an item of archive.org holds: its description and its files -> the films in it. Pure.

An item lists every file, and of each that was made from another one which. So each upload is one film, and
the best of its files plays: H.264 in MP4 where there is one, as large as a line carries.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec

from exstv.catalog.model import MediaItem
from exstv.sources.names import parse_name

MOST_LINES = 1080
MOST_BYTES_A_SECOND = 1_250_000
"""Ten Mb/s: an original may be a scan of hundreds."""
_SUFFIXES = (".mp4", ".m4v", ".mkv", ".webm", ".mov", ".mpeg", ".mpg", ".ogv", ".avi")
"""In the order in which they are preferred, where none is H.264 in MP4."""
_H264 = re.compile(r"h\.?264", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2}))?")


class _File(msgspec.Struct, frozen=True):
    """A file of an item; the service writes numbers as text."""

    name: str
    source: str = ""
    original: str | list[str] = ""
    format: str = ""
    title: str | list[str] = ""
    size: str | int = 0
    length: str | float = 0
    height: str | int = 0
    private: str | bool = False


class Item(msgspec.Struct, frozen=True):
    """The answer to a question for an item's metadata; one that is not there has neither."""

    metadata: dict[str, Any] = {}
    files: list[_File] = []
    is_dark: bool = False


class Film(msgspec.Struct, frozen=True):
    """One film: the name of what was uploaded, which stays, and of the file that plays."""

    original: str
    file: str
    size: int
    length_ms: int
    title: str


def films(item: Item) -> list[Film]:
    """The films of an item in order of their names."""
    groups: dict[str, list[_File]] = {}
    for file in item.files:
        if PurePosixPath(file.name).suffix.lower() in _SUFFIXES and str(file.private).lower() != "true":
            groups.setdefault(_original(file), []).append(file)
    return [_film(original, groups[original]) for original in sorted(groups)]


def media_item(source: str, item: Item, film: Film, *, alone: bool) -> MediaItem:
    """What is known of a film without opening it; `alone` says that the item holds no other."""
    about = item.metadata
    identifier = first(about.get("identifier"))
    name = parse_name(PurePosixPath(film.original), "auto")
    series = name.kind == "episode"
    date = _DATE.match(first(about.get("date")) or first(about.get("year")))
    stem = " ".join(name.stem.replace("_", " ").split())
    return MediaItem(
        id=f"{source}:{identifier}/{film.original}",
        source=source,
        kind="episode" if series else "movie" if alone else "clip",
        title=(first(about.get("title")) if alone else "") or film.title or name.title or stem,
        locator=f"{identifier}/{film.file}",
        duration_ms=film.length_ms,
        show=(name.show or first(about.get("title")) or None) if series else None,
        season=name.season if series else None,
        episode=name.episode if series else None,
        year=int(date[1]) if date else None,
        released=date[0] if date and date[2] else None,
        tags=_subjects(about.get("subject")),
        studio=first(about.get("creator")) or None,
        directors=_all(about.get("director")),
        plot=_plain(" ".join(_all(about.get("description")))) or None,
        guids=(f"archive.org:{identifier}",),
        size=film.size,
    )


def first(value: object) -> str:
    """A value that is a text or a list of them; empty without one."""
    return next(iter(_all(value)), "")


def _all(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(text for each in values if (text := " ".join(str(each).split())))


def _subjects(value: object) -> tuple[str, ...]:
    """Some list them, others write them with `;` between."""
    words = (word.strip() for each in _all(value) for word in each.split(";"))
    return tuple(dict.fromkeys(word for word in words if word))


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def _original(file: _File) -> str:
    return file.name if file.source == "original" else first(file.original) or file.name


def _film(original: str, files: Sequence[_File]) -> Film:
    length_ms = max(_length_ms(file.length) for file in files)
    best = max(files, key=lambda file: _worth(file, length_ms))
    title = next((first(file.title) for file in files if first(file.title)), "")
    return Film(original, best.name, _number(best.size), length_ms, title)


def _worth(file: _File, length_ms: int) -> tuple[object, ...]:
    """The larger, the better: what a decoder and a line can do with ease comes before how good it looks."""
    suffix = PurePosixPath(file.name).suffix.lower()
    lines, size = _number(file.height), _number(file.size)
    easy = lines <= MOST_LINES and size * 1000 <= MOST_BYTES_A_SECOND * max(length_ms, 1)
    h264 = suffix in (".mp4", ".m4v") and _H264.search(file.format) is not None
    return easy, h264, lines if easy else -lines, -_SUFFIXES.index(suffix), -size, file.name


def _number(value: str | int) -> int:
    try:
        return int(value)
    except ValueError:
        return 0


def _length_ms(value: str | float) -> int:
    """Seconds, or `1:23:45`."""
    seconds = 0.0
    try:
        for part in str(value).split(":"):
            seconds = seconds * 60 + float(part)
        return round(seconds * 1000)
    except (ValueError, OverflowError):
        return 0
