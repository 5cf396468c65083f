"""What players would make of a channel's name, group and id that its author did not mean.

Pure; lineup.py asks. What each player does is in exstv/players.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from exstv import codes
from exstv.diagnostics import Diagnostic
from exstv.nodes import Node, at
from exstv.players import in_jellyfin, m3u_value


class Identified(NamedTuple):
    """A channel's XMLTV id, and what it was written by."""

    xmltv_id: str
    where: Node


def changed_names(name: str, group: str | None, node: Node) -> Iterator[Diagnostic]:
    """Tells of a name and a group that a playlist cannot hold, and of a name that Jellyfin shortens."""
    for text, where in ((name, at(node, "name")), (group or "", at(node, "group"))):
        if (listed := m3u_value(text)) != text:
            help = "a playlist has no way to write quotation marks, line ends, and spaces at an end"
            yield codes.NAME_CHANGED.at(where, who="players list", name=text, shown=listed, help=help)
    shown = in_jellyfin(name)
    if shown != m3u_value(name):
        help = "it takes the first word for the channel's number; join it to the next one, or spell it out"
        yield codes.NAME_CHANGED.at(at(node, "name"), who="Jellyfin shows", name=name, shown=shown, help=help)


def ids_that_begin_others(ids: Iterable[Identified]) -> Iterator[Diagnostic]:
    """Tells of ids that are how other ones begin: Plex gives such channels each other's guide."""
    # In order, what begins with an id follows it at once.
    for short, long in pairwise(sorted(ids, key=lambda each: each.xmltv_id.lower())):
        if long.xmltv_id.lower().startswith(short.xmltv_id.lower()):
            also = [(long.where, "this channel's id begins so")]
            help = "give one of them another with `id:`; Plex would mix up their guides"
            facts = {"id": short.xmltv_id, "other": long.xmltv_id}
            yield codes.ID_BEGINS_ANOTHER.at(short.where, also=also, help=help, **facts)
