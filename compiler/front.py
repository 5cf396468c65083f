"""The stages that know the whole station: load → parse → validate → resolve.

Nothing after them needs pydantic or a document: pipeline.py loads this module only where no other process
does its work (ahead.py).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import msgspec

from compiler.cache import ParseCache
from compiler.checks.model import NOTHING_TO_CHECK
from compiler.fingerprint import fingerprint
from compiler.listed import external_paths
from compiler.load import SourceSet, load, look_at_pictures, read_lists
from compiler.parse import parse
from compiler.pictured import named_pictures
from compiler.resolve import resolve
from compiler.station.read import StationRead
from compiler.validate import validate
from exstv.catalog.model import Catalog
from exstv.catalog.view import open_view

_ASKS = (b"where", b"order_by")
"""What asks the catalog by SQL: where a file has one of these words, its table is made at once."""


def read_station(
    root: Path, catalog: Catalog, now_ms: int, facts: tuple[str, ...] = (), cache: ParseCache | None = None
) -> StationRead:
    """Reads a station; every independent mistake is reported. `facts` are those of the fingerprint."""
    sources, loaded = load(root)
    # DuckDB needs no Python while it loads the catalog, and all have ended before anything is forked.
    with ThreadPoolExecutor(1) as beside:
        asked = any(word in file.raw for file in sources.files for word in _ASKS)
        view = beside.submit(open_view, catalog).result if asked else None
        trees, parsed = parse(sources, cache)
        documents, validated = validate(trees)
        sources, listed = read_lists(sources, external_paths(documents))
        pictured = look_at_pictures(sources, named_pictures(documents))
        station, resolved = resolve(documents, catalog, now_ms, sources.lists, view)
    return StationRead(
        station=msgspec.structs.replace(station, checks=NOTHING_TO_CHECK) if station else None,
        checks=station.checks if station else NOTHING_TO_CHECK,
        digest=_digest(sources),
        fingerprint=fingerprint(sources, facts),
        diagnostics=(*loaded, *parsed, *validated, *listed, *pictured, *resolved),
    )


def _digest(sources: SourceSet) -> str:
    digest = sha256()
    # The path below the station: where the station stands on this machine is no input.
    files = {Path(file.path).relative_to(sources.root).as_posix(): file.raw for file in sources.files}
    for path, raw in (*files.items(), *sources.lists.items()):
        for part in (path.encode(), raw):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()
