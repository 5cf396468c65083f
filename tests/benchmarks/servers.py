"""A library of 20,000 items, scanned from a Jellyfin server in another process, against what is promised.

The times hold what the stand-in takes to make its answers and to send them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from measuring import Result, seconds, typical_seconds
from media_servers.mediabrowser import Jellyfin
from media_servers.shelf import many
from media_servers.standing_in import standing

from exstv.catalog.lock import LOCK_NAME, read_lock
from exstv.catalog.model import Catalog
from exstv.catalog.view import open_view

ITEMS = 20_000
SCAN_S, SCAN_MB, VIEW_S = 20.0, 400.0, 1.0
STATION = """
station: {name: Attic, timezone: UTC}
sources:
  attic: {type: jellyfin, url: "${ATTIC}", api_key: "${ATTIC_KEY}"}
"""


def measure() -> Iterator[Result]:
    """Seconds and megabytes beside what issue 6 allows."""
    server = Jellyfin(many(ITEMS), "key", checked=False)
    with tempfile.TemporaryDirectory() as name, standing(server) as url:
        station = Path(name)
        (station / "station.yaml").write_text(STATION, encoding="utf-8")
        yield from _scans(station, url)
        catalog, _ = read_lock(station / LOCK_NAME)
        assert len(catalog.items) == ITEMS
        loading = typical_seconds(partial(_load, catalog))
        yield Result(f"{ITEMS:,} items into the view `media`", loading, VIEW_S, "s", "promised")


def _load(catalog: Catalog) -> None:
    open_view(catalog).close()


def _scans(station: Path, url: str) -> Iterator[Result]:
    megabytes = 0.0

    def scan() -> None:
        nonlocal megabytes
        argv = [sys.executable, "-m", "exstv", "scan", str(station)]
        environ = {**os.environ, "ATTIC": url, "ATTIC_KEY": "key"}
        child = subprocess.Popen(argv, env=environ, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        megabytes = usage.ru_maxrss / 1024

    whole = seconds(scan)
    yield Result(f"scan of {ITEMS:,} items of Jellyfin", whole, SCAN_S, "s", "promised")
    yield Result("its memory", megabytes, SCAN_MB, "MB", "promised")
    yield Result("the same again, nothing changed", seconds(scan), whole, "s", "the first one")
