"""The programme-level difference of two timelines: what `exstv plan` says.

Pure: rows in, a Plan out. Compares the window that both timelines plan. A programme is the same as another by
what it plays, not by its id, which moves with its start. How a plan looks is exstv/render/plan.py's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from enum import StrEnum

import msgspec

from exstv.timeline.model import Channel, ItemKind, PlayoutItem, Programme, ProgrammeKind, Timeline

_DERIVED = frozenset(("digest", "recipe", "carried", "findings"))
"""What a channel's row says of its other rows."""


class ChangeKind(StrEnum):
    """What became of a programme."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    """The same programme at another time."""
    REPLACED = "replaced"
    """Another programme at the same time."""
    CHANGED = "changed"
    """The same programme at the same time, with another length, name, break or filler."""


class Change(msgspec.Struct, frozen=True):
    """One change of one channel: `old` is None for what was added, `new` for what was removed."""

    kind: ChangeKind
    old: Programme | None
    new: Programme | None

    @property
    def start_ms(self) -> int:
        """When it is shown: where it will start, or where it would have."""
        return next(each.start_ms for each in (self.new, self.old) if each is not None)


class ChannelPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What changes on one channel, in order of time. `was` or `becomes` is None for a channel of one side."""

    was: Channel | None
    becomes: Channel | None
    changes: tuple[Change, ...]
    kept: int
    """How many programmes of the window stay exactly as they are."""
    settings: tuple[str, ...] = ()
    """Names of the channel's own facts that differ: `number`, `profile`."""
    cut: Programme | None = None
    """The programme on air at `now` that would not be played to its end."""

    @property
    def channel(self) -> Channel:
        """The channel as it will be, or as it last was."""
        found = self.becomes or self.was
        if found is None:
            raise ValueError("a channel plan needs a channel")
        return found

    @property
    def is_empty(self) -> bool:
        """Tells whether nothing at all changes."""
        return not (self.changes or self.settings or self.was is None or self.becomes is None)

    def count(self, kind: ChangeKind) -> int:
        """How many changes are of a kind."""
        return sum(change.kind is kind for change in self.changes)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What changes from one timeline to another within [start_ms, finish_ms), by channel in line-up order."""

    start_ms: int
    finish_ms: int
    channels: tuple[ChannelPlan, ...]

    @property
    def is_empty(self) -> bool:
        """Tells whether nothing changes."""
        return all(channel.is_empty for channel in self.channels)

    @property
    def cuts(self) -> tuple[ChannelPlan, ...]:
        """The channels whose programme on air would be cut."""
        return tuple(channel for channel in self.channels if channel.cut is not None)


Piece = tuple[int, int, int, str | None]
"""What a viewer sees of an item: start and finish, in point, media."""


class _Aired(msgspec.Struct, frozen=True):
    """A programme with what plays in it."""

    programme: Programme
    what: Hashable
    """Equal for airings of the same."""
    pieces: tuple[Piece, ...]
    content: tuple[Piece, ...]
    """Those that it is watched for."""

    @property
    def start_ms(self) -> int:
        return self.programme.start_ms


def difference(old: Timeline, new: Timeline, now_ms: int) -> Plan:
    """What changes from `now_ms` on, as far as both timelines plan."""
    start = max(now_ms, old.header.start_ms, new.header.start_ms)
    finish = max(start, min(old.header.finish_ms, new.header.finish_ms))
    before, after = _by_channel(old), _by_channel(new)
    were = {channel.key: channel for channel in old.channels}
    become = {channel.key: channel for channel in new.channels}
    found = []
    for key in dict.fromkeys([*become, *were]):
        sides = [_within(rows.get(key, []), start, finish) for rows in (before, after)]
        changes, kept = _changes(*sides)
        plan = ChannelPlan(
            was=were.get(key),
            becomes=become.get(key),
            changes=changes,
            kept=kept,
            settings=_settings(were.get(key), become.get(key), old, new),
            cut=_cut(before.get(key, []), after.get(key, []), now_ms),
        )
        found.append(plan)
    return Plan(start_ms=start, finish_ms=finish, channels=tuple(found))


def _by_channel(timeline: Timeline) -> dict[str, list[_Aired]]:
    items: dict[tuple[str, str | None], list[PlayoutItem]] = defaultdict(list)
    for item in timeline.items:
        items[item.channel, item.programme_id].append(item)
    found: dict[str, list[_Aired]] = defaultdict(list)
    for programme in timeline.programmes:
        found[programme.channel].append(_aired(programme, items[programme.channel, programme.id]))
    return found


def _aired(programme: Programme, items: Sequence[PlayoutItem]) -> _Aired:
    content = [item for item in items if item.kind is ItemKind.CONTENT]
    media = {item.media_id for item in content}
    # One film is the same under another title; a block of several goes by its name.
    what: Hashable = (programme.kind, programme.title)
    if len(media) == 1:
        what = (programme.kind, *media)
    pieces, watched = (tuple(_piece(item) for item in some) for some in (items, content))
    return _Aired(programme, what, pieces, watched)


def _piece(item: PlayoutItem) -> Piece:
    return (item.start_ms, item.finish_ms, item.in_point_ms, item.media_id)


def _within(rows: Sequence[_Aired], start: int, finish: int) -> list[_Aired]:
    return [row for row in rows if row.programme.finish_ms > start and row.programme.start_ms < finish]


def _changes(old: Sequence[_Aired], new: Sequence[_Aired]) -> tuple[tuple[Change, ...], int]:
    """All changes in order of time, and the number of programmes without one."""
    at_start = {row.start_ms: row for row in new}
    found, kept, left_old = [], 0, []
    taken = set()
    for row in old:
        same = at_start.get(row.start_ms)
        if same is None or same.what != row.what:
            left_old.append(row)
            continue
        taken.add(row.start_ms)
        if (_listed(row), row.pieces) == (_listed(same), same.pieces):
            kept += 1
        else:
            found.append(Change(ChangeKind.CHANGED, row.programme, same.programme))
    left_new = [row for row in new if row.start_ms not in taken]
    found += _differing(left_old, left_new)
    return tuple(sorted(found, key=lambda change: (change.start_ms, change.kind))), kept


def _differing(old: Sequence[_Aired], new: Sequence[_Aired]) -> Iterator[Change]:
    """Changes of rows of which none is at its old time: first what moved, then what took whose time."""
    moved = list(_moved(old, new))
    for here, there in moved:
        yield Change(ChangeKind.MOVED, here.programme, there.programme)
    gone = {row.start_ms for row, _ in moved}
    come = {row.start_ms for _, row in moved}
    added = {row.start_ms: row for row in new if row.start_ms not in come}
    for row in old:
        if row.start_ms in gone:
            continue
        instead = added.pop(row.start_ms, None)
        kind = ChangeKind.REPLACED if instead else ChangeKind.REMOVED
        yield Change(kind, row.programme, instead.programme if instead else None)
    for row in added.values():
        yield Change(ChangeKind.ADDED, None, row.programme)


def _moved(old: Sequence[_Aired], new: Sequence[_Aired]) -> Iterator[tuple[_Aired, _Aired]]:
    """Airings of the same, paired: as many as there are on both sides, the nearest first."""
    before, after = _by_what(old), _by_what(new)
    for what, here in before.items():
        there = after.get(what, [])
        pairs = _nearest([row.start_ms for row in here], [row.start_ms for row in there])
        yield from ((here[first], there[second]) for first, second in pairs)


def _by_what(rows: Iterable[_Aired]) -> dict[Hashable, list[_Aired]]:
    found: dict[Hashable, list[_Aired]] = defaultdict(list)
    for row in rows:
        found[row.what].append(row)
    return found


def _nearest(old: Sequence[int], new: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs of indices of two ascending lists: neighbours by distance, then the rest in order."""
    candidates = []
    for index, start in enumerate(old):
        place = bisect_left(new, start)
        near = (each for each in (place - 1, place) if 0 <= each < len(new))
        candidates += [(abs(new[each] - start), index, each) for each in near]
    gone: set[int] = set()
    come: set[int] = set()
    for _, first, second in sorted(candidates):
        if first not in gone and second not in come:
            gone.add(first)
            come.add(second)
            yield first, second
    rest = (index for index in range(len(new)) if index not in come)
    yield from zip((index for index in range(len(old)) if index not in gone), rest, strict=False)


