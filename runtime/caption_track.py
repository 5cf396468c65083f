"""Where in a channel's stream captions stand, and each segment's WebVTT of them (RFC 8216 §3.1.4).

Owns the captions of what is on air and of what was a while ago; what they say is captions.py's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from runtime.captions import Captions
from runtime.mpegts.packet import CLOCK, WRAP

MEDIA_TYPE = "text/vtt"
KEPT_TICKS = 600 * CLOCK
"""How far back captions are known: further than any playlist reaches."""
HOUR_TICKS = 3600 * CLOCK
_MS_TICKS = CLOCK // 1000


@dataclass(frozen=True)
class Spoken:
    """A stretch of the stream, in ticks, that shows an item from its in point on, and what is said in it."""

    first: int
    last: int
    in_point_ms: int
    captions: Captions


class CaptionTrack:
    """Owner of one stream's captions."""

    def __init__(self, origin: int, name: str) -> None:
        """Takes the 33-bit clock value at which what lies at tick 0 is shown, and a name for the stream.

        The next stream that a player gets must have another: hls.js takes no second cue of a name.
        """
        self._origin = origin
        self._name = name
        self._spoken: deque[Spoken] = deque()

    def begin(self, spoken: Spoken) -> None:
        """Says what is said from here on, before any of its pictures is handed on."""
        while self._spoken and self._spoken[0].last < spoken.first - KEPT_TICKS:
            self._spoken.popleft()
        self._spoken.append(spoken)

    def cut(self, tick: int) -> None:
        """Says that what was begun last ends here: nothing of it stays on screen."""
        self._spoken[-1] = replace(self._spoken[-1], last=tick)

    def segment(self, first: int, last: int) -> bytes:
        """The WebVTT of [first, last): all captions of which something shows there, with all of their time.

        Times count from a whole hour of the stream, so that a caption has the same ones in each segment and
        none is before zero; the hour is an older one, for captions that began before the segment.
        """
        hour = max(0, first // HOUR_TICKS - 1) * HOUR_TICKS
        clock = (self._origin + hour) % WRAP
        lines = ["WEBVTT", f"X-TIMESTAMP-MAP=MPEGTS:{clock},LOCAL:00:00:00.000", ""]
        for name, begins, ends, text in self._between(first, last):
            begins_ms, ends_ms = (max(0, tick - hour) // _MS_TICKS for tick in (begins, ends))
            if ends_ms > begins_ms:
                lines += (name, f"{_time(begins_ms)} --> {_time(ends_ms)}", text, "")
        return ("\n".join(lines) + "\n").encode()

    def _between(self, first: int, last: int) -> Iterator[tuple[str, int, int, str]]:
        """A name, the same in each segment and nobody else's, where it begins and ends, and the text."""
        for spoken in self._spoken:
            start, finish = max(first, spoken.first), min(last, spoken.last)
            if start >= finish:
                continue
            offset = spoken.first - spoken.in_point_ms * _MS_TICKS
            from_ms, until_ms = (start - offset) // _MS_TICKS, (finish - offset) // _MS_TICKS + 1
            for number, caption in spoken.captions.between(from_ms, until_ms):
                begins = max(spoken.first, offset + caption.start_ms * _MS_TICKS)
                ends = min(spoken.last, offset + caption.finish_ms * _MS_TICKS)
                if begins < last and ends > first:
                    yield f"{self._name}-{spoken.first}-{number}", begins, ends, caption.text


def _time(ms: int) -> str:
    minutes, ms = divmod(ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02}.{ms % 1000:03}"
