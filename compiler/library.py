"""Collections and sources to media items: what `play` finds in the catalog.

Owns each collection's items in its own order, and by id, computed once and shared by every use. A collection
that could not be made is None, and was reported. How items are ordered for playing is compiler/schedule's,
what an entry of a playlist plays is compiler/programming's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from compiler.documents.collections import CollectionDocument
from compiler.documents.declared import Declared, Documents
from compiler.findings import Findings
from compiler.names import Names
from compiler.where import Asker
from exstv import codes, duckdb
from exstv.catalog.lock import definition_digest
from exstv.catalog.model import Catalog, MediaItem
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, suggest
from exstv.nodes import Mapping, Node, Scalar, Sequence, at
from exstv.timeline.model import Source

MISSING = "missing"
Items = tuple[MediaItem, ...]
OpenView = Callable[[], duckdb.DuckDBPyConnection]


@dataclass(frozen=True)
class _Asked:
    """The ids that `where` lets through and the order that `order_by` gives; None: there is none."""

    matching: frozenset[str] | None
    ordered: tuple[str, ...] | None

    def takes(self, item: MediaItem) -> bool:
        return self.matching is None or item.id in self.matching


class Library:
    """Every collection and source of a station by name; owns their items."""

    def __init__(
        self, documents: Documents, catalog: Catalog, view: OpenView, today: date, findings: Findings
    ) -> None:
        """`view` opens the catalog as a table, where something asks for it."""
        self.names = Names(documents, findings)
        self.withdrawn: frozenset[str] = frozenset()
        self._documents = documents
        self.catalog = catalog
        self._view = view
        self._today = today
        self._findings = findings
        self._by_id = {item.id: item for item in catalog.items}
        self._by_source: dict[str, list[MediaItem]] = defaultdict(list)
        for item in catalog.items:
            self._by_source[item.source].append(item)
        self._known: dict[str, Items | None] = {}
        self._sorted: dict[str, Items] = {}
        self._live: dict[str, Items] = {}
        self._making: list[str] = []
        self._asker: Asker | None = None

    def read(self, sources: tuple[Source, ...]) -> None:
        """Makes every collection, used or not, so that each mistake is found."""
        try:
            for source in sources:
                self._check_scan(source)
            self.withdrawn = frozenset(self._withdrawn())
            for name in (*self._documents.sources, *self._documents.collections):
                self._items(name)
        finally:
            if self._asker:
                self._asker.close()

    def get(self, name: str, where: Node) -> Items | None:
        """The items of a collection or source that something at `where` names, in the collection's order."""
        return self._known.get(name) if self.names.collection(name, where) else None

    def has(self, name: str) -> bool:
        """Tells whether a collection is declared and could be made."""
        return self._known.get(name) is not None

    def by_id(self, name: str) -> Items:
        """The items of a collection that was made, sorted by id."""
        if name not in self._sorted:
            items = self._known.get(name) or ()
            # Sorting is linear where it was sorted: as it is unless somebody ordered it.
            ordered = tuple(sorted(items, key=lambda item: item.id))
            self._sorted[name] = items if items == ordered else ordered
        return self._sorted[name]

    def live(self, name: str) -> Items:
        """Its live items: those without a length."""
        if name not in self._live:
            items = self._known.get(name) or ()
            self._live[name] = tuple(item for item in items if item.duration_ms is None)
        return self._live[name]

    def playlist(self, name: str) -> Declared[CollectionDocument] | None:
        """The declaration of a collection that is a playlist."""
        declared = self._documents.collections.get(name)
        return declared if declared and declared.document and declared.document.playlist else None

    def items(self) -> Iterator[MediaItem]:
        """Every item that is there, withdrawn ones included."""
        return (item for item in self.catalog.items if item.state != MISSING)

    def _plays(self, item: MediaItem) -> bool:
        return item.state != MISSING and item.id not in self.withdrawn

    def _withdrawn(self) -> Iterator[str]:
        for id_ in self._documents.withdraw:
            if id_.text in self._by_id:
                yield id_.text
            else:
                self._unknown_media(id_.text, id_)

    def _check_scan(self, source: Source) -> None:
        declared = self._documents.sources[source.name]
        scanned = self.catalog.sources.get(source.name)
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
        items = self._held(declared.node, document)
        if items == ():
            self._findings.add(codes.EMPTY_COLLECTION.at(declared.span, name=name))
        return items

    def _held(self, node: Node, document: CollectionDocument) -> Items | None:
        if document.items:
            return self._listed(node, document)
        if document.playlist:
            names = [(each.play, at(node, "playlist", n, "play")) for n, each in enumerate(document.playlist)]
            return self._union(names)
        return self._chosen(node, document)

    def _check_failed(self, node: Node) -> None:
        """Looks for further mistakes in a collection that did not validate."""
        if not isinstance(node, Mapping):
            return
        for key in ("from", "of", "except"):
            for name in _texts(node.get(key)):
                self._base(name.text, name)
        for entry in _parts(node.get("playlist")):
            for name in _texts(entry.get("play") if isinstance(entry, Mapping) else None):
                self._base(name.text, name)
        for id_ in _texts(node.get("items")):
            if id_.text not in self._by_id:
                self._unknown_media(id_.text, id_)
        self._asked(node)

    def _source(self, name: str) -> Items | None:
        declared = self._documents.sources[name]
        if declared.document is None or name not in self.catalog.sources:
            return None
        items = tuple(item for item in self._by_source[name] if self._plays(item))
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
            elif self._plays(item):
                found.append(item)
        return tuple(found) if whole else None

    def _unknown_media(self, id_: str, where: Node) -> None:
        source = id_.partition(":")[0]
        declared = self._documents.sources.get(source)
        if declared is not None and self._known.get(source) is None and source not in self.catalog.sources:
            # The source itself was reported: it is broken, or was never scanned.
            return
        same = [known for known in self._by_id if known.startswith(f"{source}:")] if declared else []
        help = did_you_mean(suggest(id_, same or self._by_id))
        self._findings.add(codes.UNKNOWN_MEDIA.at(where, id=id_, help=help))

    def _chosen(self, node: Node, document: CollectionDocument) -> Items | None:
        """What `from` or `of` names, without what `except` does; `from` in catalog order, `of` as named."""
        held = self._union(_named(node, "of" if document.of else "from", document.of or document.from_))
        less = self._union(_named(node, "except", document.except_))
        asked = self._asked(node)
        if held is None or less is None or asked is None:
            return None
        gone = {item.id for item in less}
        found: Iterable[MediaItem] = (item for item in held if item.id not in gone and asked.takes(item))
        if asked.ordered is not None:
            kept = {item.id: item for item in found}
            found = (kept[id_] for id_ in asked.ordered if id_ in kept)
        elif not document.of:
            found = sorted(found, key=lambda item: item.id)
        return tuple(found)[: document.limit]

    def _union(self, names: Iterable[tuple[str, Node]]) -> Items | None:
        """The items of several collections, each item once, in the order of the names."""
        bases = [self._base(name, where) for name, where in names]
        if any(base is None for base in bases):
            return None
        if len(bases) == 1:
            return bases[0]
        return tuple({item.id: item for base in bases for item in base or ()}.values())

    def _base(self, name: str, where: Node) -> Items | None:
        if name in self._making:
            self._findings.add(codes.COLLECTION_CYCLE.at(where, name=name))
            return None
        return self._items(name) if self.names.collection(name, where) else None

    def _asked(self, node: Node) -> _Asked | None:
        """What `where` and `order_by` say; None where one of them is wrong."""
        matching: frozenset[str] | None = None
        ordered: tuple[str, ...] | None = None
        found: list[Diagnostic] = []
        where, order_by = (next(iter(_texts(at(node, key), node)), None) for key in ("where", "order_by"))
        if where is not None:
            matching, problems = self._ask().matching(where)
            found += problems
        if order_by is not None:
            ordered, problems = self._ask().ordered(order_by)
            found += problems
        self._findings.add(*found)
        return None if found else _Asked(matching, ordered)

    def _ask(self) -> Asker:
        if self._asker is None:
            self._asker = Asker(self._view(), self._today)
        return self._asker


def _named(node: Node, key: str, names: tuple[str, ...] | None) -> list[tuple[str, Node]]:
    return [(name, at(node, key, index)) for index, name in enumerate(names or ())]


def _texts(value: Node | None, absent: Node | None = None) -> tuple[Scalar, ...]:
    """The texts that a list, or one alone, is made of; none where `value` is `absent`."""
    if value is absent:
        return ()
    return tuple(
        part
        for part in _parts(value)
        if isinstance(part, Scalar) and isinstance(part.value, str) and part.text
    )


def _parts(value: Node | None) -> tuple[Node | None, ...]:
    return value.items if isinstance(value, Sequence) else (value,)
