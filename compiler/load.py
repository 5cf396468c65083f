"""The front edge: reads a station's folder into memory, the only place of the compiler that does.

Owns which files belong to a station. Never looks into them; compiler/parse.py does.

Read is every `*.yaml` and `*.yml` below the root, except `config.yaml` at the root (this machine's settings),
hidden files and folders, and what `.exstvignore` at the root matches. That file has one pattern a line; `#`
begins a comment. A pattern is a shell glob: without a slash it matches a name at any depth, with one the path
below the root; a slash at its end matches folders only.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from exstv import codes
from exstv.diagnostics import Diagnostic, Span, suggest
from exstv.files import CONFIG_NAME, MAX_BYTES
from exstv.pictures import SUFFIXES, NoPicture, format_of, logo_type, read_picture

log = logging.getLogger(__name__)

IGNORE_NAME = ".exstvignore"
_SUFFIXES = (".yaml", ".yml")
MAX_LIST_BYTES = 32_000_000
"""The longest programme list of another program: some years of programmes."""


@dataclass(frozen=True)
class SourceFile:
    """One file as bytes; `path` is as a user would click it: the root as given, then the path below it."""

    path: str
    raw: bytes


@dataclass(frozen=True, order=True)
class PictureFile:
    """A file that is called like a picture; `path` is below the root, the rest tells when it was replaced."""

    path: str
    size: int
    written_ns: int


@dataclass(frozen=True)
class Named:
    """A picture below the station's folder, by the path as it is written, and where that is."""

    path: str
    where: Span
    logo: bool


@dataclass(frozen=True)
class SourceSet:
    """All files of a station, sorted by path. `complete` is False where one of them could not be read."""

    root: Path
    files: tuple[SourceFile, ...]
    complete: bool = True
    lists: dict[str, bytes] = field(default_factory=dict)
    """What external schedules name, by the path as it is written, in order; `read_lists` adds them."""
    pictures: tuple[PictureFile, ...] = ()
    """What of the station could be a logo or a watermark, sorted by path."""


def load(root: Path) -> tuple[SourceSet, list[Diagnostic]]:
    """Reads every station file below `root`."""
    if not root.is_dir():
        reason = "this is not a folder" if root.exists() else "there is no such folder"
        return SourceSet(root, (), False), [codes.NO_STATION_FILES.at(Span(str(root)), reason=reason)]
    walk = _Walk(root)
    files = tuple(sorted(walk.files(root), key=lambda file: file.path))
    if not files and not walk.diagnostics:
        reason = "this folder holds no YAML files"
        walk.diagnostics.append(codes.NO_STATION_FILES.at(Span(str(root)), reason=reason))
    log.info("station read files=%d problems=%d", len(files), len(walk.diagnostics))
    pictures = tuple(sorted(walk.pictures))
    return SourceSet(root, files, not walk.diagnostics, pictures=pictures), walk.diagnostics


def read_lists(sources: SourceSet, wanted: Iterable[tuple[str, Span]]) -> tuple[SourceSet, list[Diagnostic]]:
    """Reads the lists that schedules name, each a path below the root and where that is written."""
    found: dict[str, bytes] = {}
    diagnostics: list[Diagnostic] = []
    for name, where in sorted(wanted):
        try:
            found[name] = _read_below(sources.root, name)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            diagnostics.append(codes.LIST_NOT_READ.at(where, path=name, reason=reason))
    return replace(sources, lists=found), diagnostics


def look_at_pictures(sources: SourceSet, wanted: Iterable[Named]) -> list[Diagnostic]:
    """Tells of pictures that cannot be shown, and why; what names them plays without."""
    why = functools.cache(functools.partial(_why_not_shown, sources.root))
    found = []
    for each in wanted:
        reason = why(each.path, each.logo)
        if reason:
            near = suggest(each.path, [file.path for file in sources.pictures])
            help = f"did you mean `{near}`?" if near and near != each.path else ""
            found.append(codes.PICTURE_NOT_SHOWN.at(each.where, path=each.path, reason=reason, help=help))
    return found


def _why_not_shown(root: Path, path: str, logo: bool) -> str:
    try:
        format_of(read_picture(root, path))
        if logo:
            logo_type(path)
    except NoPicture as error:
        return str(error)
    return ""


def _read_below(root: Path, name: str) -> bytes:
    try:
        path = (root / name).resolve()
    except RuntimeError as error:
        raise OSError("it is a link that leads to itself") from error
    except ValueError as error:
        raise OSError("it cannot be a path") from error
    if not path.is_relative_to(root.resolve()):
        raise OSError("it is outside of the station's folder")
    if path.exists() and not path.is_file():
        raise OSError("not a file")
    with path.open("rb") as file:
        raw = file.read(MAX_LIST_BYTES + 1)
    if len(raw) > MAX_LIST_BYTES:
        raise OSError(f"it has more than {MAX_LIST_BYTES:,} bytes")
    return raw


class _Walk:
    """One pass over the folder; owns its diagnostics and the folders that it is inside of."""

    def __init__(self, root: Path) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.pictures: list[PictureFile] = []
        self._root = root
        self._inside: list[Path] = []
        self._ignored = self._patterns()

    def files(self, folder: Path) -> Iterator[SourceFile]:
        """Every station file below a folder."""
        real = folder.resolve()
        if real in self._inside:
            self.diagnostics.append(codes.LINK_LOOP.at(Span(str(folder))))
            return
        self._inside.append(real)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self._unreadable(folder, error)
            entries = []
        for entry in entries:
            yield from self._entry(Path(entry.path))
        self._inside.pop()

    def _entry(self, path: Path) -> Iterator[SourceFile]:
        # A link that leads to itself is neither a folder nor a file.
        is_folder = path.is_dir()
        if path.name.startswith(".") or self._is_ignored(path, is_folder):
            return
        if is_folder:
            yield from self.files(path)
        elif path.suffix in _SUFFIXES and path != self._root / CONFIG_NAME:
            yield from self._file(path)
        elif path.suffix.lower() in SUFFIXES:
            # One that cannot be read is told where it is named.
            with contextlib.suppress(OSError):
                facts = path.stat()
                below = path.relative_to(self._root).as_posix()
                self.pictures.append(PictureFile(below, facts.st_size, facts.st_mtime_ns))

    def _file(self, path: Path) -> Iterator[SourceFile]:
        try:
            if path.exists() and not path.is_file():
                # Opening a pipe would wait for a writer for ever.
                self.diagnostics.append(codes.UNREADABLE_FILE.at(Span(str(path)), reason="not a file"))
                return
            with path.open("rb") as file:
                yield SourceFile(str(path), file.read(MAX_BYTES + 1))
        except OSError as error:
            self._unreadable(path, error)

    def _unreadable(self, path: Path, error: OSError) -> None:
        reason = (error.strerror or "unknown reason").lower()
        self.diagnostics.append(codes.UNREADABLE_FILE.at(Span(str(path)), reason=reason))

    def _patterns(self) -> tuple[str, ...]:
        try:
            text = (self._root / IGNORE_NAME).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ()
        except OSError as error:
            self._unreadable(self._root / IGNORE_NAME, error)
            return ()
        lines = (line.strip() for line in text.splitlines())
        return tuple(line for line in lines if line and not line.startswith("#"))

    def _is_ignored(self, path: Path, is_folder: bool) -> bool:
        below = path.relative_to(self._root).as_posix()
        for pattern in self._ignored:
            if pattern.endswith("/") and not is_folder:
                continue
            glob = pattern.rstrip("/")
            if fnmatchcase(below if "/" in glob else path.name, glob.removeprefix("/")):
                return True
        return False
