"""A YAML document as values that remember where they were written.

Owns the tree and how plain scalars are read (YAML 1.2's core schema: `20:00`, `12-25`, `yes` and `on` are
text). Never reads text: exstv/yaml_text.py builds the tree, exstv/binding.py turns it into models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from exstv.diagnostics import Span

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# Python refuses to convert longer texts, and no setting needs them.
_MAX_DIGITS = 18
_NUMBER_STARTS = frozenset("+-.0123456789")


class RawInt(int):
    """A whole number that remembers how it was written: `007`, `42`."""

    text: str


class RawFloat(float):
    """A number that remembers how it was written: channel `42.10` is not `42.1`."""

    text: str


ScalarValue = str | int | float | bool | None


# A station has a hundred thousand nodes. None is ever part of a cycle: the collector need not look at them.
class Scalar(msgspec.Struct, frozen=True, gc=False):
    """One text, number, boolean or nothing. `text` is as written, without quotes."""

    span: Span
    head: Span
    text: str
    value: ScalarValue


class Broken(msgspec.Struct, frozen=True, gc=False):
    """A value that could not be read and was reported; whatever holds it is not looked at further."""

    span: Span
    head: Span


class Sequence(msgspec.Struct, frozen=True, gc=False):
    """A list."""

    span: Span
    head: Span
    items: tuple[Node, ...]


class Mapping(msgspec.Struct, frozen=True, gc=False):
    """Keys and values in the order written; keys are text and unique."""

    span: Span
    head: Span
    entries: tuple[tuple[Scalar, Node], ...]

    def get(self, key: str) -> Node | None:
        """The value of `key`, if it is there."""
        for name, value in self.entries:
            if name.text == key:
                return value
        return None

    def key(self, key: str) -> Scalar | None:
        """The key itself, for diagnostics that point at it."""
        for name, _ in self.entries:
            if name.text == key:
                return name
        return None


Node = Scalar | Mapping | Sequence | Broken
"""`span` is what was written; `head` is where to point when all of it is meant: its key, or itself."""


def at(node: Node, *path: str | int) -> Node:
    """The node at a path of keys and indices, or the nearest one above it that exists.

    An index into something that is no list stays where it is: a list of one may be written as the value.
    """
    for part in path:
        step = _step(node, part)
        if step is None:
            return node
        node = step
    return node


def key_span(node: Node, *path: str | int) -> Span:
    """Where the last key of a path is written, or the head of the nearest node above it."""
    parent = at(node, *path[:-1])
    key = parent.key(str(path[-1])) if isinstance(parent, Mapping) and path else None
    return key.span if key else parent.head


def is_broken(node: Node) -> bool:
    """Tells whether any part of it could not be read."""
    ahead = [node]
    while ahead:
        part = ahead.pop()
        if isinstance(part, Broken):
            return True
        # Most values are scalars.
        if isinstance(part, Mapping):
            ahead += [value for _, value in part.entries if type(value) is not Scalar]
        elif isinstance(part, Sequence):
            ahead += part.items
    return False


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order written, without keys."""
    ahead = [node]
    while ahead:
        part = ahead.pop()
        yield part
        if isinstance(part, Mapping):
            ahead += [value for _, value in reversed(part.entries)]
        elif isinstance(part, Sequence):
            ahead += reversed(part.items)


def to_data(node: Node) -> object:
    """Plain dicts, tuples and scalars; a broken part becomes None."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {
            key.text: value.value if type(value) is Scalar else to_data(value) for key, value in node.entries
        }
    return tuple(to_data(item) for item in node.items) if isinstance(node, Sequence) else None


def map_scalars(node: Node, change: Callable[[Scalar], Node]) -> Node:
    """The same tree with every value that is a scalar replaced by `change(scalar)`."""
    if isinstance(node, Mapping):
        entries = tuple((key, map_scalars(value, change)) for key, value in node.entries)
        return Mapping(node.span, node.head, entries)
    if isinstance(node, Sequence):
        return Sequence(node.span, node.head, tuple(map_scalars(item, change) for item in node.items))
    return change(node) if isinstance(node, Scalar) else node


def plain_value(text: str) -> ScalarValue:
    """What a scalar without quotes means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _INT.fullmatch(text) and len(text) <= _MAX_DIGITS:
        whole = RawInt(text)
        whole.text = text
        return whole
    if _FLOAT.fullmatch(text):
        number = RawFloat(text)
        number.text = text
        return number
    return text


def written(value: object) -> object:
    """The text of a number as it was written; anything else is returned as it is."""
    return value.text if isinstance(value, RawInt | RawFloat) else value


def describe(node: Node) -> str:
    """What a node is, in a user's words: `a list`, `text`, `nothing`."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    value = node.value if isinstance(node, Scalar) else None
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "text" if isinstance(value, str) else "a number"


def split_lines(text: str) -> list[str]:
    """The lines of a text as the YAML parser and editors count them."""
    return re.split(r"\r\n|\r|\n", text)


def _step(node: Node, part: str | int) -> Node | None:
    if isinstance(node, Mapping) and isinstance(part, str):
        return node.get(part)
    if isinstance(part, int):
        if not isinstance(node, Sequence):
            return node
        return node.items[part] if part < len(node.items) else None
    return None
