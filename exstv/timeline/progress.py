"""How far a channel got: the state that its rows tell, at a junction where another compile may take over.

Owns how states are folded and where a take-over may be: pure, rows in and an anchor out. What is in a state
is compiler/schedule/state.py's, its way to another machine carried.py's.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from exstv.timeline.model import Anchor, FillerKind, PlayoutItem, ProgrammeKind, StoredRows

Json = Any
"""A value as JSON knows them."""

_BETWEEN = (FillerKind.TAIL, FillerKind.FALLBACK)
_NOTHING = "{}"
_encoder = msgspec.json.Encoder(order="sorted")


def decode(state: str) -> dict[str, Json]:
    """An anchor's state, or an item's advance, as a dict."""
    found: dict[str, Json] = msgspec.json.decode(state) if state else {}
    return found


def encode(state: Mapping[str, Json]) -> str:
    """A whole state as an anchor holds it."""
    return _encoder.encode(state).decode()


def encode_each(changes: Iterable[Mapping[str, Json]]) -> list[str]:
    """What each of some decisions changed, as its first item holds it."""
    # JSON written in one go: no line of it is broken within.
    lines = _encoder.encode_lines(changes).decode().split("\n")[:-1]
    return ["" if line == _NOTHING else line for line in lines]


def fold(state: dict[str, Json], advances: Iterable[str]) -> None:
    """Changes a state as items did, in order; values of the state given are replaced, never changed."""
    change(state, map(decode, advances))


def change(state: dict[str, Json], changes: Iterable[Mapping[str, Json]]) -> None:
    """Changes a state as decisions did, in order: `fold`, before what they changed is put into words."""
    groups: set[str] = set()
    for each in changes:
        for key, value in each.items():
            if isinstance(value, dict):
                if key not in groups:
                    groups.add(key)
                    state[key] = dict(state.get(key, {}))
                state[key].update(value)
            elif value is None:
                state.pop(key, None)
            else:
                state[key] = value
    for key in groups:
        # What was taken out of a group may have come back since: only the end tells.
        state[key] = {name: value for name, value in state[key].items() if value is not None}
        if not state[key]:
            del state[key]


def is_programme_junction(
    items: Sequence[PlayoutItem], index: int, kinds: Mapping[str, ProgrammeKind]
) -> bool:
    """Tells whether a recompile may take over before an item: inside no programme, and no decision is cut.

    `kinds` are those of the programmes by id. Listed filler may be left before an item of the fallback, as
    each was decided by itself; an exact fit of several clips may not, nor what pads a hidden programme.
    """
    item = items[index]
    if index == 0 or item.programme_id != items[index - 1].programme_id:
        return True
    kind = kinds.get(item.programme_id or "")
    if item.filler_kind is not FillerKind.FALLBACK or kind is not ProgrammeKind.FILLER:
        return False
    before = index - 1
    if items[before].filler_kind is not FillerKind.FALLBACK:
        # What a tail filler leaves may have been filled with it.
        return False
    while before and items[before].filler_kind is FillerKind.FALLBACK:
        before -= 1
    return items[before].programme_id != item.programme_id or items[before].filler_kind in _BETWEEN


def next_junction(rows: StoredRows, from_ms: int) -> int:
    """Index of the first item from an instant on where a recompile may take over; else their number."""
    kinds = {programme.id: programme.kind for programme in rows.programmes}
    first = bisect_left(rows.items, from_ms, key=lambda item: item.start_ms)
    indexes = range(first, len(rows.items))
    return next((i for i in indexes if is_programme_junction(rows.items, i, kinds)), len(rows.items))


def instant_before(rows: StoredRows, index: int) -> int:
    """When an item starts; after the last one, when that finishes."""
    return rows.items[index].start_ms if index < len(rows.items) else rows.items[-1].finish_ms


def state_at(rows: StoredRows, junction_ms: int) -> dict[str, Json]:
    """The state at a junction: the anchor before it, and what the items since then changed."""
    place = bisect_right(rows.anchors, junction_ms, key=lambda anchor: anchor.at_ms)
    anchor = rows.anchors[place - 1]
    state = decode(anchor.state)
    fold(state, (item.advance for item in rows.items if anchor.at_ms <= item.start_ms < junction_ms))
    return state


def progress_at_junction(rows: StoredRows, from_ms: int) -> Anchor | None:
    """A channel's progress at its first programme junction at or after an instant; None if it has no rows."""
    if not rows.items or not rows.anchors:
        return None
    at_ms = instant_before(rows, next_junction(rows, from_ms))
    return Anchor(channel=rows.items[0].channel, at_ms=at_ms, state=encode(state_at(rows, at_ms)))
