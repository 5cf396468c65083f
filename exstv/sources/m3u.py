"""Source `m3u`: what a list of addresses names, live channels and films, from a server or a file.

An address that holds a secret is not kept: the list is read again when such an entry plays. The source owns a
copy of the list for that, and asks for another one where it has become old.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import msgspec

from exstv.catalog.model import MediaItem
from exstv.clock import Clock, SystemClock
from exstv.diagnostics import Diagnostic
from exstv.errors import ExstvError
from exstv.sources.addresses import is_web, joined, secrets_of, split, without_secrets
from exstv.sources.base import Place, ScanContext, ScanResult, UrlInput, left_out
from exstv.sources.environment import expand
from exstv.sources.fetching import fetch
from exstv.sources.playlist import Entry, is_stream, read
from exstv.sources.walk import why
from exstv.timeline.model import Media

log = logging.getLogger(__name__)

LARGEST_FILE = 64_000_000
FRESH_SECONDS = 600.0
"""How old the list may be that an entry is looked up in."""
_LISTED = "listed:"
"""What a locator begins with whose address is only in the list; its key follows."""


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str | None = None
    path: str | None = None


class M3uSource:
    """The entries of one list."""

    def __init__(
        self, name: str, definition: str, environ: Mapping[str, str], clock: Clock | None = None
    ) -> None:
        self._clock = clock or SystemClock()
        self._name = name
        self._environ = environ
        self._definition = msgspec.json.decode(definition, type=_Definition)
        self._lock = threading.Lock()
        self._listed: dict[str, Entry] = {}
        self._read_at: float | None = None

    def scan(self, context: ScanContext) -> ScanResult:
        """Reads the list. Raises ExstvError if it does not come whole, or is none."""
        items: list[MediaItem] = []
        diagnostics: list[Diagnostic] = []
        entries, secrets = self._entries(context.media_root)
        for number, (key, entry) in enumerate(entries.items(), start=1):
            id_ = f"{self._name}:{key}"
            if is_web(entry.address):
                items.append(self._media_item(key, entry, secrets))
            else:
                reason = f"line {entry.line} of the list holds no address that begins with http or https"
                diagnostics.append(left_out(id_, reason))
            context.progress(number, len(entries), entry.title)
        return ScanResult(items=tuple(items), diagnostics=tuple(diagnostics))

    def resolve(self, media: Media, place: Place) -> UrlInput:
        """Gives an entry's address, from the list where it was not kept. Raises ExstvError if it is gone."""
        live = media.duration_ms is None
        if not media.locator.startswith(_LISTED):
            return UrlInput(url=media.locator, live=live)
        entry = self._look_up(media.locator.removeprefix(_LISTED), place.media_root)
        if entry is None:
            raise ExstvError(f"`{media.id}` is not in the list any more: run `exstv scan`")
        return UrlInput(url=entry.address, headers=entry.headers, live=live)

    def _look_up(self, key: str, media_root: Path) -> Entry | None:
        with self._lock:
            now = self._clock.monotonic()
            old = self._read_at is None or now - self._read_at > FRESH_SECONDS
            if old or key not in self._listed:
                try:
                    self._listed, _ = self._entries(media_root)
                    self._read_at = now
                except ExstvError as error:
                    # A list that was read once is better than none.
                    if key not in self._listed:
                        raise
                    log.warning("list not read again source=%s reason=%s", self._name, error)
            return self._listed.get(key)

    def _entries(self, media_root: Path) -> tuple[dict[str, Entry], frozenset[str]]:
        """The entries by their keys, and what of their addresses is secret."""
        written = self._definition.url or ""
        base = expand(written, self._environ)
        secrets = secrets_of(written, self._environ, base)
        text = self._text(media_root, base)
        if is_stream(text):
            raise ExstvError("it is one stream, not a list of them: a source of `type: url` plays it")
        entries: dict[str, Entry] = {}
        for entry in read(text):
            whole = replace(entry, address=joined(base, entry.address))
            entries[_key(whole, secrets, entries)] = whole
        if not entries:
            raise ExstvError("it is no M3U list: it names nothing")
        return entries, secrets

    def _text(self, media_root: Path, base: str) -> str:
        if self._definition.path is None:
            data = fetch(base)
        else:
            data = _file(media_root.absolute() / expand(self._definition.path, self._environ))
        text = _decoded(data)
        if not text.lstrip().startswith("#EXT"):
            raise ExstvError("it is no M3U list: it does not begin with `#EXTM3U`")
        return text

    def _media_item(self, key: str, entry: Entry, secrets: frozenset[str]) -> MediaItem:
        shown = without_secrets(entry.address, secrets)
        kept = shown == entry.address and not entry.headers
        tvg_id, logo = entry.attributes.get("tvg-id"), entry.attributes.get("tvg-logo", "")
        return MediaItem(
            id=f"{self._name}:{key}",
            source=self._name,
            kind="live" if entry.duration_ms is None else "clip",
            title=entry.title or tvg_id or PurePosixPath(split(shown).path).stem or split(shown).netloc,
            locator=shown if kept else f"{_LISTED}{key}",
            duration_ms=entry.duration_ms,
            tags=entry.groups,
            artwork=logo if is_web(logo) and logo == without_secrets(logo, secrets) else None,
            guids=(f"tvg:{tvg_id}",) if tvg_id else (),
        )


def _key(entry: Entry, secrets: frozenset[str], taken: Mapping[str, Entry]) -> str:
    """The entry's own id if no other has it, else its address, else that with its title; at last a number."""
    shown = without_secrets(entry.address, secrets)
    tvg_id = entry.attributes.get("tvg-id", "")
    for key in (tvg_id, shown, f"{shown} {entry.title}"):
        if key and key not in taken:
            return key
    number = 2
    while f"{shown} {entry.title} {number}" in taken:
        number += 1
    return f"{shown} {entry.title} {number}"


def read_text(path: Path) -> str:
    """A list's file as text. Raises ExstvError if it cannot be read."""
    return _decoded(_file(path))


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ExstvError(f"the list cannot be read: {why(error)}") from error
    if len(data) > LARGEST_FILE:
        raise ExstvError(f"the list has more than {LARGEST_FILE:,} bytes")
    return data


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Lists from before UTF-8 are common; every byte means something in this one.
        return data.decode("latin-1")
