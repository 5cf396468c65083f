"""What commands read from their arguments: instants, durations (refused with exit code 2), given progress."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING

from exstv.clock import SystemClock, from_iso
from exstv.units import MAX_WINDOW_MS, format_duration, parse_duration

if TYPE_CHECKING:
    from exstv.diagnostics import Diagnostic
    from exstv.timeline.carried import CarriedState

EARLIEST_MS, LATEST_MS = from_iso("1970-01-02"), from_iso("2200-01-01")
"""Instants that a station can have: beyond them, calendars and clocks give up one after another."""

STATE_HELP = "go on with the progress that a server's /api/v1/state told, not with that of what is on air"


def instant(text: str) -> int:
    """UTC ms from ISO 8601, or `now`; no zone means UTC."""
    if text == "now":
        return SystemClock().now_ms()
    try:
        found = from_iso(text)
        if EARLIEST_MS <= found <= LATEST_MS:
            return found
        raise ValueError
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"`{text}` is not an instant like 2026-12-25T20:00Z") from None


def duration(text: str) -> int:
    """Ms from a duration of the station language, more than none and no more than a window can have."""
    try:
        found = parse_duration(text)
    except ValueError:
        found = 0
    if found <= 0:
        raise argparse.ArgumentTypeError(f"`{text}` is not a duration like 7d or 12h")
    if found > MAX_WINDOW_MS:
        raise argparse.ArgumentTypeError(f"`{text}` is more than {format_duration(MAX_WINDOW_MS)}")
    return found


def given_state(where: str | None) -> tuple[CarriedState | None, list[Diagnostic]]:
    """The progress that `--state` names; None with an error if it cannot be read, and where none is named."""
    if where is None:
        return None, []
    # An HTTP client takes long to load, and few compiles fetch anything.
    found: tuple[CarriedState | None, list[Diagnostic]]
    found = importlib.import_module("exstv.cli.carried").read_state(where)
    return found
