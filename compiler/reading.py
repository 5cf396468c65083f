"""One station file to its tree: what takes the YAML parser, loaded only where a file is not known.

A file that is not YAML still tells which names it declares, as far as its lines show them: one typo must not
make every reference into that file a mistake of its own. Never looks at what the keys mean, except for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.load import SourceFile
from compiler.parse import Guess, Tree
from exstv import codes
from exstv.diagnostics import Diagnostic, Span
from exstv.files import MAX_BYTES
from exstv.nodes import Mapping, split_lines
from exstv.yaml_text import decode, read_yaml

_TOP_LEVEL = re.compile(r"([a-z_]+) *:")
_NAME = re.compile(r"""( +)(?:"([^"]+)"|'([^']+)'|([^\s#:'"\[\]{},-][^:#]*?)) *:(?:\s|$)""")


def read(source: SourceFile) -> tuple[Tree, list[Diagnostic]]:
    """A file's tree and its mistakes."""
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
