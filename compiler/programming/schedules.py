"""Schedules by name: the kinds, schedules that play others, and cycles of them.

Owns every schedule that was made, once for all places where the same holds around it.
"""

from __future__ import annotations

from typing import Any

from compiler.documents.balance import BalanceDocument
from compiler.documents.blocks import BlocksDocument
from compiler.documents.declared import Declared
from compiler.documents.loop import LoopDocument
from compiler.documents.schedules import ScheduleDocument
from compiler.documents.slots import SlotsDocument
from compiler.programming.balance import balance_schedule
from compiler.programming.blocks import blocks_schedule
from compiler.programming.desk import Desk, Written
from compiler.programming.external import external_schedule
from compiler.programming.looks import Around, within
from compiler.programming.loop import check_floods, loop_schedule
from compiler.programming.playable import is_explained, plays
from compiler.programming.slots import slots_schedule
from compiler.station import LoopSchedule, Origin, Schedule
from exstv import codes
from exstv.nodes import Node

_Key = tuple[object, ...]


class Schedules:
    """The schedules of a station."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[_Key, tuple[Around, Schedule | None]] = {}
        self._making: list[str] = []
        self._circular: set[str] = set()
        self._seen: set[str] = set()

    def schedule(self, name: str, where: Node, around: Around) -> Schedule | None:
        """The schedule that `where` names, inside of what holds there; None where it was reported."""
        schedule = self._find(name, where, around)
        if isinstance(schedule, LoopSchedule):
            check_floods(schedule, self._desk)
        return schedule

    def loop(self, name: str, where: Node, around: Around) -> LoopSchedule | None:
        """The loop that `where` names, to be inlined there; None where it was reported."""
        schedule = self._find(name, where, around)
        if schedule is None or isinstance(schedule, LoopSchedule):
            return schedule
        document = self._desk.documents.schedules[name].document
        also = [(schedule.origin.span, "declared here")]
        help = "a slot can play a schedule of any kind: `schedule:`"
        kind = document.kind if document else ""
        self._desk.findings.add(codes.NOT_A_LOOP.at(where, also=also, help=help, name=name, kind=kind))
        return None

    def rest(self) -> list[Schedule]:
        """The schedules that nothing has asked for, as if each were a channel's only one."""
        found = [
            self._get(declared, Around())
            for name, declared in self._desk.documents.schedules.items()
            if name not in self._seen
        ]
        for schedule in found:
            if isinstance(schedule, LoopSchedule):
                check_floods(schedule, self._desk)
        return [schedule for schedule in found if schedule is not None]

    def _find(self, name: str, where: Node, around: Around) -> Schedule | None:
        if not self._desk.library.names.schedule(name, where):
            return None
        declared = self._desk.documents.schedules[name]
        if name not in self._making:
            return None if name in self._circular else self._get(declared, around)
        chain = self._making[self._making.index(name) :]
        self._circular.update(chain)
        help = " → ".join(f"`{each}`" for each in (*chain, name))
        also = [(declared.span, "this schedule plays itself")]
        self._desk.findings.add(codes.SCHEDULE_CYCLE.at(where, also=also, help=help, name=name))
        return None

    def _get(self, declared: Declared[ScheduleDocument], around: Around) -> Schedule | None:
        key = (declared.name, *around.key)
        if key not in self._known:
            self._seen.add(declared.name)
            self._making.append(declared.name)
            # What is around is kept beside it: the key holds ids of its objects.
            self._known[key] = around, self._make(declared, around)
            self._making.pop()
        return self._known[key][1]

    def _make(self, declared: Declared[ScheduleDocument], around: Around) -> Schedule | None:
        document, node = declared.document, declared.node
        if document is None or node is None:
            return None
        inside = within(around, document, document.filler, node, self._desk.fillers)
        written: Written[Any] = Written(document, node, Origin(declared.span, declared.name), inside)
        schedule = self._of_kind(document, written)
        if schedule and not plays(schedule) and not is_explained(document, self._desk.library):
            help = "no entry of it finds a media item"
            self._desk.findings.add(codes.NOTHING_TO_PLAY.at(declared.span, name=declared.name, help=help))
        return schedule

    def _of_kind(self, document: ScheduleDocument, written: Written[Any]) -> Schedule | None:
        if isinstance(document, LoopDocument):
            return loop_schedule(written, self._desk, self)
        if isinstance(document, SlotsDocument):
            return slots_schedule(written, self._desk, self)
        if isinstance(document, BalanceDocument):
            return balance_schedule(written, self._desk)
        if isinstance(document, BlocksDocument):
            return blocks_schedule(written, self._desk)
        return external_schedule(written, self._desk)
