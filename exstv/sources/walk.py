"""Which files of a folder are media, and what lies beside them: the recursive walk of the source `local`.

Looks at names, sizes and times only; probe.py opens the media, local.py what it reads beside them.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from exstv.sources import folders
from exstv.sources.folders import Companion, Folder

EXTENSIONS = frozenset(
    f".{name}"
    for name in (
        *("avs", "mpg", "mp2", "mpeg", "mpe", "mpv", "ogg", "ogv", "mp4", "m4p", "m4v"),
        *("avi", "wmv", "mov", "mkv", "m2ts", "ts", "webm"),
    )
)
"""What a media file's name ends with, in any case (reference: ErsatzTV's list)."""


_DEEPEST = 100
"""No library has so many folders in each other; the walk goes as deep as they do."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which files are wanted. A glob without `/` means a name at any depth, one with `/` the path."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_symlinks: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A media file: its path below the root, its size in bytes and when it was last written, in ns.

    `ctime_ns` is when anything of it changed, its mode included.
    """

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    folder: Folder


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
    return sorted(walker.folder(root, "", frozenset(), None), key=lambda entry: entry.path)


def matches(path: str, glob: str) -> bool:
    """Tells whether a path fits a glob: `*.mkv`, `Extras`, `shows/**/*.mp4`."""
    return _fits(path, _compile(glob))


class _Entry(NamedTuple):
    """What a folder holds: the path below the root, and what the file system says."""

    path: str
    entry: os.DirEntry[str]


class _Walker:
    """One walk below one root."""

    def __init__(
        self, root: Path, include: list[re.Pattern[str]], exclude: list[re.Pattern[str]], *, follow: bool
    ) -> None:
        self._real_root = root.resolve()
        self._include = include
        self._exclude = exclude
        self._follow = follow

    def folder(
        self, folder: Path, path: str, above: frozenset[tuple[int, int]], around: Folder | None
    ) -> Iterator[Found | LeftOut]:
        """Everything below one folder; `above` are the identities of the folders that lead to it."""
        status = folder.stat()
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            # Its files are listed already.
            yield LeftOut(path=printable(path), reason="it is a link to a folder around it", folder=True)
            return
        if len(above) > _DEEPEST:
            yield LeftOut(
                path=printable(path), reason=f"it lies more than {_DEEPEST} folders deep", folder=True
            )
            return
        entries = self._entries(folder, path)
        here = Folder(path=path, files={}, stems=tuple(_stems(entries)), above=around)
        yield from self._companions(entries, here, "")
        for each in entries:
            is_folder = False
            try:
                is_folder = each.entry.is_dir()
                if is_folder and not self._follow and each.entry.is_symlink():
                    reason = "it is a link to a folder, and `follow_symlinks` is off"
                    yield LeftOut(path=printable(each.path), reason=reason, folder=True)
                elif is_folder:
                    yield from self._below(
                        each, self.folder(Path(each.entry.path), each.path, above | {identity}, here)
                    )
                else:
                    yield from self._file(each, here)
            except OSError as error:
                yield LeftOut(path=printable(each.path), reason=why(error), folder=is_folder)

    def _entries(self, folder: Path, path: str) -> list[_Entry]:
        prefix = f"{path}/" if path else ""
        with os.scandir(folder) as scan:
            entries = sorted(
                (_Entry(prefix + entry.name, entry) for entry in scan), key=lambda each: each.path
            )
        return [
            each
            for each in entries
            if not each.entry.name.startswith(".")
            and not any(_fits(each.path, glob) for glob in self._exclude)
        ]

    def _below(self, each: _Entry, found: Iterable[Found | LeftOut]) -> Iterator[Found | LeftOut]:
        """What a folder holds; one that is named as a film is told if that is nothing."""
        is_empty = True
        for entry in found:
            is_empty = False
            yield entry
        if is_empty and _is_media(each.entry.name):
            reason = "it is named as a media file, and holds none"
            yield LeftOut(path=printable(each.path), reason=reason, folder=True)

    def _file(self, each: _Entry, here: Folder) -> Iterator[Found | LeftOut]:
        if not _is_media(each.entry.name):
            return
        if self._include and not any(_fits(each.path, glob) for glob in self._include):
            return
        if printable(each.path) != each.path:
            yield LeftOut(path=printable(each.path), reason="its name is not UTF-8")
            return
        status = each.entry.stat()
        if not stat.S_ISREG(status.st_mode):
            yield LeftOut(path=each.path, reason="it is a pipe, a socket or a device")
            return
        if self._leads_out(each.entry):
            yield _led_out(each)
            return
        yield Found(
            path=each.path,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            ctime_ns=status.st_ctime_ns,
            folder=here,
        )

    def _companions(self, entries: list[_Entry], here: Folder, prefix: str) -> Iterator[LeftOut]:
        """Lists the files beside the media into their folder, those of a subtitle folder too."""
        if not here.stems:
            # No media here, but a show's may lie below: what is told of it is here.
            entries = [each for each in entries if not _is_subtitle(each.entry.name)]
        for each in entries:
            name = each.entry.name
            try:
                if folders.extension(name) in folders.EXTENSIONS and printable(each.path) == each.path:
                    if self._leads_out(each.entry):
                        yield _led_out(each)
                    elif each.entry.is_file():
                        here.files[f"{prefix}{name.lower()}"] = _companion(each)
                elif _holds_subtitles(name, prefix) and each.entry.is_dir(follow_symlinks=self._follow):
                    below = self._entries(Path(each.entry.path), each.path)
                    yield from self._companions(below, here, f"{prefix}{name.lower()}/")
            except OSError as error:
                # A folder is told of where it is searched for media.
                if not _holds_subtitles(name, prefix):
                    yield LeftOut(path=printable(each.path), reason=why(error))

    def _leads_out(self, entry: os.DirEntry[str]) -> bool:
        if self._follow or not entry.is_symlink():
            return False
        return not Path(entry.path).resolve().is_relative_to(self._real_root)


def _led_out(each: _Entry) -> LeftOut:
    return LeftOut(path=each.path, reason="it is a link that leads out of the source's folder")


def _is_media(name: str) -> bool:
    return f".{folders.extension(name)}" in EXTENSIONS


def _is_subtitle(name: str) -> bool:
    return folders.extension(name) in folders.SUBTITLE_CODECS


def _holds_subtitles(name: str, prefix: str) -> bool:
    """`Subs`, and the folders in it that are named after media."""
    return name.lower() in folders.SUBTITLE_FOLDERS if not prefix else prefix.count("/") == 1


def _stems(entries: list[_Entry]) -> Iterator[str]:
    return (PurePosixPath(each.entry.name).stem for each in entries if _is_media(each.entry.name))


def _companion(each: _Entry) -> Companion:
    if folders.extension(each.entry.name) not in folders.READ:
        return Companion(path=each.path)
    status = each.entry.stat()
    return Companion(path=each.path, size=status.st_size, mtime_ns=status.st_mtime_ns)


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
