"""A timeline as wide and as long as a guide gets: 200 channels for a week, half an hour each programme."""

from __future__ import annotations

from stations import HD

from exstv.clock import from_iso
from exstv.timeline.model import (
    Channel,
    Header,
    ItemKind,
    Media,
    PlayoutItem,
    Programme,
    ProgrammeKind,
    Timeline,
)
from exstv.units import DAY_MS, MINUTE_MS

CHANNELS, DAYS = 200, 7
START_MS = from_iso("2026-11-20T05:00Z")
LENGTH_MS = 30 * MINUTE_MS


def wide(channels: int = CHANNELS, days: int = DAYS) -> Timeline:
    """Every programme has a title of its own and one item, which a line of its channel's file put there."""
    keys = [f"c{number}" for number in range(1, channels + 1)]
    programmes = [
        (key, place, START_MS + place * LENGTH_MS)
        for key in keys
        for place in range(days * DAY_MS // LENGTH_MS)
    ]
    return Timeline(
        header=Header(
            version=1,
            digest="d1" * 32,
            inputs="1f" * 32,
            commit=None,
            lock_digest="",
            station="Wide",
            timezone="Europe/Amsterdam",
            start_ms=START_MS,
            finish_ms=START_MS + days * DAY_MS,
            built_at_ms=START_MS,
            compiled_for_ms=START_MS,
        ),
        channels=tuple(_channel(key, number) for number, key in enumerate(keys, start=1)),
        profiles=(HD,),
        sources=(),
        media=(
            Media(id="a:film", source="a", kind="movie", title="Film", duration_ms=LENGTH_MS, locator="{}"),
        ),
        items=tuple(_item(*each) for each in programmes),
        programmes=tuple(_programme(*each) for each in programmes),
        fallbacks=(),
        anchors=(),
    )


def _channel(key: str, number: int) -> Channel:
    return Channel(
        key=key,
        number=str(number),
        name=f"Channel {number}",
        xmltv_id=f"{key}.wide",
        timezone="Europe/Amsterdam",
        profile=HD.name,
    )


def _programme(key: str, place: int, start_ms: int) -> Programme:
    return Programme(
        channel=key,
        id=f"{key}-{place}",
        kind=ProgrammeKind.PROGRAMME,
        start_ms=start_ms,
        finish_ms=start_ms + LENGTH_MS,
        media_id="a:film",
        title=f"Programme {place} of {key}",
        sub_title=f"The part after {place}",
        description=f"What happens in part {place}, told in a sentence or two to whoever reads guides.",
        season=1,
        episode=place,
        categories=("Drama",),
    )


def _item(key: str, place: int, start_ms: int) -> PlayoutItem:
    return PlayoutItem(
        channel=key,
        seq=place,
        start_ms=start_ms,
        finish_ms=start_ms + LENGTH_MS,
        in_point_ms=0,
        out_point_ms=LENGTH_MS,
        media_id="a:film",
        kind=ItemKind.CONTENT,
        programme_id=f"{key}-{place}",
        rule=f"{key} › day › films",
        file=f"{key}.yaml",
        line=12,
    )
