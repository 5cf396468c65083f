"""Pictures that are shown: logos and watermarks, which are files of a station, and those of its media.

Owns what one is and where a station's may lie, for the compiler that tells of one that cannot be shown and
for the runtime that shows it. Where those of media are their sources say: Pictured in exstv/sources/base.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from exstv.errors import ExstvError

LARGEST_BYTES = 4 * 1024 * 1024
LARGEST_ARTWORK_BYTES = 8 * 1024 * 1024
"""Of a media item's: some posters are as large as they came from the printer."""
LOGO_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
}
"""The media types of what is served as a logo, by the end of its name."""
SUFFIXES = frozenset((*LOGO_TYPES, ".bmp"))
_ARTWORK_TYPES = {name: f"image/{name}" for name in ("png", "jpeg", "webp", "gif")}
_MAGIC = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"BM": "bmp"}


class NoPicture(ExstvError):
    """A file is no picture that can be shown; the message says why."""


def is_address(image: str) -> bool:
    """Tells whether a picture is fetched from a server, and no file of the station."""
    return image.startswith(("http://", "https://"))


def is_of_source(artwork: str) -> bool:
    """Tells whether a media item's picture is named by a path, which only its source understands."""
    return artwork != "" and "://" not in artwork


def read_picture(station: Path, image: str) -> bytes:
    """Reads a file below the station's folder. Raises NoPicture."""
    with _plainly():
        root = station.resolve()
        path = (root / image).resolve()
        if not path.is_relative_to(root):
            raise NoPicture("it lies outside of the station")
        return _read(path, LARGEST_BYTES)


def read_artwork(path: Path) -> bytes:
    """Reads a media item's picture where its source says that it is. Raises NoPicture."""
    with _plainly():
        return _read(path, LARGEST_ARTWORK_BYTES)


def format_of(body: bytes) -> str:
    """What a picture is, told by its first bytes: `png`, `svg`. Raises NoPicture."""
    for magic, name in _MAGIC.items():
        if body.startswith(magic):
            return name
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    if b"<svg" in body[:4096]:
        return "svg"
    raise NoPicture("it is no picture: PNG, JPEG, WebP, GIF, BMP or SVG")


def logo_type(image: str) -> str:
    """The media type of a logo by its name. Raises NoPicture."""
    media_type = LOGO_TYPES.get(PurePosixPath(image).suffix.lower())
    if media_type is None:
        raise NoPicture(f"a logo's name ends with one of {', '.join(LOGO_TYPES)}")
    return media_type


def artwork_type(body: bytes) -> str:
    """The media type of a media item's picture by its bytes, which came from anywhere. Raises NoPicture."""
    media_type = _ARTWORK_TYPES.get(format_of(body))
    if media_type is None:
        # An SVG may carry scripts, and few players show a bitmap.
        raise NoPicture("it is neither PNG, JPEG, WebP nor GIF")
    return media_type


def _read(path: Path, most: int) -> bytes:
    if path.exists() and not path.is_file():
        raise NoPicture("it is not a file")
    if path.stat().st_size > most:
        raise NoPicture(f"it is larger than {most // 1024 // 1024} MB")
    return path.read_bytes()


@contextmanager
def _plainly() -> Iterator[None]:
    """Says in our words why a file cannot be had."""
    try:
        yield
    except FileNotFoundError:
        raise NoPicture("there is no such file") from None
    except (RuntimeError, ValueError):
        # A link that leads to itself, a name with a NUL.
        raise NoPicture("it cannot be a path") from None
    except OSError as error:
        raise NoPicture(f"it cannot be read: {error.strerror}") from error
