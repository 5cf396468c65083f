"""The cursor of a collection: which unit is next, by identity and never by index.

Owns what happens when units are used. Knows no time but how long an item rests: what fits is the caller's to
say, who takes any of the upcoming units; those passed over on the way are remembered in the state and come
first at the next use. Only `random` remembers none: each of its draws is among all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, filterfalse, islice

from compiler.schedule.airings import NO_REST, Airings, Rest
from compiler.schedule.groups import Grouped
from compiler.schedule.order import Drawn
from compiler.schedule.progress import Ledger, Progress
from compiler.schedule.state import State
from compiler.schedule.units import Pick, units_of
from compiler.station import Content, Order

_FEW = 64
"""Units of a cycle that are looked at together."""


class CollectionCursor:
    """One cursor of one channel. Its progress lives in the state alone, so a rollback needs no word here."""

    def __init__(self, content: Content, deal: str, state: State, airings: Airings | None = None) -> None:
        """`deal` is the seed and the channel, which make this cursor's shuffles its own."""
        self._units = units_of(content)
        self._ledger = Ledger(content, self._units, f"{deal}\x1f{content.cursor}", state)
        self._walk = self._ledger.walk
        self._airings = airings if airings is not None and airings.tracks else None
        self._drawn = self._walk if isinstance(self._walk, Drawn) else None
        self._grouped = self._walk if isinstance(self._walk, Grouped) else None
        self._is_dealt_in_cycles = content.order is not Order.RANDOM
        self._is_row = self._is_dealt_in_cycles and bool(self._units.heads)

    def __len__(self) -> int:
        """How many items it has to play."""
        return self._units.size

    def __contains__(self, pick: Pick) -> bool:
        """Tells whether a pick is one of its own."""
        head = self._units.by_id.get(pick.unit)
        while head is not None and head is not pick:
            head = head.following
        return head is not None

    def first(self, now_ms: int = 0, rest: Rest = NO_REST) -> Pick | None:
        """The first of the upcoming ones, None if there is none."""
        if self._is_row and (self._airings is None or rest == NO_REST):
            at = self._ledger.read()
            if not at.waiting and not at.opened:
                # Nearly always.
                deal = self._walk.cycle(at.cycle)
                if at.place < len(deal) and deal[at.place].unit != at.last:
                    return deal[at.place]
        return next(self.upcoming(now_ms, rest), None)

    def upcoming(self, now_ms: int = 0, rest: Rest = NO_REST, strict: bool = False) -> Iterator[Pick]:
        """Each candidate once, in the order in which they are to be tried.

        Those that rest now come last, and not at all with `strict`.
        """
        if not self._units.heads:
            return iter(())
        picks = self._candidates(self._ledger.read())
        if self._airings is None or rest == NO_REST:
            return picks
        return _rested(picks, self._airings, (now_ms, rest), strict)

    def window(
        self, now_ms: int, rest: Rest, longest_ms: int, size: int, beyond: bool = False
    ) -> Iterator[Pick]:
        """The first `size` candidates that do not rest, end, and are no longer than `longest_ms`.

        They may be taken together: a unit of several parts, which come one after another, is alone in it. As
        long as something waits from before this cycle the next one is looked at only with `beyond`, or where
        nothing else can play: so units are used evenly.
        """
        if not self._units.heads:
            return iter(())
        at = self._ledger.read()
        is_owed = at.repeated > 0 and not beyond
        candidates = self._candidates(at, owed=is_owed)
        found = self._eligible(candidates, now_ms, rest, longest_ms)
        # What waits can play, unless it is too long or rests.
        if is_owed and found is not candidates:
            first = next(found, None)
            if first is None:
                found = self._eligible(self._candidates(at), now_ms, rest, longest_ms)
            else:
                found = chain((first,), found)
        found = islice(found, size)
        return found if self._units.is_plain else iter(_together(list(found)))

    def take(self, picks: Sequence[Pick], now_ms: int = 0) -> None:
        """Uses units, in the order in which they play; what lies before the furthest is passed over.

        They count as aired from `now_ms` on, one after another, until the true times are noted.
        """
        if not picks:
            return
        at = self._ledger.read()
        after = self._ledger.following(at, picks[-1].unit)
        if len(picks) > 1 or not self._steps(after, picks[0]):
            self._move(after, picks)
        self._ledger.write(after)
        if self._airings is not None:
            self._airings.note_picks(picks, now_ms)

    def _steps(self, after: Progress, pick: Pick) -> bool:
        """Goes on by one place if the pick stands there and nothing waits: nearly always, but for clips."""
        if after.waiting or after.opened or pick.following is not None:
            return False
        if self._grouped is not None or not self._is_row:
            return False
        cycle, place = after.cycle, after.place
        deal = self._walk.cycle(cycle)
        if place >= len(deal) or deal[place] is not pick:
            return False
        after.since, after.place = 0, place + 1
        after.reached = (cycle, self._walk.key(cycle, place))
        if place + 1 == len(deal):
            self._end_cycle(after, at_once=False)
        return True

    def _move(self, after: Progress, picks: Sequence[Pick]) -> None:
        opened = after.opened
        fresh = self._use(after, picks)
        if self._drawn is not None:
            # Each draw is a deal of its own.
            after.cycle += len(picks)
            after.reached = (after.cycle, None)
        elif fresh:
            self._advance(after, fresh)
        elif not after.repeated and after.place >= len(self._units.heads):
            after.end_cycle()
        if after.opened is not opened:
            self._ledger.open(after.opened)

    def _use(self, after: Progress, picks: Sequence[Pick]) -> list[Pick]:
        """Takes out what waited or was under way; gives the others."""
        fresh: list[Pick] = []
        waiting, passed = after.waiting, after.passed
        for pick in picks:
            ordinal = waiting.pop(pick, None)
            if ordinal is not None:
                after.repeated -= abs(ordinal) <= after.since
                passed[pick.unit] = None
                if ordinal < 0:
                    waiting[pick] = passed[pick.unit] = 1 + _newest(after, waiting)
            elif pick.is_first:
                fresh.append(pick)
            else:
                after.opened = tuple(other for other in after.opened if other is not pick)
            if pick.following is not None:
                after.opened = (*after.opened, pick.following)
        if not after.repeated:
            after.since = 0
        return fresh

    def _advance(self, after: Progress, fresh: list[Pick]) -> None:
        """Goes on behind the furthest of the fresh units. Others on the way wait."""
        walk, left = self._walk, set(fresh)
        stop = after.cycle + 3
        while after.cycle < stop:
            cycle, first = after.cycle, after.place
            deal = walk.cycle(cycle)
            after.place = self._pass_over(after, deal, left)
            if self._grouped is not None:
                self._ledger.take_turns(self._grouped.progress(cycle, first, after.place))
            reached = after.place - 1
            if after.place >= len(deal):
                self._end_cycle(after, at_once=bool(left))
            if not left:
                after.reached = (cycle, walk.key(cycle, reached))
                return
        raise ValueError(f"{left} are not candidates of this cursor")

    def _end_cycle(self, after: Progress, *, at_once: bool) -> None:
        after.end_cycle(at_once=at_once)
        if after.place:
            return
        waiting = after.waiting
        for pick, ordinal in waiting.items():
            if ordinal < 0:
                # Only what was met in the new cycle too is marked in it.
                waiting[pick] = after.passed[pick.unit] = -ordinal

    def _pass_over(self, after: Progress, deal: list[Pick], left: set[Pick]) -> int:
        """Walks a cycle until no fresh unit is left; the place behind the last."""
        passed, waiting = after.passed, after.waiting
        opened = {self._units.by_id[part.unit] for part in after.opened} if after.opened else ()
        ordinal = _newest(after, waiting)
        for place in range(after.place, len(deal)):
            pick = deal[place]
            if pick in left:
                left.discard(pick)
                if not left:
                    return place + 1
            elif pick not in waiting:
                if pick not in opened:
                    ordinal += 1
                    waiting[pick] = passed[pick.unit] = ordinal
            elif 0 < waiting[pick] <= after.since:
                waiting[pick] = passed[pick.unit] = -waiting[pick]
        return len(deal)

    def _candidates(self, at: Progress, *, owed: bool = False) -> Iterator[Pick]:
        """What is under way, then every other unit once, in the order to be tried.

        With `owed`: of the others those that wait or are still to come in this cycle.
        """
        if not at.waiting and not at.opened:
            if self._drawn is not None:
                return chain((self._drawn.first(at.cycle),), self._other_draws(at))
            # Nearly always the next one is all that is asked for.
            deal, place = self._walk.cycle(at.cycle), at.place
            if place < len(deal) and deal[place].unit != at.last:
                return chain((deal[place],), self._others(at, owed=owed))
        row = self._row(at, owed=owed)
        if at.waiting and not at.opened and next(iter(at.waiting)).unit != at.last:
            # Nothing waits that has just been played.
            return row
        if at.opened:
            heads = {self._units.by_id[pick.unit] for pick in at.opened}
            return chain(at.opened, filterfalse(heads.__contains__, row))
        first = next(row, None)
        if first is None or first.unit != at.last or not self._is_dealt_in_cycles:
            return row if first is None else chain((first,), row)
        # The first of a cycle is passed over once if it was the last of the cycle before; nor is a unit that
        # waited played twice in a row.
        second = next(row, None)
        return iter((first,)) if second is None else chain((second, first), row)

    def _others(self, at: Progress, *, owed: bool) -> Iterator[Pick]:
        yield from islice(self._row(at, owed=owed), 1, None)

    def _row(self, at: Progress, *, owed: bool) -> Iterator[Pick]:
        """The units that wait, those to come in this cycle, and unless `owed` all others."""
        waiting, deal, place = at.waiting, self._walk.cycle(at.cycle), at.place
        # Few are looked at, nearly always.
        coming: Iterator[Pick] = iter(deal[place : place + _FEW])
        if place + _FEW < len(deal):
            coming = chain(coming, _from(deal, place + _FEW))
        if at.repeated or not self._is_dealt_in_cycles:
            coming = filterfalse(waiting.__contains__, coming)
        if owed or not self._is_dealt_in_cycles:
            return chain(waiting, coming)
        return chain(waiting, coming, self._of_next_cycle(at))

    def _of_next_cycle(self, at: Progress) -> Iterator[Pick]:
        known = {*at.waiting, *self._walk.cycle(at.cycle)[at.place :]}
        yield from filterfalse(known.__contains__, self._walk.cycle(at.cycle + 1))

    def _other_draws(self, at: Progress) -> Iterator[Pick]:
        yield from self._walk.cycle(at.cycle)[1:]

    def _eligible(self, picks: Iterator[Pick], now_ms: int, rest: Rest, longest_ms: int) -> Iterator[Pick]:
        """Those that end, are short enough, and do not rest."""
        units, airings = self._units, self._airings
        if longest_ms < units.longest_ms or not units.is_plain:
            picks = (pick for pick in picks if 0 < pick.length_ms <= longest_ms)
        if airings is None or rest == NO_REST:
            return picks
        return (pick for pick in picks if airings.is_free(pick.item.id, now_ms, rest))


def _from(deal: list[Pick], place: int) -> Iterator[Pick]:
    for first in range(place, len(deal), _FEW):
        yield from deal[first : first + _FEW]


def _rested(picks: Iterator[Pick], airings: Airings, at: tuple[int, Rest], strict: bool) -> Iterator[Pick]:
    resting: list[Pick] = []
    for pick in picks:
        if airings.is_free(pick.item.id, *at):
            yield pick
        elif not strict:
            resting.append(pick)
    # What must repeat is what aired longest ago.
    yield from sorted(resting, key=lambda pick: airings.last_start(pick.item.id))


def _together(picks: list[Pick]) -> list[Pick]:
    for index, pick in enumerate(picks):
        if pick.number and (pick.following is not None or not pick.is_first):
            return picks[: index or 1]
    return picks


def _newest(progress: Progress, waiting: dict[Pick, int]) -> int:
    """The ordinal of the unit that was passed over last; those before this cycle keep theirs apart."""
    newest = abs(next(reversed(waiting.values()), 0))
    return max(newest, progress.since) if progress.repeated else newest
