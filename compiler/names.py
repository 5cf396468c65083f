"""Names that documents refer to: which of them something declares, and what is said of one that nothing does.

Owns that one rule. A name of a kind whose section could not be read at all is taken for granted: the section
was reported, and each use of what it may hold is no mistake of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from compiler.documents.declared import Declared, Documents
from compiler.findings import Findings
from exstv import codes
from exstv.codes import Code, did_you_mean
from exstv.diagnostics import Span, suggest
from exstv.nodes import Node

DEFAULT_PROFILE = "hd"
"""Built in, unless the station declares one of this name."""

_Kinds = Mapping[str, Mapping[str, Declared[Any]]]


class Names:
    """Every name that a station declares."""

    def __init__(self, documents: Documents, findings: Findings) -> None:
        self._documents = documents
        self._findings = findings

    def collection(self, name: str, where: Node) -> bool:
        """Tells whether a collection or a source has this name; `where` is what refers to it."""
        kinds: _Kinds = {"collections": self._documents.collections, "sources": self._documents.sources}
        return self._known(codes.UNKNOWN_COLLECTION, name, where, kinds)

    def schedule(self, name: str, where: Node) -> bool:
        """Tells whether a schedule has this name."""
        kinds: _Kinds = {"schedules": self._documents.schedules}
        return self._known(codes.UNKNOWN_SCHEDULE, name, where, kinds)

    def filler(self, name: str, where: Node) -> bool:
        """Tells whether a filler preset has this name."""
        return self._known(codes.UNKNOWN_FILLER, name, where, {"filler": self._documents.filler})

    def profile(self, name: str, where: Node) -> bool:
        """Tells whether a profile has this name, a built-in one included."""
        if name == DEFAULT_PROFILE:
            return True
        kinds: _Kinds = {"profiles": self._documents.profiles}
        return self._known(codes.UNKNOWN_PROFILE, name, where, kinds, (DEFAULT_PROFILE,))

    def local(self, code: Code, name: str, where: Node, known: Mapping[str, Span]) -> bool:
        """Tells whether one document declares a name for itself, as a schedule does its blocks."""
        if name not in known:
            self._unknown(code, name, where, known, ())
        return name in known

    def _known(
        self,
        code: Code,
        name: str,
        where: Node,
        kinds: _Kinds,
        built_in: tuple[str, ...] = (),
    ) -> bool:
        if any(name in kind for kind in kinds.values()):
            return True
        if not self._documents.broken.isdisjoint(kinds):
            return False
        declared = {key: each.span for kind in kinds.values() for key, each in kind.items()}
        self._unknown(code, name, where, declared, built_in)
        return False

    def _unknown(
        self, code: Code, name: str, where: Node, declared: Mapping[str, Span], built_in: Iterable[str]
    ) -> None:
        near = suggest(name, (*declared, *built_in))
        also = [(declared[near], "a similar name is declared here")] if near and near in declared else []
        self._findings.add(code.at(where.span, also=also, help=did_you_mean(near), name=name))
