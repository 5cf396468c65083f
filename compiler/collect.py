"""Trees to declarations: what each file declares under which name, before anything is looked into.

Owns what may stand at the top level of a file, and which name is declared twice. What a declaration holds is
compiler/validate.py's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from compiler.documents.declared import Declared
from compiler.documents.scalars import NAME_PATTERN
from compiler.parse import Guess, Tree, Trees
from exstv import codes
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, Span, suggest
from exstv.nodes import Mapping, Node, Scalar, Sequence, describe, is_broken

STATION = "station"
WITHDRAW = "withdraw"
TESTS = "tests"
SINGULAR = {
    "sources": "source",
    "collections": "collection",
    "channels": "channel",
    "schedules": "schedule",
    "filler": "filler",
    "profiles": "profile",
    "policies": "policy",
}
"""The kinds that declare by name, and what one of them is called."""
KINDS = (STATION, WITHDRAW, *SINGULAR, TESTS)
"""Everything that may stand at the top level of a file."""


@dataclass
class Collected:
    """All declarations with their trees; none has a document yet."""

    station: Declared[Any] | None = None
    named: dict[str, dict[str, Declared[Any]]] = field(
        default_factory=lambda: {kind: {} for kind in SINGULAR}
    )
    tests: list[Node] = field(default_factory=list)
    withdraw: list[Scalar] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def collect(trees: Trees) -> Collected:
    """Gathers the declarations of all files."""
    collector = _Collector()
    for tree in trees.files:
        collector.read(tree)
    return collector.found


class _Collector:
    """Reads one file after another; owns what was found."""

    def __init__(self) -> None:
        self.found = Collected()

    def read(self, tree: Tree) -> None:
        """Takes in one file."""
        for guess in tree.guesses:
            self._guess(guess)
        for key, value in tree.root.entries if tree.root else ():
            if key.text == STATION:
                self._read_station(key, value)
            elif key.text == WITHDRAW:
                self.found.withdraw += self._texts(value)
            elif key.text == TESTS:
                self.found.tests += _listed(value)
            elif key.text in SINGULAR:
                self._read_kind(key, value)
            elif not is_broken(value) and not tree.aliased:
                help = did_you_mean(suggest(key.text, KINDS))
                self._say(codes.UNKNOWN_KEY.at(key, key=key.text, help=help))

    def _say(self, diagnostic: Diagnostic) -> None:
        self.found.diagnostics.append(diagnostic)

    def _guess(self, guess: Guess) -> None:
        if guess.kind == STATION and not guess.name and self.found.station is None:
            self.found.station = Declared(STATION, "", guess.span, None, None)
        if guess.kind in SINGULAR and guess.name:
            poisoned: Declared[Any] = Declared(guess.kind, guess.name, guess.span, None, None)
            self.found.named[guess.kind].setdefault(guess.name, poisoned)
        if guess.inline:
            self.found.broken.add(guess.kind)

    def _read_station(self, key: Scalar, value: Node) -> None:
        first = self.found.station
        if first is not None and first.node is not None:
            self._twice("the", STATION, key, first.span)
            return
        self.found.station = Declared(STATION, "", key.span, value, None)

    def _read_kind(self, key: Scalar, value: Node) -> None:
        if isinstance(value, Mapping):
            for name, below in value.entries:
                self._declare(key.text, name, below)
        elif is_broken(value):
            self.found.broken.add(key.text)
        elif not _is_nothing(value):
            self.found.broken.add(key.text)
            expected = f"names of {key.text}"
            self._say(codes.WRONG_TYPE.at(value.head, expected=expected, found=describe(value)))

    def _declare(self, kind: str, name: Scalar, value: Node) -> None:
        if not re.fullmatch(NAME_PATTERN, name.text):
            if not is_broken(value):
                help = "use letters, digits, `_`, `-` and `.`"
                self._say(codes.BAD_NAME.at(name, name=name.text, help=help))
            return
        first = self._first(kind, name.text)
        if first is not None and first.node is not None:
            self._twice(SINGULAR[kind], name.text, name, first.span)
            return
        self.found.named[kind][name.text] = Declared(kind, name.text, name.span, value, None)

    def _first(self, kind: str, name: str) -> Declared[Any] | None:
        # A source's name is also the collection of all that it holds.
        kinds = ("sources", "collections") if kind in ("sources", "collections") else (kind,)
        named = self.found.named
        return next((named[each][name] for each in kinds if name in named[each]), None)

    def _twice(self, kind: str, name: str, key: Scalar, first: Span) -> None:
        also = [(first, "first declared here")]
        self._say(codes.DUPLICATE_NAME.at(key, label="declared again here", also=also, kind=kind, name=name))

    def _texts(self, value: Node) -> list[Scalar]:
        found: list[Scalar] = []
        for each in _listed(value):
            if isinstance(each, Scalar) and isinstance(each.value, str) and each.text:
                found.append(each)
            elif not is_broken(each):
                self._say(
                    codes.WRONG_TYPE.at(each.span, expected="the id of a media item", found=describe(each))
                )
        return found


def _listed(value: Node) -> tuple[Node, ...]:
    if _is_nothing(value):
        return ()
    return value.items if isinstance(value, Sequence) else (value,)


def _is_nothing(value: Node) -> bool:
    return isinstance(value, Scalar) and value.value is None
