"""A station, read by a process of its own while the first one loads the rest of the compiler.

Owns that process. It does what front.py does, with the catalog as it lies on the disk. Meanwhile the first
one parses what no earlier compile did, for both. Whatever it gives is only of use: where there is nothing, or
where it was made with another catalog, the station is read as ever.
"""

from __future__ import annotations

import importlib
import io
import logging
import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from compiler import workers
from compiler.cache import Entries, ParseCache
from compiler.load import load
from compiler.parse import parse
from compiler.station.read import StationRead
from exstv.catalog.lock import read_lock
from exstv.catalog.model import Catalog, MediaItem

log = logging.getLogger(__name__)

ReadWith = Callable[[Catalog], StationRead | None]
"""Waits for the station; None: there is none that was read with this catalog."""


@dataclass(frozen=True)
class Order:
    """What is to be read, and by what."""

    root: Path
    lock: Path
    now_ms: int
    facts: Callable[[], tuple[str, ...]]
    cache: Path


@dataclass(frozen=True)
class Ahead:
    """What another process reads, and the cache, which knows all that is parsed."""

    cache: ParseCache
    station: ReadWith


@contextmanager
def read_ahead(order: Order) -> Iterator[Ahead]:
    """Has a station read for as long as the block lasts."""
    cache = ParseCache(order.cache)
    if "compiler.front" in sys.modules or os.cpu_count() == 1 or not workers.may_fork():
        yield Ahead(cache, not_read)
        return
    source, sink = os.pipe()
    with workers.beside(partial(_read, order, source, sink)) as done:
        os.close(source)
        _hand_over(_parsed(order.root, cache), sink)
        yield Ahead(cache, partial(_taken, done))


def not_read(catalog: Catalog) -> StationRead | None:
    """Gives nothing: the station is read when it is wanted."""
    return None


def _parsed(root: Path, cache: ParseCache) -> Entries:
    """What the cache did not know of a station."""
    sources, _ = load(root)
    unknown = tuple(file for file in sources.files if not cache.knows(file.path, file.raw))
    known = cache.used.copy()
    parse(replace(sources, files=unknown), cache)
    return {key: entry for key, entry in cache.used.items() if key not in known}


def _hand_over(entries: Entries, sink: int) -> None:
    # Nobody takes them where the other process failed, which is told when it is asked for the station.
    with suppress(BrokenPipeError), os.fdopen(sink, "wb") as pipe:
        pipe.write(msgspec.msgpack.encode(entries))


def _read(order: Order, source: int, sink: int) -> tuple[str, bytes]:
    """What the other process does: a station as bytes, and the digest of the catalog that they go with."""
    os.close(sink)
    front = importlib.import_module("compiler.front")
    with os.fdopen(source, "rb") as pipe:
        parsed = pipe.read()
    cache = ParseCache(order.cache, partial(msgspec.msgpack.decode, parsed, type=Entries))
    catalog, _ = read_lock(order.lock)
    read = front.read_station(order.root, catalog, order.now_ms, order.facts(), cache)
    return catalog.digest, _packed(read, catalog.items)


def _taken(done: Callable[[], tuple[str, bytes]], catalog: Catalog) -> StationRead | None:
    try:
        digest, packed = done()
    except workers.WorkerFailed as error:
        log.info("nothing read ahead why=%s", error)
        return None
    return _unpacked(packed, catalog.items) if digest == catalog.digest else None


def _packed(read: StationRead, items: Sequence[MediaItem]) -> bytes:
    """What was read as bytes. A medium, of which there may be very many, is its place in the catalog."""
    places = {id(item): place for place, item in enumerate(items)}

    def reduced(item: MediaItem) -> Any:
        place = places.get(id(item))
        return item.__reduce__() if place is None else (_at, (place,))

    packed = io.BytesIO()
    pickler = pickle.Pickler(packed, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {MediaItem: reduced}
    pickler.dump(read)
    return packed.getvalue()


def _unpacked(packed: bytes, items: Sequence[MediaItem]) -> StationRead:
    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            is_place = (module, name) == (_at.__module__, _at.__name__)
            return items.__getitem__ if is_place else super().find_class(module, name)

    read: StationRead = Unpickler(io.BytesIO(packed)).load()
    return read


def _at(place: int) -> MediaItem:
    """What stands in the bytes for a medium."""
    raise LookupError(f"the catalog is not at hand, of which item {place} is meant")
