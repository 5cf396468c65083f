"""A source `local` to scan in tests: its folder, its state, and tiny media to put into it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec

from exstv.catalog.model import MediaItem
from exstv.sources.base import Place, PlayableInput, ScanContext, ScanResult
from exstv.sources.local import LocalSource
from exstv.sources.probing import ProbeSpec
from exstv.timeline.model import Media

NO_WORKER = ProbeSpec(command=("/nowhere/at/all",))
"""Probing that fails: for scans that must open nothing."""


class Shelf:
    """A folder with media, scanned as the source `lib`."""

    def __init__(self, root: Path, seed: Path) -> None:
        self.root = root
        self.media = root / "media"
        self.media.mkdir(parents=True)
        self.opened: list[str] = []
        """The names of the media files that the last scan opened."""
        self._seed = seed

    def put(self, *names: str) -> None:
        """Adds media files."""
        for name in names:
            path = self.media / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._seed, path)

    def write(self, name: str, text: str | bytes = b"") -> None:
        """Adds another file."""
        path = self.media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def resolve(self, media: Media) -> PlayableInput:
        """What plays an item."""
        place = Place(media_root=self.root, channel_name="One", title=media.title, start_ms=0)
        return LocalSource("lib", '{"path": "media"}', {}).resolve(media, place)

    def scan(
        self,
        known: tuple[MediaItem, ...] = (),
        probing: ProbeSpec | None = None,
        deep: bool = False,
        **definition: object,
    ) -> ScanResult:
        """Scans the folder; `known` are the items of the scan before."""
        spec = json.dumps({"path": "media", **definition})
        source = LocalSource("lib", spec, {}, probing or ProbeSpec(workers=2))
        context = ScanContext(
            media_root=self.root,
            state_dir=self.root / "state",
            known=known,
            deep=deep,
            progress=lambda done, total, what: self.opened.append(what),
        )
        self.opened = []
        result = source.scan(context)
        # The first call tells of all that is kept as it is.
        self.opened = sorted(filter(None, self.opened))
        return result

    def item(self, locator: str, **definition: object) -> MediaItem:
        """Scans, and gives one item."""
        return next(item for item in self.scan(**definition).items if item.locator == locator)


def missing(item: MediaItem) -> MediaItem:
    """The same item after a scan that did not find it."""
    return msgspec.structs.replace(item, state="missing")
