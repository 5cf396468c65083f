"""What `?at=` says: an instant, or the start of the programme that is on now. Pure.

Players write Unix seconds (`catchup-source` of the M3U asks for them), people write ISO 8601.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias
from urllib.parse import parse_qs

from exstv.clock import from_iso

START: Final = "start"
"""The beginning of what is on now."""
At: TypeAlias = int | Literal["start"]
"""UTC ms, or `START`."""

_SECONDS = re.compile(r"([0-9]{1,11})(?:\.([0-9]{1,9}))?", re.ASCII)
_TOO_MANY_DIGITS = re.compile(r"[0-9]{12,}", re.ASCII)


class BadInstant(ValueError):
    """What was written is no instant; the words are for the client."""


def asked_at(query: bytes) -> str | None:
    """What a query says of `at`, None if it is live that is asked for."""
    # A client may send any bytes; those that are no text are no instant.
    values = parse_qs(query.decode("latin-1"), keep_blank_values=True, max_num_fields=100).get("at")
    return values[0] if values else None


def parse_at(text: str) -> At:
    """Parses `1795376400`, `2026-11-22T20:00+01:00` or `start`; no zone means UTC. Raises BadInstant.

    A `+` that was not escaped arrives as a space.
    """
    text = text.strip()
    if text == START:
        return START
    if seconds := _SECONDS.fullmatch(text):
        return int(seconds[1]) * 1000 + int((seconds[2] or "").ljust(3, "0")[:3])
    if _TOO_MANY_DIGITS.fullmatch(text):
        raise BadInstant("`at` is in seconds since 1970, not in milliseconds")
    try:
        at_ms = from_iso(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        at_ms = -1
    if at_ms < 0:
        raise BadInstant("`at` is no instant: write Unix seconds, or like 2026-12-25T20:00Z, or `start`")
    return at_ms
