"""The station language's scalars: durations, times of day, bit rates, picture sizes, frame rates.

Owns their patterns (also used by the JSON schema), parsing and formatting. Parsers raise ValueError and know
nothing of files; compiler/documents/scalars.py turns that into diagnostics. For every value a parser gives,
`parse(format(value)) == value`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

# Digits are bounded, so that the longest duration (about 90 years) fits every date and column. They are
# ASCII: `\d` would take every script's.
DURATION_PATTERN = (
    r"^(?=[0-9])([0-9]{1,4}d)?([0-9]{1,5}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?$"
    r"|^[0-9]{1,5}:[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?$"
)
TIME_PATTERN = r"^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
BIT_RATE_PATTERN = r"^[1-9][0-9]{0,5}(\.[0-9]{1,3})?[kM]$|^[1-9][0-9]{2,9}$"
# H.264 in 4:2:0 has no odd widths or heights.
RESOLUTION_PATTERN = r"^[1-9][0-9]{0,2}[02468]x[1-9][0-9]{0,2}[02468]$"
FRAME_RATE_PATTERN = r"^[0-9]{1,3}(\.[0-9]{1,3})?$|^[1-9][0-9]{0,5}/[1-9][0-9]{0,3}$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

MAX_WINDOW_MS = 366 * DAY_MS
"""The farthest that a timeline looks ahead or back."""

_UNIT_MS = {"d": DAY_MS, "h": HOUR_MS, "m": MINUTE_MS, "s": SECOND_MS}
_SCALE = {"k": 1_000, "M": 1_000_000}
_NTSC = {Fraction(text): Fraction(rate * 1000, 1001) for text, rate in (
    ("23.976", 24), ("23.98", 24), ("29.97", 30), ("59.94", 60), ("119.88", 120),
)}  # fmt: skip
_MIN_RATE, _MAX_RATE = 1, 120


def parse_duration(text: str) -> int:
    """A duration in ms: `90s`, `1h30m`, `14d` or `00:21:30.500`."""
    _demand(DURATION_PATTERN, text)
    if ":" not in text:
        return sum(int(number) * _UNIT_MS[unit] for number, unit in re.findall(r"([0-9]+)([dhms])", text))
    clock, _, fraction = text.partition(".")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS + int(fraction or 0)


def format_duration(duration_ms: int) -> str:
    """The shortest text for a duration; only parts of a second need the `HH:MM:SS.mmm` form."""
    if duration_ms % SECOND_MS:
        seconds, rest = divmod(duration_ms, SECOND_MS)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
    parts: list[str] = []
    for unit, unit_ms in _UNIT_MS.items():
        number, duration_ms = divmod(duration_ms, unit_ms)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


# A grid of a hundred channels has thousands of times, and few different ones.
@lru_cache(maxsize=1024)
def parse_time_of_day(text: str) -> int:
    """A time of day in ms after local midnight: `06:00` or `18:30:15`."""
    _demand(TIME_PATTERN, text)
    hours, minutes, seconds = (int(part) for part in (*text.split(":"), "0")[:3])
    return hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS


def format_time_of_day(time_ms: int) -> str:
    """`06:00`, with seconds only where there are any."""
    hours, minutes, seconds = time_ms // HOUR_MS, time_ms // MINUTE_MS % 60, time_ms // SECOND_MS % 60
    return f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def parse_bit_rate(text: str) -> int:
    """Bits a second: `3M`, `2.5M`, `160k` or `160000`."""
    _demand(BIT_RATE_PATTERN, text)
    scale = _SCALE.get(text[-1])
    return int(Fraction(text[:-1]) * scale) if scale else int(text)


def format_bit_rate(bits_per_second: int) -> str:
    """`3M`, `160k`, or the plain number."""
    for letter, scale in (("M", 1_000_000), ("k", 1_000)):
        if bits_per_second % scale == 0 and 0 < bits_per_second // scale < 1_000_000:
            return f"{bits_per_second // scale}{letter}"
    return str(bits_per_second)


def parse_resolution(text: str) -> tuple[int, int]:
    """Width and height in pixels: `1280x720`."""
    _demand(RESOLUTION_PATTERN, text)
    width, _, height = text.partition("x")
    return int(width), int(height)


def format_resolution(width: int, height: int) -> str:
    """`1280x720`."""
    return f"{width}x{height}"


def parse_frame_rate(text: str) -> Fraction:
    """Frames a second: `30`, `30000/1001`; `29.97` means 30000/1001, as everywhere in television."""
    _demand(FRAME_RATE_PATTERN, text)
    rate = Fraction(text)
    rate = _NTSC.get(rate, rate)
    if not _MIN_RATE <= rate <= _MAX_RATE:
        raise ValueError(f"a frame rate is between {_MIN_RATE} and {_MAX_RATE}")
    return rate


def format_frame_rate(rate: Fraction) -> str:
    """`30` or `30000/1001`."""
    return str(rate)


def _demand(pattern: str, text: str) -> None:
    # fullmatch: `$` alone would take a line break at the end.
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{text!r} does not match {pattern}")
