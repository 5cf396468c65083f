"""The catalog brought up to date before a compile: `compile --scan`, and the server's own.

Imported only where something may have to be scanned: what scans takes long to load.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from compiler.listed import external_urls
from compiler.validate import declared_sources
from exstv.catalog.model import Catalog
from exstv.cli.catalog import current_catalog, keep_own
from exstv.cli.scan import fetched, read_documents, scan_site, shown_progress
from exstv.diagnostics import Diagnostic
from exstv.settings import Settings
from exstv.sources.scan import Progress, scan_station, silent, stale_lists, stale_sources


def refreshed(settings: Settings, station: Path) -> tuple[Catalog, list[Diagnostic]]:
    """The catalog as `refreshed_catalog` gives it, with bars on a terminal."""
    with shown_progress(Console(stderr=True)) as progress:
        return refreshed_catalog(settings, station, progress)


def refreshed_catalog(
    settings: Settings, station: Path, progress: Progress = silent
) -> tuple[Catalog, list[Diagnostic]]:
    """The catalog, after a scan of the sources and lists that were never scanned or were edited since.

    In `locked` mode nothing is scanned. Sources that cannot be read are left to the compile to report.
    """
    catalog, damaged = current_catalog(settings)
    if settings.catalog.mode == "locked":
        return catalog, damaged
    documents, _ = read_documents(station)
    sources, urls = declared_sources(documents), external_urls(documents)
    stale, unfetched = stale_sources(sources, catalog), stale_lists(urls, catalog)
    if not stale and not unfetched:
        return catalog, damaged
    catalog, _, found = scan_station(sources, catalog, scan_site(settings), only=stale, progress=progress)
    if unfetched:
        catalog, missed = fetched(urls, catalog, unfetched)
        found += missed
    keep_own(settings, catalog)
    return catalog, found
