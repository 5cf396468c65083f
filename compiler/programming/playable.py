"""Whether a schedule plays anything at all, and whether it was already said why not."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.documents.balance import BalanceDocument
from compiler.documents.blocks import BlocksDocument
from compiler.documents.loop import LoopDocument, SequenceDocument, WaitUntilDocument
from compiler.documents.schedules import ScheduleDocument
from compiler.documents.slots import SlotsDocument
from compiler.library import Library
from compiler.station import (
    BalanceSchedule,
    BlocksSchedule,
    LoopSchedule,
    Schedule,
    SequenceUse,
    SlotsSchedule,
)


def plays(schedule: Schedule) -> bool:
    """Tells whether any entry finds a media item."""
    if isinstance(schedule, LoopSchedule):
        return any(
            plays(item.schedule) if isinstance(item, SequenceUse) else item.content is not None
            for item in schedule.items
        )
    if isinstance(schedule, SlotsSchedule):
        return any(
            plays(slot.schedule) if slot.schedule else slot.content is not None and slot.content.items
            for slot in schedule.slots
        )
    if isinstance(schedule, BalanceSchedule):
        return bool(schedule.sources)
    if isinstance(schedule, BlocksSchedule):
        return any(place.block.entries for days in schedule.days for place in days.template)
    return bool(schedule.programmes)


def is_explained(document: ScheduleDocument, library: Library) -> bool:
    """Tells whether something that it names was reported: then its emptiness is no mistake of its own."""
    return any(name is None or not library.has(name) for name in _collections(document))


def _collections(document: ScheduleDocument) -> Iterator[str | None]:
    """The collections that it plays; None for a name of another kind, which is reported where it stands."""
    if isinstance(document, LoopDocument):
        for item in document.items:
            if not isinstance(item, WaitUntilDocument):
                yield None if isinstance(item, SequenceDocument) else item.play
    elif isinstance(document, SlotsDocument):
        yield from (slot.play for slot in document.slots)
    elif isinstance(document, BalanceDocument):
        yield from (source.play for source in document.sources)
    elif isinstance(document, BlocksDocument):
        yield from (item.play for block in document.blocks.values() for item in block.items)
        yield from (None for days in document.days if days.template not in document.templates)
        yield from (
            None
            for template in document.templates.values()
            for place in template
            if place.block not in document.blocks
        )
