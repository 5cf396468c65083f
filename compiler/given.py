"""Progress that is given to a compile (`--state`), instead of that of what is on air.

Owns what becomes of it channel by channel; exstv/timeline/carried.py owns its JSON. Without rows of its own a
channel goes on when its state says: at a junction of what is on air elsewhere.
"""

from __future__ import annotations

import msgspec

from compiler.lower.wall import WallClock, wall_clock
from compiler.schedule.horizon import Times
from compiler.schedule.takeover import TakeOver
from compiler.station import Station
from exstv import codes
from exstv.clock import to_iso
from exstv.diagnostics import Diagnostic, Span
from exstv.timeline.carried import CarriedState
from exstv.timeline.model import Anchor


def given(
    station: Station, times: Times, state: CarriedState
) -> tuple[dict[str, TakeOver], list[Diagnostic]]:
    """How the channels that have a state go on; another station's is told, and one beyond the window."""
    hows: dict[str, TakeOver] = {}
    found: list[Diagnostic] = []
    if state.station != station.name:
        found.append(codes.STATE_OF_ANOTHER.at(Span(state.where), other=state.station, name=station.name))
    for channel in station.channels:
        wall = wall_clock(channel.timezone, station.broadcast_day_ms)
        if channel.key in state.channels:
            anchor = _resumed(state.channels[channel.key], times, wall)
        elif channel.key in state.away:
            anchor = returned(state.away[channel.key], times)
        else:
            continue
        if anchor.at_ms >= times.until_ms(wall):
            end = to_iso(times.until_ms(wall))
            found.append(codes.STATE_TOO_LATE.at(channel.origin, at=to_iso(anchor.at_ms), end=end))
        hows[channel.key] = TakeOver(carried=anchor)
    return hows, found


def away(station: Station, state: CarriedState) -> list[Anchor]:
    """The progress of channels that are not in the line-up."""
    present = {channel.key for channel in station.channels}
    return [anchor for key, anchor in {**state.away, **state.channels}.items() if key not in present]


def returned(anchor: Anchor, times: Times) -> Anchor:
    """The progress of a channel that was away: it goes on where it was, from now; no programme was lost."""
    return msgspec.structs.replace(anchor, at_ms=max(anchor.at_ms, times.now_ms))


def _resumed(anchor: Anchor, times: Times, wall: WallClock) -> Anchor:
    """A state of today or of the history goes on when it was; of an older one the time does not count."""
    today = wall.day_start(wall.day_of(times.now_ms))
    if anchor.at_ms >= today - times.history_ms:
        return anchor
    return msgspec.structs.replace(anchor, at_ms=today)
