"""An entry that plays content, wherever it stands: in a loop, in a block, as an event."""

from __future__ import annotations

from dataclasses import replace

from compiler.documents.playing import AmountWords, OverrunWords, PlayingWords
from compiler.programming.desk import Desk
from compiler.programming.identities import Place
from compiler.programming.looks import dressed, within
from compiler.station import Content, Entry, Mode, Origin, Overrun, Tail


def playing_entry(item: PlayingWords, place: Place, content: Content, desk: Desk) -> Entry:
    """The entry with all that its words say, but for its mode and its start."""
    around = within(place.around, item, item.filler, place.node, desk.fillers)
    entry = Entry(
        identity=place.identity,
        content=content,
        mode=Mode.FIT,
        look=dressed(around, item.guide),
        origin=Origin(content.origin.span, item.name or item.play),
    )
    if isinstance(item, AmountWords):
        count = None if item.count == "all" else item.count
        entry = replace(entry, count=count, duration_ms=item.duration or 0, tail=Tail(item.tail))
    if isinstance(item, OverrunWords):
        entry = replace(entry, overrun=Overrun(item.overrun), max_late_ms=item.max_late)
    return entry