def _listed(row: _Aired) -> Programme:
    """The guide's entry without its id, which says nothing to a viewer."""
    return msgspec.structs.replace(row.programme, id="")


def _settings(was: Channel | None, becomes: Channel | None, old: Timeline, new: Timeline) -> tuple[str, ...]:
    if was is None or becomes is None:
        return ()
    found = [
        name
        for name in was.__struct_fields__
        if name not in _DERIVED and getattr(was, name) != getattr(becomes, name)
    ]
    profiles = [
        next((each for each in side.profiles if each.name == channel.profile), None)
        for side, channel in ((old, was), (new, becomes))
    ]
    if "profile" not in found and profiles[0] != profiles[1]:
        found.append("profile")
    return tuple(found)


def _cut(old: Sequence[_Aired], new: Sequence[_Aired], now_ms: int) -> Programme | None:
    """The programme on air at `now_ms`, if what is left of it would not play as it was planned.

    Filler that follows it may go: a viewer misses nothing of what they came for.
    """
    on_air = next((row for row in old if row.start_ms <= now_ms < row.programme.finish_ms), None)
    if on_air is None or on_air.programme.kind is not ProgrammeKind.PROGRAMME:
        return None
    left = {piece for piece in on_air.content if piece[1] > now_ms}
    played = {piece for row in new for piece in row.pieces}
    return on_air.programme if left - played else None
