"""Schedules to rundowns, whatever their kind: the stage `lower` for one channel.

Owns what holds for every kind alike (fillers and items that can be scheduled at all); how a kind is lowered
is its own file's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from compiler.lower.balance import lower_balance
from compiler.lower.blocks import lower_blocks
from compiler.lower.calendar import check_calendar
from compiler.lower.external import lower_external
from compiler.lower.fillers import check_fillers
from compiler.lower.loop import MIN_ITEM_MS, block_of, lower_loop
from compiler.lower.rundown import Block, Grid, Loop, Rundown
from compiler.lower.slots import lower_slots
from compiler.station import (
    BalanceSchedule,
    BlocksSchedule,
    Content,
    Event,
    FillerMode,
    FillerPreset,
    FillerSet,
    LoopSchedule,
    Schedule,
    SlotsSchedule,
    StationChannel,
)
from exstv import codes
from exstv.diagnostics import Diagnostic


class Lowered:
    """Everything of one channel as rundowns; owns what was found wrong on the way."""

    def __init__(self, channel: StationChannel, broadcast_day_ms: int) -> None:
        """Lowers all that the channel can ever play."""
        self.diagnostics: list[Diagnostic] = list(check_calendar(channel))
        self._broadcast_day_ms = broadcast_day_ms
        self._rundowns: dict[int, Rundown] = {}
        self._nested: dict[int, Rundown] = {}
        for schedule in (channel.schedule, *(rule.schedule for rule in channel.calendar)):
            if id(schedule) not in self._rundowns:
                rundown, found = self._lower(schedule)
                self._rundowns[id(schedule)] = rundown
                self.diagnostics += found
        self._events = {id(event): _listed(event) for event in channel.events}
        self._check()

    def rundown_of(self, schedule: Schedule) -> Rundown:
        """The rundown of one of the calendar's schedules."""
        return self._rundowns[id(schedule)]

    def event_of(self, event: Event) -> Loop:
        """The list of one of the channel's events."""
        return self._events[id(event)]

    def blocks(self) -> Iterator[Block]:
        """Every block that the channel can play."""
        for rundown in self._all():
            yield from _blocks(rundown)

    def contents(self) -> Iterator[Content]:
        """Everything that the channel can play as content."""
        return (block.content for block in self.blocks() if block.content is not None)

    def presets(self) -> Iterator[FillerPreset]:
        """Everything that the channel can play as filler: of its blocks, and of what stands around them."""
        sets = [block.look.filler for block in self.blocks()]
        sets += [each.filler for rundown in self._all() for each in _rundowns(rundown)]
        for filler in {id(each): each for each in sets}.values():
            yield from presets_of(filler)

    def _all(self) -> tuple[Rundown, ...]:
        return (*self._rundowns.values(), *self._events.values())

    def _lower(self, schedule: Schedule) -> tuple[Rundown, list[Diagnostic]]:
        if isinstance(schedule, LoopSchedule):
            return lower_loop(schedule)
        if isinstance(schedule, BalanceSchedule):
            return lower_balance(schedule)
        if isinstance(schedule, SlotsSchedule):
            return lower_slots(schedule, self._broadcast_day_ms, self._lower_nested)
        if isinstance(schedule, BlocksSchedule):
            return lower_blocks(schedule, self._broadcast_day_ms)
        return lower_external(schedule), []

    def _lower_nested(self, schedule: Schedule) -> tuple[Rundown, list[Diagnostic]]:
        # Several slots may play one schedule: it has one rundown, and its mistakes are told once.
        known = self._nested.get(id(schedule))
        if known is not None:
            return known, []
        rundown, found = self._lower(schedule)
        self._nested[id(schedule)] = rundown
        return rundown, found

    def _check(self) -> None:
        fillers: dict[int, FillerSet] = {}
        for block in self.blocks():
            filler = block.look.filler
            if filler.pre_roll and filler.post_roll and _both_pad(filler):
                also = ((filler.pre_roll.origin, "one"), (filler.post_roll.origin, "another"))
                self.diagnostics.append(codes.TWO_PADS.at(block.origin, also=also))
            fillers[id(filler)] = filler
        fillers |= {id(each.filler): each.filler for one in self._all() for each in _rundowns(one)}
        contents = {id(content.items): content for content in self.contents()}
        contents |= {id(preset.content.items): preset.content for preset in self.presets()}
        self.diagnostics += check_fillers(fillers.values())
        self.diagnostics += _too_short(contents.values())


def presets_of(filler: FillerSet) -> Iterator[FillerPreset]:
    """The fillers of a set."""
    for preset in (filler.pre_roll, filler.mid_roll, filler.post_roll, filler.tail, filler.fallback):
        if preset is not None:
            yield preset


def _blocks(rundown: Rundown) -> Iterator[Block]:
    for each in _rundowns(rundown):
        if isinstance(each, Loop):
            yield from each.blocks
        elif isinstance(each, Grid):
            yield from (one.body for one in each.appointments if isinstance(one.body, Block))
        else:
            yield from (source.block for source in each.sources)


def _rundowns(rundown: Rundown) -> Iterator[Rundown]:
    """A rundown and those in it."""
    yield rundown
    if isinstance(rundown, Grid):
        for appointment in rundown.appointments:
            if not isinstance(appointment.body, Block):
                yield from _rundowns(appointment.body)


def _listed(event: Event) -> Loop:
    """An event as a list that plays once; its start is the calendar's."""
    entry = event.entry
    block = replace(block_of(entry), start_ms=None)
    return Loop(f"event/{entry.identity}", (block,), entry.origin, entry.look.filler, once=True)


def _too_short(contents: Iterable[Content]) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for content in contents:
        for item in content.items:
            if item.duration_ms is not None and item.duration_ms < MIN_ITEM_MS and item.id not in seen:
                seen.add(item.id)
                yield codes.ITEM_TOO_SHORT.at(content.origin, id=item.id)


def _both_pad(filler: FillerSet) -> bool:
    return all(preset and preset.mode is FillerMode.PAD for preset in (filler.pre_roll, filler.post_roll))
