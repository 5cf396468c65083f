"""Where an item is broken for a mid-roll: instants inside the media, from chapters, pauses or at a spacing.

Pure numbers. What plays in a break is filler.py's.
"""

from __future__ import annotations

from collections.abc import Iterable

from compiler.lower.loop import MIN_ITEM_MS
from compiler.schedule.placed import Part
from compiler.station import BreakAt, FillerPreset


def break_points(part: Part, preset: FillerPreset) -> tuple[int, ...]:
    """Where the part of an item is broken, in ms of its media, ascending."""
    if part.item is None or part.item.duration_ms is None:
        return ()
    chapters = _thinned(_spaced(chapter_marks(part), part, preset.every_ms), part, preset.max_breaks)
    if preset.at is BreakAt.CHAPTERS or (preset.at is BreakAt.AUTO and chapters):
        return chapters
    every = preset.every_ms
    if not every:
        # A film may pause a hundred times.
        return ()
    pauses = _pauses(part) if preset.at is BreakAt.AUTO else []
    if quiet := _thinned(_spaced(pauses, part, every), part, preset.max_breaks):
        return quiet
    start, finish = part.in_point_ms, part.in_point_ms + part.length_ms
    return _thinned(_spaced(range(start + every, finish, every), part, every), part, preset.max_breaks)


def chapter_marks(part: Part) -> list[int]:
    """The chapters that begin inside a part of an item, in ms of its media."""
    if part.item is None:
        return []
    start, finish = part.in_point_ms, part.in_point_ms + part.length_ms
    return sorted({mark.start_ms for mark in part.item.chapters if start < mark.start_ms < finish})


def _pauses(part: Part) -> list[int]:
    """Silences that `scan --deep` has found inside of a part, in ms of its media; if some are dark, those."""
    start, finish = part.in_point_ms, part.in_point_ms + part.length_ms
    found = [each for each in (part.item and part.item.pauses) or () if start < each.at_ms < finish]
    # Where the picture goes black with the sound a break was meant; elsewhere somebody may hold their tongue.
    chosen = [each for each in found if each.dark] or found
    return sorted(each.at_ms for each in chosen)


def _spaced(marks: Iterable[int], part: Part, every_ms: int) -> list[int]:
    """As many of the marks as may all be breaks."""
    # No piece of an item is shorter than the shortest item.
    margin = max(-(-every_ms // 2), MIN_ITEM_MS)
    spacing = max(every_ms, MIN_ITEM_MS)
    last = part.in_point_ms + part.length_ms - margin
    earliest = part.in_point_ms + margin
    chosen: list[int] = []
    for mark in marks:
        if earliest <= mark <= last:
            chosen.append(mark)
            earliest = mark + spacing
    return chosen


def _thinned(marks: list[int], part: Part, most: int | None) -> tuple[int, ...]:
    """No more than so many of the marks: those nearest to what would divide the item evenly."""
    if most is None or len(marks) <= most:
        return tuple(marks)
    chosen: list[int] = []
    first = 0
    for place in range(most):
        even = part.in_point_ms + part.length_ms * (place + 1) // (most + 1)
        # Enough of them stay for the breaks that follow.
        stop = len(marks) - (most - place - 1)
        index = min(range(first, stop), key=lambda each: abs(marks[each] - even))
        chosen.append(marks[index])
        first = index + 1
    return tuple(chosen)
