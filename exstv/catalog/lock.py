"""The lock file: what `scan` found, as bytes that are the same on every machine.

`catalog.lock` is JSON Lines in UTF-8: a header with the sources that were scanned, then the programme lists
of external schedules and the media items, one a line, sorted by name and by id. It knows nothing of scanning
(exstv/sources) and nothing of SQL (view.py).
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from exstv import codes
from exstv.catalog.model import Catalog, FetchedList, MediaItem, ScannedSource
from exstv.diagnostics import Diagnostic, Span
from exstv.files import replace_file

log = logging.getLogger(__name__)

LOCK_NAME = "catalog.lock"
LOCK_FORMAT = 1
"""Version of the lines; another one is read as a damaged header."""

_RESCAN = "run `exstv scan` to write it anew"


class Defined(Protocol):
    """A declared source, as far as the lock cares: exstv.timeline.model.Source is one."""

    @property
    def definition(self) -> str: ...


class _Header(msgspec.Struct, frozen=True):
    format: int
    sources: dict[str, ScannedSource]


class _ListLine(msgspec.Struct, frozen=True):
    list: str
    definition: str
    data: msgspec.Raw


_encoder = msgspec.json.Encoder()
_header_decoder = msgspec.json.Decoder(_Header)
_item_decoder = msgspec.json.Decoder(MediaItem)
_list_decoder = msgspec.json.Decoder(_ListLine)
_LIST_START = b'{"list":'


def definition_digest(source: Defined) -> str:
    """The digest that the lock keeps of a source: with another one it must be scanned again."""
    return hashlib.sha256(source.definition.encode()).hexdigest()


def list_digest(url: str) -> str:
    """The digest that the lock keeps of a list's address: with another one it must be fetched again."""
    return hashlib.sha256(url.encode()).hexdigest()


def seal(
    items: Iterable[MediaItem],
    sources: dict[str, ScannedSource],
    lists: Mapping[str, FetchedList] | None = None,
) -> Catalog:
    """Makes a catalog of items in any order: sorts them, counts them by source, adds the digest."""
    ordered = tuple(sorted(items, key=lambda item: item.id))
    count = Counter(item.source for item in ordered)
    scanned = {name: msgspec.structs.replace(sources[name], items=count[name]) for name in sorted(sources)}
    fetched = dict(sorted((lists or {}).items()))
    catalog = Catalog(items=ordered, sources=scanned, lists=fetched)
    return msgspec.structs.replace(catalog, digest=_digest(encode(catalog)))


def encode(catalog: Catalog) -> bytes:
    """The lock's bytes: sources and items in order of their names and ids."""
    header = _Header(LOCK_FORMAT, {name: catalog.sources[name] for name in sorted(catalog.sources)})
    items = sorted(catalog.items, key=lambda item: item.id)
    lists = (_ListLine(name, each.definition, each.data) for name, each in sorted(catalog.lists.items()))
    return b"".join(_encoder.encode(line) + b"\n" for line in (header, *lists, *items))


def decode(data: bytes, file: str) -> tuple[Catalog, list[Diagnostic]]:
    """Reads the lock's bytes; each damaged line is a diagnostic at its place, and the others are kept."""
    lines = data.splitlines()
    if not lines:
        return Catalog(digest=_digest(data)), [_finding(file, 1, "it has no header line")]
    header, diagnostics = _decode_header(lines[0], file)
    items: dict[str, MediaItem] = {}
    lists: dict[str, FetchedList] = {}
    for number, line in enumerate(lines[1:], start=2):
        try:
            if line.startswith(_LIST_START):
                each = _list_decoder.decode(line)
                lists[each.list] = FetchedList(definition=each.definition, data=each.data)
                continue
            item = _item_decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            diagnostics.append(_finding(file, number, f"nothing can be read here: {_reason(error)}"))
            continue
        if item.id in items:
            diagnostics.append(_finding(file, number, f"`{item.id}` is listed a second time"))
            continue
        items[item.id] = item
    if not diagnostics:
        diagnostics.extend(_check_counts(header, items.values(), file))
    ordered = tuple(items[key] for key in sorted(items))
    catalog = Catalog(items=ordered, sources=header.sources, lists=lists, digest=_digest(data))
    return catalog, diagnostics


def read_lock(path: Path) -> tuple[Catalog, list[Diagnostic]]:
    """Reads a lock file; a missing one is an empty catalog, for a station that was never scanned."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return seal((), {}), []
    except OSError as error:
        return Catalog(), [codes.UNREADABLE_FILE.at(Span(str(path)), reason=error.strerror)]
    return decode(data, str(path))


def counting_lock(station: Path, state_dir: Path, mode: str) -> Path:
    """The lock that counts: this machine's own only in `live` mode, and while it is the newer one."""
    committed, own = station / LOCK_NAME, state_dir / LOCK_NAME
    if mode == "locked" or not own.is_file():
        return committed
    if committed.is_file() and committed.stat().st_mtime_ns >= own.stat().st_mtime_ns:
        return committed
    return own


def scanned_definitions(data: bytes) -> dict[str, str]:
    """The definition digests of the sources that a lock's bytes list; none if they are damaged."""
    try:
        header = _header_decoder.decode(data.partition(b"\n")[0])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {name: source.definition for name, source in header.sources.items()}


def write_lock(path: Path, catalog: Catalog) -> bool:
    """Replaces the lock atomically and tells whether it did: a lock with these very bytes is left alone."""
    data = encode(catalog)
    if path.is_file() and path.read_bytes() == data:
        return False
    replace_file(path, data)
    log.info("lock written path=%s items=%d", path, len(catalog.items))
    return True


def _decode_header(line: bytes, file: str) -> tuple[_Header, list[Diagnostic]]:
    nothing = _Header(LOCK_FORMAT, {})
    try:
        header = _header_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return nothing, [_finding(file, 1, f"no header can be read here: {_reason(error)}")]
    if header.format != LOCK_FORMAT:
        message = f"its format is {header.format}, this exstv reads {LOCK_FORMAT}"
        return nothing, [_finding(file, 1, message)]
    return header, []


def _check_counts(header: _Header, items: Iterable[MediaItem], file: str) -> list[Diagnostic]:
    """A merge by hand that loses lines leaves the header's counts behind."""
    count = Counter(item.source for item in items)
    return [
        _finding(file, 1, f"source `{name}` should have {source.items} items here and has {count[name]}")
        for name, source in header.sources.items()
        if count[name] != source.items
    ]


def _finding(file: str, line: int, reason: str) -> Diagnostic:
    return codes.LOCK_DAMAGED.at(Span(file, line, 1, line, 2), reason=reason, help=_RESCAN)


def _reason(error: Exception) -> str:
    return str(error).split(" (byte ")[0]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
