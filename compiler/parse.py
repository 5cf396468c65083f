"""Station files to trees, each file for itself.

A file that is not YAML still tells which names it declares, as far as its lines show them: one typo must not
make every reference into that file a mistake of its own. Never looks at what the keys mean, except for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from compiler.cache import ParseCache
from compiler.load import SourceFile, SourceSet
from exstv import codes
from exstv.diagnostics import Diagnostic, Span
from exstv.files import MAX_BYTES
from exstv.nodes import Mapping, split_lines
from exstv.yaml_text import decode, read_yaml

_TOP_LEVEL = re.compile(r"([a-z_]+) *:")
_NAME = re.compile(r"""( +)(?:"([^"]+)"|'([^']+)'|([^\s#:'"\[\]{},-][^:#]*?)) *:(?:\s|$)""")


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


def parse(sources: SourceSet, cache: ParseCache | None = None) -> tuple[Trees, list[Diagnostic]]:
    """Parses every file; a file's mistakes do not keep the others from being read.

    A file that the cache knows is taken from there: it has no mistake.
    """
    trees: list[Tree] = []
    diagnostics: list[Diagnostic] = []
    for source in sources.files:
        is_known, root = cache.get(source.path, source.raw) if cache else (False, None)
        tree, found = (Tree(source.path, root), []) if is_known else _parse(source)
        if cache and not is_known and not found:
            cache.put(source.path, source.raw, tree.root)
        trees.append(tree)
        diagnostics += found
    return Trees(tuple(trees), sources.complete), diagnostics


def _parse(source: SourceFile) -> tuple[Tree, list[Diagnostic]]:
    text, diagnostics = decode(source.raw, source.path)
    if text is None:
        return Tree(source.path, None, _guess(_any_text(source.raw), source.path)), diagnostics
    root, diagnostics = read_yaml(text, source.path)
    if isinstance(root, Mapping):
        aliased = any(found.code == codes.ALIAS_REFUSED.id for found in diagnostics)
        return Tree(source.path, root, aliased=aliased), diagnostics
    if root is not None:
        diagnostics.append(codes.NOT_A_MAPPING.at(root))
    # Without a root and without a complaint the file is empty.
    guesses = _guess(text, source.path) if diagnostics else ()
    return Tree(source.path, None, guesses), diagnostics


def _any_text(raw: bytes) -> str:
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    return raw[:MAX_BYTES].decode("utf-16" if wide else "utf-8", errors="replace")


def _guess(text: str, file: str) -> tuple[Guess, ...]:
    return tuple(_names(split_lines(text), file))


def _names(lines: list[str], file: str) -> Iterator[Guess]:
    kind, indent = "", ""
    for number, line in enumerate(lines, start=1):
        if top := _TOP_LEVEL.match(line):
            kind, indent = top[1], ""
            yield Guess(kind, "", Span(file, number, 1, number, len(kind) + 1), _follows(line, top.end()))
        elif kind and (name := _NAME.match(line)) and name[1] == (indent or name[1]):
            indent = name[1]
            column = len(indent) + 1
            word = name[2] or name[3] or name[4]
            yield Guess(kind, word, Span(file, number, column, number, column + len(word)))


def _follows(line: str, column: int) -> bool:
    rest = line[column:].strip()
    return bool(rest) and not rest.startswith("#")
