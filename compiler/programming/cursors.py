"""One progress, one meaning: every use of a cursor's name on a channel must mean the same.

Owns the contents of each schedule, gathered once for all channels that play it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.findings import Findings
from compiler.programming.contents import Contents
from compiler.programming.fillers import SLOTS
from compiler.station import (
    AT_FIRST,
    BalanceSchedule,
    BlocksSchedule,
    Content,
    Entry,
    ExternalSchedule,
    FillerSet,
    LoopSchedule,
    Schedule,
    SequenceUse,
    SlotsSchedule,
    StartAt,
)
from exstv import codes

_AGREE = ("collection", "order", "group_by", "batch", "keep_multi_part", "start_at")
Uses = dict[int, Content]
"""Contents by their identity as objects: each is made once."""


class Cursors:
    """The contents that schedules play, fillers included."""

    def __init__(self, contents: Contents, findings: Findings) -> None:
        self._contents = contents
        self._findings = findings
        # The schedule is kept beside its uses: an id may be used again once its object is gone.
        self._known: dict[int, tuple[Schedule, Uses]] = {}

    def check(self, schedules: Iterable[Schedule], entries: Iterable[Entry], filler: FillerSet) -> None:
        """Reports cursors that mean two things on the channel that plays all of this."""
        uses: Uses = {}
        for schedule in schedules:
            uses |= self._of(schedule)
        gather = _Gathering(uses)
        gather.filler(filler)
        for entry in entries:
            gather.entry(entry)
        first: dict[str, Content] = {}
        for content in uses.values():
            self._compare(first.setdefault(content.cursor, content), content)

    def _compare(self, first: Content, content: Content) -> None:
        differs = next((key for key in _AGREE if getattr(first, key) != getattr(content, key)), None)
        if differs is None:
            return
        what, note = (
            differs.replace("_", " "),
            "one progress can be kept through one collection in one way only",
        )
        also = [(self._contents.cursor_span(first), f"here with {_said(first, differs)}")]
        where, label = self._contents.cursor_span(content), f"here with {_said(content, differs)}"
        self._findings.add(
            codes.CURSOR_DIFFERS.at(where, label=label, also=also, note=note, name=content.cursor, what=what)
        )

    def _of(self, schedule: Schedule) -> Uses:
        if id(schedule) not in self._known:
            gather = _Gathering({})
            gather.schedule(schedule)
            self._known[id(schedule)] = schedule, gather.uses
        return self._known[id(schedule)][1]


class _Gathering:
    """A walk through schedules; owns what it has seen."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
        self._sets: set[int] = set()

    def schedule(self, schedule: Schedule) -> None:
        for filler, content, inner in _parts(schedule):
            if content is not None:
                self._content(content)
            if inner is not None:
                self.schedule(inner)
            self.filler(filler)

    def entry(self, entry: Entry) -> None:
        self.filler(entry.look.filler)
        if entry.content is not None:
            self._content(entry.content)

    def filler(self, filler: FillerSet) -> None:
        if id(filler) in self._sets:
            return
        self._sets.add(id(filler))
        for slot in SLOTS:
            preset = getattr(filler, slot)
            if preset is not None:
                self._content(preset.content)

    def _content(self, content: Content) -> None:
        self.uses.setdefault(id(content), content)
        for entry in content.playlist:
            self._content(entry.content)


_Part = tuple[FillerSet, Content | None, Schedule | None]


def _parts(schedule: Schedule) -> Iterator[_Part]:
    """Each place of a schedule: its fillers, its content, the schedule that it plays."""
    if isinstance(schedule, LoopSchedule):
        for item in schedule.items:
            yield _use(item) if isinstance(item, SequenceUse) else _entry(item)
    elif isinstance(schedule, SlotsSchedule):
        for slot in schedule.slots:
            yield slot.look.filler, slot.content, slot.schedule
    elif isinstance(schedule, BalanceSchedule):
        for source in schedule.sources:
            yield source.look.filler, source.content, None
    elif isinstance(schedule, BlocksSchedule):
        yield from _blocks(schedule)
    if isinstance(schedule, ExternalSchedule):
        yield schedule.look.filler, None, None
    else:
        yield schedule.filler, None, None


def _blocks(schedule: BlocksSchedule) -> Iterator[_Part]:
    for block in {id(place.block): place.block for days in schedule.days for place in days.template}.values():
        yield block.look.filler, None, None
        yield from map(_entry, block.entries)


def _entry(entry: Entry) -> _Part:
    return entry.look.filler, entry.content, None


def _use(use: SequenceUse) -> _Part:
    return use.schedule.filler, None, use.schedule


def _said(content: Content, key: str) -> str:
    value = getattr(content, key)
    if value is None:
        return "`all`"
    if not isinstance(value, StartAt):
        return f"`{str(value).lower() if isinstance(value, bool) else value}`"
    if value.random:
        return "`random`"
    return "`first`" if value == AT_FIRST else f"season {value.season}, episode {value.episode}"
