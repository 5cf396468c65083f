"""Timelines made of a few words: `timeline([("News", 30), ("Canal", 60)])` is a channel of two programmes."""

from __future__ import annotations

from collections.abc import Sequence

from exstv.timeline.model import (
    Channel,
    Header,
    ItemKind,
    PlayoutItem,
    Programme,
    ProgrammeKind,
    Timeline,
)
from exstv.units import HOUR_MS, MINUTE_MS

START = 1_767_254_400_000
"""1 January 2026, 08:00 UTC."""

Line = tuple[str, int]
"""What plays, and for how many minutes. `-`: filler with an entry of its own."""


def timeline(*line_up: Sequence[Line], hours: int = 24, start_ms: int = START) -> Timeline:
    """Channels `a`, `b`, …, each with these programmes from the start on."""
    keys = [chr(ord("a") + n) for n in range(len(line_up))]
    rows = [
        row for key, lines in zip(keys, line_up, strict=True) for row in channel_rows(key, lines, start_ms)
    ]
    return Timeline(
        header=Header(
            version=1,
            digest="d",
            inputs="i",
            commit=None,
            lock_digest="l",
            station="S",
            timezone="UTC",
            start_ms=start_ms,
            finish_ms=start_ms + hours * HOUR_MS,
            built_at_ms=start_ms,
            compiled_for_ms=start_ms,
        ),
        channels=tuple(
            Channel(key=key, number=str(n), name=key, xmltv_id=key, timezone="UTC", profile="hd")
            for n, key in enumerate(keys, start=1)
        ),
        profiles=(),
        sources=(),
        media=(),
        items=tuple(item for item, _ in rows),
        programmes=tuple(programme for _, programme in rows),
        fallbacks=(),
        anchors=(),
    )


def channel_rows(key: str, lines: Sequence[Line], at: int) -> list[tuple[PlayoutItem, Programme]]:
    found = []
    for seq, (what, minutes) in enumerate(lines):
        finish = at + minutes * MINUTE_MS
        item = PlayoutItem(
            channel=key,
            seq=seq,
            start_ms=at,
            finish_ms=finish,
            in_point_ms=0,
            out_point_ms=finish - at,
            media_id=f"films:{what}",
            kind=ItemKind.FILLER if what == "-" else ItemKind.CONTENT,
            programme_id=f"{key}{at}",
            rule="a › day",
            file="a.yaml",
            line=1,
        )
        kind = ProgrammeKind.FILLER if what == "-" else ProgrammeKind.PROGRAMME
        programme = Programme(
            channel=key, id=f"{key}{at}", kind=kind, start_ms=at, finish_ms=finish, title=what
        )
        found.append((item, programme))
        at = finish
    return found
