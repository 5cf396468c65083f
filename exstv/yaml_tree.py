"""A YAML parser's events to a tree that remembers where everything was written.

Owns the stack of open collections and what may not be in a tree: anchors, aliases, merge keys and tags are
refused here, before anything is composed, so an alias bomb costs what its text costs; depth is bounded, so
nothing recurses far. Never reads text: exstv/yaml_text.py does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from exstv import codes
from exstv.diagnostics import Diagnostic, Span
from exstv.nodes import Broken, Mapping, Node, Scalar, Sequence, plain_value

MAX_DEPTH = 64
MERGE_KEY = "<<"

# Beside what YAML refuses: U+0085, U+2028, U+2029, which end a line for the parser and not for editors.
BAD_CHARACTER = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def character_name(found: re.Match[str]) -> str:
    """A character as it is written in tables of them: `U+0007`."""
    return f"U+{ord(found.group()):04X}"


class _Frame:
    """A collection being read; `key` is the key whose value comes next."""

    __slots__ = ("entries", "flow", "head", "items", "key", "mapping", "seen", "skip_value", "span")

    def __init__(self, span: Span, head: Span, *, mapping: bool, flow: bool) -> None:
        self.span, self.head, self.mapping, self.flow = span, head, mapping, flow
        self.entries: list[tuple[Scalar, Node]] = []
        self.items: list[Node] = []
        self.seen: dict[str, Scalar] = {}
        self.key: Scalar | None = None
        self.skip_value = False

    def close(self, end: Span) -> Node:
        """The collection with all that was read, up to the parser's own mark or the last part."""
        if not self.flow:
            # A block collection's end mark is where the next sibling begins.
            parts = [self.entries[-1][1]] if self.entries else self.items[-1:]
            end = parts[0].span if parts else self.span
        span = Span(self.span.file, self.span.line, self.span.column, end.end_line, end.end_column)
        if self.mapping:
            return Mapping(span, self.head, tuple(self.entries))
        return Sequence(span, self.head, tuple(self.items))


class TreeBuilder:
    """Takes the parser's events one by one; owns the stack of open collections."""

    def __init__(self, file: str) -> None:
        """Begins without a root; `file` is what the spans name."""
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self.has_tags = False
        self._file = file
        self._frame: _Frame | None = None
        self._above: list[_Frame] = []
        self._documents = 0
        self._sharing_reported = False
        self._takers: dict[type, Callable[..., bool]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._open,
            SequenceStartEvent: self._open,
            MappingEndEvent: self._close,
            SequenceEndEvent: self._close,
            AliasEvent: self._alias,
            DocumentStartEvent: self._begin_document,
            DocumentEndEvent: _ignore,
            StreamStartEvent: _ignore,
            StreamEndEvent: _ignore,
        }

    def take(self, event: Event) -> bool:
        """Reads one event; False: nothing after it is looked at."""
        return self._takers[type(event)](event)

    def _begin_document(self, event: Event) -> bool:
        self._documents += 1
        if self._documents == 1:
            return True
        self.diagnostics.append(codes.SEVERAL_DOCUMENTS.at(self._span(event), help="put it in its own file"))
        return False

    def _alias(self, event: AliasEvent) -> bool:
        self._refuse_properties(event, None)
        span = self._span(event)
        self._place(Broken(span, self._head(span)))
        return True

    def _refuse_properties(self, event: NodeEvent, tag: object) -> None:
        if event.anchor is not None:
            what = "aliases" if isinstance(event, AliasEvent) else "anchors"
            self._refuse_sharing(self._start(event, len(str(event.anchor)) + 1), what)
        if tag is not None:
            self.has_tags = True
            self.diagnostics.append(codes.TAG_REFUSED.at(self._start(event, 1), tag=str(tag)))

    def _refuse_sharing(self, span: Span, what: str) -> None:
        # Once a file: a bomb has hundreds, and they are one mistake.
        if not self._sharing_reported:
            help = "write the value out, or give it a name that both places use"
            self.diagnostics.append(codes.ALIAS_REFUSED.at(span, what=what, help=help))
        self._sharing_reported = True

    def _open(self, event: CollectionStartEvent) -> bool:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, event.tag)
        span = self._span(event)
        if self._frame is not None:
            if len(self._above) + 1 >= MAX_DEPTH:
                self.diagnostics.append(codes.TOO_DEEP.at(span, limit=MAX_DEPTH))
                self.root = None
                return False
            self._above.append(self._frame)
        mapping = type(event) is MappingStartEvent
        self._frame = _Frame(span, self._head(span), mapping=mapping, flow=bool(event.flow_style))
        return True

    def _close(self, event: Event) -> bool:
        frame = self._frame
        assert frame is not None
        self._frame = self._above.pop() if self._above else None
        self._place(frame.close(self._span(event)))
        return True

    def _scalar(self, event: ScalarEvent) -> bool:
        start, end = event.start_mark, event.end_mark
        span = Span(self._file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        frame = self._frame
        head = span if frame is None or frame.key is None else frame.key.span
        text, style = str(event.value), event.style
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, event.tag)
        # An escape in quotes can write what the file itself may not hold.
        unfit = BAD_CHARACTER.search(text) if style == '"' else None
        if unfit:
            self.diagnostics.append(codes.CONTROL_CHARACTER.at(span, character=character_name(unfit)))
        if unfit or event.tag is not None:
            self._place(Broken(span, head))
            return True
        if style:
            self._place(Scalar(span, head, text, text))
        else:
            # An empty value has no place of its own: the parser puts it at the next token.
            self._place(Scalar(span if text else head, head, text, plain_value(text)))
        return True

    def _place(self, node: Node) -> None:
        frame = self._frame
        if frame is None:
            self.root = node
        elif not frame.mapping:
            frame.items.append(node)
        elif frame.key is not None:
            merged = frame.key.text == MERGE_KEY
            frame.entries.append((frame.key, Broken(node.span, node.head) if merged else node))
            frame.key = None
        elif frame.skip_value:
            frame.skip_value = False
        else:
            self._key(frame, node)

    def _key(self, frame: _Frame, node: Node) -> None:
        if isinstance(node, Scalar) and node.text == MERGE_KEY:
            self._refuse_sharing(node.span, "merge keys")
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.text not in frame.seen:
            frame.key = frame.seen[node.text] = node
            return
        problem = _key_problem(frame, node)
        frame.skip_value = True
        if problem is not None:
            self.diagnostics.append(problem)

    def _head(self, span: Span) -> Span:
        frame = self._frame
        return span if frame is None or frame.key is None else frame.key.span

    def _span(self, event: Event) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(self._file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _start(self, event: Event, length: int) -> Span:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        return Span(self._file, line, column, line, column + length)


def _ignore(_event: Event) -> bool:
    return True


def _key_problem(frame: _Frame, node: Node) -> Diagnostic | None:
    """What is wrong with a key that is not taken; a broken one was reported."""
    if isinstance(node, Broken):
        return None
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        quoted = f'write `"{node.text}"`' if isinstance(node, Scalar) and node.text else ""
        return codes.KEY_NOT_TEXT.at(node, help=quoted)
    first = (frame.seen[node.text], "first set here")
    help = "keep one of the two"
    return codes.DUPLICATE_KEY.at(node, label="set again here", also=[first], help=help, key=node.text)
