"""`extends`: one declaration takes the keys of another of its kind and overrides some.

Works on trees, before any model is made, so that inherited values keep the places where they were written.
Overriding is shallow: a key that both have is the nearer one's as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping as Names
from dataclasses import dataclass
from typing import Any

from compiler.documents.declared import Declared
from compiler.documents.scalars import EXTENDS, NEVER_INHERITED
from compiler.documents.schedules import KINDS
from exstv import codes
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, Span, suggest
from exstv.nodes import Mapping, Node, Scalar, Sequence, walk

SINGULAR = {"channels": "channel", "schedules": "schedule", "filler": "filler", "profiles": "profile"}
"""The kinds whose declarations may extend another one, and what one of them is called."""
_USES = ("pre_roll", "mid_roll", "post_roll", "tail", "fallback")


@dataclass(frozen=True)
class Extended:
    """A tree with what it inherits. `base` is the name it extends; `whole` is False where that failed."""

    node: Node | None
    base: str | None = None
    whole: bool = True


class Extender:
    """The declarations by kind and name; owns what was found wrong with their `extends`."""

    def __init__(
        self, named: Names[str, Names[str, Declared[Any]]], broken: frozenset[str], rare: frozenset[str]
    ) -> None:
        """`rare` are the words of compiler/parse.py that may be written anywhere."""
        self.diagnostics: list[Diagnostic] = []
        self.lacking: set[Span] = set()
        """Where presets stand that lack what they would inherit, and the parts of them."""
        self._named = named
        self._broken = broken
        self._is_needed = EXTENDS in rare
        self._done: dict[tuple[str, str], Extended] = {}
        self._open: list[tuple[str, str]] = []

    def extend(self, declared: Declared[Any]) -> Extended:
        """The tree of a declaration with all that it inherits, and its fillers with what they inherit."""
        key = declared.kind, declared.name
        if key not in self._done:
            self._open.append(key)
            self._done[key] = self._extend(declared)
            self._open.pop()
        return self._done[key]

    def inline(self, node: Node) -> Node:
        """A tree in which each preset that is written in its place has what it inherits."""
        if not self._is_needed:
            return node
        if isinstance(node, Sequence):
            items = tuple(self.inline(item) for item in node.items)
            return node if items == node.items else Sequence(node.span, node.head, items)
        if not isinstance(node, Mapping):
            return node
        entries = tuple(
            (key, value if isinstance(value, Scalar) else self._preset(key, self.inline(value)))
            for key, value in node.entries
        )
        return node if entries == node.entries else Mapping(node.span, node.head, entries)

    def _preset(self, key: Scalar, value: Node) -> Node:
        if key.text not in _USES or not isinstance(value, Mapping) or value.get(EXTENDS) is None:
            return value
        extended = self._merged("filler", value)
        if not extended.whole:
            self.lacking |= {value.head, *(part.span for part in walk(value))}
        return extended.node or value

    def _extend(self, declared: Declared[Any]) -> Extended:
        node = self.inline(declared.node) if declared.node else None
        if declared.kind not in SINGULAR or not isinstance(node, Mapping):
            return Extended(node)
        return self._merged(declared.kind, node)

    def _merged(self, kind: str, node: Mapping) -> Extended:
        base = node.get(EXTENDS)
        if not isinstance(base, Scalar) or not isinstance(base.value, str) or not base.text:
            return Extended(node)
        if (kind, base.text) in self._open:
            self.diagnostics.append(codes.EXTENDS_CYCLE.at(base, kind=SINGULAR[kind], name=base.text))
            return Extended(node, whole=False)
        declared = self._named[kind].get(base.text)
        if declared is None:
            self._unknown(kind, base)
            return Extended(node, whole=False)
        parent = self.extend(declared)
        if not isinstance(parent.node, Mapping) or self._differ(node, parent.node):
            return Extended(node, whole=False)
        return Extended(_over(node, parent.node), base.text, parent.whole)

    def _unknown(self, kind: str, base: Scalar) -> None:
        if kind not in self._broken:
            known = self._named[kind]
            near = suggest(base.text, tuple(known))
            also = [(known[near].span, "a similar name is declared here")] if near else []
            help = did_you_mean(near)
            self.diagnostics.append(
                codes.EXTENDS_UNKNOWN.at(base, also=also, help=help, kind=SINGULAR[kind], name=base.text)
            )

    def _differ(self, node: Mapping, base: Mapping) -> bool:
        """Tells whether two schedules are of two kinds, and says so."""
        mine, other = node.get("kind"), base.get("kind")
        if not isinstance(mine, Scalar) or not isinstance(other, Scalar) or mine.text == other.text:
            return False
        if mine.text not in KINDS or other.text not in KINDS:
            # One of them is a typo, which is told of by itself.
            return False
        also = [(other.span, "this is the other's")]
        help = "leave `kind` out, or extend another schedule"
        self.diagnostics.append(
            codes.EXTENDS_OTHER_KIND.at(mine, also=also, help=help, kind=mine.text, other=other.text)
        )
        return True


def _over(node: Mapping, base: Mapping) -> Mapping:
    written = {EXTENDS, *NEVER_INHERITED, *(key.text for key, _ in node.entries)}
    inherited = tuple((key, value) for key, value in base.entries if key.text not in written)
    return Mapping(node.span, node.head, (*node.entries, *inherited))
