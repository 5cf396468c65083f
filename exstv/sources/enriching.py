"""Asks databases on the web for what the sources do not know of their films and episodes.

Off unless a source names one (`enrich`). What was answered is in the lock (enrichment.py says how) and is not
asked again; that there was no answer is remembered in the state folder for a while. A database that fails
takes nothing away: what it said before stays.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from exstv import codes
from exstv.catalog.model import MediaItem
from exstv.clock import Clock, SystemClock
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import ExstvError
from exstv.files import replace_file
from exstv.sources.base import ScanContext
from exstv.sources.enrichment import (
    Added,
    Asked,
    Enricher,
    Show,
    filled,
    identity,
    is_untitled,
    lacks,
    recalled,
    shows_of,
)
from exstv.sources.environment import expand
from exstv.sources.expected import Garbled, Restraint
from exstv.units import DAY_MS

log = logging.getLogger(__name__)

AGAIN_MS = 7 * DAY_MS
"""How long it counts that a database knows nothing of an item."""
_MODULES = {"tmdb": "exstv.sources.tmdb", "tvdb": "exstv.sources.tvdb"}
"""What asks each database: its `opened(enricher, restraint)`. It takes long to load."""
_FOLDER = "scan/unanswered-1"

Answer = tuple[MediaItem, Added | None]


class Enriching:
    """The databases that one source names, in their order."""

    def __init__(
        self,
        source: str,
        enrichers: Iterable[Enricher],
        environ: Mapping[str, str],
        restraint: Restraint | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._source = source
        self._enrichers = tuple(enrichers)
        self._environ = environ
        self._restraint = restraint or Restraint()
        self._clock = clock or SystemClock()

    def enrich(
        self, items: tuple[MediaItem, ...], before: Iterable[MediaItem], context: ScanContext
    ) -> tuple[tuple[MediaItem, ...], list[Diagnostic]]:
        """The items with what they lack; `before` are those of the last scan, as the lock has them."""
        if not self._enrichers:
            return items, []
        known = {item.id: item for item in before}
        unanswered = _Unanswered(self._source, context.state_dir, self._clock.now_ms())
        diagnostics: list[Diagnostic] = []
        found = {item.id: item for item in items}
        for enricher in self._enrichers:
            found |= {
                id_: old
                for id_, item in found.items()
                if (old := recalled(item, known.get(id_), enricher)) is not None
            }
            wanted = [item for item in found.values() if _is_asked(item, enricher, unanswered)]
            try:
                self._fill(found, wanted, enricher, unanswered, context)
            except ExstvError as error:
                log.warning("not enriched source=%s by=%s reason=%s", self._source, enricher.type, error)
                place, name = Span(self._source), self._source
                diagnostics.append(codes.NOT_ENRICHED.at(place, name=name, by=enricher.type, reason=error))
        unanswered.write()
        return tuple(found.values()), diagnostics

    def _fill(
        self,
        found: dict[str, MediaItem],
        wanted: list[MediaItem],
        enricher: Enricher,
        unanswered: _Unanswered,
        context: ScanContext,
    ) -> None:
        """Asks of some of the items. Raises ExstvError at the first failure; what came before is kept."""
        counted = context.counting(len(wanted))
        for item, added in self._answers(enricher, wanted):
            counted(item.title)
            if added is None or (is_untitled(item) and added.title is None):
                unanswered.keep(enricher, item)
            else:
                found[item.id] = filled(item, added, enricher)

    def _answers(self, enricher: Enricher, wanted: list[MediaItem]) -> Iterator[Answer]:
        movies, shows = [item for item in wanted if item.kind == "movie"], shows_of(wanted)
        if not movies and not shows:
            return
        with opened(enricher, self._environ, self._restraint) as asked:
            jobs: list[Callable[[], list[Answer]]] = [partial(_of_movie, asked, item) for item in movies]
            jobs += [partial(_of_show, asked, show) for show in shows]
            with ThreadPoolExecutor(self._restraint.at_a_time, self._source) as threads:
                yield from _results(threads, [threads.submit(job) for job in jobs])


@contextmanager
def opened(
    enricher: Enricher, environ: Mapping[str, str], restraint: Restraint | None = None
) -> Iterator[Asked]:
    """A database that has taken the key. Raises ExstvError."""
    url = expand(enricher.url, environ) if enricher.url else None
    expanded = msgspec.structs.replace(enricher, url=url, key=expand(enricher.key, environ))
    module = importlib.import_module(_MODULES[enricher.type])
    with module.opened(expanded, restraint or Restraint()) as asked:
        yield asked


def _is_asked(item: MediaItem, enricher: Enricher, unanswered: _Unanswered) -> bool:
    has = any((note.by, note.language) == (enricher.type, enricher.language) for note in item.enriched)
    return not has and bool(lacks(item)) and not unanswered.has(enricher, item)


def _results(threads: ThreadPoolExecutor, futures: list[Future[list[Answer]]]) -> Iterator[Answer]:
    """The answers as they are wanted; one that makes no sense keeps nobody from the others."""
    garbled: Garbled | None = None
    try:
        for future in futures:
            try:
                yield from future.result()
            except Garbled as error:
                garbled = error
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
    if garbled is not None:
        raise garbled


def _of_movie(asked: Asked, item: MediaItem) -> list[Answer]:
    return [(item, asked.movie(item))]


def _of_show(asked: Asked, show: Show) -> list[Answer]:
    found = asked.show(show)
    return [(item, found.get(item.id)) for item in show.episodes]


class _Unanswered:
    """What a database knew nothing of, and since when (UTC ms); kept in the state folder, not in the lock."""

    def __init__(self, source: str, state_dir: Path | None, now_ms: int) -> None:
        self._path = state_dir / _FOLDER / f"{source}.json" if state_dir else None
        self._now_ms = now_ms
        self._before = _read(self._path)
        self._since = {key: at for key, at in self._before.items() if now_ms - AGAIN_MS < at <= now_ms}

    def has(self, enricher: Enricher, item: MediaItem) -> bool:
        return _key(enricher, item) in self._since

    def keep(self, enricher: Enricher, item: MediaItem) -> None:
        self._since[_key(enricher, item)] = self._now_ms

    def write(self) -> None:
        if self._path is not None and self._since != self._before:
            replace_file(self._path, msgspec.json.encode(dict(sorted(self._since.items()))))


def _read(path: Path | None) -> dict[str, int]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int]) if path else {}
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        log.warning("scan state unreadable path=%s reason=%s", path, error)
        return {}


def _key(enricher: Enricher, item: MediaItem) -> str:
    """Of what it was asked by: an item that is called otherwise is another question."""
    text = repr((enricher.type, enricher.language, identity(item)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
