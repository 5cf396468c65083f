"""Names in documents that did not validate: a bad duration must not hide an unknown collection beside it.

Looks at the trees only, and only at those of documents that failed; what is sound is resolved by
compiler/programming and compiler/library.py. Which names exist is compiler/names.py's.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.documents.declared import Documents
from compiler.names import Names
from exstv.nodes import Mapping, Node, Scalar, walk


class References:
    """The names that failed documents refer to; owns nothing."""

    def __init__(self, documents: Documents, names: Names) -> None:
        self._documents = documents
        self._names = names

    def check(self) -> None:
        """Reports every name in them that nothing declares."""
        for node in self._failed():
            for part in walk(node):
                if isinstance(part, Mapping):
                    self._mapping(part)

    def _failed(self) -> Iterator[Node]:
        documents = self._documents
        station = documents.station
        if station and station.document is None and isinstance(station.node, Mapping):
            yield from (value for key, value in station.node.entries if key.text == "defaults")
        for kind in (documents.channels, documents.schedules, documents.filler):
            for declared in kind.values():
                if declared.document is None and declared.node is not None:
                    yield declared.node

    def _mapping(self, node: Mapping) -> None:
        """The names of one mapping: its keys tell what each one is a name of."""
        if play := _text(node.get("play")):
            self._names.collection(play.text, play)
        if profile := _text(node.get("profile")):
            self._names.profile(profile.text, profile)
        for key in ("schedule", "sequence"):
            if schedule := _text(node.get(key)):
                self._names.schedule(schedule.text, schedule)
        slots = node.get("filler")
        uses = [value for _, value in slots.entries] if isinstance(slots, Mapping) else []
        for use in (node.get("fallback"), *uses):
            if name := _text(use):
                self._names.filler(name.text, name)


def _text(node: Node | None) -> Scalar | None:
    return node if isinstance(node, Scalar) and isinstance(node.value, str) and node.text else None
