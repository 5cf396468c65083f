"""What each channel of a station goes on from: decided for all of them before any is built.

Owns the choice, from recipes and from what is on air; schedule/takeover.py carries it out for one channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from compiler import given
from compiler.channels import BuiltChannel
from compiler.lower.wall import wall_clock
from compiler.onair import OnAir
from compiler.recipe import Recipes, same_rules
from compiler.schedule.horizon import Times
from compiler.schedule.takeover import AT_JUNCTION, Carry, Reuse, TakeOver, reuse
from compiler.station import Apply, Station, StationChannel
from exstv.diagnostics import Diagnostic
from exstv.timeline.carried import CarriedState
from exstv.timeline.model import Anchor, Channel
from exstv.timeline.progress import progress_at_junction
from exstv.units import DAY_MS

AWAY_MS = 365 * DAY_MS
"""For how long the progress of a channel that left the line-up is kept."""


@dataclass(frozen=True)
class Carrying:
    """How every channel is taken over. `copied` is by channel, `away` those not on air now."""

    station: Station
    times: Times
    on_air: OnAir | None
    recipes: Recipes
    copied: Mapping[str, BuiltChannel]
    away: tuple[Anchor, ...]
    hows: Mapping[str, TakeOver] = field(default_factory=dict)
    found: tuple[Diagnostic, ...] = ()
    """What is wrong with the progress that was given."""

    def to_build(self) -> Sequence[StationChannel]:
        """The channels whose rows have to be made."""
        return [channel for channel in self.station.channels if channel.key not in self.copied]

    def carry(self, channel: StationChannel) -> Carry:
        """What a channel that has to be built goes on from."""
        how = self.hows.get(channel.key, AT_JUNCTION)
        is_there = self.on_air is not None and channel.key in self.on_air.anchors and how.carried is None
        rows = self.on_air.rows(channel.key) if self.on_air and is_there else None
        return Carry(rows, how, self.recipes.of(channel))


def carrying(
    station: Station,
    times: Times,
    on_air: OnAir | None,
    state: CarriedState | None,
    program: Sequence[str],
) -> Carrying:
    """Decides for every channel; `state` is progress that counts instead of what is on air."""
    # The window's lengths belong to it: rows for another window are not what this compile makes.
    recipes = Recipes(station, (*program, str(times.horizon_ms), str(times.history_ms)))
    if state is not None:
        hows, found = given.given(station, times, state)
        away = _bounded(given.away(station, state), times)
        return Carrying(station, times, None, recipes, {}, away, hows, tuple(found))
    if on_air is None:
        return Carrying(station, times, None, recipes, {}, ())
    return _from_air(station, times, on_air, recipes)


def _from_air(station: Station, times: Times, on_air: OnAir, recipes: Recipes) -> Carrying:
    old = {channel.key: channel for channel in on_air.channels}
    fresh = on_air.header.fresh_from_ms, on_air.header.fresh_until_ms
    showing = on_air.showing(station.withdrawn, times.now_ms) if station.withdrawn else set()
    returning = {anchor.channel: anchor for anchor in on_air.away}
    copied: dict[str, BuiltChannel] = {}
    hows: dict[str, TakeOver] = {}
    for channel in station.channels:
        key = channel.key
        if key in old:
            much = reuse(old[key].recipe, recipes.of(channel), fresh, times.now_ms)
            much = Reuse.NOT if key in showing or on_air.starts.get(key, 0) > times.now_ms else much
            cuts = channel.apply is Apply.NOW and not same_rules(old[key].recipe, recipes.of(channel))
            hows[key] = TakeOver(much, cuts=cuts and bool(old[key].recipe))
            if much is Reuse.COPY and key in on_air.starts:
                copied[key] = _copied(station, channel, times, on_air, old[key])
        elif key in returning:
            hows[key] = TakeOver(carried=given.returned(returning[key], times))
    away = _away(times, on_air, {channel.key for channel in station.channels})
    return Carrying(station, times, on_air, recipes, copied, away, hows)


def _copied(
    station: Station, channel: StationChannel, times: Times, on_air: OnAir, old: Channel
) -> BuiltChannel:
    wall = wall_clock(channel.timezone, station.broadcast_day_ms)
    return BuiltChannel(
        key=channel.key,
        recipe=old.recipe,
        digest=old.digest,
        carried=old.carried,
        start_ms=on_air.starts[channel.key],
        until_ms=times.until_ms(wall),
        fresh_ms=times.fresh_ms(wall, on_air.anchors[channel.key]),
        findings=msgspec.json.decode(old.findings, type=tuple[Diagnostic, ...]),
    )


def _away(times: Times, on_air: OnAir, present: set[str]) -> tuple[Anchor, ...]:
    """Where the channels are that are not in the line-up any more."""
    found = [anchor for anchor in on_air.away if anchor.channel not in present]
    for channel in on_air.channels:
        if channel.key not in present:
            progress = progress_at_junction(on_air.rows(channel.key), times.now_ms + times.freeze_ms)
            found += [progress] if progress else []
    return _bounded(found, times)


def _bounded(away: Iterable[Anchor], times: Times) -> tuple[Anchor, ...]:
    """Without those that left too long ago: a station that makes channels and drops them must not grow."""
    kept = (anchor for anchor in away if anchor.at_ms >= times.now_ms - AWAY_MS)
    return tuple(sorted(kept, key=lambda anchor: anchor.channel))
