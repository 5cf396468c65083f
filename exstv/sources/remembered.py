"""What a scan remembers of each item of a media server, so that the next one fetches only what changed.

It is kept in the state folder, not in the lock: a server may call an item changed whose facts are the same.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from exstv.catalog.model import MediaItem
from exstv.files import replace_file
from exstv.sources.base import ScanContext

log = logging.getLogger(__name__)

_FOLDER = "scan/servers-2"
"""The number rises when more is read from an item than before, so that the next scan fetches all anew."""


class _Seen(msgspec.Struct, frozen=True, array_like=True):
    """An item as it was: the server's word for that version of it, and the digest of what was read."""

    version: str
    facts: str


class Remembered:
    """The items of the last scan that count as read while the server calls them the same."""

    def __init__(self, source: str, context: ScanContext) -> None:
        self._path = context.state_dir / _FOLDER / f"{source}.json" if context.state_dir else None
        seen = _read(self._path)
        # A lock from git may be older than what this machine remembers: only the facts read then count.
        self._known = {
            item.id: (seen[item.id].version, item)
            for item in context.known
            if item.id in seen and seen[item.id].facts == _digest(item)
        }

    def __bool__(self) -> bool:
        return bool(self._known)

    def unchanged(self, id_: str, version: str | None) -> MediaItem | None:
        """The item as it is known, if this is the version that was read."""
        known = self._known.get(id_)
        return known[1] if known is not None and known[0] == version else None

    def keep(self, items: Iterable[MediaItem], versions: Mapping[str, str | None]) -> None:
        """Remembers these items for the next scan; one without a version is fetched again."""
        if self._path is None:
            return
        seen = {item.id: _Seen(version, _digest(item)) for item in items if (version := versions[item.id])}
        replace_file(self._path, msgspec.json.encode(seen))


def _read(path: Path | None) -> dict[str, _Seen]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Seen]) if path else {}
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        log.warning("scan state unreadable path=%s reason=%s", path, error)
        return {}


def _digest(item: MediaItem) -> str:
    """Of what is read from the item itself: where it is listed is asked again in every scan."""
    own = msgspec.structs.replace(item, library=None, collections=(), state="present")
    return hashlib.sha256(msgspec.json.encode(own)).hexdigest()[:16]
