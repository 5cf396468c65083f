"""Planned against aired, for the page: the plan's items of the last hours and what went out instead. Pure.

What went out is laid beside the plan by the plan's own instants, so that the 2 s between a frame's sending
and its showing, or a slow start, are no difference. page.py reads the rows, the templates lay them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from exstv.asrun.entry import AsRunEntry
from exstv.timeline.model import Media, PlayoutItem, Programme
from exstv.timeline.query import title_of
from exstv.units import HOUR_MS
from runtime.routes.words import clock_words, span_words
from runtime.status import Step

SHOWN_MS = 3 * HOUR_MS
"""How far back the page looks."""
FRAME_MS = 50
"""Less than this is the rounding of a junction to whole frames."""
MOST_ROWS = 300
"""Rows of the page; of more, the newest."""


@dataclass(frozen=True)
class Stretch:
    """A part of the strip of the last hours, in thousandths of it; `kind` is `plan` or `off`."""

    left: int
    width: int
    kind: str


@dataclass(frozen=True)
class AiredSummary:
    """The last hours in a line and a strip; `off` is what was not the plan's, in words, empty for nothing."""

    words: str
    off: bool
    strip: tuple[Stretch, ...]


@dataclass(frozen=True)
class Past:
    """A channel's plan over [from_ms, now_ms), and what it aired."""

    items: Sequence[PlayoutItem]
    aired: Sequence[AsRunEntry]
    media: Mapping[str, Media]
    programmes: Mapping[str, Programme]
    from_ms: int
    now_ms: int


@dataclass(frozen=True)
class PieceView:
    """One stretch that went out in an item's time: when viewers saw it, what it was, and why."""

    start: str
    step: str
    """`item`, `fallback`, `slate`, …; the template has words for them."""
    title: str
    length: str
    on_plan: bool
    why: str


@dataclass(frozen=True)
class PastRow:
    """An item of the plan, or several that nobody watched, and what went out."""

    start: str
    finish: str
    title: str
    count: int
    state: str
    """`same`, `off` for a difference, `unwatched`."""
    pieces: tuple[PieceView, ...]


def is_planned(entry: AsRunEntry) -> bool:
    """Tells whether an entry showed what the plan wanted, the planned slate included."""
    return entry.seq is not None and entry.media_id == entry.planned_media_id and entry.step != Step.FALLBACK


def aired_summary(aired: Sequence[AsRunEntry], now_ms: int) -> AiredSummary:
    """The last hours of a channel in short."""
    from_ms = now_ms - SHOWN_MS
    shown = [entry for entry in aired if entry.plan_finish_ms > from_ms and entry.plan_start_ms < now_ms]
    off = [entry for entry in shown if not is_planned(entry)]
    off_ms = sum(min(entry.plan_finish_ms, now_ms) - max(entry.plan_start_ms, from_ms) for entry in off)
    if not shown:
        words = f"Not watched in the last {span_words(SHOWN_MS)}"
    elif off_ms < FRAME_MS:
        words = f"Aired as planned in the last {span_words(SHOWN_MS)}"
    else:
        words = f"Off plan for {span_words(off_ms)} of the last {span_words(SHOWN_MS)}"
    return AiredSummary(words, off_ms >= FRAME_MS, tuple(_strip(shown, from_ms, now_ms)))


def past_view(past: Past, zone: ZoneInfo) -> tuple[PastRow, ...]:
    """The plan and what went out, the newest item first; runs of items that nobody watched are one row."""
    rows: list[PastRow] = []
    begun = [item for item in past.items if item.start_ms < past.now_ms]
    laid = [(item, _pieces(past, item)) for item in begun]
    for watched, group in groupby(laid, key=lambda pair: bool(pair[1])):
        pairs = list(group)
        if watched:
            rows += [_row(past, item, pieces, zone) for item, pieces in pairs]
        else:
            rows.append(_unwatched(past, [item for item, _ in pairs], zone))
    return tuple(reversed(rows[-MOST_ROWS:]))


def _strip(shown: Sequence[AsRunEntry], from_ms: int, now_ms: int) -> Iterator[Stretch]:
    """Joined where one follows another: a channel on its plan is one stretch, however short its items."""
    left, right, kind = 0, 0, ""
    for entry in shown:
        first = 1000 * (max(entry.plan_start_ms, from_ms) - from_ms) // SHOWN_MS
        last = 1000 * (min(entry.plan_finish_ms, now_ms) - from_ms) // SHOWN_MS
        now_kind = "plan" if is_planned(entry) else "off"
        # Half a minute off plan is worth a mark that can be seen.
        last = max(last, first + 3) if now_kind == "off" else last
        if now_kind == kind and first <= right + 1:
            right = max(right, last)
            continue
        if right > left:
            yield Stretch(left, right - left, kind)
        left, right, kind = max(first, right if kind == "off" else first), last, now_kind
    if right > left:
        yield Stretch(left, min(right, 1000) - left, kind)


def _pieces(past: Past, item: PlayoutItem) -> list[tuple[AsRunEntry, int]]:
    """What went out in an item's time, and for how many ms of it."""
    found = []
    for entry in past.aired:
        start_ms = max(entry.plan_start_ms, item.start_ms)
        finish_ms = min(entry.plan_finish_ms, item.finish_ms)
        if finish_ms - start_ms >= min(FRAME_MS, item.finish_ms - item.start_ms):
            found.append((entry, finish_ms - start_ms))
    return found


def _row(past: Past, item: PlayoutItem, pieces: Sequence[tuple[AsRunEntry, int]], zone: ZoneInfo) -> PastRow:
    # The same media by another item is a difference too: the plan was another one then.
    on_plan = [is_planned(entry) and entry.planned_media_id == item.media_id for entry, _ in pieces]
    return PastRow(
        start=clock_words(item.start_ms, zone),
        finish=clock_words(item.finish_ms, zone),
        title=_title(past, item),
        count=1,
        state="same" if all(on_plan) else "off",
        pieces=tuple(
            PieceView(
                start=clock_words(entry.start_ms, zone),
                step=entry.step,
                title=entry.title or "",
                # To the second: a junction is rounded to a frame, and 4 s are no 3.
                length=span_words(round(length_ms, -3)) if length_ms >= 500 else "under 1 s",
                on_plan=planned,
                why=". ".join(why for why in (entry.reason, entry.failure) if why),
            )
            for (entry, length_ms), planned in zip(pieces, on_plan, strict=True)
        ),
    )


def _unwatched(past: Past, items: Sequence[PlayoutItem], zone: ZoneInfo) -> PastRow:
    return PastRow(
        start=clock_words(items[0].start_ms, zone),
        finish=clock_words(items[-1].finish_ms, zone),
        title=_title(past, items[0]) if len(items) == 1 else "",
        count=len(items),
        state="unwatched",
        pieces=(),
    )


def _title(past: Past, item: PlayoutItem) -> str:
    title = title_of(item, past.programmes, past.media)
    return "Slate" if title is None else title
