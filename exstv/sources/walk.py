"""Which files of a folder are media: the recursive walk of the source `local`.

Looks at names, sizes and times only; probe.py opens the files.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

EXTENSIONS = frozenset(
    f".{name}"
    for name in (
        *("avs", "mpg", "mp2", "mpeg", "mpe", "mpv", "ogg", "ogv", "mp4", "m4p", "m4v"),
        *("avi", "wmv", "mov", "mkv", "m2ts", "ts", "webm"),
    )
)
"""What a media file's name ends with, in any case (reference: ErsatzTV's list)."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which files are wanted. A glob without `/` means a name at any depth, one with `/` the path."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_symlinks: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A media file: its path below the root, its size in bytes and when it was last written, in ns."""

    path: str
    size: int
    mtime_ns: int


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder that could not be taken, and why."""

    path: str
    reason: str
    folder: bool = False


def walk(root: Path, selection: Selection) -> list[Found | LeftOut]:
    """Lists the media files below a folder, sorted by path. Raises OSError if the root cannot be read."""
    include = [_compile(glob) for glob in selection.include]
    exclude = [_compile(glob) for glob in selection.exclude]
    walker = _Walker(root, include, exclude, follow=selection.follow_symlinks)
    return sorted(walker.folder(root, frozenset()), key=lambda entry: entry.path)


def matches(path: str, glob: str) -> bool:
    """Tells whether a path fits a glob: `*.mkv`, `Extras`, `shows/**/*.mp4`."""
    return _fits(path, _compile(glob))


class _Walker:
    """One walk below one root."""

    def __init__(
        self, root: Path, include: list[re.Pattern[str]], exclude: list[re.Pattern[str]], *, follow: bool
    ) -> None:
        self._root = root
        self._real_root = root.resolve()
        self._include = include
        self._exclude = exclude
        self._follow = follow

    def folder(self, folder: Path, above: frozenset[tuple[int, int]]) -> Iterator[Found | LeftOut]:
        """Everything below one folder; `above` are the identities of the folders that lead to it."""
        status = folder.stat()
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            # A link to a folder above: its files are listed already.
            return
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        for entry in entries:
            path = Path(entry.path)
            relative = path.relative_to(self._root).as_posix()
            if entry.name.startswith(".") or any(_fits(relative, glob) for glob in self._exclude):
                continue
            is_folder = False
            try:
                is_folder = entry.is_dir(follow_symlinks=self._follow)
                if is_folder:
                    yield from self.folder(path, above | {identity})
                else:
                    yield from self._file(path, relative)
            except OSError as error:
                yield LeftOut(path=printable(relative), reason=why(error), folder=is_folder)

    def _file(self, path: Path, relative: str) -> Iterator[Found | LeftOut]:
        if path.suffix.lower() not in EXTENSIONS:
            return
        if self._include and not any(_fits(relative, glob) for glob in self._include):
            return
        if printable(relative) != relative:
            yield LeftOut(path=printable(relative), reason="its name is not UTF-8")
            return
        status = path.stat()
        if not path.is_file():
            return
        if not self._follow and not path.resolve().is_relative_to(self._real_root):
            yield LeftOut(path=relative, reason="it is a link that leads out of the source's folder")
            return
        yield Found(path=relative, size=status.st_size, mtime_ns=status.st_mtime_ns)


def printable(path: str) -> str:
    """A path as UTF-8 text: what the file system holds of other bytes becomes a question mark."""
    return path.encode("utf-8", "replace").decode("utf-8")


def why(error: OSError) -> str:
    """An error of the file system in a few words, without the machine's path."""
    return (error.strerror or type(error).__name__).lower()


def _fits(path: str, glob: re.Pattern[str]) -> bool:
    return glob.fullmatch(path) is not None


def _compile(glob: str) -> re.Pattern[str]:
    """`*` and `?` stay inside a name, `**` crosses folders, `[ab]` is one of some characters."""
    anywhere = "" if "/" in glob.strip("/") else "(?:.*/)?"
    pattern, rest = anywhere, glob.strip("/")
    while rest:
        token = _GLOB_TOKEN.match(rest)
        text = token[0] if token else rest[0]
        pattern += _translate(text)
        rest = rest[len(text) :]
    return re.compile(pattern, re.DOTALL)


_GLOB_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]")
_GLOBS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _translate(token: str) -> str:
    if token in _GLOBS:
        return _GLOBS[token]
    if len(token) > 1:
        # fnmatch knows what `[z-a]` and `[!]]` are; around the set it puts `(?s:` and `)\\Z`.
        return fnmatch.translate(token).removeprefix("(?s:").rpartition(")")[0]
    return re.escape(token)
