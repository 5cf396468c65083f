"""Collections and sources to media items: what `play` finds in the catalog.

Owns each collection's items in its own order, computed once. A collection that could not be made is None, and
was reported. How items are ordered for playing is compiler/schedule's.
"""

from __future__ import annotations

from datetime import date

from compiler.documents.collections import CollectionDocument
from compiler.documents.declared import Declared, Documents
from compiler.documents.sources import SourceDocument
from compiler.findings import Findings
from compiler.where import Asker
from exstv import codes
from exstv.catalog.lock import definition_digest
from exstv.catalog.model import Catalog, MediaItem
from exstv.codes import did_you_mean
from exstv.diagnostics import suggest
from exstv.nodes import Mapping, Node, Scalar, Sequence, at
from exstv.timeline.model import Source

MISSING = "missing"
Items = tuple[MediaItem, ...]


class Library:
    """Every collection and source of a station by name; owns their items."""

    def __init__(self, documents: Documents, catalog: Catalog, today: date, findings: Findings) -> None:
        self._documents = documents
        self._catalog = catalog
        self._today = today
        self._findings = findings
        self._by_id = {item.id: item for item in catalog.items}
        self._known: dict[str, Items | None] = {}
        self._making: list[str] = []
        self._asker: Asker | None = None

    def read(self, sources: tuple[Source, ...]) -> None:
        """Makes every collection, used or not, so that each mistake is found."""
        try:
            for source in sources:
                self._check_scan(source)
            for name in (*self._documents.sources, *self._documents.collections):
                self._items(name)
        finally:
            if self._asker:
                self._asker.close()

    def get(self, name: str, where: Node) -> Items | None:
        """The items of a collection or source that something at `where` names."""
        if name in self._known:
            return self._known[name]
        self._findings.unknown(codes.UNKNOWN_COLLECTION, name, where, self._kinds())
        return None

    def _kinds(
        self,
    ) -> tuple[dict[str, Declared[CollectionDocument]], dict[str, Declared[SourceDocument]]]:
        return self._documents.collections, self._documents.sources

    def _check_scan(self, source: Source) -> None:
        declared = self._documents.sources[source.name]
        scanned = self._catalog.sources.get(source.name)
        if scanned is None:
            help = "run `exstv scan`"
            self._findings.add(codes.NEVER_SCANNED.at(declared.span, name=source.name, help=help))
        elif scanned.definition != definition_digest(source):
            help = "run `exstv scan`; until then what it found counts"
            self._findings.add(codes.SCAN_OUTDATED.at(declared.span, name=source.name, help=help))

    def _items(self, name: str) -> Items | None:
        if name not in self._known:
            self._making.append(name)
            self._known[name] = self._make(name)
            self._making.pop()
        return self._known[name]

    def _make(self, name: str) -> Items | None:
        if name in self._documents.sources:
            return self._source(name)
        declared = self._documents.collections[name]
        document = declared.document
        if declared.node is None:
            return None
        if document is None:
            self._check_failed(declared.node)
            return None
        items = self._listed(declared.node, document) if document.items else self._chosen(declared)
        if items == ():
            self._findings.add(codes.EMPTY_COLLECTION.at(declared.span, name=name))
        return items

    def _check_failed(self, node: Node) -> None:
        """Looks for further mistakes in a collection that did not validate."""
        if not isinstance(node, Mapping):
            return
        for name in _texts(node.get("from")):
            self._base(name.text, name)
        for id_ in _texts(node.get("items")):
            if id_.text not in self._by_id:
                self._unknown_media(id_.text, id_)
        self._asked(node)

    def _source(self, name: str) -> Items | None:
        declared = self._documents.sources[name]
        if declared.document is None or name not in self._catalog.sources:
            return None
        items = tuple(item for item in self._catalog.items if item.source == name and item.state != MISSING)
        if not items:
            self._findings.add(codes.EMPTY_COLLECTION.at(declared.span, name=name))
        return items

    def _listed(self, node: Node, document: CollectionDocument) -> Items | None:
        found: list[MediaItem] = []
        whole = True
        for index, id_ in enumerate(document.items or ()):
            item = self._by_id.get(id_)
            where = at(node, "items", index)
            if item is None:
                whole = False
                self._unknown_media(id_, where)
            elif item.state == MISSING:
                self._findings.add(codes.MEDIA_MISSING.at(where, id=id_))
            else:
                found.append(item)
        return tuple(found) if whole else None

    def _unknown_media(self, id_: str, where: Node) -> None:
        source = id_.partition(":")[0]
        declared = self._documents.sources.get(source)
        if declared is not None and self._known.get(source) is None and source not in self._catalog.sources:
            # The source itself was reported: it is broken, or was never scanned.
            return
        same = [known for known in self._by_id if known.startswith(f"{source}:")] if declared else []
        help = did_you_mean(suggest(id_, same or self._by_id))
        self._findings.add(codes.UNKNOWN_MEDIA.at(where, id=id_, help=help))

    def _chosen(self, declared: Declared[CollectionDocument]) -> Items | None:
        document, node = declared.document, declared.node
        if document is None or node is None:
            return None
        bases = [self._base(name, at(node, "from", index)) for index, name in enumerate(document.from_ or ())]
        ids, ordered = self._asked(node)
        if ids is None or ordered is None or any(base is None for base in bases):
            return None
        held = {item.id for base in bases for item in base or ()} & ids
        return tuple(self._by_id[id_] for id_ in ordered if id_ in held)[: document.limit]

    def _base(self, name: str, where: Node) -> Items | None:
        if name in self._making:
            self._findings.add(codes.COLLECTION_CYCLE.at(where, name=name))
            return None
        if not any(name in kind for kind in self._kinds()):
            self._findings.unknown(codes.UNKNOWN_COLLECTION, name, where, self._kinds())
            return None
        return self._items(name)

    def _asked(self, node: Node) -> tuple[frozenset[str] | None, tuple[str, ...] | None]:
        """What `where` lets through, and the order of all items."""
        everything = tuple(self._by_id)
        ids: frozenset[str] | None = frozenset(everything)
        ordered: tuple[str, ...] | None = everything
        where, order_by = (next(iter(_texts(at(node, key), node)), None) for key in ("where", "order_by"))
        if where is not None:
            ids, problems = self._ask().matching(where)
            self._findings.add(*problems)
        if order_by is not None:
            ordered, problems = self._ask().ordered(order_by)
            self._findings.add(*problems)
        return ids, ordered

    def _ask(self) -> Asker:
        if self._asker is None:
            self._asker = Asker(self._catalog, self._today)
        return self._asker


def _texts(value: Node | None, absent: Node | None = None) -> tuple[Scalar, ...]:
    """The texts that a list, or one alone, is made of; none where `value` is `absent`."""
    if value is absent:
        return ()
    parts = value.items if isinstance(value, Sequence) else (value,)
    return tuple(
        part for part in parts if isinstance(part, Scalar) and isinstance(part.value, str) and part.text
    )
