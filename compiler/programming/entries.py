"""An entry that plays content, wherever it stands: in a loop, in a block, as an event."""

from __future__ import annotations

from typing import Any

from compiler.documents.playing import AmountWords, OverrunWords, PlayingWords
from compiler.programming.desk import Desk
from compiler.programming.identities import Place
from compiler.programming.looks import dressed, within
from compiler.station import Content, Entry, Origin, Overrun, Tail


def playing_entry(item: PlayingWords, place: Place, content: Content, desk: Desk, **more: Any) -> Entry:
    """The entry with all that its words say; `more` are fields that its kind of place has."""
    around = within(place.around, item, item.filler, place.node, desk.fillers)
    if isinstance(item, AmountWords):
        more["count"] = None if item.count == "all" else item.count
        more["tail"] = Tail(item.tail)
        more.setdefault("duration_ms", item.duration or 0)
    if isinstance(item, OverrunWords):
        more["overrun"] = Overrun(item.overrun)
        more["max_late_ms"] = item.max_late
    return Entry(
        identity=place.identity,
        content=content,
        look=dressed(around, item.guide),
        origin=Origin(content.origin.span, item.name or item.play),
        **more,
    )
