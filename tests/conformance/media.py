"""The catalog of a case: its own sources and those of all cases, scanned by the sources themselves.

A block `media` lists the files that lie beside the case, one a line: `films/Fog (1950).mkv`, with what there
is to say of one as JSON behind it, or `links/films -> films` for a link. What opens media files in a scan is
played by a script, which answers with what the case says of each: no case needs a real film.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from compiler.load import SourceFile, SourceSet
from compiler.parse import parse
from compiler.validate import declared_sources, validate
from exstv.catalog.lock import definition_digest, list_digest, seal
from exstv.catalog.model import Catalog, Chapter, FetchedList, MediaItem, ScannedSource
from exstv.errors import ExstvError
from exstv.sources.base import ScanContext
from exstv.sources.local import LocalSource
from exstv.sources.probing import ProbeSpec
from exstv.sources.registry import open_source
from exstv.timeline.model import Source
from exstv.units import parse_duration

_ANSWERS = "import json, sys\nfor line in sys.stdin: print(open(json.loads(line)).read(), flush=True)"
_SCRIPT = ProbeSpec(command=(sys.executable, "-I", "-S", "-c", _ANSWERS), workers=1)
_FILE = {"type": "probed", "duration_ms": 30 * 60_000, "streams": [], "chapters": [], "title": None}
"""What there is to say of a file of which a case says nothing."""


def write_media(root: Path, listed: str) -> None:
    """Makes the files of a block `media`: each holds what there is to say of it."""
    for line in listed.splitlines():
        name, _, target = line.partition(" -> ")
        name, brace, facts = name.partition(" {")
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if target:
            path.symlink_to(root / target)
        else:
            path.write_text(json.dumps(_FILE | json.loads(brace + facts or "{}")), encoding="utf-8")


@cache
def catalog(sources: tuple[str, ...], listed: str, lists: tuple[tuple[tuple[str, str], str], ...]) -> Catalog:
    """All items of some YAMLs with sources, and the programme lists by schedule and address."""
    files = tuple(SourceFile(str(number), text.encode()) for number, text in enumerate(sources))
    documents, _ = validate(parse(SourceSet(Path(), files))[0])
    items: list[MediaItem] = []
    scanned: dict[str, ScannedSource] = {}
    for source in declared_sources(documents):
        found = _scanned(source, listed)
        if found is None:
            continue
        items += map(_with_chapters, found)
        scanned[source.name] = ScannedSource(items=0, definition=definition_digest(source))
    fetched = {
        name: FetchedList(definition=list_digest(url), data=msgspec.Raw(text.encode()))
        for (name, url), text in lists
    }
    return seal(items, scanned, fetched)


@cache
def _scanned(source: Source, listed: str) -> tuple[MediaItem, ...] | None:
    """What a source holds; None where it cannot be read."""
    with TemporaryDirectory(prefix="exstv-conformance-") as folder:
        write_media(Path(folder), listed)
        context = ScanContext(media_root=Path(folder), progress=lambda done, total, what: None)
        try:
            if source.type == "local":
                return LocalSource(source.name, source.definition, {}, _SCRIPT).scan(context).items
            return open_source(source, {}).scan(context).items
        except ExstvError:
            return None


def _with_chapters(item: MediaItem) -> MediaItem:
    """A tag like `chapter 12m` stands for a mark: YAML has no word for one."""
    marks = [parse_duration(tag.removeprefix("chapter ")) for tag in item.tags if tag.startswith("chapter ")]
    chapters = tuple(Chapter(start_ms=mark) for mark in marks)
    return msgspec.structs.replace(item, chapters=chapters) if marks else item
