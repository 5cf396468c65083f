"""Instants, spans and numbers in words, for the pages. Pure."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from exstv.clock import to_utc
from exstv.timeline.model import Programme
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

_UNITS = ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min"), (SECOND_MS, "s"))


@lru_cache(maxsize=8192)
def clock_words(instant_ms: int, zone: ZoneInfo) -> str:
    """`20:00`, or `20:00:13` off the minute."""
    # Kept: in a guide many channels change over at the same instants.
    moment = _local(instant_ms, zone)
    return moment.strftime("%H:%M:%S" if moment.second else "%H:%M")


def date_words(instant_ms: int, zone: ZoneInfo) -> str:
    """`2026-12-25 20:00 CET`."""
    return _local(instant_ms, zone).strftime("%Y-%m-%d %H:%M %Z")


def day_words(instant_ms: int, zone: ZoneInfo) -> str:
    """`Friday, 25 December 2026`."""
    moment = _local(instant_ms, zone)
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def span_words(span_ms: int) -> str:
    """A span in its two greatest units: `3 min 20 s`, `6 d 23 h`."""
    if span_ms < SECOND_MS:
        return "0 s"
    first = next(index for index, (unit_ms, _) in enumerate(_UNITS) if span_ms >= unit_ms)
    parts = []
    for unit_ms, name in _UNITS[first : first + 2]:
        number, span_ms = divmod(span_ms, unit_ms)
        if number:
            parts.append(f"{number} {name}")
    return " ".join(parts)


def number_words(programme: Programme) -> str:
    """`S02E05`, as much of it as is known."""
    season = "" if programme.season is None else f"S{programme.season:02d}"
    return season + ("" if programme.episode is None else f"E{programme.episode:02d}")


def _local(instant_ms: int, zone: ZoneInfo) -> datetime:
    return to_utc(instant_ms).astimezone(zone)
