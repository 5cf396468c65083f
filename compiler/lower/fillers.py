"""What can be said of fillers before anything is scheduled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.lower.loop import MIN_ITEM_MS
from compiler.station import FillerMode, FillerPreset, FillerSet
from exstv import codes
from exstv.diagnostics import Diagnostic
from exstv.units import format_duration


def check_fillers(fillers: Iterable[FillerSet]) -> list[Diagnostic]:
    """Finds presets that cannot play where they are used; each preset is told once."""
    found: dict[tuple[int, str], Diagnostic] = {}
    for filler in fillers:
        for preset, diagnostic in _check(filler):
            # By identity: a preset is compared by all of its media.
            found.setdefault((id(preset), diagnostic.code), diagnostic)
    return list(found.values())


def _check(filler: FillerSet) -> Iterator[tuple[FillerPreset, Diagnostic]]:
    mid_roll = filler.mid_roll
    if mid_roll and mid_roll.mode is FillerMode.PAD:
        help = "use `mode: duration` or `mode: count`, and pad before or after the item"
        yield mid_roll, codes.PAD_IN_BREAK.at(mid_roll.origin, name=mid_roll.name, help=help)
    for preset in (filler.pre_roll, mid_roll, filler.post_roll, filler.tail):
        if preset and preset.mode is FillerMode.DURATION:
            lengths = [item.duration_ms for item in preset.content.items if item.duration_ms]
            if lengths and all(not MIN_ITEM_MS <= length <= preset.duration_ms for length in lengths):
                yield preset, _too_long(preset, min(lengths))


def _too_long(preset: FillerPreset, shortest_ms: int) -> Diagnostic:
    return codes.CLIPS_TOO_LONG.at(
        preset.origin,
        name=preset.name,
        duration=format_duration(preset.duration_ms),
        note=f"the shortest takes {format_duration(shortest_ms)}",
    )
