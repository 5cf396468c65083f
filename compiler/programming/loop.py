"""`kind: loop` to a loop: entries that play, pad or wait, and other loops in their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compiler.documents.loop import (
    LoopDocument,
    LoopEntry,
    LoopItemDocument,
    PadToDocument,
    PadUntilDocument,
    SequenceDocument,
    WaitUntilDocument,
)
from compiler.programming.contents import identity_of
from compiler.programming.desk import Desk, Finder, Written
from compiler.programming.entries import playing_entry
from compiler.programming.identities import Listing, Place, places
from compiler.station import Content, Entry, Look, LoopSchedule, Mode, Origin, SequenceUse, StartBehaviour
from exstv.nodes import at

_Playing = LoopItemDocument | PadToDocument | PadUntilDocument


def loop_schedule(written: Written[LoopDocument], desk: Desk, finder: Finder) -> LoopSchedule:
    """The loop; what has nothing to play is left out of it."""
    document = written.document
    listing = Listing(written.node, "items", "entry", written.around)
    maker = _Maker(desk, finder, document.random_start_point)
    items = [maker.item(item, place) for item, place in places(document.items, listing, _key, desk.findings)]
    return LoopSchedule(
        name=written.name,
        items=tuple(item for item in items if item is not None),
        origin=written.origin,
        filler=written.around.filler,
        shuffle_items=document.shuffle_items,
        restart_daily=document.restart == "daily",
    )


def check_floods(schedule: LoopSchedule, desk: Desk) -> None:
    """Reports live items that would flood for ever: no entry has a fixed start, sequences inlined."""
    entries = list(_inlined(schedule))
    if all(entry.start_ms is None for entry in entries):
        for entry in entries:
            if entry.mode is Mode.FLOOD:
                desk.contents.check_ends(entry.content)


def _inlined(schedule: LoopSchedule) -> Iterator[Entry]:
    for item in schedule.items:
        if isinstance(item, SequenceUse):
            yield from _inlined(item.schedule)
        else:
            yield item


@dataclass(frozen=True, eq=False)
class _Maker:
    """Makes the entries of one loop."""

    desk: Desk
    finder: Finder
    at_random: bool

    def item(self, item: LoopEntry, place: Place) -> Entry | SequenceUse | None:
        """One entry; None where it has nothing to play."""
        if isinstance(item, SequenceDocument):
            return self._sequence(item, place)
        if isinstance(item, WaitUntilDocument):
            return self._wait(item, place)
        content = self.desk.contents.content(item, item.play, place.node, at_random=self.at_random)
        if content is None or not content.items:
            return None
        more = self._mode(item, content)
        return playing_entry(item, place, content, self.desk, **more)

    def _mode(
        self, item: LoopItemDocument | PadToDocument | PadUntilDocument, content: Content
    ) -> dict[str, Any]:
        """How much an entry plays, and when it begins; live items only where that has an end."""
        if not isinstance(item, LoopItemDocument) or item.mode in ("one", "multiple"):
            self.desk.contents.check_ends(content)
        if isinstance(item, PadToDocument):
            return {"mode": Mode.PAD_TO, "duration_ms": item.pad_to}
        if isinstance(item, PadUntilDocument):
            return {"mode": Mode.PAD_UNTIL, "until_ms": item.pad_until, "tomorrow": item.tomorrow}
        behaviour = StartBehaviour(item.start_behaviour)
        return {"mode": Mode(item.mode), "start_ms": item.start, "start_behaviour": behaviour}

    def _wait(self, item: WaitUntilDocument, place: Place) -> Entry:
        filler = self.desk.fillers.nearest(place.around.filler, item.filler, at(place.node, "filler"))
        return Entry(
            identity=place.identity,
            content=None,
            mode=Mode.WAIT_UNTIL,
            look=Look(filler=filler, presentation=place.around.changed),
            origin=Origin(at(place.node, "wait_until").span, item.name or "wait_until"),
            until_ms=item.wait_until,
            tomorrow=item.tomorrow,
        )

    def _sequence(self, item: SequenceDocument, place: Place) -> SequenceUse | None:
        where = at(place.node, "sequence")
        schedule = self.finder.loop(item.sequence, where, place.around)
        if schedule is None:
            return None
        origin = Origin(where.span, item.name or item.sequence)
        return SequenceUse(place.identity, schedule, item.repeat, origin)


def _key(item: LoopEntry) -> str:
    if isinstance(item, SequenceDocument):
        return f"sequence/{item.sequence}"
    if isinstance(item, WaitUntilDocument):
        return "wait_until"
    if isinstance(item, PadToDocument):
        return f"pad_to/{identity_of(item, item.play)}"
    if isinstance(item, PadUntilDocument):
        return f"pad_until/{identity_of(item, item.play)}"
    return identity_of(item, item.play)
