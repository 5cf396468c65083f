"""Scans what a compile lacks, and keeps it in this machine's own lock; rescan.py says what that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.console import Console

from exstv.catalog.model import Catalog
from exstv.cli.catalog import keep_own
from exstv.cli.scan import fetched, scan_site, shown_progress
from exstv.diagnostics import Diagnostic
from exstv.settings import Settings
from exstv.sources.scan import scan_station
from exstv.timeline.model import Source


class Wanted(NamedTuple):
    """All sources and lists of a station, and the names of those that are to be asked."""

    sources: Sequence[Source]
    stale: set[str]
    urls: Mapping[str, str]
    unfetched: set[str]


def scanned(settings: Settings, catalog: Catalog, wanted: Wanted) -> tuple[Catalog, list[Diagnostic]]:
    """The catalog with what was asked for; bars are shown on a terminal."""
    with shown_progress(Console(stderr=True)) as progress:
        catalog, _, found = scan_station(
            wanted.sources, catalog, scan_site(settings), only=wanted.stale, progress=progress
        )
    if wanted.unfetched:
        catalog, missed = fetched(wanted.urls, catalog, wanted.unfetched)
        found += missed
    keep_own(settings, catalog)
    return catalog, found
