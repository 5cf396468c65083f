"""Channels of every kind, drawn by hypothesis: loops, slots, mixes and blocks in one another.

Made as the resolved station (compiler/station.py): what is tested is lowering and scheduling. Media are few
and lengths odd, so that little fits; times fall on both changes of the clock.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import strategies as st

from compiler.station import (
    BalanceSchedule,
    BalanceSource,
    BlocksSchedule,
    BreakAt,
    CalendarRule,
    Content,
    DayBlock,
    DayRule,
    Entry,
    Event,
    FillerMode,
    FillerPreset,
    FillerSet,
    Fit,
    Flex,
    GroupBy,
    Look,
    LoopSchedule,
    Mode,
    Order,
    Origin,
    Overrun,
    Padding,
    Placement,
    Schedule,
    SequenceUse,
    Show,
    Slot,
    SlotsSchedule,
    StartAt,
    StartBehaviour,
    StationChannel,
    Stop,
    Tail,
    TemplateDays,
)
from exstv.catalog.model import Chapter, MediaItem
from exstv.clock import from_iso
from exstv.diagnostics import Span
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

_NAMES = count()
_TIMES = tuple(hour * HOUR_MS + minute * MINUTE_MS for hour in range(0, 24, 2) for minute in (0, 30))
_ANY_DAY = frozenset(range(7))


def _origin(name: str) -> Origin:
    return Origin(Span("station.yaml", 1, 1, 1, 2), name)


class Draws:
    """One channel in the making; `draw` is hypothesis's."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._contents = [self._new_content() for _ in range(draw(st.integers(1, 3)))]
        self._clips = [self._new_clips() for _ in range(draw(st.integers(1, 2)))]

    def one_of(self, *choices: Any) -> Any:
        return self._draw(st.sampled_from(choices))

    def number(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def yes(self) -> bool:
        return self._draw(st.booleans())

    def schedule(self, depth: int) -> Schedule:
        """Any kind; slots go `depth` deep."""
        kinds = [self.loop, self.balance, self.blocks]
        return self.slots(depth) if depth and self.yes() else self.one_of(*kinds)()

    def loop(self, depth: int = 1) -> LoopSchedule:
        name = self._name("loop")
        is_deck = self.yes() and self.yes()
        items: list[Entry | SequenceUse] = []
        for _ in range(self.number(1, 4)):
            if depth and self.number(0, 5) == 0:
                inner = self.loop(0)
                flowing = tuple(replace(each, start_ms=None) for each in inner.items)  # type: ignore[type-var]
                inner = replace(inner, items=flowing, shuffle_items=False)
                items.append(SequenceUse(self._name("use"), inner, self.number(1, 3), _origin(name)))
            else:
                entry = self.entry()
                items.append(replace(entry, start_ms=None) if is_deck else entry)
        return LoopSchedule(
            name,
            _legal(items),
            _origin(name),
            self.fillers(),
            is_deck,
            restart_daily=not is_deck and self.yes(),
        )

    def entry(self, *modes: Mode) -> Entry:
        mode = self.one_of(*(modes or [each for each in Mode if each is not Mode.FIT]))
        name = self._name("entry")
        overrun = self.one_of(*Overrun)
        timed = mode in (Mode.PAD_UNTIL, Mode.WAIT_UNTIL)
        starts = not modes and mode is not Mode.WAIT_UNTIL and self.number(0, 2) == 0
        return Entry(
            identity=name,
            content=None if mode is Mode.WAIT_UNTIL else self.content(),
            mode=mode,
            look=self.look(),
            origin=_origin(name),
            count=self.one_of(None, 1, 2, 5) if mode is Mode.MULTIPLE else 1,
            duration_ms={Mode.DURATION: self.number(1, 240), Mode.PAD_TO: self.one_of(5, 30, 60)}.get(mode, 0)
            * MINUTE_MS,
            until_ms=self.one_of(*_TIMES) if timed else None,
            tomorrow=timed and self.yes(),
            overrun=overrun,
            max_late_ms=self.one_of(None, 5, 30, 90),
            tail=self.one_of(*Tail) if mode is Mode.DURATION else Tail.FILLER,
            start_ms=self.one_of(*_TIMES) if starts else None,
            start_behaviour=self.one_of(*StartBehaviour),
        )

    def slots(self, depth: int) -> SlotsSchedule:
        name = self._name("slots")
        starts = sorted(self._draw(st.sets(st.sampled_from(_TIMES), min_size=1, max_size=5)))
        slots = tuple(self._slot(start, depth) for start in starts)
        return SlotsSchedule(name, slots, _origin(name), self.fillers())

    def balance(self) -> BalanceSchedule:
        name = self._name("mix")
        sources = tuple(self._source() for _ in range(self.number(1, 3)))
        return BalanceSchedule(name, sources, _origin(name), self.fillers(), self.yes())

    def blocks(self) -> BlocksSchedule:
        name = self._name("blocks")
        template: list[Placement] = []
        at = 6 * HOUR_MS
        for _ in range(self.number(1, 3)):
            block = self._day_block()
            template.append(Placement(at, block, _origin(block.name)))
            at += block.duration_ms + self.one_of(0, 20, 45) * MINUTE_MS
        rules = (DayRule(), DayRule(days=frozenset({5, 6})))
        days = tuple(
            TemplateDays(rule, tuple(template[place:]), 0, _origin(name))
            for place, rule in enumerate(rules[: self.number(1, 2)])
        )
        return BlocksSchedule(name, days, _origin(name), self.fillers())

    def content(self) -> Content:
        found: Content = self.one_of(*self._contents)
        return replace(found, no_repeat_ms=self.one_of(0, 0, 3) * HOUR_MS)

    def look(self) -> Look:
        return Look(self.fillers(), self.one_of(None, "Title"), self.one_of(*Show, Show.PROGRAMME))

    def fillers(self) -> FillerSet:
        pads = self.one_of("pre", "post")
        return FillerSet(
            pre_roll=self._preset(pads == "pre") if self.yes() else None,
            mid_roll=self._mid_roll() if self.number(0, 2) == 0 else None,
            post_roll=self._preset(pads == "post") if self.yes() else None,
            tail=self._preset(True) if self.yes() else None,
            fallback=self._filler(FillerMode.LOOP) if self.yes() else None,
        )

    def channel(self, zone: str) -> StationChannel:
        rules = [
            CalendarRule(
                DayRule(days=frozenset({self.number(0, 6)})), self.schedule(1), 0, _origin("calendar")
            )
            for _ in range(self.number(0, 1))
        ]
        return StationChannel(
            key="one",
            number="1",
            name="One",
            xmltv_id="one.test",
            timezone=zone,
            schedule=self.schedule(2),
            filler=self.fillers(),
            profile="hd",
            origin=_origin("one"),
            calendar=tuple(rules),
            events=tuple(self._events(zone)),
        )

    def _events(self, zone: str) -> list[Event]:
        found = []
        for start in {self.one_of(*_TIMES) for _ in range(self.number(0, 2))}:
            entry = self.entry(Mode.ONE, Mode.MULTIPLE, Mode.DURATION)
            entry = replace(entry, start_ms=start, start_behaviour=StartBehaviour.STRICT)
            month, day = (3, 29) if zone.startswith("Europe") else (10, 31)
            found.append(Event((0, month, day), entry))
        return found

    def _slot(self, start_ms: int, depth: int) -> Slot:
        name = self._name("slot")
        inner = self.schedule(depth - 1) if depth and self.yes() else None
        return Slot(
            identity=name,
            days=self.one_of(_ANY_DAY, _ANY_DAY, frozenset({4, 5, 6})),
            start_ms=start_ms,
            look=self.look(),
            origin=_origin(name),
            content=None if inner else self.content(),
            schedule=inner,
            mode=Mode.FIT if inner else self.one_of(Mode.FIT, Mode.ONE, Mode.MULTIPLE),
            count=self.one_of(1, 3),
            padding=self.one_of(*Padding),
            flex=self.one_of(*Flex),
            max_late_ms=self.one_of(0, 5, 15, 60) * MINUTE_MS,
        )

    def _source(self) -> BalanceSource:
        name = self._name("source")
        return BalanceSource(
            identity=name,
            content=self.content(),
            weight=self.number(1, 9),
            look=self.look(),
            origin=_origin(name),
            cooldown_ms=self.one_of(0, 0, 30) * MINUTE_MS,
            max_consecutive=self.one_of(None, 1, 3),
        )

    def _day_block(self) -> DayBlock:
        name = self._name("block")
        entries = tuple(
            self.entry(Mode.FIT, Mode.FIT, Mode.ONE, Mode.DURATION) for _ in range(self.number(1, 2))
        )
        return DayBlock(
            name=name,
            duration_ms=self.one_of(30, 60, 150) * MINUTE_MS,
            entries=entries,
            look=self.look(),
            origin=_origin(name),
            stop=self.one_of(*Stop),
            max_late_ms=self.one_of(None, 10 * MINUTE_MS),
        )

    def _preset(self, may_pad: bool) -> FillerPreset:
        modes = (FillerMode.COUNT, FillerMode.DURATION, FillerMode.PAD)
        return self._filler(self.one_of(*(modes if may_pad else modes[:2])))

    def _mid_roll(self) -> FillerPreset:
        preset = self._filler(self.one_of(FillerMode.COUNT, FillerMode.DURATION))
        return replace(
            preset,
            at=self.one_of(*BreakAt),
            every_ms=self.one_of(5, 12) * MINUTE_MS,
            max_breaks=self.one_of(None, 1, 3),
        )

    def _filler(self, mode: FillerMode) -> FillerPreset:
        content: Content = self.one_of(*self._clips)
        return FillerPreset(
            name=content.collection,
            content=content,
            mode=mode,
            origin=content.origin,
            count=self.number(1, 3),
            duration_ms=self.number(20, 400) * 1000,
            pad_to_ms=self.one_of(5, 30, 60) * MINUTE_MS,
            fit=self.one_of(*Fit),
            cooldown_ms=self.one_of(0, 0, 10) * MINUTE_MS,
        )

    def _new_content(self) -> Content:
        return self._content("c", st.lists(st.integers(60_000, 7_000_000), min_size=1, max_size=6), Order)

    def _new_clips(self) -> Content:
        lengths = st.lists(st.integers(5_000, 300_000), min_size=1, max_size=8)
        return self._content("clips", lengths, (Order.SHUFFLE, Order.LISTED, Order.RANDOM))

    def _content(self, kind: str, lengths: st.SearchStrategy[list[int]], orders: Any) -> Content:
        name = self._name(kind)
        items = tuple(
            MediaItem(
                id=f"{name}:{place:02}",
                source=name,
                kind="episode",
                title=f"{name} {place}" if place != 1 else f"{name} 0 (2)",
                show=self.one_of("A", "B"),
                season=1,
                episode=place,
                locator="{}",
                duration_ms=length,
                chapters=tuple(Chapter(start_ms=at) for at in range(0, length, max(length // 3, 1))),
            )
            for place, length in enumerate(self._draw(lengths))
        )
        return Content(
            collection=name,
            items=items,
            order=self.one_of(*orders),
            cursor=name,
            origin=_origin(name),
            group_by=self.one_of(*GroupBy),
            batch=self.one_of(None, 1, 2),
            start_at=self.one_of(StartAt(), StartAt(random=True), StartAt(season=1, episode=2)),
        )

    def _name(self, kind: str) -> str:
        return f"{kind}{next(_NAMES)}"


def _legal(items: list[Entry | SequenceUse]) -> tuple[Entry | SequenceUse, ...]:
    """Without `finish` before a strict start, which is refused."""
    return tuple(
        item
        if isinstance(item, SequenceUse)
        else replace(item, overrun=Overrun.TRIM if item.overrun is Overrun.FINISH else item.overrun)
        for item in items
    )


@st.composite
def channels(draw: st.DrawFn, zone: str) -> StationChannel:
    """Any channel of a zone."""
    return Draws(draw).channel(zone)
