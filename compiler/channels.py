"""One channel through the stages that know one channel: lower → schedule → guide → verify.

Channels share nothing: each can be built alone, in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from compiler.guide import ON, Guide
from compiler.lower.calendar import Calendar
from compiler.lower.lower import Lowered
from compiler.lower.wall import WallClock, wall_clock
from compiler.rows import join
from compiler.schedule.findings import Findings
from compiler.schedule.horizon import Kept, Times, anchors
from compiler.schedule.placed import Run
from compiler.schedule.scheduler import Brief, Scheduler
from compiler.schedule.state import State
from compiler.schedule.takeover import Carry, keep
from compiler.schedule.withdrawal import Withdrawal, withdraw
from compiler.station import Station, StationChannel
from compiler.verify import verify
from exstv.diagnostics import Diagnostic, has_errors
from exstv.timeline.columns import ChannelRows
from exstv.timeline.model import Presentation
from exstv.timeline.structs import columns_of


@dataclass(frozen=True)
class BuiltChannel:
    """What the timeline says of a channel whose rows were made."""

    key: str
    recipe: str
    """What its rows were made by (compiler/recipe.py)."""
    digest: str
    carried: str
    """Digest of the state that it went on from, and when."""
    start_ms: int
    until_ms: int
    fresh_ms: tuple[int, int]
    """The span of instants at which a compile would give these very rows."""
    findings: tuple[Diagnostic, ...] = ()
    """What lowering and scheduling it had to say."""


def build_channel(
    station: Station,
    channel: StationChannel,
    carry: Carry,
    times: Times,
    durations: Mapping[str, int | None],
) -> tuple[BuiltChannel | None, ChannelRows | None, list[Diagnostic]]:
    """A channel's rows, going on from what it has; `durations` are of all media by id."""
    wall = wall_clock(channel.timezone, station.broadcast_day_ms)
    lowered = Lowered(channel, station.broadcast_day_ms)
    found = lowered.diagnostics
    if has_errors(found):
        return None, None, found
    kept = keep(carry.rows, times, wall, carry.how)
    if station.withdrawn:
        kept = withdraw(kept, wall, Withdrawal(channel, station.withdrawn, times.now_ms))
    until_ms = max(times.until_ms(wall), kept.start_ms)
    findings = Findings()
    brief = Brief(channel.key, Calendar(channel, wall), lowered, wall, station.seed)
    placed = Scheduler(brief, kept.start_ms, State(kept.state), findings).run(until_ms)
    rows = _rows(channel, kept, placed, wall)
    broken = verify(channel, rows, placed, durations, wall)
    built = BuiltChannel(
        key=channel.key,
        recipe=carry.recipe,
        digest=rows.digest(),
        carried=sha256(msgspec.json.encode([kept.start_ms, kept.state], order="sorted")).hexdigest(),
        start_ms=int(rows.items.start_ms[0]) if len(rows.items) else kept.start_ms,
        until_ms=until_ms,
        fresh_ms=times.fresh_ms(wall, [anchor.at_ms for anchor in rows.anchors]),
        findings=(*found, *findings.diagnostics),
    )
    return built, rows, [*built.findings, *broken]


def _rows(channel: StationChannel, kept: Kept, placed: list[Run], wall: WallClock) -> ChannelRows:
    before = columns_of(channel.key, kept.rows, channel.presentation or Presentation())
    listed = Guide(channel, wall, before, kept.state.get(ON)).listed(placed)
    days = (*kept.rows.anchors, *anchors(channel.key, wall, kept, placed))
    return join(before, kept.next_seq, placed, listed, days)
