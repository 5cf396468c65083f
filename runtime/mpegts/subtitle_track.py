"""What of an item's subtitle pictures stands on screen at each frame, and what is sent so that it does.

Knows the picture's clock only by the ticks it is told. A set is sent with the frame from which on it stands,
and again with each keyframe: a viewer, or a segment of HLS, begins there.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.mpegts.display import PLAIN, Display, Malformed, Page, Plane, stuffing, write_display
from runtime.mpegts.display_file import DisplayFile
from runtime.mpegts.packet import CLOCK

ALIVE = 8 * CLOCK // 10
"""The stream is never silent for longer: what watches over streams takes a second for a fault."""
AGAIN = 4 * CLOCK // 10
"""What stands is not sent again sooner: of pictures that are not encoded each may be a keyframe."""
_LONGEST_SECONDS = 255
_SPARE_SECONDS = 2
"""By how much a receiver may keep a set longer than it holds: what takes it off may come late."""
_UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Overlay:
    """Pictures that are laid over an item, whose first frame is `in_point` ticks behind their start."""

    file: DisplayFile
    plane: Plane
    in_point: int = 0


class SubtitleTrack:
    """Owner of what stands on one channel's screen, and of the numbers that tell it from what stood."""

    def __init__(self) -> None:
        """Starts with an empty screen."""
        self._overlay: Overlay | None = None
        self._first = 0
        self._number: int | None = _UNKNOWN
        self._standing: Display | None = None
        self._plane = Plane(*PLAIN)
        self._version = self._plane_version = 0
        self._sent = self._repeated = -ALIVE

    def begin(self, overlay: Overlay | None, tick: int) -> None:
        """Lets an item follow that begins at a tick: nothing of the one before stays on screen."""
        self._overlay, self._first, self._number = overlay, tick, _UNKNOWN

    def at(self, tick: int, *, keyframe: bool) -> bytes | None:
        """Gives the data of the PES packet that is sent with the frame of a tick, if there is any."""
        stood = self._standing
        self._look(tick)
        changed = self._standing is not stood
        if changed:
            self._version = self._version + 1 & 15
        again = keyframe and stood is not None and tick - self._repeated >= AGAIN
        if changed or again:
            self._sent = tick
            self._repeated = self._repeated if changed else tick
            return self._written(again=not changed)
        if tick - self._sent < ALIVE:
            return None
        self._sent = tick
        return stuffing()

    def _look(self, tick: int) -> None:
        """Finds what stands now."""
        if self._overlay is None:
            self._standing = None
            return
        number = self._overlay.file.at(self._overlay.in_point + tick - self._first)
        if number != self._number:
            self._number = number
            self._standing = _read(self._overlay.file, number)
        if self._standing is not None and self._overlay.plane != self._plane:
            self._plane = self._overlay.plane
            self._plane_version = self._plane_version + 1 & 15

    def _written(self, *, again: bool) -> bytes:
        seconds = _LONGEST_SECONDS
        if self._standing is not None and self._overlay is not None and self._number is not None:
            ticks = self._overlay.file.ticks(self._number)
            seconds = _LONGEST_SECONDS if ticks is None else ticks // CLOCK + _SPARE_SECONDS
        page = Page(self._version, self._plane_version, min(seconds, _LONGEST_SECONDS), again)
        return write_display(self._standing, self._plane, page)


def _read(file: DisplayFile, number: int | None) -> Display | None:
    """A set, None for one that clears the screen."""
    if number is None:
        return None
    try:
        found = file.read(number)
    except Malformed:
        # Of one that was damaged on disk since its file was opened nothing is shown.
        return None
    return found if found.regions else None
