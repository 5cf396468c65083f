"""Short words for cursors under test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compiler.schedule.airings import Airings
from compiler.schedule.cursor import Cursor, make_cursor
from compiler.schedule.state import State
from compiler.station import Content, Order, Origin
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Span
from exstv.timeline.progress import decode, encode, fold

ORIGIN = Origin(Span("station.yaml", 1, 1, 1, 2), "test")


def item(name: str, **facts: Any) -> MediaItem:
    """A media item of a minute; a name `show/s2e3` says show, season and episode."""
    show, _, place = name.rpartition("/")
    if show and place.startswith("s"):
        season, _, number = place[1:].partition("e")
        facts = {"show": show, "season": int(season), "episode": int(number), "kind": "episode"} | facts
    known = {"kind": "movie", "title": name, "locator": f"{name}.mkv", "duration_ms": 60_000, "source": "c"}
    return MediaItem(id=name, **(known | facts))


def items(*names: str) -> tuple[MediaItem, ...]:
    return tuple(item(name) for name in names)


def content(media: Sequence[MediaItem], order: Order = Order.SHUFFLE, **how: Any) -> Content:
    return Content("c", tuple(media), order, how.pop("cursor", "c"), ORIGIN, **how)


def cursor_of(what: Content, state: State | None = None, airings: Airings | None = None) -> Cursor:
    return make_cursor(what, "seed", State({}) if state is None else state, airings)


def drawn(cursor: Cursor, count: int) -> list[str]:
    """The ids of the next items, each used."""
    ids: list[str] = []
    for _ in range(count):
        pick = next(cursor.upcoming())
        cursor.take([pick])
        ids.append(pick.item.id)
    return ids


def reread(state: State, before: dict[str, Any]) -> State:
    """The state as a recompile reads it: what was before, and what changed, through JSON."""
    folded = decode(encode(before))
    fold(folded, [encode(state.take_changes())])
    before.clear()
    before.update(folded)
    return State(decode(encode(folded)))
