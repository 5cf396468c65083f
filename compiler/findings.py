"""What resolving finds: diagnostics without repeats, and the words for a name that nothing declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from compiler.documents.declared import Declared
from exstv.codes import Code, did_you_mean
from exstv.diagnostics import Diagnostic, Span, suggest
from exstv.nodes import Node


class Findings:
    """The diagnostics of one resolve; owns the list.

    A schedule is looked at once for each channel that plays it: what is said of it twice is kept once.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, Span, str], Diagnostic] = {}

    def add(self, *diagnostics: Diagnostic) -> None:
        """Keeps diagnostics that are new."""
        for diagnostic in diagnostics:
            key = (diagnostic.code, diagnostic.span, diagnostic.message)
            self._found.setdefault(key, diagnostic)

    def unknown(
        self,
        code: Code,
        name: str,
        where: Node,
        known: Iterable[Mapping[str, Declared[Any]]],
        built_in: tuple[str, ...] = (),
    ) -> None:
        """Says that nothing declares a name, and what was probably meant."""
        declared = {key: each for kind in known for key, each in kind.items()}
        near = suggest(name, (*declared, *built_in))
        also = [(declared[near].span, "a similar name is declared here")] if near in declared else []
        self.add(code.at(where.span, also=also, help=did_you_mean(near), name=name))

    def all(self) -> list[Diagnostic]:
        """Everything found, in the order it was found."""
        return list(self._found.values())
