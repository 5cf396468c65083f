"""Fillers: presets by name or written in place, and which of them is in force where.

Owns each preset and each set of them, made once. The nearest declaration of a key wins; null turns it off.
"""

from __future__ import annotations

from compiler.documents.declared import Documents
from compiler.documents.filler import FillerDocument, FillerSlots
from compiler.findings import Findings
from compiler.names import Names
from compiler.programming.contents import Contents
from compiler.station import NO_FILLER, BreakAt, FillerMode, FillerPreset, FillerSet, Fit, Origin
from exstv import codes
from exstv.nodes import Node, at

SLOTS = ("pre_roll", "mid_roll", "post_roll", "tail", "fallback")
Use = str | FillerDocument | None


class Fillers:
    """Every preset of a station; owns the sets that are in force somewhere."""

    def __init__(self, documents: Documents, names: Names, contents: Contents, findings: Findings) -> None:
        self._documents = documents
        self._names = names
        self._contents = contents
        self._findings = findings
        self._presets: dict[int, FillerPreset | None] = {}
        self._sets: dict[tuple[int, ...], FillerSet] = {(id(None),) * len(SLOTS): NO_FILLER}

    def nearest(self, outer: FillerSet, slots: FillerSlots | None, node: Node) -> FillerSet:
        """The fillers in force where `slots`, written at `node`, stand inside of `outer`."""
        if slots is None or not slots.model_fields_set:
            return outer
        presets = [
            self._filler(slot, getattr(slots, slot), at(node, slot))
            if slot in slots.model_fields_set
            else getattr(outer, slot)
            for slot in SLOTS
        ]
        return self._set(presets)

    def with_fallback(self, outer: FillerSet, use: Use, where: Node) -> FillerSet:
        """The fillers in force below a `fallback` that is written beside `filler`, not in it."""
        presets = [getattr(outer, slot) for slot in SLOTS[:-1]]
        return self._set([*presets, self._filler(SLOTS[-1], use, where)])

    def check(self) -> None:
        """Finds the mistakes of presets that nothing uses."""
        for name, declared in self._documents.filler.items():
            if declared.document is not None and declared.node is not None:
                self._preset(name, declared.document, declared.node)

    def _set(self, presets: list[FillerPreset | None]) -> FillerSet:
        key = tuple(map(id, presets))
        if key not in self._sets:
            self._sets[key] = FillerSet(**dict(zip(SLOTS, presets, strict=True)))
        return self._sets[key]

    def _filler(self, slot: str, use: Use, where: Node) -> FillerPreset | None:
        if use is None:
            return None
        if isinstance(use, FillerDocument):
            self._check_mode(slot, slot, use, where)
            return self._preset(slot, use, where)
        if not self._names.filler(use, where):
            return None
        declared = self._documents.filler[use]
        if declared.document is None or declared.node is None:
            return None
        self._check_mode(slot, use, declared.document, where)
        return self._preset(use, declared.document, declared.node)

    def _check_mode(self, slot: str, name: str, document: FillerDocument, use: Node) -> None:
        if document.mode == "loop" and slot != "fallback":
            help = "use `mode: count` or `mode: duration` here"
            self._findings.add(codes.LOOP_NOT_FALLBACK.at(use.head, name=name, help=help))
        if document.mode != "loop" and slot == "fallback":
            help = "write `mode: loop`, in a preset of its own where this one also plays elsewhere"
            self._findings.add(codes.FALLBACK_NOT_LOOP.at(use.head, name=name, mode=document.mode, help=help))

    def _preset(self, name: str, document: FillerDocument, node: Node) -> FillerPreset | None:
        # A preset is known by where it is written: a named one may play in several places.
        if id(node) not in self._presets:
            self._presets[id(node)] = self._make(name, document, node)
        return self._presets[id(node)]

    def _make(self, name: str, document: FillerDocument, node: Node) -> FillerPreset | None:
        content = self._contents.content(document, document.play, node)
        self._contents.check_ends(content)
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
            fit=Fit(document.fit),
            cooldown_ms=document.cooldown or 0,
            at=BreakAt(document.at),
            every_ms=document.every or 0,
            max_breaks=document.max_breaks,
        )
