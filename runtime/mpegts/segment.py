"""Cuts a channel's stream into the media segments of HLS, and lists those that can be had (RFC 8216).

Pure: time is the stream's own, and what an instant is called in UTC is asked of the caller. Nothing grows
with the age of the stream. runtime/hls.py owns a channel's segmenter, runtime/routes/hls.py speaks HTTP.

A segment begins at a keyframe, and so with PAT and PMT (`mux`). With keyframes at most a group of pictures
(GOP) apart, segments of whole groups can be kept between half a target duration and one (rounded, as the RFC
says), which also spaces the playlist's changes as clients expect (protocols.md §4.1). They are no longer than
that needs: a player that comes as the channel starts has the 2 s in hand by which the stream runs ahead, and
does not stutter if a segment and the time between two of its looks are shorter together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil

import msgspec

from exstv.clock import to_iso
from runtime.mpegts.packet import CLOCK
from runtime.mpegts.stream import Unit

WINDOW_TARGETS = 6
"""Target durations that a full playlist holds: RFC 8216 §6.2.2 asks for 3, a player that paused for more."""
LEAST_TARGET = 2
"""Seconds. Shorter segments would be more requests and no earlier pictures."""
START_TICKS = 21 * CLOCK // 10
"""How much of a stream that begins is there at once: it runs ahead of real time by 2 s, more or less."""


class MediaSegment(msgspec.Struct, frozen=True):
    """Some whole groups of pictures with their sound, ready to serve."""

    sequence: int
    period: int
    """Its discontinuity sequence number: segments of one number lie on one unbroken timeline."""
    data: bytes
    ticks: int
    """Its length on the 90 kHz clock."""
    date_ms: int
    """UTC ms of its first picture."""
    text: bytes
    """What is said in it, as WebVTT."""


@dataclass(frozen=True)
class Facts:
    """What is asked of a stream: the UTC ms of a place in it, and what is said between two, as WebVTT."""

    dated: Callable[[int], int]
    said: Callable[[int, int], bytes]


class Segmenter:
    """Owner of the segments of one channel that can be had now."""

    def __init__(self, gop_ticks: int, sequence: int, period: int) -> None:
        """Takes the longest distance of two keyframes, and the numbers of the first segment."""
        self.gop_ticks = gop_ticks
        # The least that half of it and a group do not exceed by half a second, which rounding takes away.
        # The tenth is for groups that end on whole frames.
        self.target = max(LEAST_TARGET, ceil(2 * gop_ticks / CLOCK - 1.1))
        self.next_sequence, self.period = sequence, period
        self._parts: list[bytes] = []
        self._began: tuple[int, int] | None = None
        self._fresh = True
        self._listed: deque[MediaSegment] = deque()
        self._listed_ticks = 0
        self._end = 0
        self._unlisted: deque[tuple[int, int]] = deque()
        self._kept: dict[int, MediaSegment] = {}

    @property
    def ready(self) -> bool:
        """Tells whether a player can begin: it has all that is there at once, or a second of it at least."""
        listed = self._listed_ticks
        return listed >= CLOCK and listed + self.gop_ticks > START_TICKS

    def publish(self, units: Iterable[Unit], facts: Facts) -> None:
        """Takes what goes out now."""
        for unit in units:
            if unit.keyframe:
                self._at_keyframe(unit.tick, facts)
            if self._began is not None:
                self._parts.append(unit.data)

    def interrupt(self) -> None:
        """Says that what comes next lies on a new timeline; what was begun and not ended is dropped."""
        self._parts, self._began = [], None
        if not self._fresh:
            self.period += 1
            self._fresh = True

    def playlist(self, prefix: str, suffix: str = ".ts") -> str:
        """A media playlist; a segment's address is the prefix, its number and the suffix."""
        first = self._listed[0]
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:6",
            f"#EXT-X-TARGETDURATION:{self.target}",
            f"#EXT-X-MEDIA-SEQUENCE:{first.sequence}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.period}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        period = first.period
        for segment in self._listed:
            if segment.period != period:
                period = segment.period
                lines.append("#EXT-X-DISCONTINUITY")
            lines += (
                f"#EXT-X-PROGRAM-DATE-TIME:{to_iso(segment.date_ms)}",
                f"#EXTINF:{segment.ticks / CLOCK:.6f},",
                f"{prefix}{segment.sequence}{suffix}",
            )
        return "\n".join(lines) + "\n"

    @property
    def newest(self) -> MediaSegment:
        """The last one that is listed."""
        return self._listed[-1]

    def segment(self, sequence: int) -> MediaSegment | None:
        """A segment that is listed, or was until a while ago."""
        return self._kept.get(sequence)

    def _at_keyframe(self, tick: int, facts: Facts) -> None:
        if self._began is not None:
            first, date_ms = self._began
            if not self._may_end(tick - first):
                return
            self._cut(tick - first, date_ms, facts.said(first, tick))
        self._began = (tick, facts.dated(tick))

    def _may_end(self, ticks: int) -> bool:
        """Tells whether a segment that ends here is long enough; with a group more it is not too long yet."""
        if self._listed_ticks < 3 * self.target * CLOCK:
            # Whoever waits for the first segments has little in hand: the sooner the next comes, the better.
            return ticks >= CLOCK
        return 2 * ticks >= self.target * CLOCK

    def _cut(self, ticks: int, date_ms: int, text: bytes) -> None:
        data = b"".join(self._parts)
        segment = MediaSegment(self.next_sequence, self.period, data, ticks, date_ms, text)
        self._parts = []
        self._fresh = False
        self.next_sequence += 1
        self._listed.append(segment)
        self._kept[segment.sequence] = segment
        self._listed_ticks += ticks
        self._end += ticks
        self._unlist()

    def _unlist(self) -> None:
        """Takes from the playlist what it need not hold, and forgets what nobody can know of any more."""
        window, second_targets = WINDOW_TARGETS * self.target * CLOCK, 2 * self.target * CLOCK
        while self._listed_ticks - self._listed[0].ticks >= window:
            segment = self._listed.popleft()
            self._listed_ticks -= segment.ticks
            # RFC 8216 §6.2.2: its own length and that of the longest playlist that held it, which is less
            # than the window and a segment. The rest is for a stream that catches up faster than real time.
            self._unlisted.append((self._end + segment.ticks + window + second_targets, segment.sequence))
        while self._unlisted and self._unlisted[0][0] <= self._end:
            del self._kept[self._unlisted.popleft()[1]]
