"""What a generated channel was to do, told from its model alone: for the tests of what is promised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from types import MappingProxyType
from zoneinfo import ZoneInfo

from compiler.channels import build_channel
from compiler.lower.calendar import Calendar
from compiler.lower.lower import Lowered
from compiler.lower.wall import WallClock
from compiler.schedule.findings import Findings
from compiler.schedule.horizon import Rows, Times
from compiler.schedule.placed import Run
from compiler.schedule.scheduler import Brief, Scheduler
from compiler.schedule.state import State
from compiler.schedule.takeover import Carry
from compiler.station import (
    Entry,
    LoopSchedule,
    Schedule,
    SequenceUse,
    SlotsSchedule,
    StartBehaviour,
    Station,
    StationChannel,
)
from exstv.clock import to_ms
from exstv.diagnostics import Diagnostic
from exstv.timeline.structs import structs_of
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS

DAY_BEGINS_MS = 6 * HOUR_MS


def build(
    channel: StationChannel,
    now_ms: int,
    days: int,
    old: Rows | None = None,
    freeze_ms: int = 0,
    media: Mapping[str, int | None] = MappingProxyType({}),
) -> tuple[Rows, list[Diagnostic]]:
    """The rows of a compile, and what it had to say; verify's own findings fail the test."""
    station = Station("Test", channel.timezone, 6 * HOUR_MS, DAY_MS, DAY_MS, 0, "test")
    times = Times(now_ms, days * DAY_MS, 30 * DAY_MS, freeze_ms)
    lowered = Lowered(channel, station.broadcast_day_ms)
    contents = (*lowered.contents(), *(preset.content for preset in lowered.presets()))
    media = {**{item.id: item.duration_ms for content in contents for item in content.items}, **media}
    built, rows, found = build_channel(station, channel, Carry(old), times, media)
    assert [one.message for one in found if one.code.startswith("EXS9")] == []
    assert built is not None, [each.message for each in found]
    assert rows is not None
    return structs_of(rows), found


def runs_of(channel: StationChannel, now_ms: int, days: int) -> tuple[list[Run], list[Diagnostic]]:
    """What a cold compile places, before it becomes rows."""
    wall = WallClock(channel.timezone, DAY_BEGINS_MS)
    lowered = Lowered(channel, DAY_BEGINS_MS)
    assert not [each for each in lowered.diagnostics if each.severity.value == "error"], lowered.diagnostics
    findings = Findings()
    brief = Brief(channel.key, Calendar(channel, wall), lowered, wall, "test")
    start = wall.day_start(wall.day_of(now_ms))
    return Scheduler(brief, start, State({}), findings).run(start + days * DAY_MS), findings.diagnostics


def due(zone: str, day: date, time_of_day_ms: int) -> int:
    """The instant of a time on a clock's day; the first that exists where it is skipped."""
    tz = ZoneInfo(zone)
    naive = datetime(day.year, day.month, day.day) + timedelta(milliseconds=time_of_day_ms)
    at = naive.replace(tzinfo=tz).astimezone(UTC)
    if at.astimezone(tz).replace(tzinfo=None) != naive:
        offset = at.astimezone(tz).utcoffset()
        while (at - timedelta(minutes=1)).astimezone(tz).utcoffset() == offset:
            at -= timedelta(minutes=1)
    return to_ms(at)


def dues(zone: str, time_of_day_ms: int, around: Iterable[Run]) -> list[int]:
    """Every instant of a time of day from before some runs to after them."""
    runs = list(around)
    first = datetime.fromtimestamp(runs[0].start_ms / 1000, UTC).date() - timedelta(days=2)
    last = datetime.fromtimestamp(runs[-1].finish_ms / 1000, UTC).date() + timedelta(days=3)
    days = range(first.toordinal(), last.toordinal())
    return [due(zone, date.fromordinal(day), time_of_day_ms) for day in days]


def on_mark(zone: str, at_ms: int, every_ms: int) -> bool:
    """Tells whether the local clock shows a multiple of an interval from midnight."""
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    since = (local.hour * 60 + local.minute) * MINUTE_MS + at_ms % MINUTE_MS
    return since % every_ms == 0


def loops_of(*schedules: Schedule) -> Iterator[LoopSchedule]:
    """Every loop in some schedules, but not those that are inlined."""
    for schedule in schedules:
        if isinstance(schedule, LoopSchedule):
            yield schedule
        elif isinstance(schedule, SlotsSchedule):
            yield from loops_of(*(slot.schedule for slot in schedule.slots if slot.schedule))


def inlined(loop: LoopSchedule) -> list[Entry]:
    """The entries of a loop, sequences inlined once: what follows them is the same each time."""
    found: list[Entry] = []
    for item in loop.items:
        found += inlined(item.schedule) if isinstance(item, SequenceUse) else [item]
    return found


def next_fixed(loop: LoopSchedule) -> dict[str, Entry]:
    """For each entry's name the next one of the list with a fixed start, itself last."""
    entries = inlined(loop)
    found: dict[str, Entry] = {}
    for place, entry in enumerate(entries):
        following = [*entries[place + 1 :], *entries[: place + 1]]
        fixed = next((each for each in following if each.start_ms is not None), None)
        if fixed is not None:
            found[entry.origin.name] = fixed
    return found


def is_strict(entry: Entry) -> bool:
    """Tells whether an entry has a start that nothing runs over."""
    return entry.start_ms is not None and entry.start_behaviour is StartBehaviour.STRICT


def of_loop(runs: Iterable[Run], loop: LoopSchedule) -> list[tuple[str, Run]]:
    """What a loop plays among some runs, each with its entry's name."""
    names = [run.chain.split(" › ") for run in runs]
    return [(name[-1], run) for name, run in zip(names, runs, strict=True) if name[-2] == loop.name]


@dataclass(frozen=True)
class Stay:
    """Runs of one entry, one after another."""

    name: str
    start_ms: int
    finish_ms: int


def stays(runs: Iterable[Run]) -> list[Stay]:
    """The runs in stretches of one chain each; the last is left out, as it may go on."""
    found = []
    for chain, together in groupby(runs, key=lambda run: run.chain):
        these = list(together)
        found.append(Stay(chain.split(" › ")[-1], these[0].start_ms, these[-1].finish_ms))
    return found[:-1]
