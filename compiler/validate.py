"""Trees to documents: each declaration for itself, without looking at any other but for its name.

A declaration that fails keeps its name, so that whatever refers to it is no mistake. What depends on other
declarations or on the catalog is compiler/resolve.py's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Mapping as Mapping_
from typing import Any, TypeVar

from pydantic import BaseModel

from compiler import rules
from compiler.documents.channels import ChannelDocument
from compiler.documents.collections import CollectionDocument
from compiler.documents.declared import Declared, Documents
from compiler.documents.filler import FillerDocument
from compiler.documents.profiles import ProfileDocument
from compiler.documents.scalars import NAME_PATTERN
from compiler.documents.schedules import KINDS
from compiler.documents.sources import TYPES, LavfiDocument, LavfiItemDocument, SourceDocument
from compiler.documents.station import StationDocument
from compiler.parse import Guess, Tree, Trees
from exstv import codes
from exstv.binding import bind
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, Span, has_errors, suggest
from exstv.nodes import Mapping, Node, Scalar, describe, is_broken, walk
from exstv.timeline.model import Source

STATION = "station"
SINGULAR = {
    "sources": "source",
    "collections": "collection",
    "channels": "channel",
    "schedules": "schedule",
    "filler": "filler",
    "profiles": "profile",
}
"""The kinds that declare by name, and what one of them is called."""

_MODELS: dict[str, type[BaseModel]] = {
    "collections": CollectionDocument,
    "channels": ChannelDocument,
    "filler": FillerDocument,
    "profiles": ProfileDocument,
}
Model = TypeVar("Model", bound=BaseModel)

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(:-[^}]*)?\}")


def validate(trees: Trees) -> tuple[Documents, list[Diagnostic]]:
    """Checks every declaration of every file."""
    collector = _Collector()
    for tree in trees.files:
        collector.read(tree)
    if collector.station is None and trees.complete and trees.files:
        start = Span(trees.files[0].file)
        help = "begin with `station: {name: …, timezone: …}`"
        collector.diagnostics.append(codes.NO_STATION.at(start, help=help))
    return collector.documents(), collector.diagnostics


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
    if isinstance(document, LavfiDocument):
        facts: dict[str, Any] = {"items": [_lavfi_item(item) for item in document.items]}
    else:
        facts = document.model_dump(exclude={"type"})
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _lavfi_item(item: LavfiItemDocument) -> dict[str, Any]:
    facts = item.model_dump(exclude_unset=True)
    facts["duration_ms"] = facts.pop("duration")
    return {"audio": None, **facts}


class _Collector:
    """Gathers the declarations of all files; owns the diagnostics found on the way."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.station: Declared[StationDocument] | None = None
        self._named: dict[str, dict[str, Declared[Any]]] = {kind: {} for kind in SINGULAR}

    def documents(self) -> Documents:
        """All that was declared."""
        return Documents(station=self.station, **self._named)

    def read(self, tree: Tree) -> None:
        """Takes in one file."""
        for guess in tree.guesses:
            self._guess(guess)
        for key, value in tree.root.entries if tree.root else ():
            if key.text == STATION:
                self._read_station(key, value)
            elif key.text in SINGULAR:
                self._read_kind(key, value)
            elif not is_broken(value) and not tree.aliased:
                help = did_you_mean(suggest(key.text, (STATION, *SINGULAR)))
                self.diagnostics.append(codes.UNKNOWN_KEY.at(key, key=key.text, help=help))

    def _guess(self, guess: Guess) -> None:
        if guess.kind == STATION and not guess.name and self.station is None:
            self.station = Declared(STATION, "", guess.span, None, None)
        if guess.kind in SINGULAR and guess.name:
            poisoned: Declared[Any] = Declared(guess.kind, guess.name, guess.span, None, None)
            self._named[guess.kind].setdefault(guess.name, poisoned)

    def _read_station(self, key: Scalar, value: Node) -> None:
        first = self.station
        if first is not None and first.node is not None:
            self._twice("the", STATION, key, first.span)
            return
        document = self._bind(StationDocument, STATION, value)
        self.station = Declared(STATION, "", key.span, value, document)

    def _read_kind(self, key: Scalar, value: Node) -> None:
        if isinstance(value, Mapping):
            for name, below in value.entries:
                self._declare(key.text, name, below)
        elif not is_broken(value) and not (isinstance(value, Scalar) and value.value is None):
            expected = f"names of {key.text}"
            self.diagnostics.append(codes.WRONG_TYPE.at(value.head, expected=expected, found=describe(value)))

    def _declare(self, kind: str, name: Scalar, value: Node) -> None:
        if not re.fullmatch(NAME_PATTERN, name.text):
            if not is_broken(value):
                help = "use letters, digits, `_`, `-` and `.`"
                self.diagnostics.append(codes.BAD_NAME.at(name, name=name.text, help=help))
            return
        first = self._first(kind, name.text)
        if first is not None and first.node is not None:
            self._twice(SINGULAR[kind], name.text, name, first.span)
            return
        document = self._document(kind, value)
        self._named[kind][name.text] = Declared(kind, name.text, name.span, value, document)

    def _first(self, kind: str, name: str) -> Declared[Any] | None:
        # A source's name is also the collection of all that it holds.
        kinds = ("sources", "collections") if kind in ("sources", "collections") else (kind,)
        return next((self._named[each][name] for each in kinds if name in self._named[each]), None)

    def _twice(self, kind: str, name: str, key: Scalar, first: Span) -> None:
        self.diagnostics.append(
            codes.DUPLICATE_NAME.at(
                key, label="declared again here", also=[(first, "first declared here")], kind=kind, name=name
            )
        )

    def _document(self, kind: str, value: Node) -> BaseModel | None:
        if kind == "sources":
            return self._branch(value, "type", TYPES)
        if kind == "schedules":
            return self._branch(value, "kind", KINDS)
        return self._bind(_MODELS[kind], kind, value)

    def _branch(self, value: Node, key: str, models: Mapping_[str, type[BaseModel]]) -> BaseModel | None:
        if is_broken(value):
            return None
        chosen = value.get(key) if isinstance(value, Mapping) else None
        if chosen is None and isinstance(value, Mapping):
            known = ", ".join(f"`{name}`" for name in models)
            help = f"write `{key}:` with one of {known}"
            self.diagnostics.append(codes.MISSING_KEY.at(value.head, key=key, help=help))
            return None
        if chosen is not None and not isinstance(chosen, Scalar):
            found = describe(chosen)
            self.diagnostics.append(codes.WRONG_TYPE.at(chosen.span, expected="one word", found=found))
            return None
        text = chosen.text if chosen else ""
        if chosen is not None and text not in models:
            known = ", ".join(f"`{name}`" for name in models)
            help = did_you_mean(suggest(text, models))
            self.diagnostics.append(codes.UNKNOWN_VALUE.at(chosen.span, value=text, known=known, help=help))
            return None
        kind = "sources" if key == "type" else "schedules"
        return self._bind(models.get(text, next(iter(models.values()))), kind, value)

    def _bind(self, model: type[Model], kind: str, value: Node) -> Model | None:
        if is_broken(value):
            return None
        document, found = bind(model, value)
        found += rules.check(kind, value)
        if kind != "sources":
            found += _variables(value)
        self.diagnostics += found
        return None if has_errors(found) else document


def _variables(node: Node) -> Iterable[Diagnostic]:
    for part in walk(node):
        if isinstance(part, Scalar) and (found := _VARIABLE.search(part.text)):
            yield codes.ENVIRONMENT_NOT_HERE.at(part, name=found[1])
