"""Schedules and fillers to what a channel plays: names become contents, the nearest filler wins.

Owns nothing but one channel's view. What is found wrong goes to the findings; an entry or a filler that has
nothing to play is left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from compiler.documents.declared import Declared, Documents
from compiler.documents.filler import FillerDocument, FillerSlots
from compiler.documents.schedules import LoopDocument, LoopItemDocument
from compiler.findings import Findings
from compiler.library import Library
from compiler.station import (
    Content,
    Entry,
    FillerMode,
    FillerPreset,
    FillerSet,
    Look,
    LoopSchedule,
    Mode,
    Order,
    Origin,
    Tail,
)
from exstv import codes
from exstv.nodes import Node, at

SLOTS = ("pre_roll", "post_roll", "tail", "fallback")


@dataclass(frozen=True)
class Place:
    """Where a filler is written: the tree that holds the key, the slots there and the key's path."""

    node: Node
    path: tuple[str, ...]
    slots: FillerSlots


class Programming:
    """One channel's contents; owns which cursor stands for which content."""

    def __init__(self, documents: Documents, library: Library, findings: Findings) -> None:
        self._documents = documents
        self._library = library
        self._findings = findings
        self._cursors: dict[str, Content] = {}

    def schedule(self, declared: Declared[LoopDocument], places: tuple[Place, ...]) -> LoopSchedule | None:
        """A schedule with its fillers; `places` are those of the channel and the station, nearest first."""
        document, node = declared.document, declared.node
        if document is None or node is None:
            return None
        if document.filler is not None:
            places = (Place(node, ("filler",), document.filler), *places)
        entries: list[Entry] = []
        reasons: list[bool] = []
        equals: Counter[str] = Counter()
        for index, item in enumerate(document.items):
            entry = at(node, "items", index)
            content = self._content(item, entry)
            equals[_key(item)] += item.name is None
            reasons.append(content is None)
            if content is not None and content.items:
                identity = item.name or f"{_key(item)}#{equals[_key(item)]}"
                entries.append(self._entry(item, entry, content, identity, places))
        self._check_names(document, node)
        if not entries and not any(reasons):
            help = "no entry of it finds a media item"
            self._findings.add(codes.NOTHING_TO_PLAY.at(declared.span, name=declared.name, help=help))
        return LoopSchedule(declared.name, tuple(entries), Origin(declared.span, declared.name))

    def fillers(self, places: tuple[Place, ...]) -> FillerSet:
        """The nearest filler of each slot."""
        return FillerSet(**{slot: self._slot(slot, places) for slot in SLOTS})

    def _entry(
        self, item: LoopItemDocument, node: Node, content: Content, identity: str, places: tuple[Place, ...]
    ) -> Entry:
        if item.filler is not None:
            places = (Place(node, ("filler",), item.filler), *places)
        return Entry(
            identity=identity,
            content=content,
            mode=Mode(item.mode),
            look=Look(filler=self.fillers(places), title=item.guide.title if item.guide else None),
            origin=Origin(content.origin.span, item.name or item.play),
            count=None if item.count == "all" else item.count,
            duration_ms=item.duration or 0,
            tail=Tail(item.tail),
            start_ms=item.start,
        )

    def _check_names(self, document: LoopDocument, node: Node) -> None:
        first: dict[str, Node] = {}
        for index, item in enumerate(document.items):
            if item.name is None:
                continue
            where = at(node, "items", index, "name")
            if item.name in first:
                also = [(first[item.name], "first declared here")]
                self._findings.add(codes.DUPLICATE_NAME.at(where, also=also, kind="entry", name=item.name))
            first.setdefault(item.name, where)

    def _slot(self, slot: str, places: tuple[Place, ...]) -> FillerPreset | None:
        for place in places:
            if slot not in place.slots.model_fields_set:
                continue
            use = getattr(place.slots, slot)
            where = at(place.node, *place.path, slot)
            return self._filler(slot, use, where)
        return None

    def _filler(self, slot: str, use: str | FillerDocument | None, where: Node) -> FillerPreset | None:
        if use is None:
            return None
        if isinstance(use, FillerDocument):
            return self._preset(slot, slot, use, where, where)
        declared = self._documents.filler.get(use)
        if declared is None:
            self._findings.unknown(codes.UNKNOWN_FILLER, use, where, (self._documents.filler,))
            return None
        if declared.document is None or declared.node is None:
            return None
        return self._preset(slot, use, declared.document, declared.node, where)

    def _preset(
        self, slot: str, name: str, document: FillerDocument, node: Node, use: Node
    ) -> FillerPreset | None:
        if document.mode == "loop" and slot != "fallback":
            help = "use `mode: count` or `mode: duration` here"
            self._findings.add(codes.LOOP_NOT_FALLBACK.at(use.head, name=name, help=help))
        if document.mode != "loop" and slot == "fallback":
            help = "write `mode: loop`, in a preset of its own where this one also plays elsewhere"
            self._findings.add(codes.FALLBACK_NOT_LOOP.at(use.head, name=name, mode=document.mode, help=help))
        content = self._content(document, node)
        if content is None or not content.items:
            return None
        return FillerPreset(
            name=name,
            content=content,
            mode=FillerMode(document.mode),
            origin=Origin(at(node, "play").span, name),
            count=document.count,
            duration_ms=document.duration or 0,
            pad_to_ms=document.to or 0,
        )

    def _content(self, item: LoopItemDocument | FillerDocument, node: Node) -> Content | None:
        where = at(node, "play")
        items = self._library.get(item.play, where)
        if items is None:
            return None
        endless = [each.id for each in items if each.duration_ms is None]
        if endless:
            more = f"{len(endless) - 1} more like it in `{item.play}`" if len(endless) > 1 else ""
            self._findings.add(codes.NO_DURATION.at(where, id=endless[0], note=more))
            return None
        order = Order(item.order)
        if order is not Order.LISTED:
            items = tuple(sorted(items, key=lambda each: each.id))
        cursor = item.cursor or f"{item.play}/{item.order}"
        content = Content(item.play, items, order, cursor, Origin(where.span, item.play))
        self._check_cursor(content, at(node, "cursor") if item.cursor else where)
        return content

    def _check_cursor(self, content: Content, where: Node) -> None:
        first = self._cursors.setdefault(content.cursor, content)
        differs = "collection" if first.collection != content.collection else "order"
        if (first.collection, first.order) == (content.collection, content.order):
            return
        also = [(first.origin.span, f"here with `{first.collection}`, {first.order}")]
        note = "one progress can be kept through one collection in one order only"
        self._findings.add(
            codes.CURSOR_DIFFERS.at(where, also=also, note=note, name=content.cursor, what=differs)
        )


def _key(item: LoopItemDocument) -> str:
    return item.cursor or f"{item.play}/{item.order}"
