"""Lowers named blocks: each placement of a day's template is an appointment that plays the block's list.

Blocks of one template must not overlap. One that reaches over the day's edge goes on into the next day until
that day's first block, or its own end. Owns when blocks begin and end; which template a day has is days.py's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from compiler.lower.calendar import never_chosen
from compiler.lower.days import choose, chosen, following, ranked
from compiler.lower.grid import Candidate, RotaPlan, place_in_day, reach_of
from compiler.lower.loop import block_of
from compiler.lower.rundown import Appointment, Block, Grid, Loop, Occurrence, Over
from compiler.lower.wall import WallClock
from compiler.station import (
    BlocksSchedule,
    DayBlock,
    DayRule,
    Entry,
    Mode,
    Origin,
    Placement,
    Stop,
    TemplateDays,
)
from exstv import codes
from exstv.diagnostics import Diagnostic, has_errors
from exstv.units import DAY_MS, format_duration, format_time_of_day

_Place = tuple[str, int, Origin]

_OVER = {Stop.BEFORE_END: Over.STOP, Stop.AFTER_END: Over.FINISH}


def lower_blocks(schedule: BlocksSchedule, broadcast_day_ms: int) -> tuple[Grid, list[Diagnostic]]:
    """The rundown of blocks placed by day templates."""
    templates = [_in_order(each.template, broadcast_day_ms) for each in schedule.days]
    made = _appointments(schedule, (placement for template in templates for placement in template))
    found = list(never_chosen(schedule.days))
    # A template may hold on several kinds of days, and is looked at once.
    found += dict.fromkeys(each for template in templates for each in _overlaps(template, broadcast_day_ms))
    if not has_errors(found):
        found += dict.fromkeys(_cuts(schedule.days, templates, broadcast_day_ms))
    days = (
        _Day(each.rule, each.priority, tuple((one, made[_place(one)]) for one in template))
        for each, template in zip(schedule.days, templates, strict=True)
    )
    longest = max((each.block.duration_ms for template in templates for each in template), default=0)
    plan = RotaPlan(BlockRota(ranked(days), reach_of(longest)))
    return Grid(schedule.name, plan, tuple(made.values()), schedule.origin, schedule.filler), found


def _in_order(template: tuple[Placement, ...], broadcast_day_ms: int) -> tuple[Placement, ...]:
    return tuple(sorted(template, key=lambda each: place_in_day(each.at_ms, broadcast_day_ms)))


def _place(placement: Placement) -> _Place:
    """What tells placements apart: two templates may place one block at one time."""
    return placement.block.name, placement.at_ms, placement.origin


def _appointments(schedule: BlocksSchedule, placements: Iterable[Placement]) -> dict[_Place, Appointment]:
    bodies: dict[str, Loop] = {}
    made: dict[_Place, Appointment] = {}
    names: Counter[str] = Counter()
    for placement in placements:
        if _place(placement) in made:
            continue
        block = placement.block
        if block.name not in bodies:
            bodies[block.name] = _body(schedule, block)
        name = f"{block.name}@{format_time_of_day(placement.at_ms)}"
        names[name] += 1
        made[_place(placement)] = Appointment(
            identity=name if names[name] == 1 else f"{name}#{names[name]}",
            body=bodies[block.name],
            look=block.look,
            origin=placement.origin,
            over=_OVER[block.stop],
            max_late_ms=block.max_late_ms,
        )
    return made


def _body(schedule: BlocksSchedule, block: DayBlock) -> Loop:
    blocks = tuple(_block(block, entry) for entry in block.entries)
    return Loop(f"{schedule.name}/{block.name}", blocks, block.origin, schedule.filler, once=True)


def _block(day_block: DayBlock, entry: Entry) -> Block:
    """An entry's block: what plays as much as fits keeps the rule of the named block's end."""
    block = block_of(entry)
    room: int | None = day_block.duration_ms
    if day_block.stop is Stop.AFTER_END:
        room = None if day_block.max_late_ms is None else day_block.duration_ms + day_block.max_late_ms
    rooms = [each for each in (block.room_ms, room) if each is not None]
    block = replace(block, room_ms=min(rooms, default=None))
    if block.mode is Mode.FIT:
        return replace(block, over=_OVER[day_block.stop], max_late_ms=day_block.max_late_ms)
    return block


class _Day(NamedTuple):
    """The days of a template, and what it places in order."""

    rule: DayRule
    priority: int
    placed: tuple[tuple[Placement, Appointment], ...]


@dataclass(frozen=True, eq=False)
class BlockRota:
    """Says which blocks begin on a day; the kinds of days are in the order in which they are asked."""

    days: tuple[_Day, ...]
    reach_days: int

    def beginning(self, wall: WallClock, day: int) -> tuple[Candidate, ...]:
        """What begins on a broadcast day, in order of start."""
        today = choose(self.days, day)
        if today is None:
            return ()
        found: list[Candidate] = []
        for placement, appointment in today.placed:
            begin = wall.at(day, placement.at_ms)
            finish = begin.ms + placement.block.duration_ms
            written = day * DAY_MS + place_in_day(placement.at_ms, wall.broadcast_day_ms)
            occurrence = Occurrence(appointment, begin.ms, finish, begin.irregular)
            found.append(Candidate(0, -begin.ms, -written, occurrence))
        return tuple(found)


def _overlaps(template: tuple[Placement, ...], broadcast_day_ms: int) -> Iterator[Diagnostic]:
    for before, after in pairwise(template):
        start = place_in_day(after.at_ms, broadcast_day_ms)
        finish = place_in_day(before.at_ms, broadcast_day_ms) + before.block.duration_ms
        if start < finish:
            yield codes.BLOCKS_OVERLAP.at(
                after.origin,
                also=((before.origin, f"lasts {format_duration(before.block.duration_ms)}"),),
                name=after.block.name,
                start=format_time_of_day(after.at_ms),
                other=before.block.name,
            )


def _cuts(
    days: tuple[TemplateDays, ...], templates: list[tuple[Placement, ...]], broadcast_day_ms: int
) -> Iterator[Diagnostic]:
    """The last blocks of a day that reach over the first one of a day that can follow it."""
    filled = [(own, template) for own, template in zip(chosen(days), templates, strict=True) if template]
    for today, (*_, last) in filled:
        finish = place_in_day(last.at_ms, broadcast_day_ms) + last.block.duration_ms - DAY_MS
        for tomorrow, (first, *_) in filled:
            cut = finish - place_in_day(first.at_ms, broadcast_day_ms)
            if cut > 0 and following(today) & tomorrow:
                yield codes.BLOCK_CUT.at(
                    last.origin,
                    also=((first.origin, "the next day's first block"),),
                    name=last.block.name,
                    cut=format_duration(cut),
                    other=first.block.name,
                )
                break
