"""The catalog brought up to date before a compile: `compile --scan`, and the server's own.

Tells what has to be scanned. What scans takes long to load and is imported only where there is something to
do (scanning.py): nearly all edits leave the sources alone.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from compiler.cache import ParseCache
from compiler.listed import external_urls
from compiler.load import load
from compiler.parse import parse
from compiler.validate import declared_sources, validate
from exstv.catalog.model import Catalog
from exstv.catalog.stale import stale_lists, stale_sources
from exstv.cli.catalog import current_catalog
from exstv.diagnostics import Diagnostic
from exstv.settings import Settings


def refreshed_catalog(
    settings: Settings, station: Path, cache: ParseCache | None = None
) -> tuple[Catalog, list[Diagnostic]]:
    """The catalog, after a scan of the sources and lists that were never scanned or were edited since.

    In `locked` mode nothing is scanned. Sources that cannot be read are left to the compile to report.
    """
    catalog, damaged = current_catalog(settings)
    if settings.catalog.mode == "locked":
        return catalog, damaged
    documents, _ = validate(parse(load(station)[0], cache)[0])
    sources, urls = declared_sources(documents), external_urls(documents)
    stale, unfetched = stale_sources(sources, catalog), stale_lists(urls, catalog)
    if not stale and not unfetched:
        return catalog, damaged
    result: tuple[Catalog, list[Diagnostic]]
    scanning = importlib.import_module("exstv.cli.scanning")
    result = scanning.scanned(settings, catalog, scanning.Wanted(sources, stale, urls, unfetched))
    return result
