"""Source `local`: a folder of media files, at any depth.

walk.py finds the files, shelving.py reads their paths and what lies beside them, probing.py opens those that
changed since the last scan; seen.py remembers which.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

import msgspec

from exstv import codes
from exstv.catalog.model import MediaItem, Stream
from exstv.diagnostics import Diagnostic, Span, sort_key
from exstv.errors import ExstvError
from exstv.pictures import NoPicture
from exstv.sources.base import FileInput, Place, ScanContext, ScanResult, left_out
from exstv.sources.deep_notes import DeepNotes
from exstv.sources.environment import expand
from exstv.sources.folders import PICTURES, extension, files_of
from exstv.sources.local_items import Told, media_item
from exstv.sources.looked import Looked, deepened
from exstv.sources.probed import Failed, Probed
from exstv.sources.probing import ProbeSpec, look_into, probe_files
from exstv.sources.seen import Seen, Surroundings, digest_of, recall, remember
from exstv.sources.shelving import Shelved, Shelves, SidecarReader
from exstv.sources.walk import Found, LeftOut, Selection, walk, why
from exstv.timeline.model import Media


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    kind: Literal["auto", "movie", "show", "music_video", "other"] = "auto"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_symlinks: bool = False


class _Read(NamedTuple):
    """A file that was opened: its item, if it is one, and what there is to tell.

    `lasting`: it will say the same until it changes.
    """

    file: Shelved
    item: MediaItem | None
    findings: tuple[Diagnostic, ...]
    lasting: bool = True


class LocalSource:
    """The files below one folder."""

    def __init__(
        self, name: str, definition: str, environ: Mapping[str, str], probing: ProbeSpec | None = None
    ) -> None:
        self._name = name
        self._environ = environ
        self._probing = probing
        self._definition = msgspec.json.decode(definition, type=_Definition)

    def scan(self, context: ScanContext) -> ScanResult:
        """Lists the folder and probes what is new or changed. Raises ExstvError if it cannot be read."""
        root = self._root(context.media_root)
        entries = self._walk(root)
        diagnostics = [self._left_out(entry) for entry in entries if isinstance(entry, LeftOut)]
        files = [entry for entry in entries if isinstance(entry, Found)]
        known = {item.locator: item for item in context.known}
        around = Surroundings()
        seen, changed = self._compared(files, known, around, context)
        items = {
            path: msgspec.structs.replace(known[path], state="present")
            for path, each in seen.items()
            if each.taken
        }
        context.progress(len(seen), len(files), "")
        for read in self._read(root, changed, context.counting(len(files), len(seen))):
            if read.item is not None:
                items[read.item.locator] = read.item
            if read.lasting:
                seen[read.file.entry.path] = _seen(read, around)
            else:
                diagnostics += read.findings
        kept = set() if context.deep else set(seen) - {file.entry.path for file in changed}
        lacking = [entry for entry in files if entry.path in items and entry.path not in kept]
        diagnostics += self._deepen(root, lacking, items, context)
        diagnostics += [finding for each in seen.values() for finding in each.findings]
        remember(self._name, context, dict(sorted(seen.items())))
        # All episodes tell of the one NFO that their show has.
        told = sorted(dict.fromkeys(diagnostics), key=sort_key)
        return ScanResult(items=tuple(items.values()), diagnostics=tuple(told))

    def resolve(self, media: Media, place: Place) -> FileInput:
        """Gives the file's absolute path, if it is still there and inside of the folder.

        Of the subtitles beside it those are given that are still there, too.
        """
        root = self._root(place.media_root)
        path = root / media.locator
        try:
            if not self._is_inside(root, media.locator):
                raise ExstvError(f"`{media.id}` lies outside of its source's folder")
            # Opening it tells more than asking: it may be there and closed to this user.
            with path.open("rb"):
                return FileInput(path=str(path), beside=tuple(self._beside(root, media)))
        except FileNotFoundError:
            raise ExstvError(f"`{media.id}` is gone: run `exstv scan`") from None
        except OSError as error:
            raise ExstvError(f"`{media.id}` cannot be opened: {why(error)}") from error

    def picture(self, artwork: str, media_root: Path) -> FileInput:
        """Gives a picture that lies beside the files, inside of the folder like them. Raises NoPicture."""
        root = self._root(media_root)
        try:
            is_ours = extension(artwork) in PICTURES and self._is_inside(root, artwork)
        except (OSError, RuntimeError, ValueError):
            # Links that lead in circles, a name with a NUL.
            is_ours = False
        if not is_ours:
            raise NoPicture(f"`{artwork}` is no picture in the folder of `{self._name}`")
        return FileInput(path=str(root / artwork))

    def _beside(self, root: Path, media: Media) -> Iterator[tuple[str, str]]:
        streams = msgspec.json.decode(media.streams, type=list[Stream]) if '"file"' in media.streams else []
        for file in (stream.file for stream in streams if stream.file is not None):
            with contextlib.suppress(OSError):
                if all(self._is_inside(root, each) and (root / each).is_file() for each in files_of(file)):
                    yield file, str(root / file)

    def _is_inside(self, root: Path, below: str) -> bool:
        """Tells whether a path is of the source's folder. Raises OSError where links lead in circles."""
        path = PurePosixPath(below)
        if path.is_absolute() or ".." in path.parts:
            return False
        return self._definition.follow_symlinks or (root / path).resolve().is_relative_to(root.resolve())

    def _root(self, media_root: Path) -> Path:
        return media_root.absolute() / expand(self._definition.path, self._environ)

    def _walk(self, root: Path) -> list[Found | LeftOut]:
        selection = Selection(
            include=self._definition.include,
            exclude=self._definition.exclude,
            follow_symlinks=self._definition.follow_symlinks,
        )
        try:
            return walk(root, selection)
        except OSError as error:
            # The path as it is written: what the environment adds to it may be a secret.
            raise ExstvError(f"the folder `{self._definition.path}` cannot be read: {why(error)}") from error

    def _compared(
        self, files: list[Found], known: Mapping[str, MediaItem], around: Surroundings, context: ScanContext
    ) -> tuple[dict[str, Seen], list[Shelved]]:
        """What is as the last scan left it, by path, and what is not."""
        before = recall(self._name, context)
        shelves = Shelves(self._definition.kind)
        seen: dict[str, Seen] = {}
        changed = []
        for entry in files:
            was = before.get(entry.path)
            if was is None or not was.is_file(entry) or (was.taken and entry.path not in known):
                changed.append(shelves.put(entry))
            elif was.around == around.of(entry.folder):
                seen[entry.path] = was
            elif was.beside == digest_of((file := shelves.put(entry)).sidecars):
                seen[entry.path] = msgspec.structs.replace(was, around=around.of(entry.folder))
            else:
                changed.append(file)
        return seen, changed

    def _deepen(
        self, root: Path, files: list[Found], items: dict[str, MediaItem], context: ScanContext
    ) -> list[Diagnostic]:
        """Adds to items what all of their files tell: as it was found before, and if it is asked for, now."""
        lacking = [entry for entry in files if items[entry.path].pauses is None]
        if not lacking:
            return []
        # Of files that were not read again the lock knows what the notes do.
        notes = DeepNotes(self._name, context)
        for entry in lacking:
            if (looked := notes.of(entry)) is not None:
                items[entry.path] = deepened(items[entry.path], looked)
        asked = {root / entry.path: entry for entry in lacking if items[entry.path].pauses is None}
        if not context.deep:
            return []
        counted = context.counting(len(asked))

        def note(path: Path, answer: Looked | Failed) -> None:
            if isinstance(answer, Looked):
                notes.add(asked[path], answer)
            counted(path.name)

        longest_ms = max((items[entry.path].duration_ms or 0 for entry in asked.values()), default=0)
        diagnostics = []
        for path, answer in look_into(list(asked), note, longest_ms).items():
            located = asked[path].path
            if isinstance(answer, Looked):
                items[located] = deepened(items[located], answer)
            else:
                id_ = items[located].id
                diagnostics.append(codes.NOT_LOOKED_INTO.at(Span(id_), id=id_, reason=answer.reason))
        notes.keep(entry.path for entry in files)
        return diagnostics

    def _read(self, root: Path, files: list[Shelved], counted: Callable[[str], None]) -> Iterator[_Read]:
        """Opens files, in worker processes; what lies beside them is read here in the meantime."""
        reader = SidecarReader(self._name, root, self._definition.kind)
        by_path = {root / file.entry.path: file for file in files}
        told: dict[Path, tuple[Told, tuple[Diagnostic, ...]]] = {}

        def note(path: Path) -> None:
            told[path] = reader.tell(by_path[path])
            counted(path.name)

        answers = probe_files(list(by_path), note, self._probing)
        for path, file in by_path.items():
            match answers[path]:
                case Probed() as probed:
                    known, findings = told[path]
                    item = media_item(self._name, self._definition.kind, file.entry, known, probed)
                    yield _Read(file, item, findings)
                case Failed(reason=reason, lasting=lasting):
                    gone = self._left_out(LeftOut(path=file.entry.path, reason=reason))
                    yield _Read(file, None, (gone,), lasting)

    def _left_out(self, entry: LeftOut) -> Diagnostic:
        id_ = f"{self._name}:{entry.path}"
        if entry.folder:
            return codes.FOLDER_LEFT_OUT.at(Span(id_), path=id_, reason=entry.reason)
        return left_out(id_, entry.reason)


def _seen(read: _Read, around: Surroundings) -> Seen:
    entry = read.file.entry
    return Seen(
        size=entry.size,
        mtime_ns=entry.mtime_ns,
        ctime_ns=entry.ctime_ns,
        around=around.of(entry.folder),
        beside=digest_of(read.file.sidecars),
        taken=read.item is not None,
        findings=read.findings,
    )
