"""Rendering XMLTV, against writing the same text with nothing escaped, looked up or formatted."""

from __future__ import annotations

from collections.abc import Iterator

from measuring import Result, typical_seconds

from exstv.timeline.model import Channel, Programme, ProgrammeKind
from runtime.tuner.xmltv import render

CHANNELS, PROGRAMMES = 20, 1500
START_MS, LENGTH_MS = 1_767_225_600_000, 30 * 60_000


def channel(number: int) -> Channel:
    return Channel(
        key=f"c{number}",
        number=str(number),
        name=f"Channel {number}",
        xmltv_id=f"c{number}.bench",
        timezone="UTC",
        profile="hd",
    )


def programme(number: int, place: int) -> Programme:
    return Programme(
        channel=f"c{number}",
        id=f"{number}-{place}",
        kind=ProgrammeKind.PROGRAMME,
        start_ms=START_MS + place * LENGTH_MS,
        finish_ms=START_MS + (place + 1) * LENGTH_MS,
        title=f"Title {number} of {place}",
        sub_title=f"Part {place} & more",
        description=f"What happens in part {place} on channel {number}, told in a sentence or two. " * 2,
        season=1 + place // 24,
        episode=1 + place % 24,
        year=1960 + place % 60,
        categories=("Drama", "Crime"),
    )


def plain(rows: list[Programme]) -> str:
    """The same elements from the same rows; instants stand there as numbers."""
    return "".join(
        [
            f'<programme start="{row.start_ms}" stop="{row.finish_ms}" channel="{row.channel}">'
            f"<title>{row.title}</title><sub-title>{row.sub_title}</sub-title><desc>{row.description}</desc>"
            f"<date>{row.year}</date><category>{row.categories[0]}</category>"
            f"<category>{row.categories[1]}</category>"
            f'<episode-num system="xmltv_ns">{row.season}.{row.episode}.</episode-num>'
            f'<episode-num system="onscreen">S{row.season}E{row.episode}</episode-num></programme>\n'
            for row in rows
        ]
    )


def measure() -> Iterator[Result]:
    """Programmes a second."""
    channels = [channel(number) for number in range(1, CHANNELS + 1)]
    rows = [programme(number, place) for number in range(1, CHANNELS + 1) for place in range(PROGRAMMES)]
    assert "".join(render(channels, rows, {})).count("<programme ") == len(rows)
    rendered = len(rows) / typical_seconds(lambda: "".join(render(channels, rows, {})).encode())
    written = len(rows) / typical_seconds(lambda: plain(rows).encode())
    yield Result(
        f"XMLTV of {len(rows):,} programmes", rendered, written, "prog/s", "f-strings, nothing escaped"
    )
