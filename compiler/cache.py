"""The parse cache: trees of files that were read before, by the content of the file.

Owns one file below the state folder with the trees of the last compile. It is an aid and never a truth: a
missing, damaged or foreign entry only means that a file is parsed again. Nothing in it is run: it is
MessagePack, and a tree is built from its numbers and texts. Only files without a mistake are in it.
"""

from __future__ import annotations

import functools
import logging
import os
import tempfile
from collections.abc import Callable
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import msgspec

import exstv
from exstv.diagnostics import Span
from exstv.nodes import Mapping, Node, Scalar, Sequence, plain_value

log = logging.getLogger(__name__)

_FORMAT = 1
"""Of the cached trees: a change of what is below, or of how YAML is read, takes another number."""
_TEXT, _PLAIN, _SEQUENCE, _MAPPING = range(4)
_OWN, _KEY = 0, 1
_SUM_BYTES = 16
MOST_BYTES = 64_000_000
"""A file that is longer is not read, a cache that would be is not written."""

Entries = dict[str, bytes]
"""Packed trees by what tells files apart: their name and their bytes."""

_decoder = msgspec.msgpack.Decoder(Entries)


class ParseCache:
    """Trees by content, from the last compile; owner of what the next one will find."""

    def __init__(self, path: Path | None, ahead: Callable[[], Entries] = dict) -> None:
        """Reads the cache that is there; without a path nothing is remembered.

        `ahead` gives entries that another process makes, and is asked at the first file that is unknown.
        """
        self._path = path
        self._known = _read(path) if path else {}
        self._ahead = functools.cache(ahead)
        self.used: Entries = {}
        """What this compile asked for and has."""

    def knows(self, file: str, raw: bytes) -> bool:
        """Tells whether a file is known, and keeps it so."""
        return self._body(file, raw) is not None

    def get(self, file: str, raw: bytes) -> tuple[bool, Mapping | None]:
        """Whether a file is known, and its tree: None for an empty one."""
        body = self._body(file, raw)
        if body is None:
            return False, None
        return True, _Trees(file).tree(msgspec.msgpack.decode(body))

    def put(self, file: str, raw: bytes, tree: Mapping | None) -> None:
        """Remembers the tree of a file that has no mistake."""
        if self._path is not None:
            body = msgspec.msgpack.encode(None if tree is None else _packed(tree, None))
            self.used[_key(file, raw)] = _sum(body) + body

    def _body(self, file: str, raw: bytes) -> bytes | None:
        key = _key(file, raw)
        entry = self.used.get(key) or self._known.get(key) or self._ahead().get(key)
        if entry is None:
            return None
        body = entry[_SUM_BYTES:]
        if _sum(body) != entry[:_SUM_BYTES]:
            log.info("damaged entry in the parse cache file=%s", file)
            return None
        self.used[key] = entry
        return body

    def save(self) -> None:
        """Writes what this compile used, if it is anything else than what is there."""
        if self._path is None or self.used == self._known:
            return
        data = msgspec.msgpack.encode(self.used)
        if len(data) <= MOST_BYTES:
            _write(self._path, data)


def _key(file: str, raw: bytes) -> str:
    digest = sha256(f"{_FORMAT}\0{exstv.__version__}\0{file}\0".encode(errors="surrogateescape"))
    digest.update(raw)
    return digest.hexdigest()


def _sum(body: bytes) -> bytes:
    return blake2b(body, digest_size=_SUM_BYTES).digest()


def _read(path: Path) -> Entries:
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}
        return _decoder.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _write(path: Path, data: bytes) -> None:
    """Replaces the file at once; it is not worth waiting for the disk, and a failure costs only time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        log.info("parse cache not written why=%s", error)


def _packed(node: Node, key: Span | None) -> list[Any]:
    """[kind, span, head, content]; `key` is the span of the key whose value the node is."""
    span, head = node.span, node.head
    place: Any = _numbers(head)
    if head == span:
        place = _OWN
    elif head == key:
        place = _KEY
    if isinstance(node, Scalar):
        kind = _TEXT if isinstance(node.value, str) else _PLAIN
        return [kind, *_numbers(span), place, node.text]
    if isinstance(node, Sequence):
        return [_SEQUENCE, *_numbers(span), place, [_packed(item, None) for item in node.items]]
    if isinstance(node, Mapping):
        pairs = ((_packed(name, None), _packed(value, name.span)) for name, value in node.entries)
        entries = [part for pair in pairs for part in pair]
        return [_MAPPING, *_numbers(span), place, entries]
    raise TypeError("a broken node belongs to a file with a mistake")


def _numbers(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column


class _Trees:
    """Builds the tree of one file again."""

    def __init__(self, file: str) -> None:
        self._file = file

    def tree(self, packed: Any) -> Mapping | None:
        """The top level of what `_packed` made."""
        node = None if packed is None else self._node(packed, None)
        assert node is None or isinstance(node, Mapping)
        return node

    def _node(self, packed: Any, key: Span | None) -> Node:
        kind, line, column, end_line, end_column, place, content = packed
        span = Span(self._file, line, column, end_line, end_column)
        head = span
        if place == _KEY and key is not None:
            head = key
        elif place != _OWN:
            head = Span(self._file, *place)
        if kind == _TEXT:
            return Scalar(span, head, content, content)
        if kind == _PLAIN:
            return Scalar(span, head, content, plain_value(content))
        if kind == _SEQUENCE:
            return Sequence(span, head, tuple([self._node(item, None) for item in content]))
        return Mapping(span, head, self._entries(content))

    def _entries(self, content: list[Any]) -> tuple[tuple[Scalar, Node], ...]:
        found = []
        for place in range(0, len(content), 2):
            name = self._node(content[place], None)
            assert isinstance(name, Scalar)
            found.append((name, self._node(content[place + 1], name.span)))
        return tuple(found)
