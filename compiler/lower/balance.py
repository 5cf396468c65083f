"""Lowers a balance schedule, and tells which weights its limits cannot allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from compiler.lower.rundown import Block, Mix, MixSource
from compiler.station import BalanceSchedule, BalanceSource, Mode
from exstv import codes
from exstv.diagnostics import Diagnostic

# A share that falls short by less than this is not worth a word.
_SLACK = 0.01


def lower_balance(schedule: BalanceSchedule) -> tuple[Mix, list[Diagnostic]]:
    """The rundown of a weighted mix."""
    sources = tuple(_source(source) for source in schedule.sources)
    mix = Mix(schedule.name, sources, schedule.origin, schedule.filler, schedule.by_items)
    return mix, list(_findings(schedule))


def _source(source: BalanceSource) -> MixSource:
    block = Block(source.identity, source.content, Mode.ONE, source.look, source.origin)
    return MixSource(block, source.weight, source.cooldown_ms, source.max_consecutive)


def _findings(schedule: BalanceSchedule) -> Iterator[Diagnostic]:
    lengths = [_mean_ms(source) for source in schedule.sources]
    whole = sum(source.weight for source in schedule.sources)
    for index, source in enumerate(schedule.sources):
        wanted = source.weight / whole
        reachable = _reachable(schedule.sources, lengths, index, schedule.by_items)
        if reachable < wanted - _SLACK:
            yield codes.WEIGHT_UNREACHABLE.at(
                source.origin, name=source.origin.name, share=f"{wanted:.0%}", reachable=f"{reachable:.0%}"
            )


def _reachable(
    sources: Sequence[BalanceSource], lengths: Sequence[float], index: int, by_items: bool
) -> float:
    """The largest share that a source's own limits leave it, with the shortest of the others between."""
    source, length = sources[index], lengths[index]
    others = [other for place, other in enumerate(lengths) if place != index and other]
    if not length or not others:
        return 1.0
    pause = min(others)
    turn = length if source.cooldown_ms else length * (source.max_consecutive or 0)
    if source.cooldown_ms:
        # The others play on until the cooldown is over, the last of them past its end.
        pause *= -(-source.cooldown_ms // pause)
    elif source.max_consecutive is None:
        return 1.0
    if by_items:
        return (turn / length) / (turn / length + pause / min(others))
    return turn / (turn + pause)


def _mean_ms(source: BalanceSource) -> float:
    return fmean(item.duration_ms or 0 for item in source.content.items) if source.content.items else 0.0
