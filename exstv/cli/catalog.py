"""Which catalog this machine compiles from; shared by commands. rescan.py keeps it up to date.

`locked`: only the committed lock counts. `live`: this machine keeps a lock of its own in `state_dir`, which
counts while it is newer than the committed one: a pull or an `exstv scan` wins until the next scan here.
"""

from __future__ import annotations

import os
from pathlib import Path

from exstv.catalog.lock import LOCK_NAME, counting_lock, read_lock, write_lock
from exstv.catalog.model import Catalog
from exstv.diagnostics import Diagnostic
from exstv.settings import Settings


def lock_path(settings: Settings) -> Path:
    """The lock that counts."""
    return counting_lock(settings.station, settings.state_dir, settings.catalog.mode)


def current_catalog(settings: Settings) -> tuple[Catalog, list[Diagnostic]]:
    """The catalog to compile from, as it is."""
    return read_lock(lock_path(settings))


def keep_own(settings: Settings, catalog: Catalog) -> bool:
    """Makes a catalog this machine's own, which counts from now on; tells whether its lock changed."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    own = settings.state_dir / LOCK_NAME
    written = write_lock(own, catalog)
    # Also a lock with the same bytes is now the newer one.
    os.utime(own)
    return written
