"""Reads what lies beside media files: NFO and chapters, each once, and what is wrong with them.

Owns no rule: sidecars.py chooses the files, nfo.py and chapter_files.py understand them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TypeVar

import msgspec

from exstv import codes
from exstv.diagnostics import Diagnostic, Span
from exstv.sources.chapter_files import read_chapters
from exstv.sources.folders import Companion
from exstv.sources.guesses import guessed
from exstv.sources.local_items import Told
from exstv.sources.markup import LARGEST_BYTES, Unreadable
from exstv.sources.name_facts import NameFacts
from exstv.sources.names import parse_name
from exstv.sources.nfo import Nfo, read_nfo
from exstv.sources.sidecars import Shelf, Sidecars
from exstv.sources.walk import Found, why

T = TypeVar("T")


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """A media file, what its path says as it stands, and what lies beside it."""

    entry: Found
    path: PurePosixPath
    name: NameFacts
    shelf: Shelf
    sidecars: Sidecars


class Shelves:
    """The folders of one source; owns what is known of each."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._known: dict[str, Shelf] = {}

    def put(self, entry: Found) -> Shelved:
        """Reads the path of a media file; opens nothing."""
        path, folder = PurePosixPath(entry.path), entry.folder
        name = parse_name(path, self._kind)
        shelf = self._known.get(folder.path) or self._known.setdefault(folder.path, Shelf(folder))
        return Shelved(entry=entry, path=path, name=name, shelf=shelf, sidecars=shelf.beside(path, name))


class SidecarReader:
    """Reads below one root; owns what it has read, since a whole show has one NFO."""

    def __init__(self, source: str, root: Path, kind: str) -> None:
        self._source = source
        self._root = root
        self._kind = kind
        self._nfos: dict[str, tuple[Nfo | None, tuple[Diagnostic, ...]]] = {}

    def tell(self, file: Shelved) -> tuple[Told, tuple[Diagnostic, ...]]:
        """All that is known of a file without opening it, and what is wrong with what tells it."""
        name, sidecars = file.name, file.sidecars
        if not name.sure:
            name = guessed(file.path, self._kind, name)
            sidecars = file.shelf.beside(file.path, name)
        own, bad = self._nfo(sidecars.nfo)
        show, bad_show = self._nfo(sidecars.show_nfo)
        chapters, bad_chapters = self._read(sidecars.chapters, read_chapters)
        told = Told(
            name=name, sidecars=sidecars, nfo=own or Nfo(), show=show or Nfo(), chapters=chapters or ()
        )
        return told, (*bad, *bad_show, *bad_chapters)

    def _nfo(self, file: Companion | None) -> tuple[Nfo | None, tuple[Diagnostic, ...]]:
        if file is None:
            return None, ()
        if file.path not in self._nfos:
            nfo, findings = self._read(file, read_nfo)
            id_ = f"{self._source}:{file.path}"
            bad = (
                codes.BAD_FACT.at(Span(id_), id=id_, fact=each.fact, value=each.value, reason=each.reason)
                for each in (nfo.bad if nfo else ())
            )
            self._nfos[file.path] = (nfo, (*findings, *bad))
        return self._nfos[file.path]

    def _read(
        self, file: Companion | None, read: Callable[[bytes], T]
    ) -> tuple[T | None, tuple[Diagnostic, ...]]:
        if file is None:
            return None, ()
        try:
            with (self._root / file.path).open("rb") as stream:
                # One byte more than may be: then it is told that it is too large.
                return read(stream.read(LARGEST_BYTES + 1)), ()
        except Unreadable as error:
            reason = str(error)
        except OSError as error:
            reason = why(error)
        id_ = f"{self._source}:{file.path}"
        return None, (codes.SIDECAR_UNREADABLE.at(Span(id_), path=id_, reason=reason),)
