"""The guide of 500 channels from the store, which says what the plain renderer says."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from measuring import ROUNDS, Result, seconds
from msgspec.structs import replace
from written_guide import guide_only, written_from

from exstv.timeline import store
from exstv.timeline.model import Channel, Media, Programme, ProgrammeKind, Timeline
from exstv.timeline.query import TimelineReader
from runtime.guide import GuideTexts

CHANNELS, PROGRAMMES, MEDIA = 500, 336, 500
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


def measure() -> Iterator[Result]:
    """Programmes a second; ms for one changed channel."""
    timeline = stored()
    first, *_ = timeline.channels
    changed = replace(timeline, channels=(replace(first, digest="another"), *timeline.channels[1:]))
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before", Path(folder) / "after"
        store.write(timeline, before)
        store.write(changed, after)
        cold, change = [], []
        for _ in range(ROUNDS):
            texts = GuideTexts()
            cold.append(_seconds_of(texts, before))
            change.append(_seconds_of(texts, after))
        written_from(before, compared=True)
    count = len(timeline.programmes)
    what = f"XMLTV of {count:,} programmes from the store"
    yield Result(what, count / median(cold), PROMISED, "prog/s", "promised")
    what = f"  the same, one of {CHANNELS} channels changed"
    yield Result(what, median(change) * 1000, PROMISED_CHANGE_MS, "ms", "promised")


def _seconds_of(texts: GuideTexts, path: Path) -> float:
    reader = TimelineReader.open(path)
    try:
        return seconds(lambda: texts.write(reader, reader.channels))
    finally:
        reader.close()


def stored() -> Timeline:
    """All texts distinct."""
    numbers = range(1, CHANNELS + 1)
    return guide_only(
        [replace(channel(number), digest=str(number)) for number in numbers],
        [programme(number, place) for number in numbers for place in range(PROGRAMMES)],
        map(medium, range(MEDIA)),
    )
