"""Choices read off a few hundred bytes, and the media and fillers of a generated channel.

Hypothesis draws the bytes at once, which is far quicker than a strategy for each choice; bytes that shrink
to 0 shrink every choice to its first.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from compiler.station import (
    BreakAt,
    Content,
    FillerMode,
    FillerPreset,
    FillerSet,
    Fit,
    GroupBy,
    Look,
    Order,
    Origin,
    PlaylistEntry,
    Show,
    StartAt,
)
from exstv.catalog.model import Chapter, MediaItem
from exstv.diagnostics import Span
from exstv.units import HOUR_MS, MINUTE_MS

SIZE = 1200
BYTES = st.binary(min_size=SIZE, max_size=SIZE)
"""What a channel is made of."""


class Choices:
    """Reads choices off bytes; where these end, every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._names = count()

    def one_of(self, *choices: Any) -> Any:
        return choices[self._next() % len(choices)]

    def number(self, low: int, high: int) -> int:
        value = self._next()
        if high - low >= 256:
            return low + (value << 16 | self._next() << 8 | self._next()) % (high - low + 1)
        return low + value % (high - low + 1)

    def yes(self, one_in: int = 2) -> bool:
        return self.number(0, one_in - 1) == one_in - 1

    def name(self, kind: str) -> str:
        return f"{kind}{next(self._names)}"

    def _next(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0


def origin_of(name: str) -> Origin:
    """Where something was written: its name tells it from everything else."""
    return Origin(Span("station.yaml", 1, 1, 1, 2), name)


class Media:
    """What one channel has to play: few items of odd lengths, so that little fits."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._contents = [self._new_content() for _ in range(choices.number(1, 3))]
        if choices.yes(4):
            self._contents.append(self._playlist())
        self._clips = [self._new_clips(5_000, 300_000) for _ in range(choices.number(1, 2))]
        # Not shorter: a day of them is thousands of rows.
        self._standby = self._new_clips(120_000, 900_000)
        self._sets = [self._fillers() for _ in range(3)]

    def content(self) -> Content:
        """One of the channel's contents, used in some way."""
        found: Content = self._choices.one_of(*self._contents)
        return replace(found, no_repeat_ms=self._choices.one_of(0, 0, 3) * HOUR_MS)

    def look(self) -> Look:
        choices = self._choices
        return Look(self.fillers(), choices.one_of(None, "Title"), choices.one_of(*Show, Show.PROGRAMME))

    def fillers(self) -> FillerSet:
        """One of the few sets of fillers of the channel."""
        found: FillerSet = self._choices.one_of(FillerSet(), *self._sets)
        return found

    def _fillers(self) -> FillerSet:
        choices = self._choices
        pads = choices.one_of("pre", "post")
        return FillerSet(
            pre_roll=self._preset(pads == "pre") if choices.yes() else None,
            mid_roll=self._mid_roll() if choices.yes(3) else None,
            post_roll=self._preset(pads == "post") if choices.yes() else None,
            tail=self._preset(True) if choices.yes() else None,
            fallback=self._filler(FillerMode.LOOP, self._standby) if choices.yes() else None,
        )

    def _preset(self, may_pad: bool) -> FillerPreset:
        modes = (FillerMode.COUNT, FillerMode.DURATION, FillerMode.PAD)
        return self._filler(self._choices.one_of(*(modes if may_pad else modes[:2])))

    def _mid_roll(self) -> FillerPreset:
        preset = self._filler(self._choices.one_of(FillerMode.COUNT, FillerMode.DURATION))
        return replace(
            preset,
            at=self._choices.one_of(*BreakAt),
            every_ms=self._choices.one_of(5, 12) * MINUTE_MS,
            max_breaks=self._choices.one_of(None, 1, 3),
        )

    def _filler(self, mode: FillerMode, content: Content | None = None) -> FillerPreset:
        choices = self._choices
        content = content or choices.one_of(*self._clips)
        assert content is not None
        return FillerPreset(
            name=content.collection,
            content=content,
            mode=mode,
            origin=content.origin,
            count=choices.number(1, 3),
            duration_ms=choices.number(20, 400) * 1000,
            pad_to_ms=choices.one_of(5, 30, 60) * MINUTE_MS,
            fit=choices.one_of(*Fit),
            cooldown_ms=choices.one_of(0, 0, 10) * MINUTE_MS,
        )

    def _new_content(self) -> Content:
        choices = self._choices
        longest = choices.one_of(2_000_000, 7_000_000, 7_000_000, 7_000_000)
        lengths = [choices.number(200_000, longest) for _ in range(choices.number(1, 6))]
        if choices.yes(20):
            lengths[0] = 30 * HOUR_MS + 1
        return self._content("c", lengths, Order)

    def _new_clips(self, shortest: int, longest: int) -> Content:
        choices = self._choices
        lengths = [choices.number(shortest, longest) for _ in range(choices.number(1, 8))]
        return self._content("clips", lengths, (Order.SHUFFLE, Order.LISTED, Order.RANDOM))

    def _playlist(self) -> Content:
        name = self._choices.name("list")
        entries = tuple(
            PlaylistEntry(
                replace(content, cursor=f"{name}/{content.cursor}"), self._choices.one_of(1, None, 2)
            )
            for content in self._contents
        )
        items = {item.id: item for content in self._contents for item in content.items}
        return Content(name, tuple(items.values()), Order.LISTED, name, origin_of(name), playlist=entries)

    def _content(self, kind: str, lengths: Sequence[int], orders: Any) -> Content:
        choices = self._choices
        name = choices.name(kind)
        items = tuple(
            MediaItem(
                id=f"{name}:{place:02}",
                source=name,
                kind="episode",
                title=f"{name} {place}" if place != 1 else f"{name} 0 (2)",
                show=choices.one_of("A", "B"),
                season=1,
                episode=place,
                locator="{}",
                duration_ms=length,
                chapters=tuple(Chapter(start_ms=at) for at in range(0, length, max(length // 3, 1))),
            )
            for place, length in enumerate(lengths)
        )
        return Content(
            collection=name,
            items=items,
            order=choices.one_of(*orders),
            cursor=name,
            origin=origin_of(name),
            group_by=choices.one_of(*GroupBy),
            batch=choices.one_of(None, 1, 2),
            start_at=choices.one_of(StartAt(), StartAt(random=True), StartAt(season=1, episode=2)),
        )
