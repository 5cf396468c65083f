"""Recipes: everything that decides a channel's rows, as a digest.

With an equal recipe and an equal window a channel's rows are those of the last compile, byte for byte. Owns
what counts; never decides what is done about it (compiler/schedule/horizon.py does).

A recipe is two digests: of the rules, and of where they are written. A comment moves lines: the rows' file
and line change with it, and nothing on air does.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec

from compiler.station import FillerSet, Origin, Schedule, Station, StationChannel
from exstv.catalog.model import MediaItem

_SEPARATOR = ":"
# What several places share is digested once; a schedule may even be inlined many times over.
_SHARED = (FillerSet, *Schedule.__args__)
_Digests = tuple[str, str]
# Nearly all facts are one of these, which stand for themselves.
_BARE = frozenset((str, int, float, bool, type(None)))


def same_rules(recipe: str, other: str) -> bool:
    """Tells whether two recipes schedule alike, wherever they are written."""
    return recipe.partition(_SEPARATOR)[0] == other.partition(_SEPARATOR)[0]


class Recipes:
    """The recipes of one station's channels; owner of the digests of what they share."""

    def __init__(self, station: Station, program: Sequence[str] = ()) -> None:
        """`program` names what schedules: another version of it may schedule otherwise."""
        self._common = (*program, station.seed, station.broadcast_day_ms)
        # By identity; the values are held, so that no other comes to have the same.
        self._digests: dict[int, tuple[object, _Digests]] = {}
        self._items: dict[int, tuple[object, str]] = {}
        self._known: dict[str, str] = {}

    def of(self, channel: StationChannel) -> str:
        """The recipe of a channel of the station, made when it is first asked for."""
        known = self._known.get(channel.key)
        if known is None:
            rules, places = self._digest(channel)
            digest = sha256(msgspec.json.encode((self._common, rules))).hexdigest()
            known = self._known[channel.key] = digest + _SEPARATOR + places
        return known

    def _digest(self, value: Any) -> _Digests:
        places: list[object] = []
        rules = msgspec.json.encode(self._facts(value, places))
        return sha256(rules).hexdigest(), sha256(msgspec.json.encode(places)).hexdigest()

    def _plain(self, value: Any, places: list[object]) -> object:
        """A value as JSON has it; where it is written goes to `places`."""
        if isinstance(value, Origin):
            places.append(value.span)
            return value.name
        if isinstance(value, _SHARED):
            rules, written = self._shared(value)
            places.append(written)
            return rules
        if isinstance(value, tuple):
            if value and isinstance(value[0], MediaItem):
                return self._media(value, value)
            return [self._plain(each, places) for each in value]
        if isinstance(value, frozenset):
            return sorted(value)
        if isinstance(value, MediaItem):
            return self._media(value, (value,))
        return self._facts(value, places) if isinstance(value, msgspec.Struct) else value

    def _facts(self, value: Any, places: list[object]) -> list[object]:
        found: list[object] = [type(value).__name__]
        for name in value.__struct_fields__:
            fact = getattr(value, name)
            found.append(fact if type(fact) in _BARE else self._plain(fact, places))
        return found

    def _shared(self, value: Any) -> _Digests:
        known = self._digests.get(id(value))
        if known is None:
            known = self._digests[id(value)] = (value, self._digest(value))
        return known[1]

    def _media(self, held: object, items: tuple[MediaItem, ...]) -> str:
        # Nearly every use of a collection holds the very same list.
        known = self._items.get(id(held))
        if known is None:
            known = self._items[id(held)] = (held, sha256(msgspec.json.encode(items)).hexdigest())
        return known[1]
