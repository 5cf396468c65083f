"""One entry of the as-run log: what really went out on a channel, over one stretch without a change.

The contract of the log's files and of the view `as_run`: docs/as-run.md documents each column. Where to go
next: files.py knows the files, table.py reads and rewrites them, runtime/asrun.py writes them.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from exstv.clock import to_iso


class Outcome(StrEnum):
    """How a stretch ended."""

    PLAYED = "played"
    FAILED = "failed"
    LATE = "late"
    OFF_PLAN = "off_plan"
    STOPPED = "stopped"
    CUT_OFF = "cut_off"


class AsRunEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Frames that went out one after another from one process or one slate.

    `start_ms` and `finish_ms` are when viewers saw them, by the machine's clock: 2 s after they were sent.
    `plan_start_ms` and `plan_finish_ms` are the instants of the timeline that they showed.
    """

    channel: str
    start_ms: int
    finish_ms: int
    plan_start_ms: int
    plan_finish_ms: int
    step: str
    seq: int | None = None
    programme_id: str | None = None
    planned_media_id: str | None = None
    media_id: str | None = None
    title: str | None = None
    first_frame: int
    frames: int
    bytes: int
    pid: int | None = None
    outcome: Outcome
    reason: str | None = None
    """Why it is not the plan's item; None for the plan's item."""
    failure: str | None = None
    """Why it ended before its time; None if it did not."""


COLUMNS = {
    "channel": "VARCHAR",
    "start_time": "TIMESTAMP",
    "finish_time": "TIMESTAMP",
    "plan_start_time": "TIMESTAMP",
    "plan_finish_time": "TIMESTAMP",
    "step": "VARCHAR",
    "seq": "BIGINT",
    "programme_id": "VARCHAR",
    "planned_media_id": "VARCHAR",
    "media_id": "VARCHAR",
    "title": "VARCHAR",
    "first_frame": "BIGINT",
    "frames": "BIGINT",
    "bytes": "BIGINT",
    "pid": "BIGINT",
    "outcome": "VARCHAR",
    "reason": "VARCHAR",
    "failure": "VARCHAR",
}
"""Columns of the log in the order of the entry's fields, with their types in SQL."""


def plain(entry: AsRunEntry) -> dict[str, str | int | None]:
    """An entry by column, its instants as ISO 8601: as the log's lines and the API show it."""
    values = (getattr(entry, field) for field in AsRunEntry.__struct_fields__)
    return {
        column: to_iso(value) if kind == "TIMESTAMP" else value
        for (column, kind), value in zip(COLUMNS.items(), values, strict=True)
    }


def line_of(entry: AsRunEntry) -> bytes:
    """An entry as a line of the log."""
    return msgspec.json.encode(plain(entry)) + b"\n"
