"""Scans the sources of a station and merges what they hold into its catalog.

A source that fails keeps its part of the catalog as it was, and the others go on. exstv/cli/scan.py shows
the progress and writes the lock; a running server calls this for what was edited.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from exstv import codes
from exstv.catalog.lock import definition_digest, seal
from exstv.catalog.model import Catalog, MediaItem, ScannedSource
from exstv.catalog.stale import stale_sources
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import ExstvError
from exstv.sources.base import ScanContext, ScanResult
from exstv.sources.enriching import Enriching
from exstv.sources.enrichment import enrichers_in, own
from exstv.sources.registry import open_source
from exstv.timeline.model import Source

log = logging.getLogger(__name__)

MISSING = "missing"
Progress = Callable[[str, int, int, str], None]
"""Called with a source's name, how many of its items are done, how many there are, and the one just done."""


def silent(source: str, done: int, total: int, what: str) -> None:
    """A progress that shows nothing."""


class ScanSite(msgspec.Struct, frozen=True, kw_only=True):
    """The machine that scans: where media and state are, and its environment."""

    media_root: Path
    state_dir: Path
    environ: Mapping[str, str]


class SourceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan of one source came to, in items; `error` says why there was none."""

    name: str
    found: int = 0
    new: int = 0
    changed: int = 0
    missing: int = 0
    failed: int = 0
    error: str | None = None


class ScanSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan came to, source by source in order of their names."""

    sources: tuple[SourceSummary, ...]


def scan_station(
    sources: Iterable[Source],
    catalog: Catalog,
    site: ScanSite,
    *,
    only: set[str] | None = None,
    progress: Progress = silent,
    deep: bool = False,
) -> tuple[Catalog, ScanSummary, list[Diagnostic]]:
    """Scans the declared sources, or `only` some of them; what is no longer declared leaves the catalog.

    `deep`: the files of folders are decoded from beginning to end, unless they were before.
    """
    declared = {source.name: source for source in sources}
    items = {name: _items_of(catalog, name) for name in declared}
    scanned = {name: source for name, source in catalog.sources.items() if name in declared}
    summaries: list[SourceSummary] = []
    diagnostics: list[Diagnostic] = []
    for name in sorted(declared):
        if only is not None and name not in only:
            continue
        source = declared[name]
        edited = name in stale_sources([source], catalog)
        try:
            # An edited definition may read the same file in another way: nothing known can be kept.
            known = () if edited else tuple(map(own, items[name]))
            context = _context(name, known, site, progress, deep=deep)
            result = _scan(source, items[name], context, site)
        except ExstvError as error:
            log.warning("source not scanned name=%s reason=%s", name, error)
            diagnostics.append(codes.SOURCE_NOT_SCANNED.at(Span(name), name=name, reason=error))
            summaries.append(SourceSummary(name=name, error=str(error)))
            continue
        before, items[name] = items[name], _merge(items[name], result)
        scanned[name] = ScannedSource(items=len(items[name]), definition=definition_digest(source))
        diagnostics += result.diagnostics
        summaries.append(_summary(name, before, items[name], result))
    found = (item for name in items if name in scanned for item in items[name])
    merged = seal(found, scanned, catalog.lists)
    return merged, ScanSummary(sources=tuple(summaries)), diagnostics


def prune(catalog: Catalog, only: set[str] | None = None) -> Catalog:
    """Forgets the items that were missing at the last scan, of all sources or of some."""
    kept = (
        item
        for item in catalog.items
        if item.state != MISSING or (only is not None and item.source not in only)
    )
    return seal(kept, catalog.sources, catalog.lists)


def _scan(source: Source, before: tuple[MediaItem, ...], context: ScanContext, site: ScanSite) -> ScanResult:
    """What a source holds, with what databases know of it besides. Raises ExstvError."""
    result = open_source(source, site.environ).scan(context)
    enriching = Enriching(source.name, enrichers_in(source.definition), site.environ)
    items, unanswered = enriching.enrich(result.items, before, context)
    return msgspec.structs.replace(result, items=items, diagnostics=(*result.diagnostics, *unanswered))


def _context(
    name: str, known: tuple[MediaItem, ...], site: ScanSite, progress: Progress, *, deep: bool
) -> ScanContext:
    return ScanContext(
        media_root=site.media_root,
        state_dir=site.state_dir,
        known=known,
        deep=deep,
        progress=lambda done, total, what: progress(name, done, total, what),
    )


def _items_of(catalog: Catalog, name: str) -> tuple[MediaItem, ...]:
    return tuple(item for item in catalog.items if item.source == name)


def _merge(before: tuple[MediaItem, ...], result: ScanResult) -> tuple[MediaItem, ...]:
    """What was found, and what was known and not found again: a disk that is away must not lose facts."""
    if result.complete:
        return result.items
    found = {item.id for item in result.items}
    gone = (msgspec.structs.replace(item, state=MISSING) for item in before if item.id not in found)
    return (*result.items, *gone)


def _summary(
    name: str, before: tuple[MediaItem, ...], after: tuple[MediaItem, ...], result: ScanResult
) -> SourceSummary:
    known = {item.id: item for item in before}
    return SourceSummary(
        name=name,
        found=len(result.items),
        new=sum(item.id not in known for item in result.items),
        changed=sum(item.id in known and item != known[item.id] for item in result.items),
        missing=sum(item.state == MISSING for item in after),
        # What is told of the source itself is no item's failure.
        failed=len({diagnostic.span.file for diagnostic in result.diagnostics} - {name}),
    )
