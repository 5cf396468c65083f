"""A station's files, parsed while the compiler is still loaded: by a process of its own, on another core.

Owns that process. What it makes are entries of the parse cache, and are looked for there alone: a file that
it did not come to, or that was edited since, is parsed as ever.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from compiler import workers
from compiler.cache import Entries, ParseCache
from compiler.load import load
from compiler.parse import parse

log = logging.getLogger(__name__)


@contextmanager
def parsed_ahead(root: Path, cache: Path) -> Iterator[Callable[[], Entries]]:
    """Has those of a station's files parsed that are not in the cache; gives what waits for the entries."""
    if "compiler.pipeline" in sys.modules or os.cpu_count() == 1 or not workers.may_fork():
        yield dict
        return
    with workers.beside(partial(_parsed, root, cache)) as parsed:
        yield partial(_entries, parsed)


def _parsed(root: Path, cache: Path) -> Entries:
    sources, _ = load(root)
    made = ParseCache(cache)
    unknown = tuple(file for file in sources.files if not made.knows(file.path, file.raw))
    # This loads the parser, and the first process need not.
    parse(replace(sources, files=unknown), made)
    return made.used


def _entries(parsed: Callable[[], Entries]) -> Entries:
    try:
        return parsed()
    except workers.WorkerFailed as error:
        log.info("nothing parsed ahead why=%s", error)
        return {}
