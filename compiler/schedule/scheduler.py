"""The one scheduler: at each instant it asks who has its turn, and has that player place one thing.

A decision depends on the rules, the time and the state, and on nothing else: the window only says when to
stop. So a timeline that is taken over at any programme junction goes on as if it had been made at once.
Owns the choice between events and the calendar's schedules; looping.py, mixing.py and gridding.py play
rundowns, transmission.py places what they draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.lower.calendar import Booking, Calendar
from compiler.lower.lower import Lowered
from compiler.lower.rundown import Grid, Loop, Rundown
from compiler.lower.wall import WallClock
from compiler.schedule.airings import Airings, Rest
from compiler.schedule.findings import Findings
from compiler.schedule.gridding import GridPlayer, Player
from compiler.schedule.looping import LoopPlayer
from compiler.schedule.mixing import MixPlayer
from compiler.schedule.placed import Run
from compiler.schedule.room import NEVER
from compiler.schedule.state import State
from compiler.schedule.transmission import Bounds, Deal, Idle, Transmission
from compiler.station import Content, Mode

EVENT = "event"
"""State: [identity, start ms] of the event that is on, absent for none."""

DAY = "day"
"""State: the broadcast day in which airings that count no longer were last forgotten."""


@dataclass(frozen=True)
class Brief:
    """What one channel is scheduled by: its calendar, and a rundown for all in it."""

    channel: str
    calendar: Calendar
    lowered: Lowered
    wall: WallClock
    seed: str


class Scheduler:
    """Owner of one channel's schedule in the making."""

    def __init__(self, brief: Brief, start_ms: int, state: State, findings: Findings) -> None:
        """Goes on at `start_ms` from a state, empty for a cold start."""
        self._brief = brief
        self._state = state
        self._findings = findings
        self._airings = Airings(state, _uses(brief.lowered))
        deal = Deal(brief.seed, brief.channel)
        self._air = Transmission(deal, brief.wall, state, findings, self._airings)
        self._air.now = start_ms
        self._players: dict[tuple[int, str], Player] = {}
        self._day = self._begin_day(start_ms)
        self._bounds = Bounds()
        self._on: Player
        """What has its turn, until `_settled_ms` whatever it plays."""
        self._settled_ms = start_ms

    def run(self, until_ms: int) -> list[Run]:
        """Everything from the last call, or the start, to the first junction at or after an instant."""
        while (now := self._air.now) < until_ms:
            if now < self._settled_ms or self._settle(now):
                self._play()
        # Handed out and not kept: what plays a channel goes round in circles, and would keep all of them.
        runs, self._air.runs = self._air.runs, []
        return runs

    def _settle(self, now: int) -> bool:
        """Finds who has its turn now; False: an event had it, and has placed something."""
        day = self._day
        if now >= day.finish_ms:
            day = self._day = self._begin_day(now)
        booking = self._brief.calendar.event_at(now)
        if booking is not None and self._state.get(EVENT) != [self._name(booking), now]:
            self._begin_event(booking)
        following = self._brief.calendar.next_event(now)
        strict = NEVER if following is None else following.start.ms
        if self._state.get(EVENT) is not None and self._play_event(strict):
            return False
        self._on = self._player(day.rundown, day.chain)
        self._bounds = Bounds(soft_ms=day.boundary_ms, strict_ms=strict)
        self._settled_ms = min(day.finish_ms, strict)
        return True

    def _play(self) -> None:
        idle = self._on.step(self._bounds)
        if idle is not None:
            until = min(idle.until_ms, self._bounds.soft_ms, self._bounds.strict_ms)
            self._idle(idle, until, self._day.rundown)

    def _begin_day(self, at_ms: int) -> _Day:
        day = _Day(self._brief, at_ms)
        if self._airings.tracks and self._state.get(DAY) != day.ordinal:
            self._state.set(DAY, day.ordinal)
            self._airings.forget(self._brief.wall.day_start(day.ordinal))
        return day

    def _begin_event(self, booking: Booking) -> None:
        name = self._name(booking)
        if booking.start.irregular is not None:
            self._findings.irregular_event(booking.event, booking.start, self._brief.wall)
        self._state.set(EVENT, [name, booking.start.ms])
        self._state.set(f"loop:{name}", None)

    def _play_event(self, strict_ms: int) -> bool:
        """Goes on with the event that is on; False: it is over."""
        name, start = self._state.get(EVENT)
        booking = self._brief.calendar.event_at(start)
        if start <= self._air.now and booking is not None and self._name(booking) == name:
            event = self._brief.lowered.event_of(booking.event)
            idle = self._player(event, f"{self._brief.channel} › events").step(Bounds(strict_ms=strict_ms))
            if idle is None:
                return True
            if idle.until_ms < NEVER and event.blocks[0].mode is Mode.DURATION:
                self._air.fill(min(idle.until_ms, strict_ms), idle)
                return True
            if start == self._air.now:
                self._findings.event_dropped(booking.event, start, self._brief.wall)
        self._state.set(EVENT, None)
        return False

    def _name(self, booking: Booking) -> str:
        return self._brief.lowered.event_of(booking.event).name

    def _idle(self, idle: Idle, until_ms: int, rundown: Rundown) -> None:
        if until_ms < NEVER:
            self._air.fill(until_ms, idle)
            return
        self._findings.no_progress(rundown)
        self._air.fall_back(idle)

    def _player(self, rundown: Rundown, chain: str) -> Player:
        found = self._players.get((id(rundown), chain))
        if found is None:
            found = self._players[id(rundown), chain] = self._make(rundown, chain)
        return found

    def _make(self, rundown: Rundown, chain: str) -> Player:
        if isinstance(rundown, Loop):
            return LoopPlayer(rundown, self._air, chain)
        if isinstance(rundown, Grid):
            return GridPlayer(rundown, self._air, chain, self._player)
        return MixPlayer(rundown, self._air, chain)


class _Day:
    """What one broadcast day plays."""

    def __init__(self, brief: Brief, at_ms: int) -> None:
        wall, calendar = brief.wall, brief.calendar
        self.ordinal = day = wall.day_of(at_ms)
        self.finish_ms = wall.day_start(day + 1)
        self.rundown = brief.lowered.rundown_of(calendar.schedule_of(day))
        boundary = calendar.boundary(at_ms)
        self.boundary_ms = NEVER if boundary is None else boundary
        by = f"{brief.channel} › calendar" if calendar.rule_of(day) is not None else brief.channel
        self.chain = f"{by} › {self.rundown.name}"


def _uses(lowered: Lowered) -> Iterator[tuple[Content, Rest]]:
    """Everything that a channel can play, and how long each rests."""
    for content in lowered.contents():
        yield content, Rest(content.no_repeat_ms)
    for preset in lowered.presets():
        yield preset.content, Rest(preset.content.no_repeat_ms, preset.cooldown_ms)
