"""One channel's HLS: its segments while anybody asks for them, in memory, cut from every viewer's stream.

Nothing is kept and nothing is done while nobody asks. Cutting and listing: runtime/mpegts/segment.py; who
asks: runtime/sessions.py; HTTP: runtime/routes/hls.py.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from math import ceil

from exstv.clock import Clock
from exstv.timeline.model import Profile
from runtime.caption_track import CaptionTrack
from runtime.ffmpeg.codecs import gop_frames
from runtime.mpegts.packet import CLOCK
from runtime.mpegts.segment import Facts, Segmenter
from runtime.mpegts.stream import Unit
from runtime.multivariant import Variant
from runtime.throttle import PlanClock

MEDIA_TYPE = "application/vnd.apple.mpegurl"
FIRST_SEGMENT_SECONDS = 8.0
"""Longest wait for a channel's first segment; players' own patience is 10 s (hls.js)."""
PERIODS = 1000
"""Discontinuity numbers begin somewhere below, so that a server that is started again has others.

Not at the second, like segments: hls.js 1.7 keeps an array by them, and walks through it from 0.
"""

STREAM, TEXT = ".ts", ".vtt"
"""How the names of segments end: those of pictures with their sound, and those of subtitles."""

_NAME = re.compile(r"([0-9a-f]{1,16})-([0-9]{1,15})(\.ts|\.vtt)")


class NotReady(Exception):
    """The channel gave no segment in time, or goes off air with the server."""


class NoSuchSegment(Exception):
    """There never was a segment of this name here."""


class SegmentGone(Exception):
    """There was a segment of this name; no playlist lists it any more."""


class HlsOutput:
    """Owner of one channel's segments, and of numbers and names that never mean two things.

    Numbers begin at the second of the server's start and grow by less than one a second, so those of a server
    that is started again are greater; names hold the start itself, whatever the clock says by then.
    """

    def __init__(self, clock: Clock) -> None:
        started_ms = clock.now_ms()
        self._run = f"{started_ms:x}"
        self._first = self._sequence = started_ms // 1000
        self._period = self._first % PERIODS
        self._segmenter: Segmenter | None = None
        self._profile: Profile | None = None
        self._settled = asyncio.Event()
        self._closed = False
        self.players = 0
        """How many players ask for the playlist again and again."""
        self.sent_bytes = 0
        """Of segments, to all of them together, since the start."""

    def join(self) -> None:
        """Adds a player: from the first one on, segments are cut."""
        self.players += 1

    def leave(self) -> None:
        """Takes a player away; after the last one nothing is kept."""
        self.players -= 1
        if self.players == 0:
            self._forget()

    def publish(
        self, units: Iterable[Unit], plan: PlanClock, profile: Profile, captions: CaptionTrack
    ) -> None:
        """Takes what goes out now, if anybody asks for it."""
        if self.players == 0:
            return
        gop_ticks = ceil(gop_frames(profile) * CLOCK / plan.rate)
        if self._segmenter is not None and self._segmenter.gop_ticks != gop_ticks:
            # The channel was tuned anew at other terms, and a target duration may never change.
            self._forget()
        if self._segmenter is None:
            self._segmenter = Segmenter(gop_ticks, self._sequence, self._period)
        self._profile = profile
        self._segmenter.publish(units, Facts(plan.plan_of_tick, captions.segment))
        if self._segmenter.ready:
            self._settled.set()

    def off_air(self) -> None:
        """Says that the stream ended; one that follows has a timeline of its own."""
        if self._segmenter is not None:
            self._segmenter.interrupt()

    def close(self) -> None:
        """Refuses whoever waits: nothing will come."""
        self._closed = True
        self._settled.set()

    async def playlist(self, folder: str, kind: str = STREAM) -> bytes:
        """Gives the playlist of what can be played now, waiting for the first segment. Raises NotReady.

        Its segments' addresses are below the folder, or beside the playlist's own if that is empty.
        """
        place = f"{folder}/" if folder else ""
        return (await self._cut()).playlist(f"{place}{self._run}-", kind).encode()

    async def variant(self) -> Variant:
        """Says what can be played now, waiting for the first segment. Raises NotReady."""
        segmenter = await self._cut()
        assert self._profile is not None, "what was cut was published"
        return Variant(self._profile, segmenter.newest)

    async def _cut(self) -> Segmenter:
        try:
            async with asyncio.timeout(FIRST_SEGMENT_SECONDS):
                await self._settled.wait()
        except TimeoutError as error:
            raise NotReady from error
        if self._segmenter is None or self._closed:
            raise NotReady
        return self._segmenter

    def sent(self, segment: bytes) -> None:
        """Counts a segment that a player was sent."""
        self.sent_bytes += len(segment)

    def segment(self, name: str) -> bytes:
        """Gives a segment by its name. Raises NoSuchSegment or SegmentGone."""
        found = _NAME.fullmatch(name)
        if found is None or found[1] != self._run:
            raise NoSuchSegment(name)
        sequence = int(found[2])
        segment = self._segmenter.segment(sequence) if self._segmenter else None
        if segment is not None:
            return segment.data if found[3] == STREAM else segment.text
        after = self._segmenter.next_sequence if self._segmenter else self._sequence
        if self._first <= sequence < after:
            raise SegmentGone(name)
        raise NoSuchSegment(name)

    def _forget(self) -> None:
        if not self._closed:
            self._settled.clear()
        if self._segmenter is not None:
            # What is not listed cannot be followed on from.
            self._segmenter.interrupt()
            self._sequence, self._period = self._segmenter.next_sequence, self._segmenter.period
            self._segmenter = None
