"""Channels of every kind, drawn by hypothesis: loops, slots, mixes and blocks in one another.

Made as the resolved station (compiler/station.py): what is tested is lowering and scheduling. Times fall on
both changes of the clock. drawn.py makes the choices, the media and the fillers.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from drawn import BYTES, Choices, Media, origin_of
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from compiler.station import (
    BalanceSchedule,
    BalanceSource,
    BlocksSchedule,
    CalendarRule,
    DayBlock,
    DayRule,
    Entry,
    Event,
    Flex,
    LoopSchedule,
    Mode,
    Overrun,
    Padding,
    Placement,
    Schedule,
    SequenceUse,
    Slot,
    SlotsSchedule,
    StartBehaviour,
    StationChannel,
    Stop,
    Tail,
    TemplateDays,
)
from exstv.clock import from_iso
from exstv.units import HOUR_MS, MINUTE_MS

CHANGES = {
    "Europe/Amsterdam": ("2026-03-28T12:00Z", "2026-10-24T12:00Z"),
    "America/New_York": ("2026-03-07T12:00Z", "2026-10-31T12:00Z"),
    "Australia/Lord_Howe": ("2026-04-04T00:00Z", "2026-10-03T00:00Z"),
    "Africa/Cairo": ("2026-04-23T12:00Z", "2026-10-29T12:00Z"),
    "UTC": ("2026-12-30T12:00Z", "2028-02-28T12:00Z"),
}
"""Zones, and noons before something happens to their clocks or dates."""

ZONES = st.sampled_from(sorted(CHANGES))
NOWS = {zone: tuple(from_iso(text) for text in texts) for zone, texts in CHANGES.items()}

_TIMES = tuple(hour * HOUR_MS + minute * MINUTE_MS for hour in range(0, 24, 2) for minute in (0, 30))
_ANY_DAY = frozenset(range(7))
_MODES = tuple(mode for mode in Mode if mode is not Mode.FIT)


def examples(number: int) -> settings:
    """So many examples, or `EXSTV_EXAMPLES` times as many for a deep run."""
    times = int(os.environ.get("EXSTV_EXAMPLES", "1"))
    return settings(max_examples=number * times, deadline=None, suppress_health_check=list(HealthCheck))


class Draws:
    """One channel in the making."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self._media = Media(choices)
        self._made: list[Schedule] = []

    def schedule(self, depth: int) -> Schedule:
        """Any kind; slots go `depth` deep. Sometimes one that is used already."""
        if self._made and self.choices.yes(8):
            return self._reused()
        kinds = (self.loop, self.balance, self.blocks)
        is_grid = depth and self.choices.yes()
        made = self.slots(depth) if is_grid else self.choices.one_of(*kinds)()
        self._made.append(made)
        return made

    def _reused(self) -> Schedule:
        found: Schedule = self.choices.one_of(*self._made)
        return found

    def loop(self, depth: int = 1) -> LoopSchedule:
        choices, name = self.choices, self.choices.name("loop")
        is_deck = choices.yes(4)
        items: list[Entry | SequenceUse] = []
        for _ in range(choices.number(1, 4)):
            if depth and choices.yes(6):
                inner = self.loop(0)
                inner = replace(inner, items=tuple(map(_following, inner.items)), shuffle_items=False)
                use = SequenceUse(choices.name("use"), inner, choices.number(1, 3), origin_of(name))
                items.append(use)
            else:
                entry = self.entry()
                items.append(replace(entry, start_ms=None) if is_deck else entry)
        return LoopSchedule(
            name,
            legal(items),
            origin_of(name),
            self._media.fillers(),
            is_deck,
            restart_daily=not is_deck and choices.yes(),
        )

    def entry(self, *modes: Mode) -> Entry:
        choices = self.choices
        mode = choices.one_of(*(modes or _MODES))
        name = choices.name("entry")
        timed = mode in (Mode.PAD_UNTIL, Mode.WAIT_UNTIL)
        starts = not modes and mode is not Mode.WAIT_UNTIL and choices.yes(3)
        lasts = {Mode.DURATION: choices.number(1, 240), Mode.PAD_TO: choices.one_of(30, 5, 60)}.get(mode, 0)
        return Entry(
            identity=name,
            content=None if mode is Mode.WAIT_UNTIL else self._media.content(),
            mode=mode,
            look=self._media.look(),
            origin=origin_of(name),
            count=choices.one_of(1, 2, 5, None) if mode is Mode.MULTIPLE else 1,
            duration_ms=lasts * MINUTE_MS,
            until_ms=choices.one_of(*_TIMES) if timed else None,
            tomorrow=timed and choices.yes(),
            overrun=choices.one_of(*Overrun),
            max_late_ms=choices.one_of(None, 5 * MINUTE_MS, 30 * MINUTE_MS, 90 * MINUTE_MS),
            tail=choices.one_of(*Tail) if mode is Mode.DURATION else Tail.FILLER,
            start_ms=choices.one_of(*_TIMES) if starts else None,
            start_behaviour=choices.one_of(*StartBehaviour),
        )

    def slots(self, depth: int) -> SlotsSchedule:
        name = self.choices.name("slots")
        starts = sorted({self.choices.one_of(*_TIMES) for _ in range(self.choices.number(1, 5))})
        slots = tuple(self._slot(start, depth) for start in starts)
        return SlotsSchedule(name, slots, origin_of(name), self._media.fillers())

    def balance(self) -> BalanceSchedule:
        name = self.choices.name("mix")
        sources = tuple(self._source() for _ in range(self.choices.number(1, 3)))
        return BalanceSchedule(name, sources, origin_of(name), self._media.fillers(), self.choices.yes())

    def blocks(self) -> BlocksSchedule:
        choices, name = self.choices, self.choices.name("blocks")
        template: list[Placement] = []
        at = 6 * HOUR_MS
        for _ in range(choices.number(1, 3)):
            block = self._day_block()
            template.append(Placement(at, block, origin_of(block.name)))
            at += block.duration_ms + choices.one_of(0, 20, 45) * MINUTE_MS
        rules = (DayRule(), DayRule(days=frozenset({5, 6})))
        days = tuple(
            TemplateDays(rule, tuple(template[place:]), 0, origin_of(name))
            for place, rule in enumerate(rules[: choices.number(1, 2)])
        )
        return BlocksSchedule(name, days, origin_of(name), self._media.fillers())

    def channel(self, zone: str, schedule: Schedule | None = None) -> StationChannel:
        choices = self.choices
        own = schedule or self.schedule(2)
        rules = [
            CalendarRule(
                DayRule(days=frozenset({choices.number(0, 6)})), self.schedule(1), 0, origin_of("calendar")
            )
            for _ in range(choices.number(0, 1))
        ]
        return StationChannel(
            key="one",
            number="1",
            name="One",
            xmltv_id="one.test",
            timezone=zone,
            schedule=own,
            filler=self._media.fillers(),
            profile="hd",
            origin=origin_of("one"),
            calendar=tuple(rules),
            events=tuple(self._events(zone)),
        )

    def _events(self, zone: str) -> list[Event]:
        found = []
        for start in sorted({self.choices.one_of(*_TIMES) for _ in range(self.choices.number(0, 2))}):
            entry = self.entry(Mode.ONE, Mode.MULTIPLE, Mode.DURATION)
            entry = replace(entry, start_ms=start, start_behaviour=StartBehaviour.STRICT)
            found.append(Event((0, *_EVENT_DAYS.get(zone, (12, 31))), entry))
        return found

    def _slot(self, start_ms: int, depth: int) -> Slot:
        choices, name = self.choices, self.choices.name("slot")
        inner = self.schedule(depth - 1) if depth and choices.yes() else None
        return Slot(
            identity=name,
            days=choices.one_of(_ANY_DAY, _ANY_DAY, frozenset({4, 5, 6})),
            start_ms=start_ms,
            look=self._media.look(),
            origin=origin_of(name),
            content=None if inner else self._media.content(),
            schedule=inner,
            mode=Mode.FIT if inner else choices.one_of(Mode.FIT, Mode.ONE, Mode.MULTIPLE),
            count=choices.one_of(1, 3),
            padding=choices.one_of(*Padding),
            flex=choices.one_of(*Flex),
            max_late_ms=choices.one_of(0, 5, 15, 60) * MINUTE_MS,
        )

    def _source(self) -> BalanceSource:
        choices, name = self.choices, self.choices.name("source")
        return BalanceSource(
            identity=name,
            content=self._media.content(),
            weight=choices.number(1, 9),
            look=self._media.look(),
            origin=origin_of(name),
            cooldown_ms=choices.one_of(0, 0, 30) * MINUTE_MS,
            max_consecutive=choices.one_of(None, 1, 3),
        )

    def _day_block(self) -> DayBlock:
        choices, name = self.choices, self.choices.name("block")
        modes = (Mode.FIT, Mode.FIT, Mode.ONE, Mode.DURATION, Mode.MULTIPLE)
        return DayBlock(
            name=name,
            duration_ms=choices.one_of(30, 60, 150) * MINUTE_MS,
            entries=tuple(self.entry(*modes) for _ in range(choices.number(1, 2))),
            look=self._media.look(),
            origin=origin_of(name),
            stop=choices.one_of(*Stop),
            max_late_ms=choices.one_of(None, 10 * MINUTE_MS),
        )


