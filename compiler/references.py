"""Names in documents that did not validate: a bad duration must not hide an unknown collection beside it.

Looks at the trees only, and only at those of documents that failed; what is sound is resolved by
compiler/programming.py and compiler/library.py, which say the same of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.documents.declared import Documents
from compiler.findings import Findings
from compiler.library import Library
from exstv import codes
from exstv.nodes import Mapping, Node, Scalar, Sequence


class References:
    """The names that failed documents refer to; owns nothing."""

    def __init__(
        self, documents: Documents, library: Library, findings: Findings, profiles: frozenset[str]
    ) -> None:
        self._documents = documents
        self._library = library
        self._findings = findings
        self._profiles = profiles

    def check(self) -> None:
        """Reports every name in them that nothing declares."""
        station = self._documents.station
        if station and station.document is None and isinstance(station.node, Mapping):
            self._defaults(station.node.get("defaults"))
        for channel in self._documents.channels.values():
            if channel.document is None:
                self._channel(channel.node)
        for schedule in self._documents.schedules.values():
            if schedule.document is None:
                self._schedule(schedule.node)
        for filler in self._documents.filler.values():
            if filler.document is None:
                self._play(filler.node)

    def _channel(self, node: Node | None) -> None:
        if not isinstance(node, Mapping):
            return
        schedule = _text(node.get("schedule"))
        if schedule and schedule.text not in self._documents.schedules:
            kinds = (self._documents.schedules,)
            self._findings.unknown(codes.UNKNOWN_SCHEDULE, schedule.text, schedule, kinds)
        self._defaults(node)

    def _defaults(self, node: Node | None) -> None:
        """What a channel and the station's defaults have in common."""
        if not isinstance(node, Mapping):
            return
        profile = _text(node.get("profile"))
        if profile and profile.text not in self._profiles:
            self._findings.unknown(codes.UNKNOWN_PROFILE, profile.text, profile, (self._documents.profiles,))
        self._filler(node.get("fallback"))
        self._slots(node)

    def _schedule(self, node: Node | None) -> None:
        if not isinstance(node, Mapping):
            return
        self._slots(node)
        for entry in _entries(node.get("items")):
            self._play(entry)
            if isinstance(entry, Mapping):
                self._slots(entry)

    def _slots(self, node: Mapping) -> None:
        slots = node.get("filler")
        if isinstance(slots, Mapping):
            for _, value in slots.entries:
                self._filler(value)

    def _filler(self, use: Node | None) -> None:
        if isinstance(use, Mapping):
            self._play(use)
        name = _text(use)
        if name and name.text not in self._documents.filler:
            self._findings.unknown(codes.UNKNOWN_FILLER, name.text, name, (self._documents.filler,))

    def _play(self, node: Node | None) -> None:
        play = _text(node.get("play")) if isinstance(node, Mapping) else None
        if play:
            self._library.get(play.text, play)


def _entries(node: Node | None) -> Iterator[Node]:
    if isinstance(node, Sequence):
        yield from node.items
    elif node is not None:
        yield node


def _text(node: Node | None) -> Scalar | None:
    return node if isinstance(node, Scalar) and isinstance(node.value, str) and node.text else None
