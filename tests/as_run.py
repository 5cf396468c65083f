"""Entries of the as-run log in short, for tests."""

from __future__ import annotations

from typing import Any

from exstv.asrun.entry import AsRunEntry, Outcome
from exstv.clock import from_iso

NOON_MS = from_iso("2026-11-20T12:00Z")


def aired(start_s: float, finish_s: float, **facts: Any) -> AsRunEntry:
    """What one channel showed from and to so many seconds after noon, on its plan unless told otherwise."""
    start_ms, finish_ms = NOON_MS + round(start_s * 1000), NOON_MS + round(finish_s * 1000)
    given: dict[str, Any] = {
        "channel": "one",
        "start_ms": start_ms,
        "finish_ms": finish_ms,
        "plan_start_ms": start_ms,
        "plan_finish_ms": finish_ms,
        "step": "item",
        "seq": 1,
        "planned_media_id": "cards:a",
        "media_id": "cards:a",
        "title": "A",
        "first_frame": 0,
        "frames": round((finish_s - start_s) * 25),
        "bytes": 1000,
        "pid": 7,
        "outcome": Outcome.PLAYED,
    }
    return AsRunEntry(**given | facts)
