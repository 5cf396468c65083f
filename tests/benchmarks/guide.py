"""Rendering XMLTV: the text alone, and the whole guide of 500 channels from the store.

The text is measured against writing the same elements with nothing escaped, looked up or formatted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from measuring import ROUNDS, Result, seconds, typical_seconds
from msgspec.structs import replace
from stations import HD

from exstv.timeline import store
from exstv.timeline.model import Channel, Header, Media, Programme, ProgrammeKind, Timeline
from exstv.timeline.query import TimelineReader
from runtime.guide import GuideTexts
from runtime.tuner.xmltv import render

CHANNELS, PROGRAMMES, MEDIA = 20, 1500, 500
STORED_CHANNELS, STORED_PROGRAMMES = 500, 336
"""Seven days of half hours."""
PROMISED, PROMISED_CHANGE_MS = 120_000, 50.0
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
    """Programmes a second; ms for one changed channel."""
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
    with tempfile.TemporaryDirectory() as folder:
        yield from _from_the_store(Path(folder))


def _from_the_store(folder: Path) -> Iterator[Result]:
    timeline = stored()
    first, *_ = timeline.channels
    changed = replace(timeline, channels=(replace(first, digest="another"), *timeline.channels[1:]))
    for name, each in (("before", timeline), ("after", changed)):
        store.write(each, folder / name)
    cold, change = [], []
    for _ in range(ROUNDS):
        texts = GuideTexts()
        cold.append(_seconds_of(texts, folder / "before"))
        change.append(_seconds_of(texts, folder / "after"))
    count = len(timeline.programmes)
    what = f"XMLTV of {count:,} programmes from the store"
    yield Result(what, count / median(cold), PROMISED, "prog/s", "promised")
    what = f"  the same, one of {STORED_CHANNELS} channels changed"
    yield Result(what, median(change) * 1000, PROMISED_CHANGE_MS, "ms", "promised")


def _seconds_of(texts: GuideTexts, path: Path) -> float:
    reader = TimelineReader.open(path)
    try:
        return seconds(lambda: texts.write(reader, reader.channels))
    finally:
        reader.close()


def stored() -> Timeline:
    """A timeline of which only the guide is looked at."""
    header = Header(
        version=1,
        digest="",
        inputs="",
        commit=None,
        lock_digest="",
        station="bench",
        timezone="UTC",
        start_ms=START_MS,
        finish_ms=START_MS + STORED_PROGRAMMES * LENGTH_MS,
        built_at_ms=START_MS,
        compiled_for_ms=START_MS,
    )
    numbers = range(1, STORED_CHANNELS + 1)
    return Timeline(
        header=header,
        channels=tuple(replace(channel(number), digest=str(number)) for number in numbers),
        profiles=(HD,),
        sources=(),
        media=tuple(map(medium, range(MEDIA))),
        items=(),
        programmes=tuple(programme(n, place) for n in numbers for place in range(STORED_PROGRAMMES)),
        fallbacks=(),
        anchors=(),
    )
