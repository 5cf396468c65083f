"""One channel through the stages that know one channel: lower → schedule → guide → verify.

Channels share nothing: each can be built alone, in any order.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.assemble import BuiltChannel
from compiler.guide import Guide
from compiler.lower.loop import lower_loop
from compiler.lower.wall import WallClock
from compiler.schedule.findings import Findings
from compiler.schedule.horizon import Kept, Rows, Times, anchors, keep
from compiler.schedule.placed import Run
from compiler.schedule.scheduler import Brief, Scheduler
from compiler.schedule.state import State
from compiler.station import LoopSchedule, Station, StationChannel
from compiler.verify import verify
from exstv.diagnostics import Diagnostic, has_errors


def build_channel(
    station: Station,
    channel: StationChannel,
    old: Rows | None,
    times: Times,
    durations: Mapping[str, int],
) -> tuple[BuiltChannel | None, list[Diagnostic]]:
    """A channel's rows, going on from its old ones if it has any; `durations` are of all media by id."""
    wall = WallClock(channel.timezone, station.broadcast_day_ms)
    assert isinstance(channel.schedule, LoopSchedule)
    rundown, found = lower_loop(channel.schedule)
    if has_errors(found):
        return None, found
    kept = keep(old, times, wall)
    until_ms = max(times.until_ms(wall), kept.start_ms)
    findings = Findings()
    brief = Brief(channel.key, rundown, wall, station.seed)
    placed = Scheduler(brief, kept.start_ms, State(kept.state), findings).run(until_ms)
    rows = _rows(channel, kept, placed, wall)
    broken = verify(channel, rows, placed, durations, wall)
    fresh_ms = times.fresh_ms(wall, rows.anchors)
    return BuiltChannel(channel, kept, rows, until_ms, fresh_ms), [*found, *findings.diagnostics, *broken]


def _rows(channel: StationChannel, kept: Kept, placed: list[Run], wall: WallClock) -> Rows:
    before = kept.rows.programmes[-1] if kept.rows.programmes else None
    items, programmes = Guide(channel, before, kept.next_seq).list(placed)
    return Rows(
        items=(*kept.rows.items, *items),
        programmes=(*kept.rows.programmes[:-1], *programmes),
        anchors=(*kept.rows.anchors, *anchors(channel.key, wall, kept, placed)),
    )