_EVENT_DAYS = {
    "Europe/Amsterdam": (3, 29),
    "America/New_York": (11, 1),
    "Australia/Lord_Howe": (10, 4),
    "Africa/Cairo": (10, 30),
}


def legal(items: Sequence[Entry | SequenceUse]) -> tuple[Entry | SequenceUse, ...]:
    """Without `finish` before a strict start, which is refused."""
    following = (*items[1:], items[0])
    return tuple(
        _trimmed(item) if _is_strict(after) else item for item, after in zip(items, following, strict=True)
    )


def _is_strict(item: Entry | SequenceUse) -> bool:
    if isinstance(item, SequenceUse):
        return False
    return item.start_ms is not None and item.start_behaviour is StartBehaviour.STRICT


def _following(item: Entry | SequenceUse) -> Entry | SequenceUse:
    return replace(item, start_ms=None) if isinstance(item, Entry) else item


def _trimmed(item: Entry | SequenceUse) -> Entry | SequenceUse:
    if isinstance(item, SequenceUse):
        entries = tuple(_trimmed(entry) for entry in item.schedule.items)
        return replace(item, schedule=replace(item.schedule, items=entries))
    return replace(item, overrun=Overrun.TRIM) if item.overrun is Overrun.FINISH else item


def channel_of(data: bytes, zone: str) -> StationChannel:
    """The channel of a zone that some bytes say."""
    return Draws(Choices(data)).channel(zone)


def channels(zone: str) -> st.SearchStrategy[StationChannel]:
    """Any channel of a zone."""
    return BYTES.map(lambda data: channel_of(data, zone))
