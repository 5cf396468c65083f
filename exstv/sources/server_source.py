"""What every source on a media server is: asked when it is scanned, and played from disk or over HTTP.

Each type says how its server is asked: what does that is imported when it is needed, since it takes long to
load and playing needs none of it.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import msgspec

from exstv.pictures import NoPicture
from exstv.sources.base import FileInput, Look, Place, PlayableInput, ScanContext, ScanResult, UrlInput
from exstv.sources.environment import expand
from exstv.sources.servers import MappedFile, PathMap, address
from exstv.timeline.model import Media


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all definitions say; each type adds where its key is."""

    url: str
    libraries: tuple[str, ...] = ()
    path_map: dict[str, str] = {}


class _Mapped(msgspec.Struct, frozen=True):
    """What every locator says: where the file is on disk, if that is known."""

    mapped: MappedFile | None = None


class ServerSource(ABC):
    """The videos of one server. A subclass gives `library`, `written`, and where files and pictures are."""

    library: ClassVar[str]
    """The module that asks: its `scan(source, context)` and `introduce(source)`."""
    written: Written

    def __init__(self, name: str, environ: Mapping[str, str]) -> None:
        self.name = name
        self.environ = environ

    @abstractmethod
    def remote(self, media: Media) -> UrlInput:
        """The server's address of a file as it is, with the key in a header."""

    @abstractmethod
    def remote_picture(self, path: str) -> UrlInput:
        """The server's address of a picture, by its path, with the key in a header."""

    def scan(self, context: ScanContext) -> ScanResult:
        """Asks for what is new or changed. Raises ExstvError if any part of it cannot be had."""
        result: ScanResult = importlib.import_module(self.library).scan(self, context)
        return result

    def resolve(self, media: Media, place: Place) -> PlayableInput:
        """Gives the file on this disk, else its address at the server."""
        mapped = _mapped(media)
        on_disk = self.paths.on_disk(mapped, place.media_root) if mapped else None
        return self.remote(media) if on_disk is None else FileInput(path=on_disk)

    def picture(self, artwork: str, media_root: Path) -> UrlInput:
        """Gives the server's address of a picture. Raises NoPicture for what no scan has found."""
        if not artwork.startswith("/"):
            # Behind a host's name anything else could make it another host's, and tell that one the key.
            raise NoPicture(f"`{artwork}` is no picture of the server `{self.name}`")
        return self.remote_picture(artwork)

    def examine(self, media: Iterable[Media], media_root: Path) -> Iterator[Look]:
        """Asks who the server is and for its libraries, and looks for the files of `path_map`."""
        yield Look(importlib.import_module(self.library).introduce(self))
        yield from self.paths.examine(map(_mapped, media), media_root)

    @property
    def url(self) -> str:
        """The server's address. Raises ExstvError if it is none."""
        return address(self.written.url, self.environ)

    @property
    def libraries(self) -> tuple[str, ...]:
        """The names of the wanted libraries; none: all."""
        return tuple(expand(name, self.environ) for name in self.written.libraries)

    @property
    def paths(self) -> PathMap:
        """The server's folders that are on this machine."""
        return PathMap(self.written.path_map, self.environ)


def _mapped(media: Media) -> MappedFile | None:
    return msgspec.json.decode(media.locator, type=_Mapped).mapped
