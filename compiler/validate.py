"""Trees to documents: each declaration for itself, without looking at any other but for its name.

A declaration that fails keeps its name, so that whatever refers to it is no mistake. What depends on other
declarations or on the catalog is compiler/resolve.py's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel

from compiler import rules
from compiler.branches import Branch, choose
from compiler.collect import STATION, TESTS, Collected, collect
from compiler.documents.channels import ChannelDocument
from compiler.documents.collections import CollectionDocument
from compiler.documents.declared import Declared, Documents
from compiler.documents.filler import FillerDocument
from compiler.documents.profiles import ProfileDocument
from compiler.documents.scalars import NEVER_INHERITED
from compiler.documents.sources import LavfiDocument, SourceDocument, UrlDocument, WrittenFacts
from compiler.documents.station import StationDocument
from compiler.documents.station_tests import TestDocument
from compiler.extends import Extender
from compiler.parse import Trees
from compiler.rules.filler import misplaced_breaks
from exstv import codes
from exstv.binding import bind
from exstv.diagnostics import Diagnostic, Span, has_errors
from exstv.nodes import Node, Scalar, is_broken, walk
from exstv.timeline.model import Source

_MODELS: dict[str, type[BaseModel]] = {
    "collections": CollectionDocument,
    "channels": ChannelDocument,
    "filler": FillerDocument,
    "profiles": ProfileDocument,
}
_LACKING = {
    each.id for each in (codes.MISSING_KEY, codes.KEY_NEEDED, codes.NOTHING_DECIDED, codes.KEY_WITHOUT_EFFECT)
}
"""What may be said of a document only where all that it inherits is known."""
Model = TypeVar("Model", bound=BaseModel)

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(:-[^}]*)?\}")


def validate(trees: Trees) -> tuple[Documents, list[Diagnostic]]:
    """Checks every declaration of every file."""
    collected = collect(trees)
    documents, diagnostics = _Validator(collected, trees.rare).run()
    if documents.station is None and trees.complete and trees.files:
        start = Span(trees.files[0].file)
        help = "begin with `station: {name: …, timezone: …}`"
        diagnostics.append(codes.NO_STATION.at(start, help=help))
    return documents, diagnostics


def declared_sources(documents: Documents) -> tuple[Source, ...]:
    """The sources in order of their names, as the lock and the timeline know them."""
    found = ((name, declared.document) for name, declared in sorted(documents.sources.items()))
    return tuple(
        Source(name=name, type=document.type, definition=definition(document))
        for name, document in found
        if document is not None
    )


def definition(document: SourceDocument) -> str:
    """A source's definition as canonical JSON: the same for the same source, however it was written."""
    match document:
        case LavfiDocument():
            facts: dict[str, Any] = {"items": [{"audio": None, **_facts(item)} for item in document.items]}
        case UrlDocument():
            facts = {"items": [_facts(item) for item in document.items]}
        case _:
            facts = document.model_dump(exclude={"type"})
            # Where nothing is named it is left out: a lock from before there was any stays good.
            if not facts.get("enrich", True):
                del facts["enrich"]
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _facts(item: WrittenFacts) -> dict[str, Any]:
    facts = item.model_dump(exclude_unset=True)
    if "duration" in facts:
        facts["duration_ms"] = facts.pop("duration")
    return facts


class _Validator:
    """Binds one declaration after another; owns the diagnostics.

    What is inherited is looked at again wherever it is: what is said of it twice is kept once.
    """

    def __init__(self, collected: Collected, rare: frozenset[str]) -> None:
        self._collected = collected
        self._rare = rare
        self._extender = Extender(collected.named, frozenset(collected.broken), rare)
        self._found: dict[tuple[str, Span, str], Diagnostic] = {}
        self._bound: dict[tuple[str, str], Declared[Any]] = {}

    def run(self) -> tuple[Documents, list[Diagnostic]]:
        """All documents, and what is wrong with them."""
        collected = self._collected
        self._say(collected.diagnostics)
        station = self._station(collected.station) if collected.station else None
        named: dict[str, Any] = {
            kind: {name: self._named(declared) for name, declared in names.items()}
            for kind, names in collected.named.items()
        }
        tests = tuple(self._test(node) for node in collected.tests)
        self._say(self._extender.diagnostics)
        everything = [each for names in named.values() for each in names.values()]
        presets = [(each.name, each.node) for each in everything if each.kind == "filler"]
        trees = [each.node for each in (*everything, *((station,) if station else ()))]
        self._say(misplaced_breaks(presets, trees))
        withdraw = tuple(collected.withdraw)
        broken = frozenset(collected.broken)
        documents = Documents(
            station=station, tests=tests, withdraw=withdraw, broken=broken, rare=self._rare, **named
        )
        return documents, list(self._found.values())

    def _station(self, declared: Declared[Any]) -> Declared[StationDocument]:
        node = self._extender.inline(declared.node) if declared.node else None
        return replace(declared, node=node, document=self._sound(STATION, StationDocument, node))

    def _test(self, node: Node) -> Declared[TestDocument]:
        return Declared(TESTS, "", node.head, node, self._sound(TESTS, TestDocument, node))

    def _named(self, declared: Declared[Any]) -> Declared[Any]:
        key = declared.kind, declared.name
        if key not in self._bound:
            self._bound[key] = self._declared(declared)
        return self._bound[key]

    def _declared(self, declared: Declared[Any]) -> Declared[Any]:
        extended = self._extender.extend(declared)
        if extended.node is None:
            return declared
        base = self._collected.named[declared.kind][extended.base] if extended.base else None
        whole = extended.whole and (base is None or self._named(base).document is not None)
        document = self._document(declared.kind, extended.node, whole)
        return replace(declared, node=extended.node, document=document if whole else None)

    def _document(self, kind: str, node: Node, whole: bool) -> BaseModel | None:
        if is_broken(node):
            return None
        branch = choose(kind, node) or Branch(_MODELS[kind], node)
        found = [each for each in branch.found if whole or not _is_lacking(each)]
        self._say(found)
        if branch.model is None:
            return None
        document = self._bind(kind, branch.model, branch.node, whole)
        return None if found else document

    def _sound(self, kind: str, model: type[Model], node: Node | None) -> Model | None:
        """The document of a tree, if all of that could be read."""
        return None if node is None or is_broken(node) else self._bind(kind, model, node)

    def _bind(self, kind: str, model: type[Model], node: Node, whole: bool = True) -> Model | None:
        """The document of a tree. What is not `whole` lacks what it would inherit: that is no mistake."""
        document, found = bind(model, node)
        found += rules.check(kind, node)
        if kind != "sources" and "$" in self._rare:
            found += _variables(node)
        lacking = self._extender.lacking
        self._say(each for each in found if not _is_lacking(each) or (whole and each.span not in lacking))
        return None if has_errors(found) else document

    def _say(self, diagnostics: Iterable[Diagnostic]) -> None:
        for each in diagnostics:
            self._found.setdefault((each.code, each.span, each.message), each)


def _is_lacking(found: Diagnostic) -> bool:
    """Tells whether something may be missing only because what would be inherited is not known."""
    own = {codes.MISSING_KEY.message_template.format(key=key) for key in NEVER_INHERITED}
    return found.code in _LACKING and found.message not in own


def _variables(node: Node) -> Iterable[Diagnostic]:
    for part in walk(node):
        if isinstance(part, Scalar) and "$" in part.text and (found := _VARIABLE.search(part.text)):
            yield codes.ENVIRONMENT_NOT_HERE.at(part, name=found[1])
