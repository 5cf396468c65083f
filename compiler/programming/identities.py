"""What progress is remembered by: a `name`, else the content and its ordinal among equals.

Owns the names of one list at a time. An edit beside an entry leaves its identity as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from compiler.findings import Findings
from compiler.programming.looks import Around
from exstv import codes
from exstv.nodes import Node, at


class Nameable(Protocol):
    """A document that may be given a name."""

    @property
    def name(self) -> str | None: ...


Document = TypeVar("Document", bound=Nameable)


class Place(msgspec.Struct, frozen=True, eq=False):
    """One entry's place: where it is written, what it is remembered by, what holds around it."""

    node: Node
    identity: str
    around: Around


class Listing(msgspec.Struct, frozen=True, eq=False):
    """A list of entries: the tree that holds it below `key`, what one of them is called, what holds there."""

    node: Node
    key: str
    kind: str
    around: Around


def places(
    entries: Sequence[Document], listing: Listing, key: Callable[[Document], str], findings: Findings
) -> list[tuple[Document, Place]]:
    """Each entry with its place; `key` tells entries without a name apart. A name used twice is reported."""
    equals: Counter[str] = Counter()
    first: dict[str, Node] = {}
    found: list[tuple[Document, Place]] = []
    for index, entry in enumerate(entries):
        node = at(listing.node, listing.key, index)
        if entry.name is None:
            equals[key(entry)] += 1
            identity = f"{key(entry)}#{equals[key(entry)]}"
        else:
            identity, where = entry.name, at(node, "name")
            if identity in first:
                also = [(first[identity], "first declared here")]
                findings.add(codes.DUPLICATE_NAME.at(where, also=also, kind=listing.kind, name=identity))
            first.setdefault(identity, where)
        found.append((entry, Place(node, identity, listing.around)))
    return found
