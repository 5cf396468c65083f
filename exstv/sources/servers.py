"""What the media servers plex, jellyfin and emby share: an address, libraries, files that may be here, too.

A server names a file by a path of its own machine. `path_map` says where some of those folders are here; what
lies in none of them, or is not there, is played over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from exstv.codes import did_you_mean
from exstv.diagnostics import suggest
from exstv.errors import ExstvError
from exstv.sources.base import Look
from exstv.sources.environment import expand

T = TypeVar("T")

_SAMPLE = 20
"""So many files are looked for where a folder is checked."""
MOST_ACTORS = 15
"""Those who are billed first: a lock with every extra would be many times as long."""


class Unusable(ValueError):
    """An item cannot be played; the text says why."""


def choose(libraries: Mapping[str, T], wanted: Iterable[str]) -> dict[str, T]:
    """The libraries with the wanted names, all if none is wanted. Raises ExstvError for an unknown name."""
    for name in wanted:
        if name not in libraries:
            known = f"it has {', '.join(f'`{each}`' for each in libraries)}"
            hint = did_you_mean(suggest(name, libraries)) or known
            raise ExstvError(f"the server has no library `{name}`; {hint}")
    return {name: libraries[name] for name in wanted} or dict(libraries)


def stem(path: str) -> str:
    """A file's name without its ending, for an item that nobody named."""
    return PurePosixPath(_parts(path)[-1]).stem.strip() if _parts(path) else ""


def address(written: str, environ: Mapping[str, str]) -> str:
    """A server's address without a slash at its end. Raises ExstvError, which does not repeat it."""
    url = expand(written, environ).rstrip("/")
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and not parts.query and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ExstvError("its `url` is no address like `http://192.168.1.5:8096`")
    return url


class MappedFile(msgspec.Struct, frozen=True):
    """A file below a folder of `path_map`: the folder as it is written there, the path below it with `/`."""

    root: str
    path: str


class PathMap:
    """The server's folders that are on this machine as well."""

    def __init__(self, written: Mapping[str, str], environ: Mapping[str, str]) -> None:
        self._here = {root: expand(here, environ) for root, here in written.items()}
        # The longest first: of two that hold a file, the inner one is meant.
        folders = [(_parts(expand(root, environ)), root) for root in written]
        self._folders = sorted(folders, key=lambda folder: -len(folder[0]))

    def locate(self, path: str) -> MappedFile | None:
        """The file that a server calls so, if it lies in one of the folders."""
        parts = _parts(path)
        for folder, root in self._folders:
            below = parts[len(folder) :]
            if below and parts[: len(folder)] == folder and ".." not in below:
                return MappedFile(root, "/".join(below))
        return None

    def on_disk(self, file: MappedFile, media_root: Path) -> str | None:
        """The file's path here, if it is there and can be opened."""
        below = PurePosixPath(file.path)
        if file.root not in self._here or below.is_absolute() or ".." in below.parts:
            return None
        path = media_root.absolute() / self._here[file.root] / below
        try:
            # Opening it tells more than asking: it may be there and closed to this user.
            with path.open("rb"):
                return str(path)
        except OSError:
            return None

    def examine(self, files: Iterable[MappedFile | None], media_root: Path) -> Iterable[Look]:
        """Looks for some of the files in each folder."""
        found = list(files)
        for root in sorted(self._here):
            here = [file for file in found if file is not None and file.root == root]
            if not here:
                yield Look(
                    f"`path_map` {root}: no item lies in it", "write the folder as the server calls it"
                )
                continue
            sample = here[:: max(1, len(here) // _SAMPLE)]
            there = sum(self.on_disk(file, media_root) is not None for file in sample)
            text = f"`path_map` {root}: {there} of {len(sample)} files looked for are on this disk"
            yield Look(
                text, "" if there == len(sample) else "mount the folder, or change where it is mapped to"
            )


def _parts(path: str) -> tuple[str, ...]:
    """A path's folders; a server on Windows writes backslashes, which are no part of a name there."""
    windows = path[1:3] in (":\\", ":/") or path.startswith("\\\\")
    parts = (path.replace("\\", "/") if windows else path).split("/")
    return tuple(part for part in parts if part not in ("", "."))
