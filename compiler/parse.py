"""Station files to trees, each file for itself: those that the cache knows from there.

reading.py reads the others, and is loaded only where there are any.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass

from compiler.cache import ParseCache
from compiler.load import SourceFile, SourceSet
from exstv.diagnostics import Diagnostic, Span
from exstv.nodes import Mapping

RARE = ("$", "extends", "logo", "render", "watermark")
"""Words that most stations lack, and that are looked for everywhere in those that have them."""


@dataclass(frozen=True)
class Guess:
    """A name that a broken file seems to declare; `name` is empty for the kind itself."""

    kind: str
    name: str
    span: Span
    inline: bool = False
    """Something stands on the kind's own line: it may declare names that no line begins with."""


@dataclass(frozen=True)
class Tree:
    """One file: its top level, or what can be guessed of it where it is not YAML."""

    file: str
    root: Mapping | None
    guesses: tuple[Guess, ...] = ()
    aliased: bool = False
    """It uses anchors, which are refused: its top-level keys may be nothing but their hosts."""


@dataclass(frozen=True)
class Trees:
    """All files. `complete` is False where one of them could not be read at all."""

    files: tuple[Tree, ...]
    complete: bool = True
    rare: frozenset[str] = frozenset(RARE)
    """Those of the rare words that some file may hold."""


def parse(sources: SourceSet, cache: ParseCache | None = None) -> tuple[Trees, list[Diagnostic]]:
    """Parses every file; a file's mistakes do not keep the others from being read.

    A file that the cache knows is taken from there: it has no mistake.
    """
    trees: list[Tree] = []
    diagnostics: list[Diagnostic] = []
    for source in sources.files:
        is_known, root = cache.get(source.path, source.raw) if cache else (False, None)
        tree, found = (Tree(source.path, root), []) if is_known else _read(source)
        if cache and not is_known and not found:
            cache.put(source.path, source.raw, tree.root)
        trees.append(tree)
        diagnostics += found
    return Trees(tuple(trees), sources.complete, _rare(sources.files)), diagnostics


def _read(source: SourceFile) -> tuple[Tree, list[Diagnostic]]:
    read: tuple[Tree, list[Diagnostic]] = importlib.import_module("compiler.reading").read(source)
    return read


def _rare(files: Iterable[SourceFile]) -> frozenset[str]:
    raw = [file.raw for file in files]
    # An escape can write any word.
    escapes = any(b"\\" in each for each in raw)
    return frozenset(word for word in RARE if escapes or any(word.encode() in each for each in raw))
