"""`kind: slots` to a weekly grid of contents and schedules."""

from __future__ import annotations

from compiler.documents.slots import SlotDocument, SlotsDocument
from compiler.programming.contents import identity_of
from compiler.programming.desk import Desk, Finder, Written
from compiler.programming.identities import Listing, Place, places
from compiler.programming.looks import dressed, within
from compiler.station import Flex, Mode, Origin, Padding, Slot, SlotsSchedule
from exstv.nodes import at


def slots_schedule(written: Written[SlotsDocument], desk: Desk, finder: Finder) -> SlotsSchedule:
    """The grid. A slot with nothing to play keeps its place: what is beside it must not take its time."""
    listing = Listing(written.node, "slots", "slot", written.around)
    listed = places(written.document.slots, listing, _key, desk.findings)
    slots = [_slot(slot, place, desk, finder) for slot, place in listed]
    found = tuple(slot for slot in slots if slot is not None)
    return SlotsSchedule(written.name, found, written.origin, written.around.filler)


def _slot(slot: SlotDocument, place: Place, desk: Desk, finder: Finder) -> Slot | None:
    around = within(place.around, slot, slot.filler, place.node, desk.fillers)
    content, schedule = None, None
    if slot.schedule is not None:
        where = at(place.node, "schedule")
        schedule = finder.schedule(slot.schedule, where, around)
    else:
        where = at(place.node, "play")
        content = desk.contents.content(slot, slot.play or "", place.node)
    if content is None and schedule is None:
        return None
    return Slot(
        identity=place.identity,
        days=slot.days,
        start_ms=slot.start,
        look=dressed(around, slot.guide),
        origin=Origin(where.span, slot.name or slot.schedule or slot.play or ""),
        content=content,
        schedule=schedule,
        mode=Mode(slot.mode) if slot.mode else Mode.FIT,
        count=None if slot.count == "all" else slot.count,
        duration_ms=slot.duration,
        padding=Padding(slot.padding),
        flex=Flex(slot.flex),
        max_late_ms=slot.max_late,
        priority=slot.priority,
    )


def _key(slot: SlotDocument) -> str:
    return f"schedule/{slot.schedule}" if slot.schedule is not None else identity_of(slot, slot.play or "")
