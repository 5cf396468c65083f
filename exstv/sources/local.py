"""Source `local`: a folder of media files, at any depth.

walk.py finds the files, names.py reads their paths, probing.py opens those that changed since the last scan.
When a file was last written is kept in the state folder, not in the lock: it differs from machine to machine.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec

from exstv import codes
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import ExstvError
from exstv.files import replace_file
from exstv.sources.base import FileInput, Place, ScanContext, ScanResult, left_out
from exstv.sources.environment import expand
from exstv.sources.names import parse_name
from exstv.sources.probe import Failed, Probed
from exstv.sources.probing import ProbeSpec, probe_files
from exstv.sources.walk import Found, LeftOut, Selection, walk, why
from exstv.timeline.model import Media

log = logging.getLogger(__name__)

_WRITTEN = "scan/2"
"""The folder in the state folder with a file a source: when each of its media files was last written.

The number rises when a probe tells more than before, so that the next scan opens every file anew.
"""


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    kind: Literal["auto", "movie", "show", "music_video", "other"] = "auto"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_symlinks: bool = False


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
        found = [entry for entry in entries if isinstance(entry, Found)]
        diagnostics = [self._left_out(entry) for entry in entries if isinstance(entry, LeftOut)]
        kept = self._unchanged(found, context)
        changed = [entry for entry in found if entry.path not in kept]
        context.progress(len(kept), len(found), "")
        counted = context.counting(len(found), len(kept))
        paths = [root / entry.path for entry in changed]
        answers = probe_files(paths, lambda path: counted(path.name), self._probing)
        items = dict(kept)
        for entry in changed:
            match answers[root / entry.path]:
                case Probed() as probed:
                    items[entry.path] = self._media_item(entry, probed)
                case Failed(reason=reason):
                    diagnostics.append(self._left_out(LeftOut(path=entry.path, reason=reason)))
        self._remember([entry for entry in found if entry.path in items], context)
        return ScanResult(items=tuple(items.values()), diagnostics=tuple(diagnostics))

    def resolve(self, media: Media, place: Place) -> FileInput:
        """Gives the file's absolute path, if it is still there and inside of the folder."""
        root = self._root(place.media_root)
        locator = PurePosixPath(media.locator)
        path = root / locator
        try:
            inside = self._definition.follow_symlinks or path.resolve().is_relative_to(root.resolve())
            if locator.is_absolute() or ".." in locator.parts or not inside:
                raise ExstvError(f"`{media.id}` lies outside of its source's folder")
            # Opening it tells more than asking: it may be there and closed to this user.
            with path.open("rb"):
                return FileInput(path=str(path))
        except FileNotFoundError:
            raise ExstvError(f"`{media.id}` is gone: run `exstv scan`") from None
        except OSError as error:
            raise ExstvError(f"`{media.id}` cannot be opened: {why(error)}") from error

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

    def _unchanged(self, found: list[Found], context: ScanContext) -> dict[str, MediaItem]:
        """The items of the last scan whose files are of the same size and were not written since."""
        known = {item.locator: item for item in context.known}
        written = self._recall(context)
        return {
            entry.path: msgspec.structs.replace(known[entry.path], state="present")
            for entry in found
            if entry.path in known
            and known[entry.path].size == entry.size
            and written.get(entry.path) == entry.mtime_ns
        }

    def _media_item(self, entry: Found, probed: Probed) -> MediaItem:
        name = parse_name(PurePosixPath(entry.path), self._definition.kind)
        return MediaItem(
            id=f"{self._name}:{entry.path}",
            source=self._name,
            kind=name.kind,
            # The name that somebody gave the file goes before the tag that some program left in it.
            title=name.title or probed.title or name.stem,
            locator=entry.path,
            duration_ms=probed.duration_ms,
            show=name.show,
            season=name.season,
            episode=name.episode,
            year=name.year,
            tags=name.tags,
            chapters=probed.chapters,
            streams=probed.streams,
            size=entry.size,
        )

    def _left_out(self, entry: LeftOut) -> Diagnostic:
        id_ = f"{self._name}:{entry.path}"
        if entry.folder:
            return codes.FOLDER_LEFT_OUT.at(Span(id_), path=id_, reason=entry.reason)
        return left_out(id_, entry.reason)

    def _state_file(self, context: ScanContext) -> Path | None:
        return context.state_dir / _WRITTEN / f"{self._name}.json" if context.state_dir else None

    def _recall(self, context: ScanContext) -> dict[str, int]:
        """When each file was last written, as of the last scan on this machine; unknown: probe it again."""
        path = self._state_file(context)
        try:
            return msgspec.json.decode(path.read_bytes(), type=dict[str, int]) if path else {}
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            log.warning("scan state unreadable path=%s reason=%s", path, error)
            return {}

    def _remember(self, entries: list[Found], context: ScanContext) -> None:
        path = self._state_file(context)
        if path:
            replace_file(path, msgspec.json.encode({entry.path: entry.mtime_ns for entry in entries}))
