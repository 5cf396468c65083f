"""YAML text to a tree: every syntax error becomes a diagnostic, and no input costs more than it is long.

Owns what of YAML is allowed. Anchors, aliases, merge keys and tags are refused on the parser's events, before
anything is composed, so an alias bomb costs what its text costs; depth is bounded, so nothing recurses far.
Never touches the disk. The tree's own words are in exstv/nodes.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from exstv import codes, yaml_errors
from exstv.diagnostics import Diagnostic, Span
from exstv.files import MAX_BYTES
from exstv.nodes import Broken, Mapping, Node, Scalar, Sequence, plain_value, split_lines

MAX_DEPTH = 64

MERGE_KEY = "<<"

# Beside what YAML refuses: U+0085, U+2028, U+2029, which end a line for the parser and not for editors.
_BAD_CHARACTER = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def decode(raw: bytes, file: str) -> tuple[str | None, list[Diagnostic]]:
    """Bytes of a file as text, if they are UTF-8 text that YAML allows."""
    start = Span(file)
    if len(raw) > MAX_BYTES:
        return None, [codes.FILE_TOO_LARGE.at(start, size=len(raw), limit=MAX_BYTES, help="split it")]
    if raw.startswith(_WIDE_MARKS):
        return None, [codes.NOT_UTF8.at(start, note="it begins as UTF-16 does", help="save it as UTF-8")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", errors="replace")
        return None, [codes.NOT_UTF8.at(_after(before, file), help="save it as UTF-8")]
    if found := _BAD_CHARACTER.search(text):
        place = _after(text[: found.start()], file)
        return None, [codes.CONTROL_CHARACTER.at(place, character=_name(found))]
    return text, []


def read_yaml(text: str, file: str) -> tuple[Node | None, list[Diagnostic]]:
    """The first document of a text, or None where it is empty or not YAML."""
    builder = _Builder(file)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if not builder.take(event):
                break
    except MarkedYAMLError as error:
        return None, [*builder.diagnostics, yaml_errors.explain(error, text, file)]
    except (YAMLError, ValueError, OverflowError) as error:
        # ruamel raises bare ValueErrors for some escapes and directives.
        return None, [*builder.diagnostics, codes.NOT_YAML.at(Span(file), reason=str(error).split("\n")[0])]
    return builder.root, builder.diagnostics


def _name(found: re.Match[str]) -> str:
    return f"U+{ord(found.group()):04X}"


def _after(text: str, file: str) -> Span:
    lines = split_lines(text)
    line, column = len(lines), len(lines[-1]) + 1
    return Span(file, line, column, line, column + 1)


@dataclass
class _Frame:
    """A collection being read; `key` is the key whose value comes next."""

    span: Span
    head: Span
    mapping: bool
    flow: bool
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    seen: dict[str, Scalar] = field(default_factory=dict)
    key: Scalar | None = None
    skip_value: bool = False

    def expects_key(self) -> bool:
        return self.mapping and self.key is None and not self.skip_value

    def close(self, end: Span) -> Node:
        parts = [value for _, value in self.entries] if self.mapping else self.items
        # A block collection's end mark is where the next sibling begins.
        last = parts[-1].span if parts and not self.flow else end
        span = Span(self.span.file, self.span.line, self.span.column, last.end_line, last.end_column)
        if self.mapping:
            return Mapping(span, self.head, tuple(self.entries))
        return Sequence(span, self.head, tuple(self.items))


class _Builder:
    """Takes the parser's events one by one; owns the stack of open collections."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self._stack: list[_Frame] = []
        self._documents = 0
        self._sharing_reported = False

    def take(self, event: Event) -> bool:
        """Reads one event; False: nothing after it is looked at."""
        if isinstance(event, DocumentStartEvent):
            return self._begin_document(event)
        if isinstance(event, NodeEvent):
            self._check_properties(event)
        if isinstance(event, CollectionStartEvent):
            return self._open(event)
        if isinstance(event, CollectionEndEvent):
            self._place(self._stack.pop().close(self._span(event)))
        elif isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, AliasEvent):
            span = self._span(event)
            self._place(Broken(span, self._head(span)))
        return True

    def _begin_document(self, event: Event) -> bool:
        self._documents += 1
        if self._documents == 1:
            return True
        self.diagnostics.append(codes.SEVERAL_DOCUMENTS.at(self._span(event), help="put it in its own file"))
        return False

    def _check_properties(self, event: NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if event.anchor is not None:
            what = "aliases" if isinstance(event, AliasEvent) else "anchors"
            self._refuse_sharing(self._start(event, len(str(event.anchor)) + 1), what)
        if tag is not None:
            self.diagnostics.append(codes.TAG_REFUSED.at(self._start(event, 1), tag=str(tag)))

    def _refuse_sharing(self, span: Span, what: str) -> None:
        # Once a file: a bomb has hundreds, and they are one mistake.
        if not self._sharing_reported:
            help = "write the value out, or give it a name that both places use"
            self.diagnostics.append(codes.ALIAS_REFUSED.at(span, what=what, help=help))
        self._sharing_reported = True

    def _open(self, event: CollectionStartEvent) -> bool:
        span = self._span(event)
        if len(self._stack) >= MAX_DEPTH:
            self.diagnostics.append(codes.TOO_DEEP.at(span, limit=MAX_DEPTH))
            self.root = None
            return False
        mapping, flow = isinstance(event, MappingStartEvent), bool(event.flow_style)
        self._stack.append(_Frame(span, self._head(span), mapping, flow))
        return True

    def _scalar(self, event: ScalarEvent) -> None:
        span = self._span(event)
        head = self._head(span)
        text = str(event.value)
        unfit = _BAD_CHARACTER.search(text)
        if unfit:
            # An escape in quotes can write what the file itself may not hold.
            self.diagnostics.append(codes.CONTROL_CHARACTER.at(span, character=_name(unfit)))
        if unfit or getattr(event, "tag", None) is not None:
            self._place(Broken(span, head))
            return
        plain = event.style is None
        if plain and not text:
            # An empty value has no place of its own: the parser puts it at the next token.
            span = head
        self._place(Scalar(span, head, text, plain_value(text) if plain else text))

    def _place(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        if not frame.mapping:
            frame.items.append(node)
        elif frame.expects_key():
            self._key(frame, node)
        elif frame.skip_value:
            frame.skip_value = False
        elif frame.key is not None:
            merged = frame.key.text == MERGE_KEY
            frame.entries.append((frame.key, Broken(node.span, node.head) if merged else node))
            frame.key = None

    def _key(self, frame: _Frame, node: Node) -> None:
        if isinstance(node, Scalar) and node.text == MERGE_KEY:
            self._refuse_sharing(node.span, "merge keys")
        problem = self._key_problem(frame, node)
        if problem is None and isinstance(node, Scalar):
            frame.key = frame.seen[node.text] = node
            return
        frame.skip_value = True
        if problem is not None:
            self.diagnostics.append(problem)

    def _key_problem(self, frame: _Frame, node: Node) -> Diagnostic | None:
        if isinstance(node, Broken):
            return None
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            quoted = f'write `"{node.text}"`' if isinstance(node, Scalar) and node.text else ""
            return codes.KEY_NOT_TEXT.at(node, help=quoted)
        if node.text not in frame.seen:
            return None
        first = (frame.seen[node.text], "first set here")
        help = "keep one of the two"
        return codes.DUPLICATE_KEY.at(node, label="set again here", also=[first], help=help, key=node.text)

    def _head(self, span: Span) -> Span:
        frame = self._stack[-1] if self._stack else None
        return frame.key.span if frame and frame.mapping and frame.key else span

    def _span(self, event: Event) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _start(self, event: Event, length: int) -> Span:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        return Span(self.file, line, column, line, column + length)
