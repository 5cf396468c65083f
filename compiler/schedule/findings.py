"""What scheduling has to say to the author, each thing once a compile however often it happens."""

from __future__ import annotations

from compiler.lower.loop import MIN_ITEM_MS
from compiler.lower.rundown import Block, Mix, Occurrence, Rundown
from compiler.lower.wall import Instant, Irregular, WallClock
from compiler.station import Event, FillerPreset, Origin
from exstv import codes
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Diagnostic
from exstv.units import MINUTE_MS, format_duration

LONG_WAIT_MS = 15 * MINUTE_MS


class Findings:
    """Collects one channel's diagnostics."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Diagnostic] = {}

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Everything found, in the order in which it happened."""
        return list(self._found.values())

    def wait(self, block: Block, wait_ms: int) -> None:
        """Filler has to bridge a long time to a fixed start."""
        if wait_ms <= LONG_WAIT_MS or ("wait", block.identity) in self._found:
            return
        found = codes.LONG_WAIT.at(block.origin, name=block.origin.name, wait=format_duration(wait_ms))
        self._found["wait", block.identity] = found

    def too_long(self, block: Block, item: MediaItem, length_ms: int) -> None:
        """An item can never play in its block."""
        key = ("long", block.identity, item.id)
        if key not in self._found:
            length = format_duration(length_ms)
            self._found[key] = codes.ITEM_TOO_LONG.at(block.origin, id=item.id, length=length)

    def no_progress(self, rundown: Rundown) -> None:
        """Nothing of a whole rundown can play."""
        self._found["stuck", rundown.name] = codes.NOTHING_PLAYS.at(rundown.origin, name=rundown.name)

    def all_excluded(self, mix: Mix) -> None:
        """Cooldowns and limits leave a mix no source."""
        if ("excluded", mix.name) not in self._found:
            self._found["excluded", mix.name] = codes.ALL_EXCLUDED.at(mix.origin, name=mix.name)

    def skipped(self, occurrence: Occurrence, wall: WallClock) -> None:
        """Lateness left an occurrence no time at all."""
        origin = occurrence.appointment.origin
        key = ("skipped", occurrence.appointment.identity)
        if key in self._found:
            return
        at = wall.local(occurrence.start_ms).isoformat(" ", "minutes")[:16]
        self._found[key] = codes.SKIPPED_BY_LATENESS.at(origin, name=origin.name, at=at)

    def no_chapters(self, preset: FillerPreset, item: MediaItem) -> None:
        """An item cannot be broken at chapters; told of the first one only, as a library has many."""
        if ("chapters", preset.name) not in self._found:
            help = "with `at: auto` it breaks at pauses that `exstv scan --deep` has found, else by `every`"
            found = codes.NO_CHAPTERS.at(preset.origin, id=item.id, name=preset.name, help=help)
            self._found["chapters", preset.name] = found

    def falls_short(self, preset: FillerPreset, left_ms: int) -> None:
        """Clips leave much of the room that they are to fill."""
        if ("short", preset.name) in self._found:
            return
        fits = any(MIN_ITEM_MS <= (item.duration_ms or 0) <= left_ms for item in preset.content.items)
        note = "clips that would fit rest, by `cooldown` or `no_repeat`" if fits else "no clip is that short"
        left = format_duration(left_ms)
        found = codes.FILLER_FALLS_SHORT.at(preset.origin, name=preset.name, left=left, note=note)
        self._found["short", preset.name] = found

    def irregular(self, block: Block, wall: WallClock, start: Instant) -> None:
        """A fixed start fell on a change to or from summer time."""
        if start.irregular is not None:
            self._irregular(block.origin, block.identity, start.irregular, wall, start.ms)

    def irregular_occurrence(self, occurrence: Occurrence, wall: WallClock) -> None:
        """The start of an appointment did."""
        if occurrence.irregular is not None:
            appointment, start = occurrence.appointment, occurrence.start_ms
            self._irregular(appointment.origin, appointment.identity, occurrence.irregular, wall, start)

    def irregular_event(self, event: Event, start: Instant, wall: WallClock) -> None:
        """The start of an event did."""
        if start.irregular is not None:
            entry = event.entry
            self._irregular(entry.origin, entry.identity, start.irregular, wall, start.ms)

    def event_dropped(self, event: Event, start_ms: int, wall: WallClock) -> None:
        """Nothing of an event can play at its time."""
        entry = event.entry
        at = wall.local(start_ms).isoformat(" ", "minutes")[:16]
        found = codes.EVENT_DROPPED.at(entry.origin, name=entry.origin.name, at=at)
        self._found["dropped", entry.identity, start_ms] = found

    def _irregular(
        self, origin: Origin, identity: str, irregular: Irregular, wall: WallClock, start_ms: int
    ) -> None:
        code = codes.TIME_SKIPPED if irregular is Irregular.SKIPPED else codes.TIME_REPEATED
        local = wall.local(start_ms)
        found = code.at(origin, date=local.date().isoformat(), time=local.time().isoformat("minutes"))
        self._found["irregular", identity, start_ms] = found
