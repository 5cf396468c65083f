"""Rendering XMLTV, against writing the same text with nothing escaped, looked up or formatted."""

from __future__ import annotations

from collections.abc import Iterator

from measuring import Result, typical_seconds

from exstv.timeline.model import Channel, Media, Programme, ProgrammeKind
from runtime.tuner.xmltv import render

CHANNELS, PROGRAMMES, MEDIA = 20, 1500, 500
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
        media_id=f"library:{place % MEDIA}",
        title=f"Title {number} of {place}",
        sub_title=f"Part {place} & more",
        description=f"What happens in part {place} on channel {number}, told in a sentence or two. " * 2,
        season=1 + place // 24,
        episode=1 + place % 24,
        year=1960 + place % 60,
        categories=("Drama", "Crime"),
    )


def medium(number: int) -> Media:
    return Media(
        id=f"library:{number}",
        source="library",
        kind="episode",
        title=f"Part {number}",
        duration_ms=25 * 60_000,
        locator=f"{number}.mkv",
        directors=(f"Director {number % 40}",),
        actors=(f"Actor {number % 90}", f"Actor {number % 70}", "Somebody & Else"),
        artwork=f"https://img.example/{number}.jpg",
    )


def plain(rows: list[Programme], items: list[Media]) -> str:
    """The same elements from the same rows; instants stand there as numbers."""
    return "".join(
        [
            f'<programme start="{row.start_ms}" stop="{row.finish_ms}" channel="{row.channel}">'
            f"<title>{row.title}</title><sub-title>{row.sub_title}</sub-title><desc>{row.description}</desc>"
            f"<credits><director>{item.directors[0]}</director><actor>{item.actors[0]}</actor>"
            f"<actor>{item.actors[1]}</actor><actor>{item.actors[2]}</actor></credits>"
            f"<date>{row.year}</date><category>Series</category><category>{row.categories[0]}</category>"
            f"<category>{row.categories[1]}</category>"
            f'<length units="minutes">{item.duration_ms}</length><icon src="{item.artwork}"/>'
            f'<episode-num system="xmltv_ns">{row.season}.{row.episode}.</episode-num>'
            f'<episode-num system="onscreen">S{row.season}E{row.episode}</episode-num>'
            f'<previously-shown start="{row.start_ms}"/></programme>\n'
            for row, item in zip(rows, items, strict=True)
        ]
    )


def measure() -> Iterator[Result]:
    """Programmes a second."""
    channels = [channel(number) for number in range(1, CHANNELS + 1)]
    rows = [programme(number, place) for number in range(1, CHANNELS + 1) for place in range(PROGRAMMES)]
    media = {each.id: each for each in map(medium, range(MEDIA))}
    items = [media[row.media_id or ""] for row in rows]
    assert "".join(render(channels, rows, media)).count("<programme ") == len(rows)
    rendered = len(rows) / typical_seconds(lambda: "".join(render(channels, rows, media)).encode())
    written = len(rows) / typical_seconds(lambda: plain(rows, items).encode())
    yield Result(
        f"XMLTV of {len(rows):,} programmes", rendered, written, "prog/s", "f-strings, nothing escaped"
    )
