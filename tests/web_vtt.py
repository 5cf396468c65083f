"""WebVTT segments as a player reads them (RFC 8216 §3.1.4): their cues, and where these lie on the clock."""

from __future__ import annotations

import re
from dataclasses import dataclass

WRAP = 1 << 33
_MAP = re.compile(r"X-TIMESTAMP-MAP=MPEGTS:(\d+),LOCAL:00:00:00\.000")
_TIME = r"(\d\d+):([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMES = re.compile(f"{_TIME} --> {_TIME}")


@dataclass(frozen=True)
class Cue:
    """One cue; `start` and `finish` are ticks of the stream's 33-bit clock."""

    name: str
    start: int
    finish: int
    text: str

    def shows(self, pts: int) -> bool:
        """Tells whether it stands on a picture."""
        return (pts - self.start) % WRAP < (self.finish - self.start) % WRAP


def read_cues(data: bytes) -> list[Cue]:
    """The cues of a segment, whose every line must be right."""
    head, *blocks = data.decode("utf-8").removesuffix("\n").split("\n\n")
    signature, clock = head.splitlines()
    assert signature == "WEBVTT"
    found = _MAP.fullmatch(clock)
    assert found is not None and int(found[1]) < WRAP, clock
    return [_cue(block.splitlines(), int(found[1])) for block in blocks if block]


def _cue(lines: list[str], clock: int) -> Cue:
    name, times, *text = lines
    found = _TIMES.fullmatch(times)
    assert found is not None and "-->" not in name and text, lines
    assert not re.search(r"&(?!amp;|lt;|gt;)|<(?!/?[biu]>)", "\n".join(text)), text
    numbers = [int(number) for number in found.groups()]
    start, finish = (
        ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
        for hours, minutes, seconds, ms in (numbers[:4], numbers[4:])
    )
    assert start < finish, times
    return Cue(name, (clock + 90 * start) % WRAP, (clock + 90 * finish) % WRAP, "\n".join(text))
